"""Works a fix out afresh from what a pull request recorded, and reads what it is compared with.

Nothing is asked for by a name that can move: the base by its hash, and each answer that the pull
request rests on by the commit that its reference stood for, checked against its git hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bot import __version__, config
from bot.analysis import FileReport
from bot.answers import Answer, parse
from bot.config import SettingsError
from bot.forge import network, reading
from bot.forge.cache import blob_hash
from bot.forge.checkout import Clone, clone
from bot.forge.errors import BadToken, ForgeError, Limited
from bot.ground import Order, web_url
from bot.life import decide, marks, state
from bot.life.contexts import Push
from bot.life.state import Source, State
from bot.repository import Commit, RepositoryError
from bot.review import asking, losses
from bot.review.desk import Desk
from bot.review.facts import Found, PullFacts
from bot.review.verify import (
    Difference,
    Evidence,
    Fresh,
    Judgement,
    Loss,
    Made,
    Person,
    Verdict,
    judge,
)
from bot.run import in_force, strands_of
from bot.scratch import scratch
from bot.settings import Settings
from bot.snapshot import Snapshot, Study
from bot.tree import Tree
from bot.workflow.document import MAX_BYTES

_CROWDED = 9_000
"""Characters of a state from which on half of its answers may have been left out; see
:func:`bot.life.state.render`."""
_TURNS = 4
"""Edits that are left out let others change; more turns than this change nothing any more."""
_SHOWN = 50
"""Paths of which the two texts are fetched."""
_COMMIT_BYTES = 1 << 20
_REGULAR = ("100644", "100755", "100664", "120000")


@dataclass(frozen=True, slots=True)
class Review:
    """A pull request with what was found about it.

    Attributes:
        reports: on the files that change, as they come out afresh; none where that could not be
            worked out.
    """

    found: Found
    judgement: Judgement
    reports: tuple[FileReport, ...] = ()


class _Unproved(Exception):
    """Why nothing can be said; one sentence."""


def review(desk: Desk, repository: str, number: int) -> Review:
    """Prove one pull request afresh.

    Raises:
        ForgeError: GitHub does not answer, or there is no such pull request.
        ApartError: the analysis came to no end.
    """
    found = asking.one(desk.client, repository, number)
    told = found.pull.told
    if told is None:
        why = "its body does not tell what it proposed"
        return Review(found, Judgement(Verdict.NOT_OURS, (why,), others=found.pull.commits))
    try:
        with scratch() as folder, _cloned(desk, found, folder) as there:
            return _compared(desk, found, told, there)
    except _Unproved as error:
        return Review(found, Judgement(Verdict.UNPROVED, (str(error),)))


def _cloned(desk: Desk, found: Found, folder: Path) -> Clone:
    if found.default_branch is None:
        raise _Unproved("its repository has no commits")
    desk.apart.start()
    url = f"{web_url(desk.client.api_url)}/{found.pull.repository}.git"
    return clone(url, folder / "clone", found.default_branch, desk.client.token())


def _compared(desk: Desk, found: Found, told: State, there: Clone) -> Review:
    base = _commit(there, told.base, "the commit that its body names as its base")
    _commit(there, told.head, "the commit that its body names as its own")
    made = _made(there, told.head)
    outcome = _worked_out(desk, found, told, there, Tree(there.repository, base.tree))
    study = outcome.study
    changed = tuple(report for report in study.reports if report.changed)
    texts = {report.path: report.after.encode() for report in changed}
    try:
        tree = Tree(there.repository, base.tree).with_texts(texts)
    except RepositoryError as error:
        raise _Unproved(f"its files can't be put together: {error}") from None
    fresh = Fresh(
        tree,
        outcome.content,
        marks.marks(study.reports),
        tuple(Source(a.reference, a.commit, a.path, a.blob) for a in study.used),
        outcome.settings,
        outcome.left,
        _differences(there, tree, made.tree, texts),
        lost=study.lost,
        short=outcome.unrecorded and len(state.render(told)) > _CROWDED,
    )
    since = _since(there, found.pull, told, tree, texts)
    trusted = desk.trusted | {found.viewer.login.removesuffix("[bot]").lower()}
    evidence = Evidence(found, told, made, fresh, since, trusted, __version__)
    judgement = judge(evidence)
    # A body can name many runs, and to look at them takes long.
    if told.lost and judgement.verdict is not Verdict.NOT_OURS:
        base_of = found.pull.base, told.base
        shown = losses.shown(desk, found.pull.repository, base_of, told.lost)
        judgement = judge(replace(evidence, losses=tuple(map(Loss, told.lost, shown))))
    return Review(found, judgement, changed)


def _since(
    there: Clone, pull: PullFacts, told: State, tree: str, texts: Mapping[str, bytes]
) -> tuple[Difference, ...]:
    """Where the branch as it stands differs from what comes out, if others were at work on it."""
    if pull.head == told.head:
        return ()
    head = _commit(there, pull.head, "the commit that its branch stands at")
    return _differences(there, tree, head.tree, texts)


def _commit(there: Clone, name: str, what: str) -> Commit:
    if len(name) != 40 or not set(name) <= set("0123456789abcdef"):
        raise _Unproved(f"{what} is not the hash of one")
    try:
        there.fetch_commit(name)
        return there.repository.commit(name)
    except (BadToken, Limited):
        raise
    except (ForgeError, RepositoryError) as error:
        raise _Unproved(f"{what}, {name[:7]}, can't be read: {error}") from None


def _made(there: Clone, name: str) -> Made:
    commit = there.repository.commit(name)
    head, _, _ = there.repository.blob(name, _COMMIT_BYTES).partition(b"\n\n")
    people = dict(
        line.split(" ", 1)
        for line in head.decode("utf-8", "replace").split("\n")
        if line.startswith(("author ", "committer "))
    )
    author, committer = (_person(people.get(role, "")) for role in ("author", "committer"))
    return Made(name, commit.tree, commit.parents, commit.message, author, committer)


def _person(text: str) -> Person:
    name, _, rest = text.partition(" <")
    return Person(name, rest.partition(">")[0])


def _worked_out(desk: Desk, found: Found, told: State, there: Clone, tree: Tree) -> _Outcome:
    """The analysis of the base, under the settings that were in force there."""
    repository = found.pull.repository
    first = replace(reading.first(there, tree, repository), lost=told.lost)
    own = first.files.get(config.HOME)
    text = own.decode("utf-8", "replace") if isinstance(own, bytes) else None
    try:
        candidates = _candidates(desk, found.pull, text)
    except SettingsError as error:
        raise _Unproved(f"the settings at its base can't be used: {error}") from None
    answers = _answers(desk, told.sources)
    known = tuple(one for one in candidates if one.digest() == told.settings)
    outcomes = []
    for settings in known or candidates:
        one = _left_out(desk, found, told, there, tree, first, answers, settings)
        if one.content == told.content:
            return one
        outcomes.append(one)
    return outcomes[0]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What comes out under some settings, without what the body does not name.

    Attributes:
        settings: the digest of those.
        left: how many edits were left out.
        unrecorded: whether answers were asked for that the body does not tell.
    """

    study: Study
    settings: str
    left: int
    unrecorded: bool

    @property
    def content(self) -> str:
        """The digest of the changed files; see :func:`bot.life.decide.content`."""
        return decide.content(one.proof for one in self.study.reports if one.changed and one.proof)


