"""What only an operator's file says: ``sweep`` and ``overrides``."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from bot import config
from bot.config import Settings, SettingsError
from bot.sweep.settings import SweepSettings

_OF_SETTINGS = ", ".join(field.name for field in fields(Settings))
_OF_SWEEP = ", ".join(field.name for field in fields(SweepSettings))
_LINES = "one on a line behind a dash"


def _sweep(*lines: str) -> str:
    return "".join(f"{line}\n" for line in ("widen: true", "sweep:", *(f"  {x}" for x in lines)))


SWEEPS = [
    pytest.param(None, SweepSettings(), id="no-file"),
    pytest.param("", SweepSettings(), id="empty-file"),
    pytest.param("widen: true\n", SweepSettings(), id="no-sweep"),
    pytest.param("sweep: {}\n", SweepSettings(), id="empty-sweep"),
    pytest.param(
        _sweep("organisations: [acme]", "users: [octocat, a_corp]"),
        SweepSettings(organisations=("acme",), users=("octocat", "a_corp")),
        id="logins",
    ),
    pytest.param(_sweep("installation: true"), SweepSettings(installation=True), id="a-switch"),
    pytest.param(
        _sweep("repositories:", "  - acme/.github", "  - acme/x.y_z-1"),
        SweepSettings(repositories=("acme/.github", "acme/x.y_z-1")),
        id="repositories",
    ),
    pytest.param(
        _sweep("search: org:acme topic:prod"),
        SweepSettings(search="org:acme topic:prod"),
        id="a-search",
    ),
    pytest.param(
        _sweep("include: [acme/*]", "exclude: ['*-[ab]', 'x?']"),
        SweepSettings(include=("acme/*",), exclude=("*-[ab]", "x?")),
        id="patterns",
    ),
    pytest.param(
        _sweep("topics: [prod]", "languages: [C++]", "visibility: [public, internal]"),
        SweepSettings(topics=("prod",), languages=("C++",), visibility=("public", "internal")),
        id="what-they-are",
    ),
    pytest.param(
        _sweep("canaries: 0", "go: when-told", "most_new: 7"),
        SweepSettings(canaries=0, go="when-told", most_new=7),
        id="counts",
    ),
    pytest.param(
        _sweep("executor: dask", "scheduler: tcp://10.0.0.5:8786"),
        SweepSettings(executor="dask", scheduler="tcp://10.0.0.5:8786"),
        id="a-scheduler",
    ),
]


@pytest.mark.parametrize(("text", "settings"), SWEEPS)
def test_sweep(text: str | None, settings: SweepSettings) -> None:
    assert config.sweep(text) == settings


@pytest.mark.parametrize(
    "window", ["22-6", "22-06", "09-17", "0-24", "9-17", "23-0", "19-20", "10-24", ""]
)
def test_a_window_is_two_hours(window: str) -> None:
    assert config.sweep(_sweep(f"window: '{window}'")) == SweepSettings(window=window)


WINDOWS = [
    "22",
    "22-",
    "-6",
    "24-6",
    "22-25",
    "9-9",
    "22:00-6:00",
    "9 - 17",
    "٣-٤",
    "22-6x",
]
"""Texts that are no window."""


@pytest.mark.parametrize("window", WINDOWS)
def test_a_window_that_is_none(window: str) -> None:
    with pytest.raises(SettingsError) as caught:
        config.sweep(_sweep(f"window: {window}"))
    assert str(caught.value) == (
        "the organisation's settings: line 3: window can't be that; write two hours of a day, such "
        "as 22-6"
    )


def _of_sweep(line: str, sentence: str, why: str) -> object:
    """Told of the second line under ``sweep``, the fourth of the file."""
    return pytest.param(_sweep("canaries: 3", line), f"line 4: {sentence}", id=why)


def _of_override(line: str, sentence: str, why: str) -> object:
    """Told of the second entry's second line, the fifth of the file."""
    text = (
        f"overrides:\n  - repositories: [a]\n    draft: true\n  - repositories: [b]\n    {line}\n"
    )
    return pytest.param(text, f"line 5: {sentence}", id=why)


