import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from bot import config
from bot.config import Settings, SettingsError
from bot.permissions.scopes import EVERYWHERE
from bot.probes import Kind
from bot.remedies import job_permissions, preflight
from bot.remedies.rules import Remedy, Rules
from bot.remedies.token.facts import TokenRules
from bot.sweep.settings import SweepSettings

EXAMPLE = Path(__file__).parents[1] / "config.example.yml"


def test_the_example_states_the_defaults() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert config.load(EXAMPLE) == Settings()
    assert config.layered(text, None, "acme/legacy-shop") == Settings()
    assert config.sweep(text) == SweepSettings()


@pytest.mark.parametrize(
    "line",
    [f"{field.name}: " for field in fields(Settings)]
    + [f"  {field.name}: " for field in fields(SweepSettings)]
    + ["sweep:", "overrides: []"],
)
def test_the_example_shows_every_setting(line: str) -> None:
    assert f"\n{line}" in EXAMPLE.read_text(encoding="utf-8")


SETTINGS = [
    pytest.param("", Settings(), id="nothing-is-said"),
    pytest.param("# later\n", Settings(), id="only-a-comment"),
    pytest.param("widen: true\n", Settings(widen=True), id="a-switch"),
    pytest.param(
        "server_version: 3.20\n", Settings(server_version="3.20"), id="a-version-as-written"
    ),
    pytest.param("server: ghes\n", Settings(server="ghes"), id="a-choice"),
    pytest.param("server: 'ghes'\n", Settings(server="ghes"), id="a-quoted-choice"),
    pytest.param(
        "exclude:\n  - a.yml\n  - b-*.yml\n",
        Settings(exclude=("a.yml", "b-*.yml")),
        id="a-list",
    ),
    pytest.param("remedies: [preflight]\n", Settings(remedies=("preflight",)), id="one-remedy"),
    pytest.param("probes: []\n", Settings(probes=()), id="no-kind-of-probe"),
    pytest.param("token_secret: MY_PAT\n", Settings(token_secret="MY_PAT"), id="a-name"),  # noqa: S106
    pytest.param("enabled: false\n", Settings(enabled=False), id="no-pull-requests"),
    pytest.param("branch: bot/a.b\n", Settings(branch="bot/a.b"), id="a-branch"),
    pytest.param(
        "pull_requests: one-a-remedy\n",
        Settings(pull_requests="one-a-remedy"),
        id="one-a-remedy",
    ),
    pytest.param("open_at_once: 1\n", Settings(open_at_once=1), id="one-open-at-once"),
    pytest.param("fork: always\n", Settings(fork="always"), id="always-by-fork"),
    pytest.param("commit_via: api\n", Settings(commit_via="api"), id="commits-by-the-api"),
    pytest.param("sign_off: true\n", Settings(sign_off=True), id="signed-off"),
    pytest.param(
        "labels: ['good first issue', 007]\n",
        Settings(labels=("good first issue", "007")),
        id="labels-as-they-are-written",
    ),
    pytest.param(
        "reviewers: [octocat, a_corp]\n",
        Settings(reviewers=("octocat", "a_corp")),
        id="reviewers",
    ),
    pytest.param("team_reviewers: [sec-ops]\n", Settings(team_reviewers=("sec-ops",)), id="teams"),
    pytest.param("assignees: [octocat]\n", Settings(assignees=("octocat",)), id="assignees"),
    pytest.param("draft: true\n", Settings(draft=True), id="drafts"),
    pytest.param(
        "private_from_public: true\n",
        Settings(private_from_public=True),
        id="private-from-public",
    ),
    pytest.param(
        "content_per_minute: 5\ncontent_per_hour: 50\n",
        Settings(content_per_minute=5, content_per_hour=50),
        id="counts",
    ),
]


@pytest.mark.parametrize(("text", "settings"), SETTINGS)
def test_settings(text: str, settings: Settings) -> None:
    assert config.parse(text) == settings


