"""The file: whole or not at all, nothing in it from outside, nothing of it in memory."""

import base64
import hashlib
import json
import re
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.report.html import write
from bot.sweep.record import Record, State, Summary
from tests.report_html.hostile import hostile
from tests.report_html.samples import records, summary

EMPTY = Summary("2026-01-31T04:00:12Z", 60.0, {}, 0, 0.0)


class _Page(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def _written(folder: Path, found: list[Record], whole: Summary = EMPTY) -> str:
    write(found, whole, folder / "report.html")
    return (folder / "report.html").read_text(encoding="utf-8")


def _policy(text: str) -> str:
    [policy] = [
        attributes["content"] or ""
        for tag, attributes in _Page(text).found
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    return policy


@pytest.mark.parametrize("kind", ["style", "script"])
def test_the_policy_names_what_stands_in_the_page(tmp_path: Path, kind: str) -> None:
    text = _written(tmp_path, list(records(20)))
    [content] = re.findall(f"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    assert f"{kind}-src 'sha256-{digest}'" in _policy(text)


def test_the_policy_allows_nothing_else(tmp_path: Path) -> None:
    policy = _policy(_written(tmp_path, []))
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


def test_nothing_is_loaded(tmp_path: Path) -> None:
    text = _written(tmp_path, [*records(50), *hostile()])
    page = _Page(text)
    assert {tag for tag, _ in page.found} & {"link", "img", "iframe", "object", "embed"} == set()
    assert [attributes for _, attributes in page.found if "src" in attributes] == []
    assert [name for _, all_ in page.found for name in all_ if name.startswith("on")] == []
    assert "url(" not in text.partition("</style>")[0]


def test_hostile_records_add_no_elements(tmp_path: Path) -> None:
    kept = [replace(record, alarms=()) for record in hostile()]
    harmless = [replace(record, repository="a/b", why="x", files=()) for record in kept]
    tags = [tag for tag, _ in _Page(_written(tmp_path, kept)).found if tag != "script"]
    others = [tag for tag, _ in _Page(_written(tmp_path, harmless)).found if tag != "script"]
    assert set(tags) == set(others)


def test_only_the_web_is_linked(tmp_path: Path) -> None:
    page = _Page(_written(tmp_path, list(hostile())))
    links = [all_["href"] or "" for _, all_ in page.found if "href" in all_]
    assert [link for link in links if not link.startswith(("#", "https://"))] == []
    assert not any("secret" in link for link in links)


def test_text_of_records_is_escaped_and_spelled_out(tmp_path: Path) -> None:
    whole = replace(EMPTY, started="<b>\u202e", notes=("<i>\x1b",), limits={"<u>": (1, 2)})
    text = _written(tmp_path, [Record("<q>/x", State.FAILED, why="<s>", alarms=("<a>",))], whole)
    for tag in ("<b>\\u202e", "<i>", "<u>", "<q>", "<s>", "<a>"):
        assert tag not in text
    assert "&lt;i&gt;\\x1b" in text
    assert "\u202e" not in text


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("before")

    def broken() -> Iterator[Record]:
        yield Record("a/b", State.OPENED)
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        write(broken(), EMPTY, path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_records_are_not_kept(tmp_path: Path) -> None:
    def many() -> Iterator[Record]:
        for number, record in enumerate(records(3000)):
            files = tuple(
                replace(one, diff=f"{one.diff} {number}" + "x" * 20_000) for one in record.files
            )
            yield replace(record, files=files)

    next(many())
    tracemalloc.start()
    write(many(), EMPTY, tmp_path / "report.html")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "report.html").stat().st_size > 20_000_000
    assert peak < 12_000_000


def test_the_index_tells_all(tmp_path: Path) -> None:
    found = list(records(200))
    text = _written(tmp_path, found, summary(200))
    [data] = re.findall(r'<script type="application/json" id="index">(.*)</script>', text)
    index = json.loads(data)
    parts = re.findall(r'<script type="application/json" id="part-\d+">(.*)</script>', text)
    details = [detail for part in parts for detail in json.loads(part)]
    for row, record in zip(index["rows"], found, strict=True):
        name, owner, state, why, pull, detail, alarms, files = row
        assert (name, pull, alarms) == (record.repository, record.pull, len(record.alarms))
        assert index["owners"][owner] == name.partition("/")[0]
        assert index["states"][state][0] == record.state
        assert index["whys"][why] == record.why
        assert details[detail].get("head", "") == record.head
        for (number, _, path, bits, risk), one in zip(files, record.files, strict=True):
            assert details[number]["diff"] == one.diff
            assert index["paths"][path] == one.path
            assert index["risks"][risk] == one.risk
            remedies = {name for n, name in enumerate(index["remedies"]) if bits & 1 << n}
            assert remedies == set(one.remedies)


def test_files_of_one_cluster_have_one_headline(tmp_path: Path) -> None:
    text = _written(tmp_path, list(records(200)))
    [data] = re.findall(r'<script type="application/json" id="index">(.*)</script>', text)
    clusters = {one.cluster for record in records(200) for one in record.files}
    assert len(json.loads(data)["headlines"]) == len(clusters)