def _left_out(
    desk: Desk,
    found: Found,
    told: State,
    there: Clone,
    tree: Tree,
    first: Snapshot,
    answers: Mapping[str, Answer],
    settings: Settings,
) -> _Outcome:
    """Leave out the edits that the body does not name.

    They were refused before it was made, or other answers would have been asked for.
    """
    push = Push(found.pull.branch, found.pull.repository, found.default_branch)

    asked: set[str] = set()

    def ask(references: Iterable[str]) -> Mapping[str, Answer | None]:
        asked.update(references)
        return {one: answers.get(one) for one in references}

    refused: frozenset[str] = frozenset()
    for _ in range(_TURNS):
        look = partial(desk.apart.study, settings=settings, refused=refused, push=push)
        read = reading.read(there, tree, first, look, ask)
        more = set(marks.marks(read.study.reports)) - set(told.fingerprints) - refused
        if not more:
            break
        refused |= more
    return _Outcome(read.study, settings.digest(), len(refused), not asked <= answers.keys())


def _candidates(desk: Desk, pull: PullFacts, own: str | None) -> tuple[Settings, ...]:
    """The settings that a run can have had: with ``--widen`` or without, for the branch."""
    both = [
        one
        for widen in (False, True)
        for one in strands_of(
            in_force(Order(pull.repository, desk.operator, widen), own, desk.client)
        )
    ]
    return tuple(one for one in both if one.branch == pull.branch) or (both[0],)


