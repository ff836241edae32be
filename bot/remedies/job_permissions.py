"""Remedy: an explicit ``permissions:`` block for every job whose needs are known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot import fingerprint, probes
from bot.permissions import lost
from bot.permissions.evidence import JobNeeds
from bot.permissions.scopes import Grants, covers, join, missing, ordered
from bot.remedies import Decision, Verdict, give_back
from bot.workflow.document import Document
from bot.workflow.edit import Change, Content, Edit, Insert, Replace
from bot.workflow.model import Job, Key, Permissions, Workflow

TOP = _KEY = "permissions"
"""The key of a block; it is also the place of the top-level one in a :class:`Change`."""
_FOLLOWERS = ("if", "needs", "timeout-minutes")
"""Short keys that the block stands behind, where they follow ``runs-on``."""
_BEFORE_CALL = frozenset({"name", "needs", "if", "strategy", "concurrency"})
_COMMENT_WIDTH = 72
_TOP_COMMENT = "each job states its own"
REFUSED = "a human refused this block before"


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that this remedy obeys.

    Attributes:
        widen: grant what a job needs beyond the block that applies to it today.
        narrow_top_level: a top-level block becomes ``{}`` once every job has one of its own.
        called_workflows: write blocks in called workflows, all of whose callers are at hand.
        known: the scopes that the server knows; None for all.
        refused: fingerprints of blocks that a human does not want; see :mod:`bot.fingerprint`.
    """

    widen: bool = False
    narrow_top_level: bool = False
    called_workflows: bool = False
    known: frozenset[str] | None = None
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the remedy makes of a workflow.

    Attributes:
        decisions: one for each job, in the order of the file.
    """

    change: Change
    decisions: tuple[Decision, ...]


def propose(
    workflow: Workflow, needs: Mapping[str, JobNeeds], rules: Rules, ceilings: Mapping[str, Grants]
) -> Proposal:
    """The blocks to add to a workflow.

    ``needs``: job id → what was found out. ``ceilings``: what all callers of this workflow grant,
    by job id, where it is a called one and the settings allow blocks in it.
    """
    decisions = tuple(
        _decide(workflow, job, needs[job.id], rules, ceilings) for job in workflow.jobs
    )
    if all(d.proposed is None or d.proposed == d.held for d in decisions):
        # To say again, job by job, what the workflow's block says is worth nobody's review.
        decisions = tuple(_as_it_is(d) for d in decisions)
    if all(d.proposed is None for d in decisions) and not rules.narrow_top_level:
        return Proposal(Change(), decisions)
    style = _Style.of(workflow)
    edits: list[Edit] = []
    added: dict[str, Content] = {}
    replaced: dict[str, Content] = {}
    for job, decision in zip(workflow.jobs, decisions, strict=True):
        if decision.verdict is Verdict.PROPOSED and decision.proposed is not None:
            lines = style.block(job.keys[0], decision.proposed, decision.needs)
            edits.append(Insert(_line_for(workflow.document, job, style), lines))
            added[f"jobs.{job.id}.{_KEY}"] = decision.proposed
    all_stated = all(
        d.proposed is not None or j.permissions is not None
        for j, d in zip(workflow.jobs, decisions, strict=True)
    )
    top = workflow.permissions
    if fingerprint.of_block(workflow.path, "", {}) in rules.refused:
        all_stated = False
    if top is None and all_stated and added and workflow.keys:
        edits.append(_top_level(workflow, style))
        added[_KEY] = {}
    elif top is not None and top.grants and all_stated and rules.narrow_top_level:
        edits.append(_narrowed(workflow.document, top))
        replaced[_KEY] = {}
    change = Change(tuple(edits), added, replaced)
    for job, decision in zip(workflow.jobs, decisions, strict=True):
        if decision.verdict is Verdict.GIVEN_BACK:
            given = missing(decision.held or {}, decision.proposed or {})
            change += _given_back(workflow, job, given, decision.needs) or Change()
    return Proposal(change, decisions)


def _decide(
    workflow: Workflow,
    job: Job,
    needs: JobNeeds,
    rules: Rules,
    ceilings: Mapping[str, Grants],
) -> Decision:
    held = workflow.held(job)
    grants = ordered(held.grants) if held is not None else None
    wanted = needs.grants

    def say(verdict: Verdict, why: str = "", **more: Grants) -> Decision:
        return Decision(job.id, job.line, verdict, needs, grants, why=why, **more)

    lacks = missing(grants, wanted) if grants is not None else {}
    if job.permissions is not None and grants is not None:
        # A job's own block is never narrowed; what it lacks is a finding, unknowns or not, unless a
        # failed run shows it: then it gets that, and no more.
        if not lacks:
            return say(Verdict.EXPLICIT)
        shown = _shown(workflow.path, needs, rules)
        if needs.lost and not shown and not missing(join(one.grants for one in needs.lost), lacks):
            return say(Verdict.HELD_BACK, REFUSED)
        whole = join((grants, shown))
        more_of_it = missing(grants, whole)
        if not shown or not _may_get(workflow, job, more_of_it, needs, rules, ceilings):
            return say(Verdict.LACKING, missing=lacks)
        return say(Verdict.GIVEN_BACK, proposed=whole, missing=missing(whole, wanted))
    if not needs.answered:
        return say(Verdict.UNDECIDED)
    if workflow.is_called and wanted:
        # An empty block asks for nothing, and so is within every caller's ceiling.
        ceiling = ceilings.get(job.id)
        if ceiling is None:
            return say(Verdict.HELD_BACK, "other workflows call this one and set its ceiling")
        if not covers(ceiling, wanted):
            return say(Verdict.HELD_BACK, "a caller grants less than this job needs")
    # Only a failed run shows more than what a file declares.
    if not rules.widen and missing(_shown(workflow.path, needs, rules), lacks):
        return say(Verdict.LACKING, missing=lacks)
    if rules.refused and not rules.refused.isdisjoint(marks(workflow.path, needs)):
        return say(Verdict.HELD_BACK, REFUSED)
    shown = _shown(workflow.path, needs, rules)
    if needs.lost and missing(shown, join(one.grants for one in needs.lost)):
        return say(Verdict.HELD_BACK, REFUSED)
    if rules.known is not None and not rules.known.issuperset(wanted):
        return say(Verdict.HELD_BACK, "the server's version may not know one of the scopes")
    if not job.keys:
        return say(Verdict.HELD_BACK, "the job is written in flow style")
    if job.shared:
        return say(Verdict.HELD_BACK, "the job is an anchor that other jobs repeat")
    return say(Verdict.PROPOSED, proposed=wanted)


def _shown(path: str, needs: JobNeeds, rules: Rules) -> Grants:
    """What failed runs show that a job lacks, and nobody has refused it."""
    if not needs.lost or not rules.refused.isdisjoint(marks(path, needs)):
        return {}
    return join(
        one.grants
        for one in needs.lost
        if fingerprint.of_lost(path, needs.job, one.grants) not in rules.refused
    )


def _may_get(
    workflow: Workflow,
    job: Job,
    given: Grants,
    needs: JobNeeds,
    rules: Rules,
    ceilings: Mapping[str, Grants],
) -> bool:
    """Whether scopes can be put into the block that a job has."""
    if workflow.is_called and not covers(ceilings.get(job.id, {}), given):
        return False  # more than a caller gives ends its run before it begins
    if rules.known is not None and not rules.known.issuperset(given):
        return False
    return _given_back(workflow, job, given, needs) is not None


def _given_back(workflow: Workflow, job: Job, given: Grants, needs: JobNeeds) -> Change | None:
    """The edits of a block that a job has; None where it is written in a way that is not known."""
    style = _Style.of(workflow)
    form = give_back.Form(style.indent, style.quote, style.gap)

    def why(scope: str) -> str:
        deciding = (r for r in needs.requirements if r.grants.get(scope) == given[scope])
        return _reason(scope, replace(needs, requirements=tuple(deciding)))

    before = replace(
        needs, requirements=tuple(r for r in needs.requirements if r.rule != lost.RULE)
    )

    def own(scope: str) -> str:
        return _reason(scope, before)

    return give_back.change(workflow.document, job, given, form, why, own)


def marks(path: str, needs: JobNeeds) -> tuple[str, ...]:
    """By what a job's block is recognised: its grants, and those that it has without probes.

    Who does not want a block does not want it for a probe's sake, nor once the probe is gone.
    """
    own = join(one.grants for one in needs.requirements if one.rule != probes.RULE)
    return tuple(fingerprint.of_block(path, needs.job, one) for one in (needs.grants, own))


def _as_it_is(decision: Decision) -> Decision:
    if decision.proposed is None:
        return decision
    why = "the workflow's block gives just what it needs"
    return replace(decision, verdict=Verdict.EXPLICIT, proposed=None, why=why)


@dataclass(frozen=True, slots=True)
class _Style:
    """How a file is written, so that what is added looks like it.

    Attributes:
        indent: columns by which a nested mapping stands in.
        quote: the quote around keys and plain values, or nothing.
        gap: the blanks before a comment.
        behind: the key that the file's own job blocks stand behind; empty where they come first,
            None where there are none to go by.
    """

    indent: int
    quote: str
    gap: str
    behind: str | None

    @staticmethod
    def of(workflow: Workflow) -> _Style:
        text = workflow.document.text
        steps = [
            job.keys[0].column - workflow_job_column
            for job in workflow.jobs
            if job.keys
            for workflow_job_column in [_column_of(workflow.document, job.line)]
        ]
        usual = Counter(s for s in steps if s > 0).most_common(1)
        quotes = [k.quote for job in workflow.jobs for k in job.keys]
        quoted = Counter(quotes).most_common(1)[0][0] if quotes else ""
        return _Style(
            indent=usual[0][0] if usual else 2,
            quote=quoted if quoted in ("'", '"') else "",
            gap=comment_gap(text),
            behind=_neighbours_key(workflow.jobs),
        )

    def block(self, first: Key, grants: Grants, needs: JobNeeds) -> tuple[str, ...]:
        """The lines of a block in the mapping that begins with key ``first``."""
        outer = " " * first.column
        name = self._quoted(_KEY)
        if not grants:
            return (f"{outer}{name}: {{}}{self.gap}{give_back.UNUSED}",)
        inner = outer + " " * self.indent
        lines = [f"{outer}{name}:"]
        for scope, level in grants.items():
            line = f"{inner}{self._quoted(scope)}: {self._quoted(level)}"
            reason = _reason(scope, needs)
            lines.append(f"{line}{self.gap}# {reason}" if reason else line)
        return tuple(lines)

    def _quoted(self, word: str) -> str:
        return f"{self.quote}{word}{self.quote}"


def _column_of(document: Document, line: int) -> int:
    text = document.line(line)
    return len(text) - len(text.lstrip())


_NARROW_COMMENT = re.compile(r"\S # ?\S")
_WIDE_COMMENT = re.compile(r"\S  +# ?\S")


def comment_gap(text: str) -> str:
    """The blanks before a comment behind a value: one, or two where a file mostly has two."""
    wide, narrow = _WIDE_COMMENT.findall(text), _NARROW_COMMENT.findall(text)
    return "  " if len(wide) > len(narrow) else " "


def _neighbours_key(jobs: Sequence[Job]) -> str | None:
    """The key that most of the file's own ``permissions:`` of jobs stand behind; empty for none."""
    before: Counter[str] = Counter()
    for job in jobs:
        names = ["", *(key.name for key in job.keys)]
        if _KEY in names:
            before[names[names.index(_KEY) - 1]] += 1
    usual = before.most_common(1)
    return usual[0][0] if usual and usual[0][0] != "steps" else None


