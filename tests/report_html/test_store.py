"""What goes into the page's scripts, and comes out again."""

import io
import json

import pytest

from bot.report.html.store import Store, for_script
from tests.report_html.hostile import hostile


@pytest.mark.parametrize(
    "text",
    ["</script>", "</SCRIPT >", "<!--", "<script", "-->", "]]>", "\u2028", "\u2029", "&lt;", "é"],
)
def test_nothing_in_json_can_act_in_a_page(text: str) -> None:
    written = for_script({text: [text]})
    assert written.isascii()
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {text: [text]}


def test_hostile_text_comes_back_as_it_was() -> None:
    texts = [record.repository for record in hostile()]
    assert json.loads(for_script(texts)) == texts


def test_the_same_is_kept_once() -> None:
    store = Store(io.StringIO())
    assert [store.add({"a": 1}), store.add({"b": 2}), store.add({"a": 1})] == [0, 1, 0]
    assert [json.loads(part) for part in store.parts()] == [[{"a": 1}, {"b": 2}]]


def test_every_detail_stands_in_the_part_that_its_number_tells() -> None:
    store = Store(io.StringIO())
    values = [f"{number}{'x' * 50_000}" for number in range(20)]
    numbers = [store.add(value) for value in values]
    parts = [json.loads(part) for part in store.parts()]
    assert len(parts) == len(store.starts) > 3
    found = {
        start + at: value
        for start, part in zip(store.starts, parts, strict=True)
        for at, value in enumerate(part)
    }
    assert [found[number] for number in numbers] == values


def test_a_store_of_nothing_has_no_parts() -> None:
    store = Store(io.StringIO())
    assert list(store.parts()) == []
    assert store.starts == []