MISTAKES = [
    pytest.param(
        "widen: true\nwidden: true\n",
        "line 2: widden is no setting; the settings are widen, narrow_top_level, "
        "called_workflows, server, server_version, exclude, remedies, probes, "
        "probes_that_only_warn, token_strategy, token_secret, app_client_id, app_private_key, "
        "enabled, branch, pull_requests, open_at_once, fork, commit_via, sign_off, labels, "
        "reviewers, team_reviewers, assignees, draft, private_from_public, content_per_minute, "
        "content_per_hour",
        id="unknown-key",
    ),
    pytest.param(
        "\nserver: gitlab\n",
        "line 2: server can't be that; write github.com or ghes",
        id="unknown-choice",
    ),
    pytest.param(
        "widen: maybe\n", "line 1: widen can't be that; write true or false", id="no-boolean"
    ),
    pytest.param(
        "widen:\n", "line 1: widen can't be that; write true or false", id="key-without-value"
    ),
    pytest.param(
        "exclude: a.yml\n",
        "line 1: exclude can't be that; write a list of patterns, one on a line behind a dash",
        id="text-for-a-list",
    ),
    pytest.param(
        "exclude:\n  - a.yml\n  - [b]\n",
        "line 1: exclude can't be that; write a list of patterns, one on a line behind a dash",
        id="list-in-a-list",
    ),
    pytest.param(
        "remedies: [permissions, probes]\n",
        "line 1: remedies can't be that; write permissions, preflight or token",
        id="unknown-remedy",
    ),
    pytest.param(
        "remedies: token\n",
        "line 1: remedies can't be that; write a list of names, one on a line behind a dash",
        id="text-for-a-list-of-names",
    ),
    pytest.param(
        "token_secret: [A]\n",
        "line 1: token_secret can't be that; write a name of letters, digits and underscores",
        id="list-for-a-name",
    ),
    pytest.param(
        "widen: true\ntoken_secret: A }} ${{ github.token\n",
        "line 2: token_secret can't be that; write a name of letters, digits and underscores",
        id="no-name",
    ),
    pytest.param(
        "\nopen_at_once: 4\n",
        "line 2: open_at_once can't be that; write 1, 2 or 3",
        id="too-many-open-at-once",
    ),
    pytest.param(
        "open_at_once: three\n",
        "line 1: open_at_once can't be that; write 1, 2 or 3",
        id="no-number",
    ),
    pytest.param(
        "content_per_minute: 0\n",
        "line 1: content_per_minute can't be that; write a whole number above 0",
        id="none-a-minute",
    ),
    pytest.param(
        "content_per_hour: 0.5\n",
        "line 1: content_per_hour can't be that; write a whole number above 0",
        id="half-an-hour",
    ),
    pytest.param(
        "labels: bug\n",
        "line 1: labels can't be that; write a list of labels, each of at most 50 characters, "
        "one on a line behind a dash",
        id="text-for-labels",
    ),
    pytest.param(
        f"labels: [{'x' * 51}]\n",
        "line 1: labels can't be that; write a list of labels, each of at most 50 characters, "
        "one on a line behind a dash",
        id="label-too-long",
    ),
    pytest.param(
        "reviewers: ['@octocat']\n",
        "line 1: reviewers can't be that; write a list of logins without @, one on a line "
        "behind a dash",
        id="login-with-at",
    ),
    pytest.param(
        "team_reviewers: [org/team]\n",
        "line 1: team_reviewers can't be that; write a list of teams as in their addresses, "
        "without the organisation, one on a line behind a dash",
        id="team-with-organisation",
    ),
    pytest.param(
        "widen: true\nwiden: false\n",
        "line 2: widen is there twice; remove one",
        id="key-twice",
    ),
    pytest.param(
        "server_version: [3]\n",
        "line 1: server_version can't be that; write a version, such as 3.17",
        id="list-for-a-version",
    ),
    pytest.param(
        "server_version: latest\n",
        "line 1: server_version can't be that; write a version, such as 3.17",
        id="no-version",
    ),
    pytest.param(
        "exclude: [./]\n",
        "line 1: exclude can't be that; write a list of patterns, one on a line behind a dash",
        id="pattern-without-a-name",
    ),
    pytest.param(
        "- widen\n",
        "it is not a list of settings; write lines like widen: true",
        id="no-mapping",
    ),
    pytest.param(
        "a: [\n", "it is not YAML: did not find expected node content (line 2)", id="no-yaml"
    ),
]


