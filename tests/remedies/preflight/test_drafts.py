"""Whether a release is tried by a draft, which others can see, or by a call that leaves nothing."""

import pytest

from bot.probes import Kind
from tests.remedies.preflight.support import MAKE, RELEASE, TAGS, alone, chain, see

_HOME = ".github/workflows"
_DRAFT, _NOTES = Kind.DRAFT_RELEASE, Kind.GENERATE_NOTES
_TAG = "startsWith(github.ref, 'refs/tags/')"


def _on(events: str, condition: str = "") -> str:
    return alone(MAKE, f"{RELEASE}\n  if: {condition}" if condition else RELEASE, on=events)


_EVENTS = {
    "push-of-tags": (_on(TAGS), _DRAFT),
    "push-of-all-tags-but-some": (_on("{push: {tags-ignore: [x]}}"), _DRAFT),
    "push": (_on("push"), _NOTES),
    "push-to-a-branch": (_on("{push: {branches: [main]}}"), _NOTES),
    "push-of-tags-and-to-branches": (_on("{push: {tags: [v1], branches: [main]}}"), _NOTES),
    "push-of-tags-and-to-all-branches-but-some": (
        _on("{push: {tags: [v1], branches-ignore: [main]}}"),
        _NOTES,
    ),
    "push-of-some-paths": (_on("{push: {paths: [x]}}"), _NOTES),
    "push-with-a-condition-on-tags": (_on("push", _TAG), _DRAFT),
    "push-with-a-condition-on-some-tags": (
        _on("push", "startsWith(github.ref, 'refs/tags/v')"),
        _DRAFT,
    ),
    "push-with-a-condition-on-the-kind-of-ref": (_on("push", "github.ref_type == 'tag'"), _DRAFT),
    "push-with-a-condition-on-tags-and-more": (
        _on("push", f"github.actor == 'x' && {_TAG}"),
        _DRAFT,
    ),
    "push-with-a-condition-on-tags-or-more": (
        _on("push", f"github.actor == 'x' || {_TAG}"),
        _NOTES,
    ),
    "push-with-a-condition-on-a-branch": (_on("push", "github.ref == 'refs/heads/main'"), _NOTES),
    "push-with-a-condition-on-no-tag": (
        _on("push", f"'!{_TAG}'".replace("'refs/tags/'", "''refs/tags/''")),
        _NOTES,
    ),
    "release": (_on("release"), _DRAFT),
    "manual-run": (_on("workflow_dispatch"), _DRAFT),
    "run-by-a-call-of-the-api": (_on("repository_dispatch"), _DRAFT),
    "schedule": (_on("{schedule: [{cron: '0 0 * * *'}]}"), _NOTES),
    "release-and-schedule": (_on("{release: , schedule: [{cron: '0 0 * * *'}]}"), _NOTES),
    "release-and-schedule-that-it-is-not-due-in": (
        _on("{release: , schedule: [{cron: '0 0 * * *'}]}", "github.event_name == 'release'"),
        _DRAFT,
    ),
    "pull-request-that-it-is-not-due-in": (
        _on("[release, pull_request]", "github.event_name != 'pull_request'"),
        _DRAFT,
    ),
    "manual-run-and-push-of-tags": (_on("{workflow_dispatch: , push: {tags: [v1]}}"), _DRAFT),
    "tag-that-was-made": (_on("create", "github.ref_type == 'tag'"), _NOTES),
    "push-with-a-condition-on-tags-first-or-more": (
        _on("push", f"{_TAG} && github.actor == 'x' || github.actor == 'y'"),
        _NOTES,
    ),
    "called-in-a-run-of-a-release": (
        _on("[release, workflow_call]", "github.event_name == 'release'"),
        _NOTES,
    ),
    "called": (_on("[release, workflow_call]"), _NOTES),
}


@pytest.mark.parametrize(("text", "kind"), _EVENTS.values(), ids=_EVENTS)
def test_event(text: str, kind: Kind) -> None:
    assert see(text).probe.kind is kind


