"""Where a token must not be, while a run is at work and afterwards: it is looked for everywhere."""

from __future__ import annotations

import base64
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.forge.answers import Answer
from tests.forge.faults import status
from tests.forge.github import GitHub
from tests.forge.people import App
from tests.forge.repository import Repository
from tests.forge.service import Incoming
from tests.stories.teller import CI, HOME, Teller, is_right

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")

TOKEN = "s3cret+/" + "Zq7" * 10 + "=%41"
"""It looks like no token, and differently in a URL: nothing but its being known hides it."""
SPAWNED = "multiprocessing.spawn"
TALKS = frozenset({"fetch", "push"})
GIT = """\
#!/bin/sh
for word; do printf '%s\\0' "$word"; done > "$RECORDS/$$.words"
/usr/bin/env -0 > "$RECORDS/$$.environ"
exec "$REAL_GIT" "$@"
"""


def forms(secret: str) -> frozenset[bytes]:
    """How it may be written."""
    basic = base64.b64encode(f"x-access-token:{secret}".encode())
    return frozenset({secret.encode(), basic, basic.rstrip(b"="), quote(secret, safe="").encode()})


def holds(data: bytes, secrets: Iterable[bytes]) -> bool:
    return any(secret in data for secret in secrets)


@dataclass
class Spy:
    """Looks around at each exchange of a run, before it is handled."""

    teller: Teller
    secrets: set[bytes]
    run: int = 0
    files: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    memories: list[bool] = field(default_factory=list)
    analyses: set[bytes] = field(default_factory=set)

    def look(self) -> None:
        """Files that hold a secret, and command lines; the analysis's environment and memory."""
        self.files |= leaks(self.teller.folder, self.secrets)
        for process in _descendants(self.run):
            words = _read(f"/proc/{process}/cmdline")
            if holds(words, self.secrets):
                self.words.add(repr(words))
            if SPAWNED.encode() in words:
                self.analyses.add(_read(f"/proc/{process}/environ"))
                with suppress(PermissionError):
                    self.memories.append(_remembers(process, self.secrets))


def leaks(folder: Path, secrets: Iterable[bytes]) -> set[str]:
    """The files below a folder that hold a secret."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "records"]
    return {str(path) for path in files if holds(_read(path), secrets)}


def _read(path: str | Path) -> bytes:
    """What a file holds; nothing where it is gone by now."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def _descendants(process: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in _read(task).split():
            found += [int(child), *_descendants(int(child))]
    return found


_WRITABLE = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) rw", re.MULTILINE)


def _remembers(process: int, secrets: Iterable[bytes]) -> bool:
    """Whether a secret stands in what a process can write to."""
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
        for start, end in _WRITABLE.findall(_read(f"/proc/{process}/maps")):
            try:
                memory.seek(int(start, 16))
                if holds(memory.read(int(end, 16) - int(start, 16)), secrets):
                    return True
            except (OSError, OverflowError):
                continue
    return False


def _spied(hub: GitHub, look: Callable[[], None]) -> None:
    service, handle = hub._service, hub._service.handle

    def handled(incoming: Incoming) -> Answer | None:
        if not incoming.path.startswith("/_push/"):
            look()
        return handle(incoming)

    service.handle = handled  # type: ignore[method-assign]


@dataclass(frozen=True)
class Commands:
    """The commands of git that the program itself started."""

    folder: Path

    def all(self) -> list[tuple[frozenset[str], bytes]]:
        """Words and environment of each."""
        found = []
        for path in self.folder.glob("*.words"):
            words = frozenset(path.read_text().split("\0"))
            found.append((words, path.with_suffix(".environ").read_bytes()))
        return found


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    records, programs = tmp_path / "records", tmp_path / "programs"
    records.mkdir()
    programs.mkdir()
    (programs / "git").write_text(GIT)
    (programs / "git").chmod(0o755)
    return Commands(records)


@pytest.fixture
def curious(tmp_path: Path, commands: Commands) -> Mapping[str, str]:
    """The variables of somebody who wants to see all."""
    traces = tmp_path / "traces"
    traces.mkdir()
    names = ("GIT_TRACE", "GIT_TRACE2_EVENT", "GIT_TRACE2", "GIT_TRACE_CURL", "GIT_TRACE_PACKET")
    values = ",".join(f"GIT_CONFIG_VALUE_{number}" for number in range(40))
    return {
        **{name: str(traces / name) for name in names},
        "GIT_CURL_VERBOSE": "1",
        "GIT_TRACE_REDACT": "0",
        "GIT_TRACE2_ENV_VARS": values,
        "PYTHONFAULTHANDLER": "1",
        "CLEARANCE_TRACEBACK": "1",
        "RECORDS": str(commands.folder),
        "REAL_GIT": shutil.which("git") or "",
        "PATH": f"{tmp_path / 'programs'}:/usr/local/bin:/usr/bin:/bin",
    }


