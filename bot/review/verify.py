"""Whether a pull request is what the program makes: the judgement, without effects.

The fix was worked out afresh (:mod:`bot.review.fetching`) from the commit that the pull request
names as its base, with the answers that it recorded. Whoever can write into a pull request can
write into all of it, so nothing in it is believed: what its body tells has to be what comes out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.files import WORKFLOWS
from bot.life import seal
from bot.life.state import Source, State
from bot.permissions.evidence import Lost
from bot.review.facts import Account, CommitLine, Found

_NOREPLY = re.compile(r"(?:(?P<id>\d{1,20})\+)?(?P<login>[^@\s]{1,100})@users\.noreply\.[^@\s]+")
_GITHUB = "GitHub"
"""Who commits what is made through the API."""


class Verdict(StrEnum):
    """What a pull request is; the value is the beginning of a sentence."""

    EXACT = "exactly ours"
    MORE = "ours, and commits of others"
    OTHER_VERSION = "made by another version"
    NOT_OURS = "not ours"
    UNPROVED = "not proved"


@dataclass(frozen=True, slots=True)
class Person:
    """Who stands in a commit as its author or committer."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Made:
    """A commit as it is stored."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: Person
    committer: Person


@dataclass(frozen=True, slots=True)
class Difference:
    """A path at which the commit is not what comes out today.

    Attributes:
        wanted: git's mode of it as it comes out; empty where it is not to be there.
        found: the same, as it is in the commit.
        before: its text as it comes out; empty where it is none, or too long to be shown.
        after: its text in the commit.
    """

    path: str
    wanted: str
    found: str
    before: str = ""
    after: str = ""

    @property
    def is_edit(self) -> bool:
        """Whether it is another text of a workflow file, and nothing else about it."""
        inside = self.path.startswith(f"{WORKFLOWS}/") and self.path.endswith((".yml", ".yaml"))
        return inside and self.wanted == self.found != ""


@dataclass(frozen=True, slots=True)
class Fresh:
    """What comes out today.

    Attributes:
        tree: git's hash of all files with the fix.
        content: the digest of the changed files; see :func:`bot.life.decide.content`.
        marks: the fingerprints of the edits.
        sources: the answers that shaped them.
        settings: the digest of the settings.
        left: how many edits come out that the body does not name, and that were left out here.
        differences: to the commit that the body names.
        lost: what it gives back, because runs have failed without it.
        short: whether the body may have had no room for all the answers.
    """

    tree: str
    content: str
    marks: tuple[str, ...]
    sources: tuple[Source, ...]
    settings: str
    left: int
    differences: tuple[Difference, ...]
    lost: tuple[Lost, ...] = ()
    short: bool = False


@dataclass(frozen=True, slots=True)
class Loss:
    """What the body says that a job lacked in a run; ``shown``: None where that can't be read."""

    lost: Lost
    shown: bool | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a judgement rests on.

    Attributes:
        told: what the body says.
        made: the commit that the body names.
        since: where the branch differs from what comes out, if it stands at another commit.
        trusted: logins, without ``[bot]``, that the program is known to work as.
        program: the version that judges.
        losses: what the body says of failed runs.
    """

    found: Found
    told: State
    made: Made
    fresh: Fresh
    since: tuple[Difference, ...]
    trusted: frozenset[str]
    program: str
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came out.

    Attributes:
        reasons: sentences: what does not hold; for what is exactly ours, what was seen to hold.
        notes: sentences that change nothing about it.
        others: the commits that are not the program's.
        differences: what is shown.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()
    others: tuple[CommitLine, ...] = ()
    differences: tuple[Difference, ...] = ()


def judge(evidence: Evidence) -> Judgement:
    """Judge a pull request whose body tells something, and whose commits could be read."""
    told, pull, fresh = evidence.told, evidence.found.pull, evidence.fresh
    forged = tuple(sentence for check in _OF_ANY_VERSION if (sentence := check(evidence)))
    changed = tuple(sentence for check in _OF_THIS_VERSION if (sentence := check(evidence)))
    others = pull.others
    notes = tuple(_notes(evidence))
    unsure = tuple(sentence for check in _OF_WHO if (sentence := check(evidence)))
    if forged:
        reasons = forged + changed + unsure
        shown = fresh.differences or evidence.since
        return Judgement(Verdict.NOT_OURS, reasons, notes, others, shown)
    if changed:
        edits = all(one.is_edit for one in fresh.differences)
        if fresh.short and edits:
            return Judgement(Verdict.UNPROVED, (_SHORT, *changed), notes, others)
        other = told.program != evidence.program and edits and bool(fresh.differences)
        verdict = Verdict.OTHER_VERSION if other else Verdict.NOT_OURS
        why = (f"{told.program} made it, and {evidence.program} makes something else of it",)
        reasons = why + changed if other else changed
        return Judgement(verdict, reasons, notes, others, fresh.differences)
    if unsure:
        return Judgement(Verdict.UNPROVED, unsure, notes, others)
    if others or pull.head != told.head:
        reasons = (f"its first commit, {told.head[:7]}, is exactly ours; others came on top of it",)
        return Judgement(Verdict.MORE, reasons, notes, others, evidence.since)
    return Judgement(Verdict.EXACT, _HOLDS, notes)


_HOLDS = (
    "every file, mode and name in its one commit is what comes out afresh from its base",
    "the gate passes every changed file again, and saw what the body tells",
    "its message is as it was sealed, and nobody has committed to its branch since",
)

_SHORT = "its body may have had no room for all the answers that it rests on"

Check = Callable[[Evidence], str]
"""A sentence about what does not hold; the empty text where all is well."""


def _stands_on_its_base(e: Evidence) -> str:
    if e.made.parents == (e.told.base,):
        return ""
    parents = ", ".join(one[:7] for one in e.made.parents) or "nothing"
    return f"its commit stands on {parents}, and its body says {e.told.base[:7]}"


def _is_sealed(e: Evidence) -> str:
    if seal.is_own(e.made.message, e.made.parents, e.made.tree):
        return ""
    return "the seal in its commit's message does not fit: message, parent or files were changed"


def _comes_first(e: Evidence) -> str:
    """Commits below its own would come in with it, and are not in what was compared."""
    pull = e.found.pull
    if pull.commits and pull.commits[0].oid == e.told.head:
        return ""
    if any(one.oid == e.told.head for one in pull.commits):
        return f"it brings commits that are not in {pull.base} and lie below its own"
    return f"its branch does not hold {e.told.head[:7]} any more, which its body names"


def _goes_to_default(e: Evidence) -> str:
    pull, branch = e.found.pull, e.found.default_branch
    if branch in (None, pull.base):
        return ""
    return f"it is to go into {pull.base}, and the program proposes for {branch} alone"


def _is_by_its_author(e: Evidence) -> str:
    author = e.found.pull.author
    if author is None:
        return ""
    accounts = (author, *(Account(login, None, is_bot=False) for login in e.trusted))
    known = next((one.login for one in e.found.pull.commits if one.oid == e.made.oid), None)
    logins = {one.login.lower() for one in accounts}
    if any(is_by(e.made, one) for one in accounts) or (known and known.lower() in logins):
        return ""
    who = f"{e.made.author.name} <{e.made.author.address}>"
    return f"its commit says that {who} made it, and {author.login} opened it"


def _is_known(e: Evidence) -> str:
    """Anybody can open a pull request from a fork, and write any answers into its body."""
    pull = e.found.pull
    login = pull.author.login.lower() if pull.author else ""
    if (pull.is_here and login) or login in e.trusted:
        return ""
    if pull.is_here:
        return "the account that opened it is gone, so nobody can say whose commit it is"
    return (
        f"it comes from a fork, by {login or 'an account that is gone'}; name that account with "
        "--author if the program works as it"
    )


def _rests_on_runs(e: Evidence) -> str:
    """A failed run is why more is granted than was declared, so a body's word is not enough."""
    for one in e.losses:
        if one.shown is False:
            lost = one.lost
            return (
                f"run {lost.run} does not show what its body says: that the job {lost.job} lacked "
                f"{lost.scope}: {lost.level}"
            )
    return ""


