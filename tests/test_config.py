from dataclasses import fields
from pathlib import Path

import pytest

from bot import config
from bot.config import Settings, SettingsError
from bot.probes import Kind
from bot.remedies import job_permissions, preflight
from bot.remedies.rules import Remedy, Rules
from bot.remedies.token.facts import TokenRules

EXAMPLE = Path(__file__).parents[1] / "config.example.yml"


def test_the_example_states_the_defaults() -> None:
    assert config.load(EXAMPLE) == Settings()


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: str(field.name))
def test_the_example_shows_every_setting(field: object) -> None:
    assert f"\n{getattr(field, 'name', '')}: " in EXAMPLE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        pytest.param("", Settings(), id="nothing-is-said"),
        pytest.param("# later\n", Settings(), id="only-a-comment"),
        pytest.param("widen: true\n", Settings(widen=True), id="a-switch"),
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
    ],
)
def test_settings(text: str, settings: Settings) -> None:
    assert config.parse(text) == settings


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "widen: true\nwidden: true\n",
            "line 2: widden is no setting; the settings are widen, narrow_top_level, "
            "called_workflows, server, exclude, remedies, probes, probes_that_only_warn, "
            "token_strategy, token_secret, "
            "app_client_id, app_private_key",
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
            "widen: true\nwiden: false\n",
            "line 2: widen is there twice; remove one",
            id="key-twice",
        ),
        pytest.param(
            "- widen\n",
            "it is not a list of settings; write lines like widen: true",
            id="no-mapping",
        ),
        pytest.param(
            "a: [\n", "it is not YAML: did not find expected node content (line 2)", id="no-yaml"
        ),
    ],
)
def test_a_mistake_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        config.parse(text)
    assert str(caught.value) == sentence


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
            Settings(server="ghes"), Rules(job_permissions.Rules(everywhere_only=True)), id="ghes"
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