def _line_for(document: Document, job: Job, style: _Style) -> int:
    """The line before which a job's block is inserted."""
    names = [key.name for key in job.keys]
    if style.behind == "":
        return job.line + 1
    if style.behind in names:
        at = names.index(style.behind)
    elif "runs-on" in names:
        at = names.index("runs-on")
        while at + 1 < len(names) and names[at + 1] in _FOLLOWERS:
            at += 1
    else:
        at = 0
        while at + 1 < len(names) and {names[at], names[at + 1]} <= _BEFORE_CALL:
            at += 1
    return _behind_value(document, job.keys[at])


def _behind_value(document: Document, key: Key) -> int:
    """The line behind a key's value and the comments that stand further in than the key."""
    line = key.end_line + 1
    while _is_comment(document, line) and _column_of(document, line) > key.column:
        line += 1
    return line


def _is_comment(document: Document, line: int) -> bool:
    return line < len(document.line_starts) and document.line(line).lstrip().startswith("#")


def _reason(scope: str, needs: JobNeeds) -> str:
    """Why a job needs a scope, as a comment; none for the repository's own checkout alone."""
    all_of_them = needs.reasons(scope)
    # That a probe asks for what the job does later needs no second word.
    telling = [r for r in all_of_them if r.rule != probes.RULE] or all_of_them
    reasons = list(dict.fromkeys(r.why for r in telling))
    rules = {r.rule for r in needs.reasons(scope)}
    if scope == "contents" and needs.grants.get(scope) == "read" and rules == {"actions/checkout"}:
        return ""
    text = reasons[0] if reasons else ""
    for number, reason in enumerate(reasons[1:], 1):
        left = len(reasons) - number
        if len(text) + len(reason) + 2 > _COMMENT_WIDTH:
            return plain_comment(f"{text}, and {left} more")
        text = f"{text}, {reason}"
    return plain_comment(text)