_CANCELS = "concurrency: {group: x, cancel-in-progress: true}"
_SITE = {
    "run-that-a-newer-one-cancels": (f"{_CANCELS}\n{chain()}", _NOTES),
    "run-that-a-newer-one-may-cancel": (
        f"{_CANCELS}\n{chain()}".replace("true", "'${{ inputs.x }}'"),
        _NOTES,
    ),
    "run-that-waits-for-others": (f"{_CANCELS}\n{chain()}".replace("true", "false"), _DRAFT),
    "job-that-a-newer-one-cancels": (alone(MAKE, RELEASE, keys=_CANCELS), _NOTES),
    "other-job-that-a-newer-one-cancels": (chain(last=_CANCELS), _DRAFT),
    "job-of-many-legs": (alone(MAKE, RELEASE, keys="strategy: {matrix: {x: [a]}}"), _NOTES),
    "other-job-of-many-legs": (chain(last="strategy: {matrix: {x: [a]}}"), _DRAFT),
    "job-of-its-own": (chain(top=""), _DRAFT),
}


@pytest.mark.parametrize(("text", "kind"), _SITE.values(), ids=_SITE)
def test_job(text: str, kind: Kind) -> None:
    assert see(text).probe.kind is kind


def _uses(reference: str) -> str:
    return f"on: push\njobs: {{a: {{runs-on: x, steps: [{{uses: '{reference}'}}]}}}}\n"


def _runs(script: str) -> str:
    return f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: {script}\n"


_FILES = {
    "nothing": ({}, _DRAFT),
    "release-drafter": ({f"{_HOME}/y.yml": _uses("release-drafter/release-drafter@v6")}, _NOTES),
    "release-drafters-settings": ({".github/release-drafter.yml": ""}, _NOTES),
    "release-drafters-settings-by-its-longer-name": ({".github/release-drafter.yaml": ""}, _NOTES),
    "list-by-gh": ({f"{_HOME}/y.yml": _runs("gh release list")}, _NOTES),
    "list-by-a-script": ({f"{_HOME}/y.yml": _runs("github.rest.repos.listReleases()")}, _NOTES),
    "list-by-the-api": ({f"{_HOME}/y.yml": _runs("gh api repos/a/b/releases")}, _NOTES),
    "list-by-the-api-with-a-query": (
        {f"{_HOME}/y.yml": _runs("gh api repos/a/b/releases?x")},
        _NOTES,
    ),
    "latest-by-the-api": ({f"{_HOME}/y.yml": _runs("gh api repos/a/b/releases/latest")}, _DRAFT),
    "drafts-by-their-field": ({f"{_HOME}/y.yml": _runs("jq .isDraft")}, _NOTES),
    "workflow-that-cannot-be-read": ({f"{_HOME}/y.yml": "["}, _DRAFT),
    "other-file-that-looks": ({"x.sh": "gh release list"}, _DRAFT),
}


@pytest.mark.parametrize(("files", "kind"), _FILES.values(), ids=_FILES)
def test_who_reads_drafts(files: dict[str, str], kind: Kind) -> None:
    assert see(chain(), files=files).probe.kind is kind


def test_a_workflow_that_reads_drafts_itself() -> None:
    assert see(chain(build="- run: gh release list && make")).probe.kind is _NOTES


_SEVERAL = {
    "on-tags-alone": ([_TAG, _TAG], _DRAFT),
    "one-on-tags-alone": ([_TAG, "github.actor == 'x'"], _NOTES),
    "one-that-is-not-due-and-one-on-any-branch": (
        ["github.event_name == 'release'", "github.actor == 'x'"],
        _NOTES,
    ),
    "one-that-is-not-due": (["github.event_name == 'release'", _TAG], _DRAFT),
}


@pytest.mark.parametrize(("conditions", "kind"), _SEVERAL.values(), ids=_SEVERAL)
def test_several_steps(conditions: list[str], kind: Kind) -> None:
    steps = (f"{RELEASE}\n  if: {one}" for one in conditions)
    assert see(alone(MAKE, *steps, on="[push, release]")).probe.kind is kind


def test_a_branch_that_is_pushed_beside_a_release() -> None:
    text = alone(
        "- uses: actions/checkout@v4",
        MAKE,
        f"{RELEASE}\n  if: {_TAG}",
        "- run: git push origin main",
        on="push",
    )
    assert see(text).probe.kind is _NOTES
