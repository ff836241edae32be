"""What a human refused is not made again; all else is, as if nobody had said anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot import fingerprint
from bot.analysis import FileReport, analyse
from bot.files import Checkout
from bot.life.marks import held, marks
from bot.permissions.evidence import Beyond, Place
from bot.permissions.scopes import Grants
from bot.permissions.world import World
from bot.remedies import Verdict, job_permissions
from bot.remedies.job_permissions import REFUSED
from bot.remedies.preflight import Reason
from bot.remedies.rules import Rules
from bot.remedies.token.facts import TokenObstacle, TokenRules
from tests.remedies.preflight.support import PATH, Memory

_RULES = Rules()
_READS = """\
  reads:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
"""
_TWO = f"""\
on: push
jobs:
{_READS}
  tags:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: git push --tags
"""
_LATE = """\
on: {push: {tags: ['v*']}}
permissions: write-all
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {persist-credentials: false}
      - run: make
  release:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - run: gh release create v1
        env: {GH_TOKEN: '${{ github.token }}'}
  image:
    needs: build
    runs-on: ubuntu-latest
    permissions: {packages: write}
    steps:
      - uses: docker/login-action@v3
        with: {registry: ghcr.io, username: x, password: '${{ github.token }}'}
      - uses: docker/build-push-action@v6
        with: {push: true, tags: ghcr.io/acme/site}
"""
# Once there is a probe in it, the first job needs just what it holds.
_BROAD = """\
on: {push: {tags: ['v*']}}
permissions: {contents: write}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {persist-credentials: false}
      - run: make
  release:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - run: gh release create v1
        env: {GH_TOKEN: '${{ github.token }}'}
"""
# Without its block, the job's token could be probed: by a step that nobody was shown.
_OIDC = """\
on: {push: {tags: ['v*']}}
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
_TOKENS = """\
on: workflow_dispatch
permissions: {}
jobs:
  one:
    runs-on: ubuntu-latest
    permissions: {}
    steps:
      - run: |
          gh secret set ONE --body x
          gh variable set TWO --body x
        env: {GH_TOKEN: '${{ github.token }}'}
      - run: gh variable set THREE --body x
        env: {GH_TOKEN: '${{ github.token }}'}
  two:
    runs-on: ubuntu-latest
    permissions: {}
    steps:
      - run: gh secret set ONE --body x
        env: {GH_TOKEN: '${{ github.token }}'}
"""
_NARROW = f"on: push\npermissions: read-all\njobs:\n{_READS}".replace(
    "    steps:", "    permissions: {contents: read}\n    steps:"
)


def _report(text: str, refused: tuple[str, ...] = (), rules: Rules = _RULES) -> FileReport:
    world = World(Memory({PATH: text}))
    report = analyse(world, PATH, text.encode(), rules.without(frozenset(refused)))
    assert report.problem == ""
    return report


def _added(report: FileReport) -> list[str]:
    change = report.proposal.change
    return sorted([*change.added, *change.replaced])


def _block(job: str, grants: Grants) -> str:
    return fingerprint.of_block(PATH, job, grants)


def _call(job: str, call: str, permission: str) -> str:
    return fingerprint.of_call(PATH, job, Beyond(call, permission, Place(PATH, 0)))


_SECRET = ("runs gh secret set", "secrets: write")
_VARIABLE = ("runs gh variable set", "actions_variables: write")
_RELEASE = fingerprint.of_late(PATH, "release", "contents")
_IMAGE = fingerprint.of_late(PATH, "image", "packages")
_BUILD = _block("build", {"contents": "read"})