@pytest.mark.parametrize(("text", "sentence"), MISTAKES)
def test_a_mistake_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        config.parse(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            f"labels: {'[' * 990}{']' * 990}\n",
            "line 1: labels can't be that; write a list of labels, each of at most 50 characters, "
            "one on a line behind a dash",
            id="a-deep-value",
        ),
        pytest.param(
            f"? {'[' * 990}{']' * 990}\n: true\n",
            "line 1: a name is missing; write lines like widen: true",
            id="a-deep-name",
        ),
        pytest.param(
            f"{'x' * 900}: true\n", f"line 1: {'x' * 100}… is no setting; the ", id="a-long-name"
        ),
    ],
)
def test_a_monstrous_file_is_one_sentence_too(text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        config.parse(text)
    assert str(caught.value).startswith(sentence)


NO_BRANCHES = [
    pytest.param("-x", id="option"),
    pytest.param("a..b", id="range"),
    pytest.param("a b", id="space"),
    pytest.param("a~1", id="ancestor"),
    pytest.param("a^", id="parent"),
    pytest.param("a:b", id="refspec"),
    pytest.param("a?", id="question-mark"),
    pytest.param("a*", id="star"),
    pytest.param("a[0]", id="bracket"),
    pytest.param("a\\\\b", id="backslash"),
    pytest.param("a.lock", id="lock"),
    pytest.param("a.lock/b", id="folder-lock"),
    pytest.param("a/", id="slash-at-the-end"),
    pytest.param("/a", id="slash-at-the-start"),
    pytest.param("a//b", id="two-slashes"),
    pytest.param(".a", id="dot-at-the-start"),
    pytest.param("a/.b", id="dot-at-the-start-of-a-part"),
    pytest.param("a.", id="dot-at-the-end"),
    pytest.param("a@{1}", id="reflog"),
    pytest.param("@", id="at"),
    pytest.param("HEAD", id="head"),
    pytest.param("refs/heads/a", id="full-name"),
    pytest.param("0123456789abcdef0123456789abcdef01234567", id="commit"),
    pytest.param("", id="nothing"),
    pytest.param("a\\nb", id="line-break"),
    pytest.param("a\\u202eb", id="text-direction"),
    pytest.param("x" * 201, id="too-long"),
]


@pytest.mark.parametrize("name", NO_BRANCHES)
def test_a_branch_is_one_that_git_takes(name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        config.parse(f'branch: "{name}"\n')
    assert str(caught.value) == (
        "line 1: branch can't be that; write a name that git takes for a branch, such as "
        "clearance/permissions"
    )


@pytest.mark.parametrize(
    ("organisation", "repository", "settings"),
    [
        pytest.param(None, None, Settings(), id="no-files"),
        pytest.param("widen: true\n", None, Settings(widen=True), id="only-the-organisation's"),
        pytest.param(None, "widen: true\n", Settings(widen=True), id="only-the-repository's"),
        pytest.param(
            "widen: true\ndraft: true\n",
            "widen: false\n",
            Settings(draft=True),
            id="a-default-that-is-stated-wins",
        ),
        pytest.param(
            "labels: [a, b]\n", "labels: [c]\n", Settings(labels=("c",)), id="a-list-is-replaced"
        ),
        pytest.param("fork: never\n", "\n", Settings(fork="never"), id="an-operator's-setting"),
    ],
)
def test_a_repository_s_settings_go_first(
    organisation: str | None, repository: str | None, settings: Settings
) -> None:
    assert config.layered(organisation, repository) == settings


@pytest.mark.parametrize(
    "line",
    [
        "fork: never",
        "commit_via: api",
        "private_from_public: true",
        "content_per_minute: 80",
        "content_per_hour: 500",
        "sweep: {canaries: 3}",
        "overrides: []",
    ],
)
def test_an_operator_s_settings_are_not_a_repository_s_to_choose(line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        config.layered(line, f"widen: true\n{line}\n")
    assert str(caught.value) == (
        f"the repository's .github/clearance.yml: line 2: {line.split(':')[0]} is not for a "
        "repository to choose; remove it here, and write it into the organisation's settings"
    )


@pytest.mark.parametrize(
    ("organisation", "repository", "start"),
    [
        pytest.param(
            "\nwiden: 3\n", "widen: 4\n", "the organisation's settings: line 2: ", id="first"
        ),
        pytest.param(
            "widen: true\n",
            "a: [\n",
            "the repository's .github/clearance.yml: it is not YAML: ",
            id="second",
        ),
    ],
)
def test_a_mistake_names_its_file(organisation: str, repository: str, start: str) -> None:
    with pytest.raises(SettingsError, match=f"^{start}"):
        config.layered(organisation, repository)


_OTHER = Settings(
    widen=True,
    narrow_top_level=True,
    called_workflows="all-callers-here",
    server="ghes",
    server_version="3.17",
    exclude=("a.yml",),
    remedies=("token",),
    probes=(),
    probes_that_only_warn=False,
    token_strategy="app",  # noqa: S106
    token_secret="A",  # noqa: S106
    app_client_id="B",
    app_private_key="C",
    enabled=False,
    branch="b",
    pull_requests="one-a-remedy",
    open_at_once=1,
    fork="always",
    commit_via="api",
    sign_off=True,
    labels=("a",),
    reviewers=("a",),
    team_reviewers=("a",),
    assignees=("a",),
    draft=True,
    private_from_public=True,
    content_per_minute=1,
    content_per_hour=1,
)
"""Settings of which none is a default."""
_SAME_TEXT = frozenset(
    {"enabled", "branch", "open_at_once", "fork", "commit_via", "labels", "reviewers"}
    | {"team_reviewers", "assignees", "draft", "private_from_public"}
    | {"content_per_minute", "content_per_hour"}
)


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_the_digest_tells_what_changes_an_edit_or_a_text(name: str) -> None:
    changed = replace(Settings(), **{name: getattr(_OTHER, name)})
    assert changed != Settings()
    assert (changed.digest() == Settings().digest()) is (name in _SAME_TEXT)


def test_the_digest_is_twelve_digits_whatever_the_order_of_a_list() -> None:
    found = Settings(exclude=("a", "b")).digest()
    assert found == Settings(exclude=("b", "a", "b")).digest()
    assert re.fullmatch("[0-9a-f]{12}", found)


def test_settings_without_a_file_leave_pydantic_alone() -> None:
    program = "import sys, bot.config; bot.config.Settings().digest(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert "bot.settings" in done.stdout.split()
    assert not {"pydantic", "pydantic_core", "annotated_types"} & set(done.stdout.split())


def test_an_absent_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^it can't be read \(No such file or directory\)$"):
        config.load(tmp_path / "none.yml")


@pytest.mark.parametrize(
    ("settings", "rules"),
    [
        pytest.param(Settings(), Rules(), id="defaults"),
        pytest.param(
            Settings(probes_that_only_warn=False),
            Rules(preflight=preflight.Rules(warnings=False)),
            id="probes-that-only-warn",
        ),
        pytest.param(Settings(widen=True), Rules(job_permissions.Rules(widen=True)), id="widen"),
        pytest.param(
            Settings(narrow_top_level=True),
            Rules(job_permissions.Rules(narrow_top_level=True)),
            id="narrow-top-level",
        ),
        pytest.param(
            Settings(called_workflows="all-callers-here"),
            Rules(job_permissions.Rules(called_workflows=True)),
            id="called-workflows",
        ),
        pytest.param(
            Settings(server="ghes"), Rules(job_permissions.Rules(known=EVERYWHERE)), id="ghes"
        ),
        pytest.param(
            Settings(remedies=("token",)), Rules(remedies=frozenset({Remedy.TOKEN})), id="remedies"
        ),
        pytest.param(
            Settings(probes=("refs",)),
            Rules(preflight=preflight.Rules(frozenset({Kind.REFS}))),
            id="probes",
        ),
        pytest.param(
            Settings(
                token_strategy="app",  # noqa: S106
                token_secret="A",  # noqa: S106
                app_client_id="B",
                app_private_key="C",
            ),
            Rules(token=TokenRules("app", "A", "B", "C")),
            id="token",
        ),
    ],
)
def test_rules(settings: Settings, rules: Rules) -> None:
    assert settings.rules() == rules


@pytest.mark.parametrize(
    ("pattern", "excluded"),
    [
        pytest.param("x.yml", True, id="a-name"),
        pytest.param("*.yml", True, id="names"),
        pytest.param(".github/workflows/x.yml", True, id="a-path"),
        pytest.param("x.yaml", False, id="another-ending"),
        pytest.param("x", False, id="part-of-a-name"),
    ],
)
def test_exclude(pattern: str, excluded: bool) -> None:
    assert Settings(exclude=(pattern,)).excludes(".github/workflows/x.yml") is excluded