def _has_its_runs(e: Evidence) -> str:
    gone = next((str(one.lost.run) for one in e.losses if one.shown is None), "")
    return f"run {gone}, which it rests on, can't be read any more" if gone else ""


_OF_ANY_VERSION: tuple[Check, ...] = (
    _comes_first,
    _stands_on_its_base,
    _is_sealed,
    _goes_to_default,
    _is_by_its_author,
    _rests_on_runs,
)
_OF_WHO: tuple[Check, ...] = (_is_known, _has_its_runs)


def _same_files(e: Evidence) -> str:
    if e.made.tree == e.fresh.tree:
        return ""
    count = len(e.fresh.differences)
    return f"{count} of its files {'are' if count != 1 else 'is'} not what comes out afresh"


def _same_content(e: Evidence) -> str:
    if e.told.content == e.fresh.content:
        return ""
    return "the digest of the changed files in its body is not what the gate saw"


def _same_marks(e: Evidence) -> str:
    if e.told.fingerprints == e.fresh.marks:
        return ""
    return "the edits that its body names are not those that come out afresh"


def _same_sources(e: Evidence) -> str:
    if e.told.sources == e.fresh.sources:
        return ""
    return "the answers that its body records are not those that the fix rests on"


def _same_losses(e: Evidence) -> str:
    if e.told.lost == e.fresh.lost:
        return ""
    return "the failed runs that its body records are not those for which it gives scopes back"


_OF_THIS_VERSION: tuple[Check, ...] = (
    _same_files,
    _same_content,
    _same_marks,
    _same_sources,
    _same_losses,
)


def _notes(e: Evidence) -> Iterator[str]:
    if e.told.settings and e.told.settings != e.fresh.settings:
        yield (
            "it was made with other settings than those that are known here; give the operator's "
            "settings with --config"
        )
    if e.fresh.left:
        edits = "edit comes" if e.fresh.left == 1 else "edits come"
        why = "people had refused edits before" if e.told.refused else "it tells of no refusal"
        yield f"{e.fresh.left:,} more {edits} out afresh that it does not propose; {why}"
    if e.told.program != e.program:
        yield f"version {e.told.program} made it, and this is {e.program}"
    if e.told.ending:
        yield "the program has closed it itself"
    if e.found.pull.total > len(e.found.pull.commits):
        yield f"it has {e.found.pull.total} commits, of which the first were looked at"


def is_by(made: Made, account: Account) -> bool:
    """Whether a commit says that an account made it, alone or by the API of GitHub.

    By the address that :func:`bot.forge.commits.identity` gives it.
    """
    committer_fits = made.committer.name == _GITHUB or _is(made.committer, account)
    return committer_fits and _is(made.author, account)


def _is(person: Person, account: Account) -> bool:
    found = _NOREPLY.fullmatch(person.address)
    if found is None:
        return False
    if found["id"] is not None and account.id is not None:
        return int(found["id"]) == account.id
    return found["login"].removesuffix("[bot]").lower() == account.login.lower()
