from collections.abc import Mapping
from dataclasses import dataclass, replace
from textwrap import indent

import pytest

from bot.life import elsewhere
from bot.life.contexts import Push
from bot.life.starts import Start, starts_publishing
from bot.permissions.world import World
from bot.workflow.document import parse
from bot.workflow.reader import read_workflow

HOME = ".github/workflows"
PUSH = Push(
    "clearance/permissions",
    "octo/app",
    "main",
    (f"{HOME}/x.yml",),
    "Give each job only the permissions that it needs",
)
RELEASE = "- run: gh release create v1\n  env: {GH_TOKEN: '${{ github.token }}'}\n"
RELEASED = "runs gh release create"
SECRET = "env: {A: '${{ secrets.A }}'}\n"  # noqa: S105 - no password


@dataclass(frozen=True)
class _Files:
    texts: Mapping[str, str]

    def read(self, path: str) -> str | None:
        return self.texts.get(path)

    def workflows(self) -> tuple[str, ...]:
        return tuple(sorted(path for path in self.texts if path.startswith(HOME)))


def _starts(texts: Mapping[str, str], push: Push = PUSH) -> tuple[Start, ...]:
    files = _Files(texts)
    read = [read_workflow(parse(path, texts[path])) for path in files.workflows()]
    return starts_publishing(World(files, origin="octo/app"), read, push)


def _job(steps: str, more: str = "", top: str = "on: push\n", name: str = "a") -> str:
    return f"{top}jobs:\n  {name}:\n    runs-on: x\n{indent(more, '    ')}    steps:\n" + indent(
        steps, "      "
    )


def _whats(text: str, push: Push = PUSH, **others: str) -> list[str]:
    texts = {f"{HOME}/x.yml": text} | {path.replace("__", "/"): t for path, t in others.items()}
    return [start.what for start in _starts(texts, push)]


def test_a_start_says_where_it_stands() -> None:
    assert _starts({f"{HOME}/x.yml": _job(RELEASE)}) == (Start(f"{HOME}/x.yml", "a", 6, RELEASED),)


@pytest.mark.parametrize(
    ("steps", "more", "what"),
    [
        pytest.param(RELEASE, "", RELEASED, id="a-release"),
        pytest.param(
            "- uses: actions/checkout@v4\n- run: git push origin v1\n",
            "",
            "pushes commits",
            id="a-tag",
        ),
        pytest.param(
            "- uses: docker/login-action@v3\n"
            "  with: {registry: ghcr.io, username: x, password: '${{ github.token }}'}\n"
            "- run: docker push ghcr.io/octo/app\n",
            "",
            "pushes to the container registry",
            id="an-image-on-ghcr",
        ),
        pytest.param(
            "- uses: actions/deploy-pages@v4\n", "", "deploys the site", id="a-site-on-pages"
        ),
        pytest.param(
            "- run: make\n",
            "environment: production\n",
            "deploys to the environment production",
            id="an-environment",
        ),
        pytest.param("- run: twine upload dist/*\n", SECRET, "runs twine upload dist/…", id="pypi"),
        pytest.param("- run: cargo publish\n", SECRET, "runs cargo publish", id="crates"),
        pytest.param("- run: npx vercel --prod\n", SECRET, "runs npx vercel --prod", id="vercel"),
        pytest.param("- run: make deploy\n", SECRET, "runs make deploy", id="a-target"),
        pytest.param("- run: ./ci/publish.sh\n", SECRET, "runs ./ci/publish.sh", id="a-script"),
        pytest.param(
            "- run: docker buildx build --push .\n",
            SECRET,
            "runs docker buildx build",
            id="an-image-elsewhere",
        ),
        pytest.param(
            "- uses: docker/build-push-action@v6\n  with: {push: true, tags: octo/app}\n",
            SECRET,
            "pushes images with docker/build-push-action",
            id="an-image-by-an-action",
        ),
        pytest.param(
            "- uses: somebody/s3-deploy@v1\n  with: {key: '${{ secrets.KEY }}'}\n",
            "permissions: {}\n",
            "publishes with somebody/s3-deploy",
            id="an-action-that-says-so",
        ),
        pytest.param(
            "- run: npm publish\n",
            "permissions: {id-token: write}\n",
            "publishes to npm as a trusted publisher",
            id="npm-without-a-secret",
        ),
        pytest.param(
            "- uses: somebody/does-it@v1\n  with: {token: '${{ github.token }}'}\n",
            "name: Release\n",
            "may publish: somebody/does-it@v1 (action that is neither in the table nor at hand)",
            id="something-unknown-in-a-job-that-is-named-so",
        ),
        pytest.param(
            "- run: gh workflow run release.yml\n  env: {GH_TOKEN: '${{ github.token }}'}\n",
            "",
            "runs gh workflow run",
            id="another-workflow",
        ),
    ],
)
def test_what_publishes(steps: str, more: str, what: str) -> None:
    assert _whats(_job(steps, more)) == [what]