def plain_comment(text: str) -> str:
    """A text as it may stand in a YAML comment: one line of printable characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _top_level(workflow: Workflow, style: _Style) -> Insert:
    """``permissions: {}`` behind ``on``, where a reader looks for it."""
    document = workflow.document
    names = [key.name for key in workflow.keys]
    if "on" not in names:
        names, key = ["jobs"], next(k for k in workflow.keys if k.name == "jobs")
        line = key.line
    else:
        key = workflow.keys[names.index("on")]
        line = _behind_comments(document, key)
    indent = " " * key.column
    text = f"{indent}{style._quoted(_KEY)}: {{}}{style.gap}# {_TOP_COMMENT}"
    return Insert(line, ("", text) if _spaced(document, key, line) else (text,))


def _spaced(document: Document, key: Key, line: int) -> bool:
    """Whether a blank line parts what is inserted at ``line`` from what is before it."""
    at_end = line >= len(document.line_starts) or document.line_starts[line] == len(document.text)
    neighbour = key.line - 1 if at_end else line
    return neighbour >= 0 and not document.line(neighbour).strip()


def _narrowed(document: Document, top: Permissions) -> Replace:
    """The top-level block as ``{}``, from the end of its key on; its comments go with it."""
    span = top.span
    start = document.offset(span.line, span.column)
    key_end = document.text.rindex(":", 0, start) + 1
    last = max((*top.lines.values(), span.line))
    return Replace(key_end, document.offset(last, len(document.line(last))), " {}")


def _behind_comments(document: Document, key: Key) -> int:
    """The line behind a key's value and the comments that belong to it."""
    line = key.end_line + 1
    while _is_comment(document, line):
        line += 1
    ends_in_gap = line >= len(document.line_starts) or not document.line(line).strip()
    return line if ends_in_gap else _behind_value(document, key)
