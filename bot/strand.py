"""One branch of a repository, and its pull request: the order of things.

Every step may be the last one. Whatever was done by then is found again by the next run: a branch
by the seal of its commit, a pull request by the state in its body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from bot import __version__
from bot.analysis import FileReport
from bot.circumstances import circumstances
from bot.facts import Facts
from bot.facts_forge import Circumstances
from bot.forge import checks, commits, history, pulls
from bot.forge.commits import Branch, Contents
from bot.forge.errors import ForgeError
from bot.forge.pulls import Made, People, Text
from bot.forge.refusals import LeaseLost
from bot.gather import gather
from bot.ground import Ground
from bot.home import home, would_publish
from bot.life import decide as life
from bot.life import marks, past, state
from bot.life.contexts import Push
from bot.life.decide import Action, Wanted
from bot.life.overview import Overview, Pull, PullState
from bot.life.past import Past, Stop
from bot.life.state import Box, Ending, Source, State
from bot.review import losses
from bot.review.desk import Desk
from bot.settings import Settings
from bot.snapshot import Study
from bot.writeup import WriteUp, closing, write

_CHANGED = "its pull request was opened, closed or pushed to in the meantime; run it again"


@dataclass(frozen=True, slots=True)
class Result:
    """What was done for one branch of a repository.

    Attributes:
        repository: ``owner/name`` as it is today.
        outcome: what was done, or would be done where the run was a dry one.
        stop: why nothing may be done; then ``outcome`` says nothing.
        pull: the address of the pull request, where there is one.
        writeup: its text, where one was written.
        reports: on every workflow file that was read.
        notes: sentences about what did not go as it should and did no harm.
    """

    repository: str
    branch: str
    outcome: Action
    stop: Stop | None = None
    pull: str = ""
    writeup: WriteUp | None = None
    reports: tuple[FileReport, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Strand:
    """The work on one branch.

    Attributes:
        settings: those in force, with the branch and the remedies of this one.
        seen: the repository as it stands, asked for this branch.
        opened: how many of the program's other pull requests are open in it.
        split: whether each remedy has a pull request of its own.
    """

    ground: Ground
    settings: Settings
    seen: Overview
    opened: int
    split: bool
    past: Past = field(init=False)
    notes: list[str] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.past = past.past(self.seen)

    def result(self) -> Result:
        """Do what there is to be done.

        Raises:
            LeaseLost: somebody was there in between; what was decided here is void.
            ForgeError: GitHub does not do it.
            ApartError: the analysis came to no end.
        """
        stop = self.past.stop if self.settings.enabled else Stop.SETTINGS
        branch, base = self.settings.branch, self.seen.base
        if base is not None and branch == base.name:
            raise ForgeError(
                f"{branch} is its default branch; choose another with the setting branch"
            )
        if stop is not None or base is None:
            return self._told(Action.NOTHING, stop=stop or Stop.EMPTY)
        lost = past.lost(self.past.told, self.ground.order.lost)
        settled = life.is_settled(self.past, base, __version__, self.settings.digest())
        if settled and not past.is_news(self.past, lost):
            self._ready()
            return self._told(Action.KEEP)
        self._require_rights()
        ground = self.ground
        desk = Desk(ground.client, ground.apart, ground.cache, None, frozenset())
        place, at = self.seen.repository, (base.name, base.oid)
        told = losses.kept(desk, place, at, self.past.told, ground.order.lost)
        if told is None:
            self.notes.append("a run that its pull request rests on can't be read this time")
            return self._told(Action.WAIT)
        lost = past.lost(told, ground.order.lost)
        new = self.past.branch is None
        push = Push(branch, self.seen.repository, base.name, new=new)
        read = ground.read(self.seen, self.settings, self.past.refused, push, lost)
        study = read.study
        work = _Work(self, study, read.unanswered)
        action = life.decide(self.past, work.wanted, self.opened, self.settings.open_at_once)
        if action in _DO and not self.ground.order.brief:
            return _DO[action](work)
        if action is Action.KEEP:
            self._ready()
        if action is Action.NOTHING:
            work.clear()
        nothing = action is Action.NOTHING and not study.reports
        return self._told(action, study, stop=Stop.NO_WORKFLOWS if nothing else None)

    def _require_rights(self) -> None:
        """Raise where it is known already that the token lacks something."""
        client = self.ground.client
        lacking = checks.blocking(checks.rights(client.token(), self.seen, client.scopes))
        if lacking and not self.ground.order.dry:
            raise ForgeError(f"{lacking[0].sentence}; {lacking[0].advice}")

    def _ready(self) -> None:
        """Let a draft that waited for a secret ask for review, where the secret is there now."""
        current = self.past.current
        if current is None or not self.waits:
            return
        stored = Box.STORED in current.boxes
        if not stored:
            with suppress(ForgeError):
                names = history.seen_secrets(self.ground.client, self.seen.repository)
                stored = names is not None and names.issuperset(current.state.awaits)
        if stored:
            self.ready()

    @property
    def waits(self) -> bool:
        """Whether its pull request is a draft for want of a secret, and for nothing else."""
        current = self.past.current
        return (
            current is not None
            and current.pull.draft
            and bool(current.state.awaits)
            and not self.settings.draft
        )

    def ready(self) -> None:
        """Let its draft ask for review."""
        current = self.past.current
        if current is not None and not self.ground.order.dry:
            pulls.make_ready(self.ground.client, current.pull.id)
            self.notes.append("its draft asks for review now: the secret is stored")

    def _told(
        self,
        action: Action,
        study: Study | None = None,
        *,
        stop: Stop | None = None,
        pull: str = "",
        writeup: WriteUp | None = None,
    ) -> Result:
        current = self.past.current
        return Result(
            self.seen.repository,
            self.settings.branch,
            action,
            stop,
            pull or (current.pull.url if current else ""),
            writeup,
            study.reports if study else (),
            tuple(self.notes),
        )


@dataclass(slots=True)
class _Work:
    """What is done about a proposal that was worked out."""

    strand: Strand
    study: Study
    unanswered: frozenset[str]

    @property
    def changed(self) -> tuple[FileReport, ...]:
        return tuple(report for report in self.study.reports if report.changed)

    @property
    def wanted(self) -> Wanted:
        reports = self.study.reports
        return Wanted(
            life.content(report.proof for report in reports if report.proof),
            marks.held(reports) > 0,
            self.unanswered,
            any(report.problem for report in reports),
        )

    def create(self) -> Result:
        """Push the branch, and open the pull request."""
        strand, ground, seen = self.strand, self.strand.ground, self.strand.seen
        where = self._where()
        if self.study.starts:
            what = would_publish(where.name, self.study.starts)
            strand.notes.append(f"{what}; so it goes by a fork")
        facts, told = self._facts()
        if ground.order.dry:
            return self._done(Action.CREATE, self._written(facts, told, self._head()))
        commit = self._commit(where, self._written(facts, told, self._head()).commit)
        awaits = _awaits(facts, told)
        writeup = self._written(facts, told, commit, awaits)
        made = pulls.create(
            ground.client,
            seen.repository,
            head=f"{where.repository.partition('/')[0]}:{where.name}",
            base=seen.base.name if seen.base else "",
            text=Text(writeup.title, writeup.body),
            draft=strand.settings.draft or bool(awaits),
        )
        self._introduce(made)
        return self._done(Action.CREATE, writeup, made.url)

    def update(self) -> Result:
        """Push the branch anew, and write its text anew."""
        strand, ground = self.strand, self.strand.ground
        current, head = strand.past.current, strand.past.branch
        assert current is not None and head is not None  # noqa: S101, PT018 - it is open
        where = self._where()
        facts, told = self._facts()
        told = replace(told, confirmed=Box.STORED in current.boxes)
        commit = head.oid
        if not ground.order.dry:
            commit = self._commit(where, self._written(facts, told, commit).commit)
        stored = current.state.awaits if Box.STORED in current.boxes else ()
        awaits = tuple(name for name in _awaits(facts, told) if name not in stored)
        writeup = self._written(facts, told, commit, awaits)
        if not ground.order.dry:
            self._rewrite(current.pull, Text(writeup.title, writeup.body))
        if strand.waits and not awaits:
            strand.ready()
        return self._done(Action.UPDATE, writeup, current.pull.url)

    def close(self) -> Result:
        """Close the pull request that is no longer needed, and delete its branch."""
        strand, ground, seen = self.strand, self.strand.ground, self.strand.seen
        current, head = strand.past.current, strand.past.branch
        assert current is not None and head is not None  # noqa: S101, PT018 - it is open
        if not ground.order.dry:
            ended = replace(current.state, ending=Ending.NOT_NEEDED)
            body = state.put(current.pull.body, ended)
            stands = pulls.head(ground.client, seen.repository, current.pull.number)
            if stands != head.oid:
                raise LeaseLost(_CHANGED)
            text = closing(ground.clone(seen).head)
            if not pulls.close(ground.client, seen.repository, current.pull.number, body, text):
                strand.notes.append("the comment that says why it was closed could not be written")
            self._delete(current.pull.head_repository or seen.repository, head.oid)
        return strand._told(Action.CLOSE, self.study)

    def clear(self) -> None:
        """Delete the branch of a run that was killed before it had a pull request, or after."""
        seen, branch = self.strand.seen, self.strand.past.branch
        people = {pull.head_oid for pull in seen.pulls if not _was_ended(pull)}
        if branch is not None and branch.oid not in people and not self.strand.ground.order.dry:
            self._delete(seen.repository, branch.oid)

    def _rewrite(self, pull: Pull, text: Text) -> None:
        client, repository = self.strand.ground.client, self.strand.seen.repository
        if not pulls.rewrite(client, repository, pull.number, text):
            # A human said no to what it told until now, and to nothing more.
            pulls.rewrite(client, repository, pull.number, Text(pull.title, pull.body))
            raise LeaseLost(_CHANGED)

    def _done(self, action: Action, writeup: WriteUp, pull: str = "") -> Result:
        return self.strand._told(action, self.study, pull=pull, writeup=writeup)

    def _head(self) -> str:
        """A commit that is yet to be made; as long as one."""
        return "0" * 40

    def _where(self) -> Branch:
        strand = self.strand
        return home(strand.ground, strand.settings, strand.seen, strand.past, self.study.starts)

    def _commit(self, where: Branch, message: str) -> str:
        strand, ground = self.strand, self.strand.ground
        texts = {report.path: report.after.encode() for report in self.changed}
        contents = Contents(texts, message, strand.settings.sign_off)
        who = commits.identity(strand.seen.viewer, ground.web_url.partition("//")[2])
        there = ground.clone(strand.seen)
        if strand.settings.commit_via == "api":
            return commits.by_api(ground.client, there, where, contents, who)
        return commits.by_git(ground.client, there, where, contents, who)

    def _facts(self) -> tuple[Facts, Circumstances]:
        strand, ground = self.strand, self.strand.ground
        head = ground.clone(strand.seen).head
        told = circumstances(
            ground.client,
            strand.seen,
            self.study,
            settings=strand.settings,
            web_url=ground.web_url,
            split=strand.split,
            page=ground.order.page,
        )
        return gather(self.study.reports, head, strand.seen.repository), told

    def _written(
        self, facts: Facts, told: Circumstances, head: str, awaits: tuple[str, ...] = ()
    ) -> WriteUp:
        """The text of the pull request whose branch stands at ``head``."""
        edits = marks.marks(self.study.reports)
        if len(edits) > state.MAX_EDITS:
            raise ForgeError(
                f"its {len(edits):,} edits are more than one pull request can remember; set "
                "pull_requests: one-a-remedy, or exclude some workflows"
            )
        remembered = State(
            program=__version__,
            settings=self.strand.settings.digest(),
            base=facts.base,
            head=head,
            content=self.wanted.content,
            fingerprints=edits,
            sources=tuple(Source(a.reference, a.commit, a.path, a.blob) for a in self.study.used),
            awaits=awaits,
            refused=life.left_out(self.strand.past.refused),
            lost=self.study.lost,
        )
        return write(facts, self.strand.seen.subjects, told, state=state.render(remembered))

    def _introduce(self, made: Made) -> None:
        """What is done once for a new pull request.

        Raises:
            LeaseLost: it is not new; another process has opened it, or a human.
        """
        strand = self.strand
        client, repository, settings = strand.ground.client, strand.seen.repository, strand.settings
        if not made.fresh:
            raise LeaseLost(_CHANGED)
        people = People(
            settings.labels, settings.reviewers, settings.team_reviewers, settings.assignees
        )
        strand.notes += pulls.introduce(client, repository, made.number, people)

    def _delete(self, repository: str, expected: str) -> None:
        strand, ground = self.strand, self.strand.ground
        away = repository != strand.seen.repository
        url = ground.git_url(repository) if away else None
        try:
            ground.clone(strand.seen).delete_branch(strand.settings.branch, expected, url=url)
        except ForgeError as error:
            strand.notes.append(f"its branch was not deleted: {error}")


def _awaits(facts: Facts, told: Circumstances) -> tuple[str, ...]:
    """The secrets that have to be stored before the pull request may be merged."""
    seen = told.seen_secrets or frozenset()
    return tuple(sorted({need.secret for need in facts.needs} - seen))


def _was_ended(pull: Pull) -> bool:
    """Whether the program itself has closed it."""
    told = state.read(pull.body)
    return pull.state is PullState.CLOSED and told is not None and bool(told.ending)


_DO: Mapping[Action, Callable[[_Work], Result]] = {
    Action.CREATE: _Work.create,
    Action.UPDATE: _Work.update,
    Action.CLOSE: _Work.close,
}
