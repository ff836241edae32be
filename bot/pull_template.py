"""A repository's template for pull requests, filled in.

The template is foreign Markdown. What stands here of it is written anew: headings, lists, boxes
and words, with links to the web and code. Comments, HTML and images are left out, boxes lose their
tick, and what GitHub would make a mention or a reference of becomes code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from markupsafe import Markup

from bot import markdown


class Topic(StrEnum):
    """What a section of a template asks for."""

    WHAT = "what"
    WHY = "why"
    TESTING = "testing"
    ISSUES = "issues"
    BREAKING = "breaking"
    KIND = "kind"
    CHECKLIST = "checklist"


_TOPICS: tuple[tuple[str, Topic], ...] = (
    (r"(breaking|backwards? compat|migration|impact|risk)", Topic.BREAKING),
    (r"(types?|kinds?|category) of|change type|^types?$", Topic.KIND),
    (r"check ?list|before (you )?(submit|merg|request)|^(pr|pull request) checks", Topic.CHECKLIST),
    (r"issue|ticket|^(fix|clos|resolv|relat|refer|link)", Topic.ISSUES),
    (r"\btest(s|ed|ing)?\b|verif|validat|\bqa\b", Topic.TESTING),
    (r"\bwhy\b|motivat|context|background|rationale|problem|reason|purpose", Topic.WHY),
    (r"\bwhat\b|descri|summary|changes?\b|overview|about|proposal|details", Topic.WHAT),
)
"""What a heading is taken for, the first that fits: some words mean more than others."""

_MAX_READ = 20_000
_MAX_LINE = 600
_MAX_WRITTEN = 6_000
_NOTHING = Markup("*Not filled in: nothing that was read says it.*")
_CUT = Markup("*The rest of the template is left out.*")

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*\Z")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*\Z")
_BOLD_LINE = re.compile(r"[ \t]*(?:\*\*|__)([^*_]{1,80})(?:\*\*|__):?[ \t]*\Z")
_RULE = re.compile(r"[ \t]*(?:[-*_][ \t]*){3,}\Z")
_BOX = re.compile(r"([ \t]*)[-*+][ \t]+\[[ xX]?\][ \t]*(.*)\Z")
_ITEM = re.compile(r"([ \t]*)(?:([-*+])|(\d{1,4})[.)])[ \t]+(.*)\Z")
_INLINE = re.compile(
    r"(?P<code>`[^`]{1,200}`)"
    r"|!\[(?P<image>[^\[\]]{0,200})\]\([^()]{0,500}\)"
    r"|\[(?P<label>[^\[\]]{1,200})\]\((?P<address>[^()\s]{1,500})(?:[ ]\"[^\"]{0,200}\")?\)"
    r"|\*\*(?P<bold>[^*\s](?:[^*]{0,200}[^*\s])?)\*\*"
)
# What GitHub links by itself outside of code: mentions, numbers, commits, addresses, and the keys
# of other trackers, which a repository can make links of; and what begins a formula.
_LIVE = re.compile(r"[@#$`]|://|(?i:www\.)|(?i:mailto)|[A-Za-z]-\d|[0-9A-Fa-f]{7}")
# What means something anywhere, at the beginning of a line, or behind a number there.
_PUNCTUATION = re.compile(r"([\\*_\[\]<>!|~&{}=^]|\A[-+]|(?<=\d)[.)])")


@dataclass(slots=True)
class _Page:
    """What is written so far.

    Attributes:
        topic: of the section that is being read; None where it is not one that is known.
        asked: the section's heading has nothing below it yet.
        listed: the last line is part of a list.
    """

    texts: Mapping[Topic, Markup]
    lines: list[str] = field(default_factory=list)
    length: int = 0
    topic: Topic | None = None
    asked: bool = False
    listed: bool = False
    told: set[Topic] = field(default_factory=set)

    def write(self, line: str, *, listed: bool = False) -> None:
        if not (listed and self.listed):
            self.lines.append("")
        self.listed = listed
        self.lines.append(line)
        self.length += len(line) + 2
        self.asked = False

    def section(self, line: str, title: str) -> None:
        """Begin a section; what is known of its topic is said at once."""
        self.close()
        self.write(line)
        self.topic = _topic(title)
        self.asked = True
        if self.topic in self.told:
            self.topic = None
        if self.topic is not None:
            self.told.add(self.topic)
            self.write(self.texts[self.topic])

    def close(self) -> None:
        """End a section."""
        if self.asked:
            self.write(_NOTHING)


def fill(template: str, texts: Mapping[Topic, Markup]) -> Markup:
    """A template with its sections filled in; empty where nothing of it is to be seen.

    ``texts``: what is said about each topic, Markdown on lines of its own.
    """
    text = _COMMENT.sub("", template[:_MAX_READ].replace("\r\n", "\n").replace("\r", "\n"))
    page = _Page(texts)
    lines = [line[:_MAX_LINE] for line in text.split("\n")]
    at = 0
    while at < len(lines):
        if page.length > _MAX_WRITTEN:
            page.asked = False
            page.write(_CUT)
            break
        at += _read(page, lines, at)
    page.close()
    return Markup("\n".join(page.lines).strip())  # noqa: S704


def _read(page: _Page, lines: list[str], at: int) -> int:
    """Read one thing; gives how many lines it takes."""
    fence = _FENCE.match(lines[at])
    if fence:
        return _code(page, lines, at, fence[1])
    line = _TAG.sub("", lines[at]).rstrip()
    below = lines[at + 1] if at + 1 < len(lines) else ""
    if heading := _HEADING.match(line):
        page.section(f"{heading[1]} {_inline(heading[2]) or _text(' ')}", heading[2])
    elif bold := _BOLD_LINE.match(line):
        page.section(f"**{_inline(bold[1])}**", bold[1])
    elif line.strip() and not _ITEM.match(line) and _UNDERLINE.match(below):
        page.section(f"## {_inline(line)}", line)
        return 2
    elif box := _BOX.match(line):
        page.write(f"{_indent(page, box[1])}- [ ] {_inline(box[2])}".rstrip(), listed=True)
    elif line.strip() and not _RULE.match(line) and page.topic is None:
        _other(page, line)
    return 1


def _other(page: _Page, line: str) -> None:
    """A line of text or of a list, in a section that nothing else is known of."""
    if item := _ITEM.match(line):
        mark = f"{item[3]}." if item[3] else "-"
        page.write(f"{_indent(page, item[1])}{mark} {_inline(item[4])}".rstrip(), listed=True)
    else:
        quote = "> " if line.lstrip().startswith(">") else ""
        text = _inline(line.lstrip(" \t>"))
        if text:
            page.write(f"{quote}{text}")


def _code(page: _Page, lines: list[str], at: int, mark: str) -> int:
    """A block of code."""
    end = at + 1
    while end < len(lines) and not lines[end].strip().startswith(mark):
        end += 1
    if page.topic is None and "".join(lines[at + 1 : end]).strip():
        page.write(markdown.fence(lines[at + 1 : end], ""))
    return end + 1 - at


def _indent(page: _Page, blanks: str) -> str:
    return "  " if page.listed and len(blanks.expandtabs(4)) >= 2 else ""


def _topic(title: str) -> Topic | None:
    words = re.sub(r"[^a-z ]+", " ", title[:100].lower()).strip()
    return next((topic for pattern, topic in _TOPICS if re.search(pattern, words)), None)


def _inline(text: str) -> str:
    """A line's text, with its code, links and bold words."""
    done = ""
    at = 0
    for found in _INLINE.finditer(text):
        done = _joined(_joined(done, _text(text[at : found.start()])), _marked(found))
        at = found.end()
    return _joined(done, _text(text[at:])).strip()


def _joined(before: str, after: str) -> str:
    """Two parts of a line; ticks that touch would end other code than they began."""
    gap = " " if before.endswith("`") and after.startswith("`") else ""
    return f"{before}{gap}{after}"


def _marked(found: re.Match[str]) -> str:
    if found["code"] is not None:
        return markdown.code(found["code"][1:-1])
    if found["image"] is not None:
        return _text(found["image"])
    if found["bold"] is not None:
        return f"**{_text(found['bold'])}**"
    label = _text(found["label"])
    if label.strip() and markdown.is_address(found["address"]):
        return f"[{label}]({found['address']})"
    return label


def _text(text: str) -> str:
    """Words: those that are alive become code, and what means something in Markdown is escaped."""
    parts = re.split(r"([ \t]+)", text)
    return "".join(" " if not part.strip(" \t") and part else _word(part) for part in parts)


def _word(word: str) -> str:
    if not word:
        return ""
    if _LIVE.search(word) or not word.isprintable():
        return markdown.code(word)
    return _PUNCTUATION.sub(r"\\\1", markdown.visible(word))
