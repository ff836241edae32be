"""A scope put into the block that a job has: one line more, or one level raised."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.permissions.scopes import SCOPES, Grants
from bot.workflow.document import Document
from bot.workflow.edit import Change, Content, Edit, Insert, Replace
from bot.workflow.model import Job, Permissions

_HEAD = re.compile(r"""(["']?)permissions\1 *:(?P<value> *\{ *\})?[ \t]*(?P<comment>#.*)?""")
_ENTRY = re.compile(
    r"""(?P<indent> +)(["']?)(?P<scope>[a-z-]+)\2 *: +(["']?)(?P<level>[a-z]+)\4"""
    r"[ \t]*(?P<comment>#.*)?"
)
UNUSED = "# the job's token is not used"
"""The comment behind an empty block that the program writes."""
Reason = Callable[[str], str]
"""Scope → why, for a comment; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is written; see :class:`bot.remedies.job_permissions._Style`."""

    indent: int
    quote: str
    gap: str


def change(
    document: Document, job: Job, given: Grants, form: Form, why: Reason, own: Reason
) -> Change | None:
    """What gives scopes to a job that states permissions; None where their form is not known.

    Args:
        given: scopes that its block does not give, or gives at a lower level, in their order.
        own: the comment that the program writes behind the lower level; another one is a human's.
    """
    block, key = job.permissions, job.key("permissions")
    if block is None or key is None or job.shared:
        return None
    head = _HEAD.fullmatch(document.line(key.line), key.column)
    if head is None:
        return None
    place = f"jobs.{job.id}.permissions"
    if head["value"] is not None:
        if head["comment"] not in (None, UNUSED):
            return None  # somebody says there why it gives nothing
        lines = [_line(" " * (key.column + form.indent), *one, form, why) for one in given.items()]
        # What is said of an empty block is no longer true.
        start = document.offset(key.line, head.end(1) + len("permissions"))
        colon = document.text.index(":", start) + 1
        end = document.offset(key.line, head.end())
        text = "".join(document.line_break + line for line in lines)
        return Change((Replace(colon, end, text),), {}, {place: given})
    entries = _entries(document, key.line, block)
    if entries is None:
        return None
    edits: list[Edit] = []
    added: dict[str, Content] = {}
    replaced: dict[str, Content] = {}
    indent = next(iter(entries.values()))["indent"]
    for scope, level in given.items():
        if scope in entries:
            found = entries[scope]
            if found["comment"] not in (None, f"# {own(scope)}"):
                return None  # somebody says there why it is no more
            line = block.lines[scope]
            start, end = (document.offset(line, at) for at in found.span("level"))
            replaced[f"{place}.{scope}"] = level
            edits.append(Replace(start, end, level))
            if reason := why(scope):
                # The program's own comment makes way for the new one.
                told = found["comment"] is not None
                begin = found.start("comment") if told else found.end()
                start, end = (document.offset(line, at) for at in (begin, found.end()))
                edits.append(Replace(start, end, f"{'' if told else form.gap}# {reason}"))
        else:
            before = [block.lines[one] for one in SCOPES[: SCOPES.index(scope)] if one in entries]
            added[f"{place}.{scope}"] = level
            at = max(before, default=key.line) + 1
            edits.append(Insert(at, (_line(indent, scope, level, form, why),)))
    return Change(tuple(edits), added, replaced)


def _line(indent: str, scope: str, level: str, form: Form, why: Reason) -> str:
    reason = why(scope)
    line = f"{indent}{form.quote}{scope}{form.quote}: {form.quote}{level}{form.quote}"
    return f"{line}{form.gap}# {reason}" if reason else line


def _entries(
    document: Document, first: int, block: Permissions
) -> Mapping[str, re.Match[str]] | None:
    """The lines of a block, by their scopes; None where one of them is written in another way."""
    found: dict[str, re.Match[str]] = {}
    for line in range(first + 1, max(block.lines.values(), default=first) + 1):
        text = document.line(line)
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        entry = _ENTRY.fullmatch(text)
        if entry is None:
            return None
        found[entry["scope"]] = entry
    indents = {one["indent"] for one in found.values()}
    return found if len(indents) == 1 and found.keys() == block.lines.keys() else None