_LOGINS = f"a list of logins without @, {_LINES}"
_REPOSITORIES = f"a list of repositories as owner/name, {_LINES}"
_PATTERNS = f"a list of patterns of owner/name or of a name, {_LINES}"
WRONG = [
    _of_sweep("widen: true", f"widen is no setting; the settings are {_OF_SWEEP}", "not-of-sweep"),
    _of_sweep(
        "repository: [a/b]", f"repository is no setting; the settings are {_OF_SWEEP}", "unknown"
    ),
    _of_sweep("canary: {}", f"canary is no setting; the settings are {_OF_SWEEP}", "unknown-part"),
    _of_sweep("organisations: acme", f"organisations can't be that; write {_LOGINS}", "one-login"),
    _of_sweep("organisations: ['@a']", f"organisations can't be that; write {_LOGINS}", "at"),
    _of_sweep("users: [a/b]", f"users can't be that; write {_LOGINS}", "name-for-a-login"),
    _of_sweep("users: [[a]]", f"users can't be that; write {_LOGINS}", "list-for-a-login"),
    _of_sweep("users: {a: b}", f"users can't be that; write {_LOGINS}", "mapping-for-logins"),
    _of_sweep("installation: 7", "installation can't be that; write true or false", "no-switch"),
    _of_sweep("forks: [true]", "forks can't be that; write true or false", "list-for-a-switch"),
    _of_sweep(
        "repositories: [hello]", f"repositories can't be that; write {_REPOSITORIES}", "no-owner"
    ),
    _of_sweep(
        "repositories: [acme/*]",
        f"repositories can't be that; write {_REPOSITORIES}",
        "pattern-for-a-repository",
    ),
    _of_sweep(
        "repositories: [acme/..]",
        f"repositories can't be that; write {_REPOSITORIES}",
        "dots-for-a-repository",
    ),
    _of_sweep(
        "search: [a]",
        "search can't be that; write a query of GitHub's search, such as org:acme "
        "pushed:>2026-01-01",
        "list-for-a-search",
    ),
    _of_sweep("include: acme/*", f"include can't be that; write {_PATTERNS}", "one-pattern"),
    _of_sweep("exclude: ['']", f"exclude can't be that; write {_PATTERNS}", "empty-pattern"),
    _of_sweep("exclude: {a: b}", f"exclude can't be that; write {_PATTERNS}", "no-patterns"),
    _of_sweep(
        "topics: [a b]", f"topics can't be that; write a list of topics, {_LINES}", "no-topic"
    ),
    _of_sweep(
        "languages: Go",
        f"languages can't be that; write a list of languages as GitHub names them, {_LINES}",
        "one-language",
    ),
    _of_sweep(
        "visibility: [open]",
        "visibility can't be that; write public, private or internal",
        "no-visibility",
    ),
    _of_sweep(
        "visibility: public",
        f"visibility can't be that; write a list of names, {_LINES}",
        "one-visibility",
    ),
    _of_sweep("go: now", "go can't be that; write when-run or when-told", "no-choice"),
    _of_sweep("executor: ray", "executor can't be that; write threads or dask", "no-executor"),
    _of_sweep(
        "scheduler: [a]",
        "scheduler can't be that; write an address, such as tcp://10.0.0.5:8786",
        "list-for-an-address",
    ),
    _of_sweep(
        "scheduler: 10.0.0.5, 8786",
        "scheduler can't be that; write an address, such as tcp://10.0.0.5:8786",
        "address-with-a-blank",
    ),
    _of_sweep(
        "window: [22, 6]",
        "window can't be that; write two hours of a day, such as 22-6",
        "list-for-a-window",
    ),
    *(
        _of_sweep(
            f"{name}: {value}",
            f"{name} can't be that; write a whole number, or 0 for no limit",
            f"{name}-{value}",
        )
        for name in ("largest", "pushed_within", "most_open", "most_new")
        for value in ("-1", "1.5", "all")
    ),
    *(
        _of_sweep(
            f"workers: {value}",
            "workers can't be that; write a whole number above 0",
            f"workers-{value}",
        )
        for value in ("0", "-3", "many", "[]")
    ),
    _of_override(
        "widden: true",
        f"widden is no setting; the settings are {_OF_SETTINGS}, repositories",
        "unknown-in-an-override",
    ),
    _of_override(
        "sweep: {}",
        f"sweep is no setting; the settings are {_OF_SETTINGS}, repositories",
        "sweep-in-an-override",
    ),
    _of_override(
        "widen: 5", "widen can't be that; write true or false", "no-switch-in-an-override"
    ),
    _of_override("open_at_once: 9", "open_at_once can't be that; write 1, 2 or 3", "too-many"),
    _of_override(
        "content_per_hour: 5",
        "content_per_hour counts for all repositories together; write it outside of overrides",
        "limit-of-all-in-an-override",
    ),
    _of_override(
        "remedies: [probes]",
        "remedies can't be that; write permissions, preflight or token",
        "no-remedy-in-an-override",
    ),
    pytest.param(
        "overrides:\n  - repositories: acme/*\n",
        f"line 2: repositories can't be that; write {_PATTERNS}",
        id="one-pattern-for-an-override",
    ),
    pytest.param(
        "overrides:\n  - draft: true\n    repositories:\n      - ' '\n",
        f"line 3: repositories can't be that; write {_PATTERNS}",
        id="blank-pattern-for-an-override",
    ),
    pytest.param(
        "overrides:\n  - repositories: [a]\n  - draft: true\n",
        "line 3: an entry of overrides needs repositories; write a list of patterns",
        id="override-without-repositories",
    ),
    pytest.param(
        "overrides:\n  - repositories: []\n",
        "line 2: an entry of overrides needs repositories; write a list of patterns",
        id="override-for-none",
    ),
    pytest.param(
        "overrides:\n  - a\n",
        "line 2: an entry of overrides can't be that; write settings, one on a line",
        id="text-for-an-override",
    ),
    pytest.param(
        "draft: true\noverrides:\n  repositories: [a]\n",
        "line 2: overrides can't be that; write a list of settings, each entry behind a dash",
        id="one-override",
    ),
    pytest.param(
        "draft: true\noverrides:\n",
        "line 2: overrides can't be that; write a list of settings, each entry behind a dash",
        id="nothing-for-overrides",
    ),
    pytest.param(
        "draft: true\nsweep:\n",
        "line 2: sweep can't be that; write settings, one on a line",
        id="nothing-for-sweep",
    ),
    pytest.param(
        "sweep:\n  - acme\n",
        "line 1: sweep can't be that; write settings, one on a line",
        id="list-for-sweep",
    ),
    pytest.param(
        "sweeps: {}\n",
        f"line 1: sweeps is no setting; the settings are {_OF_SETTINGS}, sweep, overrides",
        id="unknown-beside-sweep",
    ),
    pytest.param(
        "sweep: {}\nopen_at_once: 0\n",
        "line 2: open_at_once can't be that; write 1, 2 or 3",
        id="wrong-beside-sweep",
    ),
]
"""Files that are no settings, with what is said of each; a schema can tell it of all."""
TWICE = [
    pytest.param(
        _sweep("forks: true", "canaries: 1", "forks: true"),
        "line 5: forks is there twice; remove one",
        id="in-sweep",
    ),
    pytest.param(
        "sweep: {}\nwiden: true\nsweep: {}\n",
        "line 3: sweep is there twice; remove one",
        id="sweep",
    ),
    pytest.param(
        "overrides: []\noverrides: []\n", "line 2: overrides is there twice; remove one", id="list"
    ),
    pytest.param(
        "overrides:\n  - repositories: [a]\n    draft: true\n    repositories: [b]\n",
        "line 4: repositories is there twice; remove one",
        id="in-an-override",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG + TWICE)
def test_a_mistake_is_one_sentence_with_its_line(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        config.sweep(text)
    assert str(caught.value) == f"the organisation's settings: {sentence}"
    path = tmp_path / "settings.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        config.load(path)
    assert str(caught.value) == sentence


OVERRIDES = """\
draft: true
labels: [all]
overrides:
  - repositories: [acme/*]
    labels: [acme]
    widen: true
  - repositories: ["*-api", OTHER/Shop]
    labels: [api]
    enabled: false
  - repositories: [exact]
    fork: always
    labels: []
"""


@pytest.mark.parametrize(
    ("name", "own", "settings"),
    [
        pytest.param("", None, Settings(draft=True, labels=("all",)), id="no-repository"),
        pytest.param("else/x", None, Settings(draft=True, labels=("all",)), id="like-none"),
        pytest.param(
            "acme/x", None, Settings(draft=True, labels=("acme",), widen=True), id="by-its-owner"
        ),
        pytest.param(
            "else/x-api", None, Settings(draft=True, labels=("api",), enabled=False), id="by-name"
        ),
        pytest.param(
            "acme/x-api",
            None,
            Settings(draft=True, labels=("api",), widen=True, enabled=False),
            id="the-later-entry-goes-first",
        ),
        pytest.param(
            "other/shop",
            None,
            Settings(draft=True, labels=("api",), enabled=False),
            id="case-is-no-matter",
        ),
        pytest.param("a/exact", None, Settings(draft=True, fork="always"), id="an-empty-list"),
        pytest.param("a/exactly", None, Settings(draft=True, labels=("all",)), id="all-of-a-name"),
        pytest.param(
            "acme/x-api",
            "labels: [own]\nenabled: true\ndraft: false\n",
            Settings(labels=("own",), widen=True),
            id="the-repository's-own-goes-before-all",
        ),
    ],
)
def test_overrides(name: str, own: str | None, settings: Settings) -> None:
    assert config.layered(OVERRIDES, own, name) == settings


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: str(field.name))
def test_an_override_has_every_setting_but_the_limits_of_all(field: object) -> None:
    name = getattr(field, "name", "")
    value = getattr(Settings(), name)
    line = f"{name}: {json.dumps(value)}"
    text = f"overrides:\n  - repositories: [a]\n    {line}\n"
    if name.startswith("content_per_"):
        with pytest.raises(SettingsError, match="counts for all repositories together"):
            config.layered(text, None, "x/a")
    else:
        assert config.layered(text, None, "x/a") == replace(Settings(), **{name: value})


def test_a_named_file_s_settings_for_all_are_those_of_a_checkout(tmp_path: Path) -> None:
    path = tmp_path / "settings.yml"
    path.write_text(OVERRIDES + "sweep: {canaries: 2}\n", encoding="utf-8")
    assert config.load(path) == Settings(draft=True, labels=("all",))


@pytest.mark.parametrize("part", ["sweep", "overrides"])
def test_a_repository_s_own_file_has_neither(part: str) -> None:
    with pytest.raises(SettingsError) as caught:
        config.parse(f"widen: true\n{part}: []\n")
    assert str(caught.value) == (
        f"line 2: {part} is not for a repository to choose; remove it here, and write it into the "
        "organisation's settings"
    )
