"""A preflight job written by hand, run whole: what a generated one has to live up to."""

from __future__ import annotations

import pytest

from tests.act.support import Run, run
from tests.forge.standin import Failure, StandIn

_TEXT = r"""name: Release
on:
  push:
    tags: ['v*']
jobs:
  preflight:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions:
      contents: write
    steps:
      - name: Preflight
        shell: bash
        working-directory: .
        env:
          TOKEN: ${{ github.token }}
          REPOSITORY: ${{ github.repository }}
        run: |
          set +e
          id='' cancelled=''
          releases="$GITHUB_API_URL/repos/$REPOSITORY/releases"
          tag="preflight-$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT"
          call() {
            curl --silent --show-error --max-time 3 --header "Authorization: Bearer $TOKEN" "$@"
          }
          # A signal waits for the answer, or else nobody would know what is to be deleted.
          trap cancelled=yes INT TERM
          trap 'if [ -n "$id" ]; then call --request DELETE "$releases/$id"; fi' EXIT
          answer="$(call --data "{\"tag_name\": \"$tag\", \"draft\": true}" "$releases")"
          if [[ $answer =~ \"url\":\ \"[^\"]+/releases/([0-9]+)\" ]]; then
            id="${BASH_REMATCH[1]}"
          elif [[ $answer == *"Resource not accessible by integration"* ]]; then
            echo "::error title=Preflight::the token may not create releases"
            exit 1
          else
            echo "::warning title=Preflight::it is not known whether the token can create releases"
          fi
          [ -z "$cancelled" ] || exit 1
  build:
    needs: preflight
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@v4
      - name: Build
        run: sleep 0.2
      - uses: actions/upload-artifact@v4
  publish:
    needs: build
    runs-on: ubuntu-latest
    permissions:
      contents: write
    steps:
      - uses: actions/download-artifact@v4
      - name: Publish
        uses: softprops/action-gh-release@v2
"""


def _release(github: StandIn, **more: object) -> Run:
    return run(_TEXT, standin=github, ref="refs/tags/v1.0.0", **more)  # type: ignore[arg-type]


def _created(method: str, path: str) -> bool:
    return method == "POST" and path.endswith("/releases")


def test_allowed_the_run_goes_through_and_the_draft_is_gone(github: StandIn) -> None:
    ran = _release(github)
    assert ran.ok
    assert [release["tag_name"] for release in github.releases.values()] == ["v1.0.0"]
    assert [(call.method, call.token) for call in ran.calls] == [
        ("POST", "ghs_preflight"),
        ("DELETE", "ghs_preflight"),
        ("POST", "ghs_publish"),
    ]


def test_refused_the_run_fails_at_once_and_nothing_is_built(github: StandIn) -> None:
    ran = _release(github, refuse=frozenset({"contents"}))
    assert ran.jobs == {"preflight": "failure", "build": "skipped", "publish": "skipped"}
    assert ran.started() == ("Preflight",)
    assert ran.steps[0].seconds < 2
    assert not github.releases


@pytest.mark.parametrize("failure", [f for f in Failure if f is not Failure.HANG])
def test_any_other_answer_is_a_warning_and_the_run_goes_on(
    github: StandIn, failure: Failure
) -> None:
    due = iter([True])
    github.answer(lambda method, path: _created(method, path) and next(due, False), failure)
    ran = _release(github)
    assert ran.ok
    assert "::warning title=Preflight::" in ran.log
    assert [release["draft"] for release in github.releases.values()] == [False]


def test_without_curl_it_is_a_warning(github: StandIn) -> None:
    ran = _release(github, tools={"curl": None})
    assert ran.outcome("Preflight") == "success"
    assert ran.outcome("Build") == "success"
    assert "::warning title=Preflight::" in ran.log


def test_cancelled_between_create_and_delete_the_draft_is_gone(github: StandIn) -> None:
    github.delay(_created, 0.5)
    ran = _release(github, interrupt=lambda: bool(github.releases))
    assert ran.jobs["build"] == "skipped"
    assert [call.method for call in ran.calls] == ["POST", "DELETE"]
    assert not github.releases


def test_the_token_is_nowhere_in_the_log(github: StandIn) -> None:
    assert "ghs_" not in _release(github).log
