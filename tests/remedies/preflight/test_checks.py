"""The calls with which another token is tried: harmless, and of just the permission in question."""

import pytest

from bot.permissions.rest import read_table
from bot.remedies import preflight
from tests.remedies.preflight.support import MAKE, alone, chain, see

_PAT = "env: {GH_TOKEN: '${{ secrets.PAT }}'}"

_CALLS = {
    "secrets: write": ("gh secret set X --body y", "GET actions/secrets"),
    "actions_variables: write": ("gh variable set X --body y", "GET actions/variables"),
    "administration: write": ("gh api -X PUT repos/acme/site/topics", "GET actions/runners"),
    "environments: write": ("gh secret set X --env prod --body y", None),
    "organization secrets: write": ("gh secret set X --org acme --body y", None),
}


@pytest.mark.parametrize(("permission", "call"), list(_CALLS.items()), ids=list(_CALLS))
def test_calls_that_no_scope_allows(permission: str, call: tuple[str, str | None]) -> None:
    command, check = call
    step = see(alone(MAKE, f"- run: {command}\n  {_PAT}")).written[1]
    env = {name: value.text for name, value in step.env.items()}
    assert env["PROBE_PERMISSION"] == permission
    assert env.get("PROBE_CHECK") == check


@pytest.mark.parametrize(("permission", "call"), preflight._CHECKS.items())
def test_a_token_that_may_write_may_make_the_call(permission: str, call: str) -> None:
    method, _, path = call.partition(" ")
    rows = {(row[0], row[1]): row[3] for row in read_table("endpoints.tsv")}
    asked, *_ = rows[method, f"/repos/{{owner}}/{{repo}}/{path}"].split(" | ")
    assert asked in (f"{permission}: read", f"{permission}: write")


def test_a_secret_may_be_empty_where_another_environment_has_it() -> None:
    late = f"- run: gh release create v1\n  {_PAT}"
    assert "PROBE_EMPTY" in see(chain(late)).written[1].env
    assert "PROBE_EMPTY" not in see(chain(late, last="environment: prod")).written[1].env