# The publishing job has a block of its own, so that its probe needs one, too.
_MOVED = ["jobs.build.needs", "jobs.preflight", "jobs.release.permissions"]
# What is written, one after the other, once some of it was refused.
_LEFT: dict[str, tuple[str, tuple[str, ...], list[str]]] = {
    "a-block-and-with-it-the-top-level-one": (
        _TWO,
        (_block("tags", {"contents": "write"}),),
        ["jobs.reads.permissions"],
    ),
    "the-top-level-block-alone": (
        _TWO,
        (_block("", {}),),
        ["jobs.reads.permissions", "jobs.tags.permissions"],
    ),
    "a-block-with-other-grants": (
        _TWO,
        (_block("tags", {"contents": "read"}),),
        ["jobs.reads.permissions", "jobs.tags.permissions", "permissions"],
    ),
    "a-block-of-another-file": (
        _TWO,
        (fingerprint.of_block("y.yml", "tags", {"contents": "write"}),),
        ["jobs.reads.permissions", "jobs.tags.permissions", "permissions"],
    ),
    "a-probe": (
        _LATE,
        (_RELEASE,),
        ["jobs.build.permissions", "jobs.build.steps.0", "jobs.release.permissions"],
    ),
    "all-probes": (
        _LATE,
        (_RELEASE, _IMAGE),
        ["jobs.build.permissions", "jobs.release.permissions"],
    ),
    "the-block-that-the-probes-are-in": (
        _LATE,
        (_block("build", {"contents": "write", "packages": "write"}), _BUILD),
        _MOVED,
    ),
    "the-block-that-the-probes-are-in-before-there-were-probes": (
        _LATE,
        (_BUILD,),
        _MOVED,
    ),
    "the-block-of-the-publishing-job-and-so-its-probe": (
        _LATE,
        (_block("release", {"contents": "write"}),),
        ["jobs.build.permissions", "jobs.build.steps.0"],
    ),
    "another-token-for-one-job": (
        _TOKENS,
        (_call("two", *_SECRET),),
        ["jobs.one.steps.0.env.GH_TOKEN", "jobs.one.steps.1.env.GH_TOKEN"],
    ),
    "another-token-for-one-of-two-calls-of-a-step": (
        _TOKENS,
        (_call("one", *_SECRET),),
        ["jobs.one.steps.1.env.GH_TOKEN", "jobs.two.steps.0.env.GH_TOKEN"],
    ),
    "another-token-for-a-call-that-two-steps-make": (
        _TOKENS,
        (_call("one", *_VARIABLE),),
        ["jobs.two.steps.0.env.GH_TOKEN"],
    ),
    "a-block-without-which-its-token-could-be-probed": (
        _OIDC,
        (_block("publish", {"contents": "read", "id-token": "write"}),),
        [],
    ),
    "what-is-not-there": (_TWO, ("0" * 16,), _added(_report(_TWO))),
}


@pytest.mark.parametrize(("text", "refused", "left"), _LEFT.values(), ids=_LEFT)
def test_the_rest_goes_on(text: str, refused: tuple[str, ...], left: list[str]) -> None:
    assert _added(_report(text, refused)) == left


def test_a_block_without_a_refused_probe_grants_nothing_for_it() -> None:
    (build, *_) = _report(_LATE, (_RELEASE,)).decisions
    assert build.proposed == {"contents": "read", "packages": "write"}


def test_why_a_block_is_not_written() -> None:
    found = _report(_TWO, (_block("tags", {"contents": "write"}),)).decisions[1]
    assert (found.verdict, found.why) == (Verdict.HELD_BACK, REFUSED)


def test_why_a_probe_is_not_written() -> None:
    assert [one.reason for one in _report(_LATE, (_RELEASE,)).proposal.plan.left] == [
        Reason.REFUSED
    ]


def test_why_a_token_stays() -> None:
    left = _report(_TOKENS, (_call("one", *_SECRET),)).proposal.tokens.left
    assert [(one.call.call, one.why) for one in left] == [
        ("runs gh secret set", TokenObstacle.REFUSED),
        ("runs gh variable set", TokenObstacle.REFUSED),
    ]


