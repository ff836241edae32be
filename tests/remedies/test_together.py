"""All remedies on one job: what one adds does not shift what another one declares."""

from __future__ import annotations

import pytest

from bot.analysis import FileReport, analyse
from bot.permissions.world import World
from bot.remedies.rules import Remedy, Rules
from bot.remedies.token.facts import TokenRules

_PATH = ".github/workflows/x.yml"
_TEXT = """\
on:
  push:
    tags: ["v*"]
permissions:
  contents: write
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: step-security/harden-runner@v2
      - name: First
        run: gh secret set ONE --body x
        env:
          GH_TOKEN: ${{ github.token }}
      - run: make
      - name: Second
        uses: actions/github-script@v7
        with:
          script: await github.rest.actions.createRegistrationTokenForRepo({...context.repo})
      - name: Third
        run: gh variable set TWO --body x
        env:
          GH_TOKEN: ${{ github.token }}
      - run: gh release create v1
        env:
          GH_TOKEN: ${{ github.token }}
"""


class _OneFile:
    def __init__(self, text: str) -> None:
        self.text = text

    def read(self, path: str) -> str | None:
        return self.text if path == _PATH else None

    def workflows(self) -> tuple[str, ...]:
        return (_PATH,)


def _analyse(text: str, rules: Rules) -> FileReport:
    return analyse(World(_OneFile(text)), _PATH, text.encode(), rules)


_APP = TokenRules(strategy="app")
_PAT = TokenRules(strategy="pat")


@pytest.mark.parametrize("token", [_PAT, _APP], ids=["secret", "app"])
def test_tokens_and_probes_in_one_job(token: TokenRules) -> None:
    report = _analyse(_TEXT, Rules(token=token))
    assert report.problem == ""
    assert report.proof is not None
    assert len(report.proposal.tokens.changes) == (2 if token is _APP else 3)
    assert report.proposal.plan.probes


def test_minted_tokens_stand_behind_the_probes_that_come_before_them() -> None:
    report = _analyse(_TEXT, Rules(token=_APP))
    assert report.proof is not None
    steps = sorted(place for place in report.proof.added if place.startswith("jobs.a.steps."))
    names = {place: content for place, content in report.proof.added.items() if place in steps}
    kinds = ["uses" in content for content in names.values() if isinstance(content, dict)]
    assert sum(kinds) == len(report.proposal.tokens.changes)
    assert "jobs.a.steps.1" in names  # a probe, right behind harden-runner


@pytest.mark.parametrize(
    "remedies",
    [
        frozenset({Remedy.TOKEN}),
        frozenset({Remedy.TOKEN, Remedy.PREFLIGHT}),
        frozenset({Remedy.TOKEN, Remedy.PERMISSIONS}),
        frozenset(Remedy),
    ],
    ids=lambda remedies: "+".join(sorted(remedies)),
)
@pytest.mark.parametrize("token", [_PAT, _APP], ids=["secret", "app"])
def test_a_second_run_of_the_same_remedies_is_quiet(
    token: TokenRules, remedies: frozenset[Remedy]
) -> None:
    rules = Rules(token=token, remedies=remedies)
    once = _analyse(_TEXT, rules)
    assert once.proof is not None
    assert _analyse(once.after, rules).after == once.after
