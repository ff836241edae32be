"""The work on one repository, in a thread here or in a process of another machine.

Whoever does it finds the token in its own environment, and keeps what it made of that: a task holds
no token, so none is ever sent anywhere.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from dataclasses import dataclass

from bot import config
from bot.apart import Apart, ApartError
from bot.config import SettingsError
from bot.forge import auth, redact
from bot.forge.auth import Credentials
from bot.forge.cache import Cache
from bot.forge.client import Client
from bot.forge.errors import ForgeError
from bot.forge.limiter import Limiter
from bot.ground import Order
from bot.run import run
from bot.sweep.record import Record, State
from bot.sweep.recording import record

_HOUR = 3600.0
_ANALYSES = 4
"""Analyses at a time in a process that somebody else has started; its threads may be fewer."""


@dataclass(frozen=True, slots=True)
class Task:
    """A repository to work on.

    Attributes:
        order: what is to be done.
        api_url: of its server.
        head: the commit of its default branch, as far as is known.
        attempt: counts the times that it is given out.
    """

    order: Order
    api_url: str
    head: str = ""
    attempt: int = 0


@dataclass(slots=True)
class Worker:
    """What one process has for all its tasks; ``apart``: where repositories are analysed."""

    credentials: Credentials
    limiter: Limiter
    cache: Cache
    apart: Apart

    def work(self, task: Task) -> tuple[Record, ...]:
        """Do it; whatever is wrong with a repository is in its record."""
        began = time.monotonic()
        name = task.order.repository
        client = None
        records: list[Record] = []
        why = ""
        try:
            client = Client(self.credentials, name, api_url=task.api_url, limiter=self.limiter)
            for result in run(client, task.order, self.apart, self.cache):
                seconds = time.monotonic() - began
                records.append(record(result, task.head, seconds, client.calls))
        except (ForgeError, SettingsError, ApartError) as error:
            why = str(error)
        except Exception as error:  # noqa: BLE001 - one repository must not stop the others
            why = f"the program failed on it ({type(error).__name__}); please report it"
        if why:
            calls = client.calls if client else 0
            seconds = round(time.monotonic() - began, 2)
            failed = Record(name, State.FAILED, task.head, "", why, "", seconds, calls)
            records.append(failed)
        return tuple(records)


def worker(
    settings: str | None, api_url: str, apart: Apart, credentials: Credentials | None = None
) -> Worker:
    """A worker of this process.

    Args:
        settings: the text of the operator's settings, for the limits.
        api_url: of the server.
        apart: where repositories are analysed.
        credentials: None takes the token out of the environment.

    Raises:
        ForgeError: there is no token.
        SettingsError: the settings are wrong.
    """
    redact.install()
    chosen = config.layered(settings, None)
    limiter = Limiter(
        content_per_minute=chosen.content_per_minute,
        content_per_hour=chosen.content_per_hour,
        # A sweep has the night: it waits for an hour's limit, and not for more.
        longest=_HOUR * 1.2,
    )
    found = credentials or auth.from_environment(os.environ, api_url, limiter=limiter)
    return Worker(found, limiter, Cache(), apart)


_own: dict[str, Worker] = {}
_making = threading.Lock()


def afar(task: Task) -> tuple[Record, ...]:
    """Do a task in a process that somebody else has started; its environment has the token."""
    try:
        with _making:
            if task.api_url not in _own:
                # Dask's nannies start daemons, which may start no process of their own.
                vars(multiprocessing.current_process())["_config"]["daemon"] = False
                _own[task.api_url] = worker(task.order.settings, task.api_url, Apart(_ANALYSES))
    except (ForgeError, SettingsError) as error:
        why = f"the worker that had it can't work: {error}"
        return (Record(task.order.repository, State.FAILED, task.head, why=why),)
    return _own[task.api_url].work(task)
