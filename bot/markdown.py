"""Foreign text in Markdown: shown as it is, and unable to do anything.

GitHub renders CommonMark with tables, then links what looks like a mention (``@name``), an issue
(``#1``, ``GH-1``), a commit (hex digits) or an address. It does none of that inside of a code
span, so a code span is what foreign text becomes. :class:`markupsafe.Markup` marks Markdown that
is ready.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from markupsafe import Markup

_MAX_LENGTH = 120
_MAX_LINE = 200
_TICKS = re.compile(r"`+")
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9/._~%#?&=+-]*)?")
# Plain words. No dot, hash, slash or digit inside; no run of hex letters that could be a commit.
_WORD = re.compile(r"(?![A-Fa-f]{7})\(?[A-Za-z]+(?:['-][A-Za-z]+)*\)?[,.;:]?|\d{1,5}[,.;:]?")


def visible(text: str, limit: int = _MAX_LENGTH) -> str:
    """One line of a text, at most ``limit`` characters, with all that can't be seen spelled out.

    Control characters, bidirectional marks, line breaks and the like become ``\\x1b``,
    ``\\u202e``; so nobody is shown another text than the one that is there. So does the beginning
    of a comment: what a body hides is the program's own.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    text = text.replace("<!--", "<\\x21--")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def code(text: str, limit: int = _MAX_LENGTH) -> Markup:
    """A text as a code span; not for a table, see :func:`cell`."""
    shown = visible(text, limit)
    if not shown.strip():
        shown = ascii(shown)
    longest = max((len(run) for run in _TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    # CommonMark strips one blank at either side, if both are there.
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return Markup(f"{fence}{pad}{shown}{pad}{fence}")  # noqa: S704


def cell(text: str, limit: int = _MAX_LENGTH) -> Markup:
    """A text as a code span in a table, where a pipe ends the cell even inside of code."""
    return Markup(code(text, limit).replace("|", "\\|"))  # noqa: S704


def prose(text: str) -> Markup:
    """A phrase in which plain words stay, and all else becomes code spans."""
    parts = [
        " ".join(words) if plain else _told(" ".join(words))
        for plain, words in groupby(text.split(), lambda word: bool(_WORD.fullmatch(word)))
    ]
    return Markup(" ".join(parts))  # noqa: S704


def _told(text: str) -> str:
    """A code span, behind which stands the stop or comma that ends the text."""
    end = text[-1] if text[-1] in ",." and len(text) > 1 else ""
    return f"{code(text.removesuffix(end))}{end}"


def fence(lines: Iterable[str], language: str) -> Markup:
    """Lines as a block of code, which nothing in them can end; blank lines are left out.

    ``language``: for the colours; a word of the project's own.
    """
    shown = "".join(f"{visible(line, _MAX_LINE)}\n" for line in lines if line.strip())
    longest = max((len(run) for run in _TICKS.findall(shown)), default=0)
    ticks = "`" * max(3, longest + 1)
    return Markup(f"{ticks}{language}\n{shown}{ticks}")  # noqa: S704


def link(label: str, address: str) -> Markup:
    """A text as a code span that links to an address of the web; to nothing if it is none."""
    found = _URL.match(address)
    return Markup(f"[{code(label)}]({found[0]})") if found else code(label)  # noqa: S704


def is_address(text: str) -> bool:
    """Whether a text is an address of the web that may stand in a link as it is."""
    return _URL.fullmatch(text) is not None


def plain(text: str) -> str:
    """A text for a title or a commit message, where there are no code spans.

    What could be a mention, a reference or a directive (``[skip ci]``) loses the characters that
    make it one.
    """
    shown = re.sub(r"[^A-Za-z0-9_./ -]", "_", visible(text))
    return re.sub(r"(?i)\b(GH)-(?=\d)", r"\1_", shown)