@pytest.fixture
def spy(hub: GitHub, teller: Teller) -> Spy:
    hub.token(TOKEN)
    teller.token = TOKEN
    made = Spy(teller, set(forms(TOKEN)))
    _spied(hub, made.look)
    return made


def told(spy: Spy, environ: Mapping[str, str]) -> bytes:
    """Run the program, and give all that it says."""
    run = spy.teller.process(environ=environ)
    spy.run = run.pid
    return "".join(run.communicate(timeout=60)).encode()


@pytest.mark.parametrize("via", ["git", "api"])
def test_a_token_is_nowhere_but_with_git_that_talks_to_the_server(
    spy: Spy, repo: Repository, curious: Mapping[str, str], commands: Commands, via: str
) -> None:
    config = spy.teller.folder / "settings.yml"
    config.write_text(f"commit_via: {via}\n")
    run = spy.teller.process("--config", str(config), environ=curious)
    spy.run = run.pid
    said = "".join(run.communicate(timeout=60)).encode()
    assert is_right(repo, CI), said
    assert not holds(said, spy.secrets)
    assert not spy.words
    assert not spy.files | leaks(spy.teller.folder, spy.secrets)
    holders = [words & TALKS for words, environ in commands.all() if holds(environ, spy.secrets)]
    assert holders
    assert all(holders)


def test_traces_of_git_were_there_to_be_searched(
    spy: Spy, repo: Repository, curious: Mapping[str, str]
) -> None:
    told(spy, curious)
    assert b"push" in Path(curious["GIT_TRACE2_EVENT"]).read_bytes()


def test_the_analysis_holds_no_token(
    spy: Spy, repo: Repository, curious: Mapping[str, str]
) -> None:
    told(spy, curious)
    assert spy.analyses
    assert not any(holds(environ, spy.secrets) for environ in spy.analyses)
    assert not any(spy.memories)


def test_the_search_of_a_memory_finds_what_is_there(
    spy: Spy, repo: Repository, curious: Mapping[str, str], hub: GitHub
) -> None:
    found: list[bool] = []

    def look() -> None:
        with suppress(PermissionError):
            found.append(_remembers(spy.run, spy.secrets))

    _spied(hub, look)
    told(spy, curious)
    if not found:
        pytest.skip("the system shows nobody's memory")
    assert spy.memories
    assert found[-1]


@pytest.fixture
def app(hub: GitHub, repo: Repository) -> App:
    levels = {"contents": "write", "pull_requests": "write", "workflows": "write"}
    return hub.app("octo", {**levels, "actions": "read"})


@pytest.mark.parametrize("given", ["CLEARANCE_APP_KEY", "CLEARANCE_APP_KEY_FILE"])
def test_neither_an_apps_key_nor_its_token_is_anywhere(
    hub: GitHub,
    spy: Spy,
    repo: Repository,
    app: App,
    curious: Mapping[str, str],
    commands: Commands,
    tmp_path_factory: pytest.TempPathFactory,
    given: str,
) -> None:
    key = tmp_path_factory.mktemp("home") / "key.pem"
    key.write_text(app.private_key)
    lines = app.private_key.splitlines()[1:-1]
    spy.secrets = {line.encode() for line in lines if len(line) > 40}
    _spied(
        hub, lambda: spy.secrets.update(*(forms(one) for one in hub.world.tokens if "ghs_" in one))
    )
    value = app.private_key if given == "CLEARANCE_APP_KEY" else str(key)
    said = told(spy, {**curious, "GH_TOKEN": "", "CLEARANCE_APP_ID": str(app.id), given: value})
    assert is_right(repo, CI), said
    spy.secrets |= {call.token.encode() for call in hub.calls if call.token.startswith("eyJ")}
    assert not holds(said, spy.secrets)
    assert not spy.words
    assert not spy.files | leaks(spy.teller.folder, spy.secrets)
    assert not any(spy.memories)
    holders = [words & TALKS for words, environ in commands.all() if holds(environ, spy.secrets)]
    assert holders
    assert all(holders)


@pytest.mark.parametrize("match", ["Overview", "git-upload-pack", f"POST /repos/{HOME}/pulls"])
def test_a_token_that_is_refused_is_not_shown(
    hub: GitHub, spy: Spy, repo: Repository, curious: Mapping[str, str], match: str
) -> None:
    hub.fault(match, status(401, f"Bad credentials: {TOKEN}"), times=None)
    said = told(spy, curious)
    assert said.startswith(b"clearance: ")
    assert not holds(said, spy.secrets)
    assert not spy.files | leaks(spy.teller.folder, spy.secrets)


def test_a_traceback_does_not_show_it(
    spy: Spy, repo: Repository, curious: Mapping[str, str], tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import bot.online\n"
        "def broken(client, *rest):\n"
        "    raise RuntimeError('it is ' + client.token().value)\n"
        "bot.online.run_remote = broken\n"
    )
    said = told(spy, {**curious, "PYTHONPATH": f"{tmp_path}:{Path.cwd()}"})
    assert b"RuntimeError: it is ***" in said
    assert not holds(said, spy.secrets)
