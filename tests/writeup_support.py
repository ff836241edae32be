"""Examples of pull requests as plain files, and Markdown as a tree."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot import __version__
from bot.analysis import FileReport, analyse
from bot.facts import Facts
from bot.facts_forge import Circumstances, EarlierRun, FailedRun
from bot.files import Checkout
from bot.gather import gather
from bot.permissions.world import Offline, World
from bot.remedies.rules import Rules
from bot.writeup import WriteUp, write
from tests.samples import LATE, repository

DATA = Path(__file__).parent / "data" / "writeup"
EXAMPLES = sorted(path.name for path in DATA.iterdir())
HOME = "example/project"
BASE = "1234567890123456789012345678901234567890"
STATE = '<!-- clearance-state {"v": 1} -->'
RUNNER = (DATA / "runner/.github/workflows/runner.yml").read_text("utf-8")
IMPLICIT_LATE = LATE.replace("    permissions:\n      contents: read\n", "")
GITHUB = MarkdownIt("gfm-like", {"linkify": False})


@dataclass(frozen=True, slots=True)
class Answer:
    """A file of another repository."""

    reference: str
    commit: str
    path: str
    blob: str


class Remote(Offline):
    """Other repositories, as ``remote.json`` has them."""

    def __init__(self, folder: Path) -> None:
        told = folder / "remote.json"
        self.files: dict[str, str] = json.loads(told.read_text("utf-8")) if told.exists() else {}

    def action(self, reference: str) -> str | None:  # type: ignore[override]
        return self.files.get(reference)


def reports_on(root: Path) -> list[FileReport]:
    """The reports on a repository; ``copies.txt`` says how often each of its files is there."""
    checkout = Checkout(root)
    world = World(checkout, Remote(root), origin=HOME)
    reports = [
        analyse(world, path, checkout.read_bytes(path), Rules()) for path in checkout.workflows()
    ]
    copies = root / "copies.txt"
    numbers = range(1, int(copies.read_text()) + 1) if copies.exists() else ()
    if not numbers:
        return reports
    return [
        replace(one, path=one.path.replace(".yml", f"-{n}.yml")) for n in numbers for one in reports
    ]


def facts_of(example: str) -> Facts:
    return gather(reports_on(DATA / example), BASE, HOME)


def facts_of_text(root: Path, text: str, rules: Rules | None = None) -> Facts:
    """The facts about one workflow, which is written to ``root``."""
    checkout = Checkout(repository(root, x=text))
    path = ".github/workflows/x.yml"
    report = analyse(World(checkout), path, checkout.read_bytes(path), rules or Rules())
    return gather([report], BASE, HOME)


def circumstances_of(example: str) -> Circumstances:
    """What ``circumstances.json`` says; an example without one is a checkout and nothing more."""
    folder = DATA / example
    told = folder / "circumstances.json"
    if not told.exists():
        return Circumstances(repository=HOME)
    data: dict[str, Any] = json.loads(told.read_text("utf-8"))
    template = folder / ".github" / "pull_request_template.md"
    secrets = data.pop("seen_secrets", None)
    return Circumstances(
        repository=HOME,
        web_url="https://github.com",
        branch="clearance/permissions",
        failed=tuple(map(_failed, data.pop("failed", []))),
        seen_secrets=None if secrets is None else frozenset(secrets),
        answers=tuple(Answer(**one) for one in data.pop("answers", [])),
        linters=tuple(data.pop("linters", [])),
        template=template.read_text("utf-8") if template.exists() else "",
        **data,
    )


def _failed(data: dict[str, Any]) -> FailedRun:
    earlier = data.pop("earlier", None)
    held = tuple(data.pop("held", ()))
    return FailedRun(**data, held=held, earlier=EarlierRun(**earlier) if earlier else None)


def written(example: str) -> WriteUp:
    """An example's write-up; the subjects say whether its commits are conventional."""
    circumstances = circumstances_of(example)
    log = DATA / example / "subjects.txt"
    subjects = log.read_text("utf-8").splitlines() if log.exists() else ["Add a thing", "Mend it"]
    state = STATE if circumstances.branch else ""
    return write(facts_of(example), subjects, circumstances, state=state)


def as_files(texts: WriteUp) -> dict[str, str]:
    """A write-up as it is kept beside an example; the version is left out, since it changes."""
    files = {
        "title.txt": texts.title + "\n",
        "commit.txt": texts.commit,
        "body.md": texts.body.rstrip("\n") + "\n",
    }
    return {
        name: text.replace(f"Clearance {__version__}", "Clearance VERSION")
        for name, text in files.items()
    }


def flat(text: str) -> list[Token]:
    """All tokens of a text, those inside of lines too."""
    found = []
    for token in GITHUB.parse(text):
        found += [token, *(token.children or ())]
    return found


_HTML = re.compile(
    r"<details>\n<summary>[^<>]*</summary>\n|</details>\n"
    r"|<!-- clearance:(?:rebase|again|stored) -->"
    r"|<!-- clearance-state [^<>]*-->"
)
# What GitHub links by itself in text: mentions, issues, commits, addresses.
_LIVE = re.compile(
    r"(?i)(?<![\w/])@[a-z0-9]|#\d|\bgh-\d|\b[0-9a-f]{7,40}\b|https?://|\bwww\.|[\w.+-]@[\w-]+\."
)


def inert(text: str, allowed: tuple[str, ...]) -> list[str]:
    """What a text could do, where it is shown on GitHub: nothing, if all is well.

    ``allowed``: what the addresses of links may begin with.
    """
    found = []
    inside = 0
    for token in flat(text):
        if token.type == "link_open":
            inside += 1
            if not str(token.attrGet("href")).startswith(allowed):
                found.append(f"a link to {token.attrGet('href')}")
        elif token.type == "link_close":
            inside -= 1
        elif token.type == "image":
            found.append(f"an image: {token.content}")
        elif token.type.startswith("html") and not _HTML.fullmatch(token.content.strip(" ")):
            found.append(f"HTML: {token.content}")
        elif token.type == "text" and not inside and _LIVE.search(token.content):
            found.append(f"a reference: {token.content}")
    return found
