"""How conditions and values are written: plain where YAML lets them, else in quotes."""

import re

import pytest

from tests.remedies.preflight.support import MAKE, RELEASE, alone, see

_NAME = "- name: Preflight - may this run create releases?"
_PULLS = "{push: {branches: [main]}, pull_request: }"


def _lines(text: str, count: int, wanted: str = _NAME) -> list[str]:
    """Lines of the rewritten file from the probe on; one before it, too."""
    lines = see(text).report.after.splitlines()
    at = next(n for n, line in enumerate(lines) if wanted in line)
    return lines[at - 1 : at + count]


_CONDITIONS = {
    "plain": ("github.actor == 'x'", "github.actor == 'x'"),
    "colon": ("\"github.actor == 'a: b'\"", "'github.actor == ''a: b'''"),
    "number-sign": ("\"github.actor == 'a #b'\"", "'github.actor == ''a #b'''"),
    "not": ("'!github.event.deleted'", "${{ !github.event.deleted }}"),
    "not-with-a-colon": (
        "\"!contains(github.actor, 'a: b')\"",
        "'${{ !contains(github.actor, ''a: b'') }}'",
    ),
    "text-first": ("\"'x' == github.actor\"", "github.actor == 'x'"),
    "number-first": ("1 == github.run_attempt", "github.run_attempt == 1"),
    "colon-at-the-end-of-a-word": ("\"github.actor == 'a:b'\"", "github.actor == 'a:b'"),
    "quote": ("\"github.actor == 'it''s'\"", "github.actor == 'it''s'"),
    "double-quotes": ("'github.actor == ''a\"b'''", "github.actor == 'a\"b'"),
    "braces": ("github.actor == '}}'", "github.actor == '}}'"),
    "other-letters": ("github.actor == 'ä日'", "github.actor == 'ä日'"),
    "one-word": ("github.event.forced", "github.event.forced"),
}


@pytest.mark.parametrize(("condition", "wanted"), _CONDITIONS.values(), ids=_CONDITIONS)
def test_how_a_condition_is_written(condition: str, wanted: str) -> None:
    lines = _lines(alone(MAKE, f"{RELEASE}\n  if: {condition}", on="push"), 2)
    assert lines[2] == f"        if: {wanted}"


def test_a_condition_in_parentheses_that_needs_quotes() -> None:
    text = alone(MAKE, f"{RELEASE}\n  if: \"github.actor == 'a: b'\"", on=_PULLS)
    (condition,) = re.findall(r"^        if: '\((.*)'$", see(text).report.after, re.MULTILINE)
    assert condition.endswith("''a: b''")


_SECRETS = ["NULL", "TRUE", "FALSE", "YES", "NO", "ON", "OFF", "Y", "N"]


@pytest.mark.parametrize("secret", _SECRETS)
def test_values_that_look_like_something_else(secret: str) -> None:
    assert f"          PROBE_SECRET: '{secret}'\n" in _with(secret)


@pytest.mark.parametrize("secret", ["_1", "YESTERDAY", "N1"])
def test_values_that_look_like_nothing_else(secret: str) -> None:
    assert f"          PROBE_SECRET: {secret}\n" in _with(secret)


def _with(secret: str) -> str:
    token = f"env: {{GH_TOKEN: '${{{{ secrets.{secret} }}}}'}}"
    return see(alone(MAKE, f"- run: gh release create v1\n  {token}")).report.after


def test_a_condition_in_parentheses_needs_no_quotes() -> None:
    text = alone(MAKE, f"{RELEASE}\n  if: github.actor", on=_PULLS)
    assert "        if: (!github" in see(text).report.after


def test_a_repository_that_looks_like_a_number() -> None:
    text = alone(
        MAKE,
        "- run: gh release create v1 --repo 1/2\n  env: {GH_TOKEN: '${{ secrets.PAT }}'}",
    )
    assert "          REPOSITORY: '1/2'\n" in see(text).report.after