@pytest.mark.parametrize(
    ("steps", "more"),
    [
        pytest.param("- uses: actions/checkout@v4\n- run: make test\n", SECRET, id="tests"),
        pytest.param(
            "- uses: codecov/codecov-action@v5\n  with: {token: '${{ secrets.CODECOV_TOKEN }}'}\n",
            "",
            id="coverage",
        ),
        pytest.param(
            "- uses: actions/upload-artifact@v4\n  with: {name: a, path: b}\n",
            SECRET,
            id="artifact",
        ),
        pytest.param("- uses: actions/cache@v4\n  with: {key: a, path: b}\n", SECRET, id="cache"),
        pytest.param(
            "- run: gh pr comment 1 --body x\n  env: {GH_TOKEN: '${{ github.token }}'}\n",
            "",
            id="comment",
        ),
        pytest.param("- uses: github/codeql-action/analyze@v3\n", "", id="security-events"),
        pytest.param(RELEASE, "permissions: {contents: read}\n", id="a-release-it-may-not-make"),
        pytest.param("- run: cargo publish\n", "", id="no-credentials"),
        pytest.param("- run: cargo publish --dry-run\n", SECRET, id="a-rehearsal"),
        pytest.param("- run: echo cargo publish\n", SECRET, id="words"),
        pytest.param("- run: make build-release\n", SECRET, id="a-build-for-release"),
        pytest.param("- run: docker build .\n", SECRET, id="an-image-that-stays"),
        pytest.param(
            "- uses: docker/build-push-action@v6\n"
            "  with: {push: '${{ github.ref_type == ''tag'' }}', tags: octo/app}\n",
            SECRET,
            id="an-image-for-tags",
        ),
        pytest.param("- run: make\n", "environment: integration-tests\n", id="a-test-environment"),
        pytest.param(
            "- run: make\n",
            "environment: ${{ github.ref_type == 'tag' && 'production' || '' }}\n",
            id="an-environment-for-tags",
        ),
        pytest.param(
            "- uses: somebody/does-it@v1\n  with: {token: '${{ github.token }}'}\n",
            "",
            id="something-unknown",
        ),
        pytest.param(
            "- uses: somebody/publish-unit-test-result@v1\n  with: {a: '${{ secrets.A }}'}\n",
            "",
            id="results-of-tests",
        ),
        pytest.param(
            "- uses: somebody/get-latest-release@v1\n  with: {a: '${{ secrets.A }}'}\n",
            "",
            id="a-look-at-releases",
        ),
    ],
)
def test_what_does_not(steps: str, more: str) -> None:
    assert _whats(_job(steps, more)) == []


