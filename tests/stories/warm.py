"""The program in a process of its own that is there at once: forked from one that has loaded it."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Self

# What a run loads on its way; here once for all of them.
import git  # noqa: F401
import github  # noqa: F401
import requests  # noqa: F401
import tenacity  # noqa: F401

from bot import cli, online
from bot.forge import checkout, gitrun, gitwords  # noqa: F401
from bot.life.contexts import Push
from bot.settings import Settings
from bot.snapshot import Snapshot, Study, study
from tests.stories.teller import HOME, Teller


class Near:
    """:class:`bot.apart.Apart` for a process that is about to be killed: it starts no other one."""

    def __init__(self, processes: int = 1) -> None:
        pass

    def start(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def study(
        self, snapshot: Snapshot, settings: Settings, refused: frozenset[str], push: Push
    ) -> Study:
        return study(snapshot, settings, refused, push)


def started(teller: Teller, settings: str) -> BaseProcess:
    """The program, running on the repository of the story; what it says is in the file ``said``."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    config = teller.folder / "settings.yml"
    config.write_text(settings)
    process = context.Process(target=_program, args=(teller.environment(), str(config)))
    process.start()
    return process


def _program(environment: Mapping[str, str], config: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with Path(config).with_name("said").open("w") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    vars(online)["Apart"] = Near
    sys.argv = ["clearance", "run", HOME, "--config", config]
    cli.main()
