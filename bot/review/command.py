"""The command ``review``: values in, texts out, an exit code back."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

from bot import config
from bot.apart import Apart, ApartError
from bot.commands import Exit, complain, tell
from bot.config import SettingsError
from bot.forge import auth, place, redact
from bot.forge.auth import Credentials
from bot.forge.cache import Cache
from bot.forge.client import Client
from bot.forge.errors import BadToken, ForgeError, Limited
from bot.forge.limiter import Limiter
from bot.remote import Remote, api_url, remote
from bot.report import review as text
from bot.report import review_json
from bot.report.escape import visible
from bot.report.palette import Palette
from bot.review import asking, deeds, runlog, runs
from bot.review.aftermath import Aftermath, aftermath
from bot.review.desk import Desk
from bot.review.explaining import Explanation, explain
from bot.review.facts import PullFacts
from bot.review.fetching import Review, review
from bot.review.options import Deed, Form
from bot.review.refusal import refusals
from bot.review.risk import Risk, risks
from bot.review.rows import rows
from bot.review.verify import Judgement, Verdict
from bot.settings import Settings

_NUMBER = re.compile(r"(?P<place>.+?)(?:#|/pull/)(?P<number>\d{1,9})(?:/\S*)?")
_ME = "@me"


@dataclass(frozen=True)
class Wish:
    """What ``clearance review`` was asked for.

    Attributes:
        target: ``OWNER/REPO#N`` or the address of a pull request; None for all open ones.
        run: the address of a run's page, or the path of a log; None where none is to be explained.
        deed: what is to be done; None: only to look.
        pattern: of the repositories that are meant, ``owner/*``.
        author: the account that the program works as; the token's own where it is empty.
        merged_since: a day: look at what came after merges since then; empty: don't.
        config: the operator's settings file.
        dry: do nothing, and tell what would be done.
        sure: do it to many without asking.
    """

    target: str | None = None
    run: str | None = None
    deed: Deed | None = None
    pattern: str = "*"
    author: str = ""
    merged_since: str = ""
    config: str | None = None
    dry: bool = False
    sure: bool = False
    form: Form = Form.TEXT


@dataclass
class _Office:
    """What all reviews of one command have in common.

    Attributes:
        operator: the text of the operator's settings; None where there are none.
    """

    wish: Wish
    operator: str | None
    server: str
    apart: Apart

    @cached_property
    def settings(self) -> Settings:
        """The operator's settings."""
        return config.layered(self.operator, None)

    @cached_property
    def limiter(self) -> Limiter:
        """One for all clients."""
        chosen = self.settings
        return Limiter(
            content_per_minute=chosen.content_per_minute, content_per_hour=chosen.content_per_hour
        )

    @cached_property
    def credentials(self) -> Credentials:
        """Of the environment, which has them no longer."""
        return auth.from_environment(os.environ, self.server, limiter=self.limiter)

    def opened(self) -> Iterator[PullFacts]:
        """The open pull requests of the program, account by account."""
        for client, author, owner in self._places():
            yield from asking.opened(client, self.settings.branch, author, owner)

    def merged(self) -> Iterator[PullFacts]:
        """Those that were merged since the day that was asked for, likewise."""
        branch, since = self.settings.branch, self.wish.merged_since
        for client, author, owner in self._places():
            yield from asking.merged(client, branch, author, since, owner)

    def _places(self) -> Iterator[tuple[Client, str, str]]:
        """What searches, whose pull requests, and in which account; in all where that is empty."""
        author = "" if self.wish.author == _ME else self.wish.author
        for owner in self._owners():
            client = self.client(f"{owner}/{auth.ALL}" if owner else "")
            # Whom @me means for an app's token is written nowhere.
            author = author or asking.viewer(client)
            yield client, author, owner

    def _owners(self) -> Iterator[str]:
        """The accounts that need a token each; one without a name where one token is for all."""
        accounts = auth.accounts(self.credentials)
        if accounts is None:
            yield ""
        pattern = self.wish.pattern.lower()
        owners = pattern.partition("/")[0] if "/" in pattern else "*"
        for account in accounts or ():
            if not fnmatch(account.login.lower(), owners):
                continue
            if account.suspended:
                complain(account.login, auth.SUSPENDED)
            else:
                yield account.login

    def client(self, repository: str) -> Client:
        """For one repository."""
        return Client(self.credentials, repository, api_url=self.server, limiter=self.limiter)

    def desk(self, repository: str) -> Desk:
        """For one repository."""
        named = self.wish.author.removesuffix("[bot]").lower()
        trusted = frozenset({named} if named else ())
        return Desk(self.client(repository), self.apart, Cache(), self.operator, trusted)

    def meant(self, pull: PullFacts) -> bool:
        """Whether a pull request is one that was asked for, and may be told of here."""
        known = pull.told is not None and self.tells_of(public=pull.public)
        return known and fnmatch(pull.repository.lower(), self.wish.pattern.lower())

    def tells_of(self, *, public: bool) -> bool:
        """Whether what is printed may tell of a repository."""
        return public or self.settings.private_from_public or not place.is_public(os.environ)

    def require(self, *, public: bool) -> None:
        """Raise where it may not."""
        if not self.tells_of(public=public):
            raise ForgeError(
                "it is not public, and this run's log is; run from a private repository, or set "
                "private_from_public"
            )


_Task = Callable[[_Office], Exit]


def run(wish: Wish) -> Exit:
    """Review; 0 where all is well, 1 where there is something to look at, 2 on an error."""
    redact.install()
    target, task = _task(wish)
    if task is None:
        return Exit.ERROR
    name, server = (target.name, target.api_url) if target else ("", api_url(os.environ))
    try:
        operator = config.operator(Path(wish.config)) if wish.config is not None else None
    except SettingsError as error:
        complain(wish.config or "", str(error))
        return Exit.ERROR
    try:
        with Apart() as apart:
            return task(_Office(wish, operator, server, apart))
    except (ForgeError, SettingsError, ApartError) as error:
        # Some say themselves which repository they mean.
        tell(wish.target or wish.run or server, str(error).removeprefix(f"{name}: "))
        return Exit.ERROR


def _task(wish: Wish) -> tuple[Remote | None, _Task | None]:
    """The repository that is named, and what is to be done; None for what can't be understood."""
    if wish.run is not None:
        return _of_run(wish.run)
    if wish.merged_since and not _is_day(wish.merged_since):
        complain(f"--merged-since {wish.merged_since}", "it is no day; write it as 2026-01-31")
        return None, None
    if wish.target is None:
        return None, _after_all if wish.merged_since else _table
    named = _NUMBER.fullmatch(wish.target)
    home = remote(named["place"], os.environ) if named is not None else None
    if named is None or home is None:
        complain(wish.target, "it is no pull request; name one as OWNER/REPO#1")
        return None, None
    number = int(named["number"])
    return home, lambda office: _single(office, home.name, number)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _of_run(named: str) -> tuple[Remote | None, _Task | None]:
    address = runs.address(named)
    if address is None and "://" not in named:
        return None, lambda office: _log(office.wish, named)
    home = remote(address.home, os.environ) if address is not None else None
    if address is None or home is None:
        complain(named, "it is no run on GitHub; give the address of its page, …/actions/runs/1")
        return None, None
    return home, lambda office: _run_of(office, home.name, address)


def _run_of(office: _Office, name: str, address: runs.Address) -> Exit:
    """Explain a run on GitHub."""
    desk = office.desk(name)
    found = runs.run(desk.client, name, address.run)
    office.require(public=found.public)
    told = tuple(runs.explained(desk, name, found, address.attempt, address.job))
    if not told and found.never_started:
        complain(found.url, "no job of it was started, and only its page says why; name a file "
                 "with that text")  # fmt: skip
        return Exit.FINDINGS
    return _tell_explanations(office.wish, told)


def _log(wish: Wish, named: str) -> Exit:
    """Explain a log that lies here."""
    try:
        jobs = runlog.read(Path(named))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it has no such name"
        complain(named, f"it can't be read ({reason}); check it, or give a run's address")
        return Exit.ERROR
    return _tell_explanations(wish, [explain(one) for job in jobs for one in refusals(job)])


def _tell_explanations(wish: Wish, found: Sequence[Explanation]) -> Exit:
    if wish.form is Form.JSON:
        sys.stdout.write(review_json.explanations(found))
    else:
        sys.stdout.write(text.explanations(found, Palette.of(sys.stdout)))
    return Exit.FINDINGS if found else Exit.DONE


def _single(office: _Office, name: str, number: int) -> Exit:
    """Prove one pull request, and do what is to be done."""
    wish, desk = office.wish, office.desk(name)
    found = review(desk, name, number)
    office.require(public=found.found.pull.public)
    _tell_proof(wish, found)
    if wish.merged_since:
        return _tell_after(wish, [aftermath(desk, found.found.pull)])
    if wish.deed is not None:
        return _done(wish, desk.client, wish.deed, found)
    return Exit.DONE if found.judgement.verdict is Verdict.EXACT else Exit.FINDINGS


def _tell_proof(wish: Wish, found: Review) -> None:
    weighed = _risks(found)
    if wish.form is Form.JSON:
        sys.stdout.write(review_json.proof(found, weighed))
    else:
        sys.stdout.write(text.proof(found, weighed, Palette.of(sys.stdout)))


def _risks(found: Review) -> tuple[Risk, ...]:
    return tuple(one for report in found.reports for one in risks(report))


def _done(wish: Wish, client: Client, deed: Deed, found: Review) -> Exit:
    """Do it, or say why not."""
    name = found.found.pull.name
    why = deeds.obstacle(deed, found.found, found.judgement)
    if why:
        tell(name, f"not done: {why}")
        return Exit.FINDINGS
    _say(wish, name, f"would {deed}" if wish.dry else deeds.do(client, deed, found.found))
    return Exit.DONE


def _say(wish: Wish, name: str, what: str) -> None:
    # Standard output is one document of JSON where that was asked for.
    stream = sys.stderr if wish.form is Form.JSON else sys.stdout
    stream.write(f"{visible(name)}: {what}\n")


def _table(office: _Office) -> Exit:
    """Show all open pull requests, or do something to all of them."""
    wish = office.wish
    opened = (one for one in office.opened() if office.meant(one))
    found = rows(opened, datetime.now(UTC))
    if wish.deed is not None:
        return _to_all(office, wish.deed, [row.pull for row in found])
    if wish.form is Form.JSON:
        sys.stdout.write(review_json.table(found))
    else:
        palette = Palette.of(sys.stdout)
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 1 << 10
        sys.stdout.write(text.table(found, palette, width))
    return Exit.FINDINGS if any(row.calls for row in found) else Exit.DONE


def _to_all(office: _Office, deed: Deed, pulls: Sequence[PullFacts]) -> Exit:
    """Prove each, tell what would be done, and do it once somebody is sure."""
    wish = office.wish
    worst = Exit.DONE
    ready: list[Review] = []
    for outcome in _looked(office, deed, pulls):
        if isinstance(outcome, Exit):
            worst = max(worst, outcome)
            continue
        why = deeds.obstacle(deed, outcome.found, outcome.judgement)
        if why:
            tell(outcome.found.pull.name, f"not done: {why}")
            worst = max(worst, Exit.FINDINGS)
        else:
            ready.append(outcome)
            _say(wish, outcome.found.pull.name, f"would {deed}")
    if wish.dry or not ready or not _is_sure(wish, deed, len(ready)):
        return worst
    for one in ready:
        try:
            worst = max(worst, _done(wish, office.client(one.found.pull.repository), deed, one))
        except (BadToken, Limited):
            raise
        except ForgeError as error:
            tell(one.found.pull.name, str(error))
            worst = Exit.ERROR
    return worst


def _looked(office: _Office, deed: Deed, pulls: Sequence[PullFacts]) -> Iterator[Review | Exit]:
    """Each pull request as it is now, proved where the deed takes that."""
    for pull in pulls:
        desk = office.desk(pull.repository)
        try:
            if deed in deeds.PROVED:
                yield review(desk, pull.repository, pull.number)
            else:
                found = asking.one(desk.client, pull.repository, pull.number)
                yield Review(found, Judgement(Verdict.UNPROVED, ()))
        except (BadToken, Limited):
            raise
        except (ForgeError, ApartError) as error:
            tell(pull.name, str(error))
            yield Exit.ERROR


def _is_sure(wish: Wish, deed: Deed, count: int) -> bool:
    if wish.sure:
        return True
    if not sys.stdin.isatty():
        complain(f"--{deed}", "nothing was done; look at the list above, and say --yes")
        return False
    sys.stdout.write(f"{deed} these {count}? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _after_all(office: _Office) -> Exit:
    """Look at what came after all merges since a day."""
    wish = office.wish
    worst = Exit.DONE
    found: list[Aftermath] = []
    for pull in office.merged():
        if office.meant(pull):
            try:
                found.append(aftermath(office.desk(pull.repository), pull))
            except (BadToken, Limited):
                raise
            except ForgeError as error:
                tell(pull.name, str(error))
                worst = Exit.ERROR
    return max(worst, _tell_after(wish, found))


def _tell_after(wish: Wish, found: Sequence[Aftermath]) -> Exit:
    if wish.form is Form.JSON:
        sys.stdout.write(review_json.after(found))
    else:
        sys.stdout.write(text.after(found, Palette.of(sys.stdout)))
    return Exit.FINDINGS if any(one.alarms for one in found) else Exit.DONE