@pytest.mark.parametrize(
    ("condition", "runs"),
    [
        pytest.param("github.ref == 'refs/heads/main'", False, id="another-branch"),
        pytest.param("github.ref == 'refs/heads/clearance/permissions'", True, id="this-branch"),
        pytest.param("github.ref_name != 'main'", True, id="all-but-another"),
        pytest.param("github.ref_type == 'tag'", False, id="tags"),
        pytest.param("startsWith(github.ref, 'refs/tags/')", False, id="tags-by-their-start"),
        pytest.param("contains(github.ref, 'release')", False, id="a-word-of-the-branch"),
        pytest.param("github.event.ref == 'refs/heads/main'", False, id="of-the-event"),
        pytest.param("github.event_name == 'release'", False, id="another-event"),
        pytest.param("github.event_name == 'push'", True, id="this-event"),
        pytest.param("github.event_name != 'pull_request'", True, id="all-but-another-event"),
        pytest.param("github.event.release.draft == false", True, id="null-is-like-false"),
        pytest.param("github.event.pull_request.merged", False, id="no-pull-request"),
        pytest.param("github.repository == 'octo/app'", True, id="this-repository"),
        pytest.param("github.repository == 'octo/other'", False, id="another-repository"),
        pytest.param("github.repository_owner == 'OCTO'", True, id="this-owner"),
        pytest.param(
            "github.ref_name == github.event.repository.default_branch",
            False,
            id="the-default-branch",
        ),
        pytest.param("!github.event.deleted", True, id="nothing-is-deleted"),
        pytest.param(
            "startsWith(github.event.head_commit.message, 'Release ')", False, id="the-message"
        ),
        pytest.param("github.actor == 'dependabot[bot]'", True, id="who-is-not-known"),
        pytest.param("vars.PUBLISH == 'yes'", True, id="a-variable-that-is-not-known"),
        pytest.param("inputs.publish", False, id="no-inputs"),
        pytest.param("failure()", True, id="after-a-failure"),
        pytest.param("always()", True, id="always"),
        pytest.param("success() && github.ref_type == 'tag'", False, id="success-and-tags"),
        pytest.param("false", False, id="never"),
    ],
)
@pytest.mark.parametrize("place", ["job", "step", "job-before"])
def test_conditions(condition: str, runs: bool, place: str) -> None:
    line = f'if: "{condition}"\n'
    if place == "job":
        text = _job(RELEASE, line)
    elif place == "step":
        text = _job(RELEASE + f"  {line}")
    else:
        text = _job("- run: make\n", line, name="b")
        text += _job(RELEASE, "needs: b\n", top="").partition("jobs:\n")[2]
    assert _whats(text) == ([RELEASED] if runs else [])


@pytest.mark.parametrize(
    ("first", "condition", "runs"),
    [
        pytest.param("if: false", "", False, id="a-skipped-job-skips"),
        pytest.param("if: false", "always()", True, id="but-not-always"),
        pytest.param("if: false", "!cancelled()", True, id="nor-where-only-cancelling-does"),
        pytest.param("if: false", "success()", False, id="skipping-is-no-success"),
        pytest.param(
            "if: false", "always() && needs.b.result == 'success'", False, id="its-result"
        ),
        pytest.param(
            "if: false", "always() && needs.b.outputs.go == 'yes'", False, id="no-outputs-of-it"
        ),
        pytest.param(
            "outputs: {go: \"${{ github.ref_type == 'tag' }}\"}",
            "needs.b.outputs.go == 'true'",
            False,
            id="an-output-that-is-told",
        ),
        pytest.param(
            "outputs: {go: '${{ steps.x.outputs.y }}'}",
            "needs.b.outputs.go == 'true'",
            True,
            id="an-output-that-is-not",
        ),
    ],
)
def test_conditions_on_a_job_before(first: str, condition: str, runs: bool) -> None:
    text = _job("- run: make\n", f"{first}\n", name="b")
    more = f'needs: b\nif: "{condition}"\n' if condition else "needs: b\n"
    text += _job(RELEASE, more, top="").partition("jobs:\n")[2]
    assert _whats(text) == ([RELEASED] if runs else [])


@pytest.mark.parametrize(
    ("top", "before", "runs"),
    [
        pytest.param("A: \"${{ github.ref_type == 'tag' }}\"", "", False, id="told-above"),
        pytest.param("A: \"${{ github.ref_type == 'branch' }}\"", "", True, id="met-above"),
        pytest.param(
            "A: 'false'",
            "- run: echo A=true >> $GITHUB_ENV\n",
            True,
            id="a-step-may-say-otherwise",
        ),
    ],
)
def test_conditions_on_variables(top: str, before: str, runs: bool) -> None:
    text = _job(before + RELEASE + "  if: env.A == 'true'\n", top=f"on: push\nenv: {{{top}}}\n")
    assert _whats(text) == ([RELEASED] if runs else [])


@pytest.mark.parametrize(
    ("push", "condition"),
    [
        pytest.param(replace(PUSH, repository=None), "github.repository == 'a/b'", id="repository"),
        pytest.param(
            replace(PUSH, default_branch=None),
            "github.ref_name == github.event.repository.default_branch",
            id="default-branch",
        ),
        pytest.param(
            replace(PUSH, message=None),
            "startsWith(github.event.head_commit.message, 'Release ')",
            id="message",
        ),
    ],
)
def test_what_is_not_told_of_a_push_rules_nothing_out(push: Push, condition: str) -> None:
    assert _whats(_job(RELEASE, f'if: "{condition}"\n'), push) == [RELEASED]