def _answers(desk: Desk, sources: Sequence[Source]) -> Mapping[str, Answer]:
    """The recorded answers, had again by their hashes.

    A source that names another file than its reference leads to is none.
    """
    pinned: dict[str, Source] = {}
    for source in sources:
        reference = parse(source.reference)
        if reference is None or source.path not in reference.paths:
            continue
        if reference.fixed and reference.ref != source.commit:
            continue
        place, _, rest = source.reference.partition("@")
        _, colon, path = rest.partition(":")
        at = f"{place}@{source.commit}{colon}{path}"
        if (again := parse(at)) is not None and again.fixed:
            pinned[at] = source
    got = network.fetch(desk.client, pinned, desk.cache)
    missing = [source.reference for at, source in pinned.items() if got.get(at) is None]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise _Unproved(
            f"what it read of {missing[0]}{more} is not there any more, or can't be had"
        )
    found = {}
    for at, source in pinned.items():
        answer = got[at]
        if answer is not None and (answer.path, answer.blob) == (source.path, source.blob):
            found[source.reference] = replace(answer, reference=source.reference)
    return found


def _differences(
    there: Clone, wanted: str, found: str, texts: Mapping[str, bytes]
) -> tuple[Difference, ...]:
    """Where two trees differ, with the texts of the first of those paths."""
    if wanted == found:
        return ()
    words = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", wanted, found)
    try:
        rows = tuple(_rows(there.repository.run(*words)))
    except RepositoryError as error:
        raise _Unproved(f"its files can't be compared: {error}") from None
    here = {blob_hash(text.decode("utf-8", "surrogateescape")) for text in texts.values()}
    shown = rows[:_SHOWN]
    names = {name for row in shown for mode, name in (row.old, row.new) if mode in _REGULAR}
    with suppress(ForgeError):
        there.fetch_blobs(names - here)
    told = [
        Difference(row.path, row.old[0], row.new[0], _text(there, row.old), _text(there, row.new))
        for row in shown
    ]
    rest = [Difference(row.path, row.old[0], row.new[0]) for row in rows[_SHOWN:]]
    return (*told, *rest)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of ``git diff-tree --raw``: each side's mode (empty: not there) and hash."""

    path: str
    old: tuple[str, str]
    new: tuple[str, str]


def _rows(raw: str) -> Iterator[_Row]:
    parts = iter(raw.split("\0"))
    for head in parts:
        if head.startswith(":"):
            old_mode, new_mode, old, new, _ = head[1:].split(" ")
            modes = ["" if mode == "000000" else mode for mode in (old_mode, new_mode)]
            yield _Row(next(parts), (modes[0], old), (modes[1], new))


def _text(there: Clone, side: tuple[str, str]) -> str:
    """A file's text; empty where there is none, or it can't be shown."""
    mode, name = side
    if mode not in _REGULAR:
        return ""
    with suppress(RepositoryError):
        data = there.repository.blob(name, MAX_BYTES)
        return "" if b"\0" in data else data.decode("utf-8", "replace")
    return ""