_HELD = {
    "nothing": ((_report(_TWO),), 0),
    "a-block-for-another-reason": ((_report(_TWO.replace("on: push", "on: workflow_call")),), 0),
    "a-block": ((_report(_TWO, (_block("tags", {"contents": "write"}),)),), 1),
    "a-probe": ((_report(_LATE, (_RELEASE,)),), 1),
    "a-step-with-two-calls": ((_report(_TOKENS, (_call("one", *_SECRET),)),), 2),
    "in-two-files": (2 * (_report(_LATE, (_RELEASE, _IMAGE)),), 4),
}


@pytest.mark.parametrize(("reports", "number"), _HELD.values(), ids=_HELD)
def test_what_was_held_back_is_counted(reports: tuple[FileReport, ...], number: int) -> None:
    assert held(reports) == number


def test_the_marks_of_blocks() -> None:
    assert marks((_report(_TWO),)) == tuple(
        sorted(
            (
                _block("", {}),
                _block("reads", {"contents": "read"}),
                _block("tags", {"contents": "write"}),
            )
        )
    )


def test_the_marks_of_probes_and_of_blocks_with_and_without_them() -> None:
    assert marks((_report(_LATE),)) == tuple(
        sorted(
            (
                _RELEASE,
                _IMAGE,
                _BUILD,
                _block("build", {"contents": "write", "packages": "write"}),
                _block("release", {"contents": "write"}),
            )
        )
    )


def test_the_marks_of_a_job_that_needs_no_block_for_a_probes_sake_alone() -> None:
    report = _report(_BROAD)
    assert _added(report) == ["jobs.build.steps.0"]
    assert set(marks((report,))) == {
        _RELEASE,
        _block("build", {"contents": "read"}),
        _block("build", {"contents": "write"}),
    }


def test_the_marks_of_tokens() -> None:
    assert marks((_report(_TOKENS),)) == tuple(
        sorted((_call("one", *_SECRET), _call("one", *_VARIABLE), _call("two", *_SECRET)))
    )


def test_the_mark_of_a_top_level_block_alone() -> None:
    rules = Rules(job_permissions.Rules(narrow_top_level=True))
    assert marks((_report(_NARROW, rules=rules),)) == (_block("", {}),)


def test_a_file_that_is_left_alone_has_no_marks() -> None:
    assert marks((replace(_report(_TWO), after=_TWO),)) == ()


def test_marks_of_several_files_stand_once_each() -> None:
    report = _report(_TWO)
    assert marks((report, report)) == marks((report,))


_CASES = Path(__file__).parents[1] / "cases" / "fix"
_SETTINGS = {
    "as-they-are": _RULES,
    "narrow": Rules(job_permissions.Rules(narrow_top_level=True)),
    "widen": Rules(job_permissions.Rules(widen=True)),
    "app": Rules(token=TokenRules(strategy="app")),
}
_TEXTS: Mapping[str, str] = {
    "blocks": _TWO,
    "probes": _LATE,
    "a-probe-in-a-job-without-a-block": _BROAD,
    "tokens": _TOKENS,
    "top-level": _NARROW,
    "a-probe-that-only-a-job-without-a-block-gets": _OIDC,
}


@pytest.mark.parametrize("rules", _SETTINGS.values(), ids=_SETTINGS)
@pytest.mark.parametrize("text", _TEXTS.values(), ids=_TEXTS)
def test_once_all_is_refused_nothing_is_left(text: str, rules: Rules) -> None:
    assert not _report(text, marks((_report(text, rules=rules),)), rules).changed


@pytest.mark.parametrize("rules", _SETTINGS.values(), ids=_SETTINGS)
@pytest.mark.parametrize("name", sorted(folder.name for folder in _CASES.iterdir()))
def test_once_all_is_refused_nothing_is_left_of_a_case(name: str, rules: Rules) -> None:
    checkout = Checkout(_CASES / name)
    data = checkout.read_bytes(PATH)
    refused = marks((analyse(World(checkout), PATH, data, rules),))
    again = analyse(World(checkout), PATH, data, rules.without(frozenset(refused)))
    assert refused
    assert not again.changed