CALL = "on: push\njobs:\n  a:\n    uses: ./.github/workflows/called.yml\n"
CALLED = """\
on:
  workflow_call:
    inputs:
      publish: {type: boolean, default: false}
      level: {type: string, default: none}
"""


@pytest.mark.parametrize(
    ("call", "condition", "runs"),
    [
        pytest.param("", "inputs.level == 'none'", True, id="a-default"),
        pytest.param("", "inputs.publish", False, id="a-default-of-false"),
        pytest.param("with: {publish: true}", "inputs.publish", True, id="given"),
        pytest.param(
            "with: {publish: \"${{ github.ref_type == 'tag' }}\"}",
            "inputs.publish",
            False,
            id="given-for-tags",
        ),
        pytest.param("with: {level: all}", "inputs.level == 'none'", False, id="a-given-text"),
        pytest.param("if: github.ref_type == 'tag'", "true", False, id="the-call-is-for-tags"),
        pytest.param(
            "permissions: {contents: read}", "true", False, id="the-call-lends-too-little"
        ),
    ],
)
def test_called_workflows(call: str, condition: str, runs: bool) -> None:
    texts = {
        f"{HOME}/x.yml": f"{CALL}    {call}\n",
        f"{HOME}/called.yml": _job(RELEASE, f"if: {condition}\n", top=CALLED, name="b"),
    }
    what = f"{RELEASED} (job b of ./.github/workflows/called.yml)"
    expected = (Start(f"{HOME}/x.yml", "a", 4, what),) if runs else ()
    assert _starts(texts) == expected


def test_a_called_workflow_that_is_not_at_hand_counts_by_its_name() -> None:
    def call(name: str) -> str:
        return f"on: push\njobs:\n  a:\n    uses: o/r/.github/workflows/{name}.yml@v1\n"

    assert _whats(call("release")) == [
        "calls o/r/.github/workflows/release.yml@v1, which could not be read"
    ]
    assert _whats(call("check")) == []


ACTION = """\
inputs: {push: {default: 'false'}}
runs:
  using: composite
  steps:
    - run: twine upload dist/*
      shell: bash
"""


def test_actions_of_the_repository_are_followed() -> None:
    texts = {
        f"{HOME}/x.yml": _job("- uses: ./tools/up\n", SECRET),
        "tools/up/action.yml": ACTION,
    }
    assert _starts(texts) == (Start(f"{HOME}/x.yml", "a", 7, "runs twine upload dist/…"),)


def test_a_job_without_secrets_in_a_called_workflow_publishes_nothing_elsewhere() -> None:
    called = _job("- run: twine upload dist/*\n", SECRET, top="on: workflow_call\n")
    call = {f"{HOME}/called.yml": called, f"{HOME}/x.yml": CALL}
    assert _starts(call) == ()
    handed = {**call, f"{HOME}/x.yml": f"{CALL}    secrets: inherit\n"}
    assert [start.what for start in _starts(handed)] == [
        "runs twine upload dist/… (job a of ./.github/workflows/called.yml)"
    ]


def test_starts_are_sorted_and_each_line_is_there_once() -> None:
    text = _job("- run: twine upload dist/*; cargo publish\n" + RELEASE, SECRET)
    found = _starts({f"{HOME}/y.yml": text, f"{HOME}/x.yml": text})
    assert [(start.path[-5:], start.line) for start in found] == [
        ("x.yml", 7),
        ("x.yml", 8),
        ("y.yml", 7),
        ("y.yml", 8),
    ]


def test_workflows_that_call_one_another_end() -> None:
    call = "".join(
        f"  a{n}:\n    uses: ./.github/workflows/x.yml\n    secrets: inherit\n" for n in range(9)
    )
    found = _whats(f"on: [push, workflow_call]\njobs:\n{call}")
    assert found
    assert {what.partition(" (")[0] for what in found} == {
        "may publish: it is more than is read of one file"
    }


@pytest.mark.parametrize(
    ("name", "found"),
    [
        pytest.param("release", True, id="verb"),
        pytest.param("Publish to npm", True, id="verb-in-a-name"),
        pytest.param("auto-deployment.yml", True, id="noun"),
        pytest.param("released", False, id="past"),
        pytest.param("publisher-check", False, id="a-check"),
        pytest.param("prerelease", False, id="part-of-a-word"),
        pytest.param("release-notes", False, id="notes"),
        pytest.param("test", False, id="another"),
    ],
)
def test_names(name: str, found: bool) -> None:
    assert elsewhere.is_named(name) is found
