"""What a step needs that uses an action which is not in the table: by the action's own files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from bot.answers import Answer, Answers
from bot.permissions.evidence import Doubt, Grade, JobNeeds
from bot.permissions.infer import infer
from bot.permissions.world import World

PATH = ".github/workflows/ci.yml"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "inputs: {token: {default: '${{ github.token }}'}}\n"  # noqa: S105
NODE = "runs: {using: node20, main: index.js}\n"
COMMENTS = (
    "import { getOctokit, context } from '@actions/github';\n"
    "getOctokit(token).rest.issues.createComment({ issue_number: context.issue.number });\n"
)
CALLS = "runs: {using: composite, steps: [%s]}"


@dataclass(frozen=True)
class Files:
    texts: Mapping[str, str]

    def read(self, path: str) -> str | None:
        return self.texts.get(path)

    def workflows(self) -> tuple[str, ...]:
        return (PATH,)


def steps(*lines: str, head: str = "on: pull_request", job: str = "") -> str:
    body = "".join(f"      - {line}\n" for line in lines)
    return f"{head}\njobs:\n  job:\n    runs-on: ubuntu-latest\n{job}    steps:\n{body}"


def needs(
    text: str, remote: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None
) -> tuple[JobNeeds, Answers]:
    """What the job of a workflow needs; ``remote``: reference → text."""
    known = {name: Answer(name, COMMIT, "f", COMMIT, one) for name, one in (remote or {}).items()}
    answers = Answers(known)
    world = World(Files({PATH: text, **(files or {})}), answers, "acme/site")
    workflow = world.workflow(PATH)
    assert workflow is not None
    return infer(world, workflow, workflow.jobs[0]), answers


def doubts(found: JobNeeds) -> list[tuple[Doubt, str]]:
    return [(one.doubt, one.what) for one in found.unknowns]


USES = steps("uses: octo/act@v1")


@pytest.mark.parametrize(
    ("remote", "grants"),
    [
        pytest.param({"octo/act@v1": NODE}, {}, id="one that is handed no token needs none"),
        pytest.param(
            {"octo/act@v1": CALLS % "{run: gh release create v1, shell: bash, env: {GH_TOKEN: "
             "'${{ github.token }}'}}"},
            {"contents": "write"},
            id="the steps of a composite action are read",
        ),
        pytest.param(
            {
                "octo/act@v1": CALLS % "{uses: octo/other/sub@v2}",
                "octo/other/sub@v2": CALLS % "{uses: actions/checkout@v4}",
            },
            {"contents": "read"},
            id="and those of the actions that it uses",
        ),
        pytest.param(
            {"octo/act@v1": TOKEN + NODE, "octo/act@v1:index.js": COMMENTS},
            {"pull-requests": "write"},
            id="the code of a JavaScript action is read",
        ),
    ],
)  # fmt: skip
def test_needs(remote: Mapping[str, str], grants: Mapping[str, str]) -> None:
    found, answers = needs(USES, remote)
    assert doubts(found) == []
    assert found.grants == grants
    assert answers.wanted == frozenset()


@pytest.mark.parametrize(
    "call",
    [
        pytest.param("${{ github.action_path }}/do.sh", id="by an expression"),
        pytest.param("$GITHUB_ACTION_PATH/do.sh", id="by a variable"),
        pytest.param("${{ github.action_path }}/../sub/do.sh", id="from above"),
    ],
)
def test_a_script_of_an_action_is_its_own(call: str) -> None:
    env = "env: {GH_TOKEN: '${{ github.token }}'}"
    remote = {
        "octo/act/sub@v1": CALLS % f"{{run: 'bash \"{call}\"', shell: bash, {env}}}",
        "octo/act@v1:sub/do.sh": "gh issue create --title x --body y\n",
    }
    mine = dict.fromkeys(("do.sh", "sub/do.sh"), "gh release create v1\n")
    found, _ = needs(steps("uses: octo/act/sub@v1"), remote, mine)
    assert doubts(found) == []
    assert found.grants == {"issues": "write"}
    assert found.requirements[0].place.path == "octo/act@v1:/sub/do.sh"


def test_a_script_of_an_action_that_is_not_there_is_wanted() -> None:
    env = "env: {GH_TOKEN: '${{ github.token }}'}"
    run = f"{{run: '${{{{ github.action_path }}}}/do.sh', shell: bash, {env}}}"
    found, answers = needs(USES, {"octo/act@v1": CALLS % run})
    assert [doubt for doubt, _ in doubts(found)] == [Doubt.SCRIPT]
    assert answers.wanted == {"octo/act@v1:do.sh"}


def test_a_local_action_in_a_remote_one_is_the_caller_s() -> None:
    remote = {"octo/act@v1": CALLS % "{uses: ./tools/act}"}
    local = {"tools/act/action.yml": CALLS % "{uses: actions/checkout@v4}"}
    found, _ = needs(USES, remote, local)
    assert (doubts(found), found.grants) == ([], {"contents": "read"})


def test_an_action_of_its_own_repository_in_a_remote_one_is_not_told() -> None:
    remote = {"octo/act@v1": CALLS % "{uses: $/tools/act}"}
    local = {"tools/act/action.yml": CALLS % "{uses: actions/checkout@v4}"}
    found, _ = needs(USES, remote, local)
    assert doubts(found) == [(Doubt.ACTION, "$/tools/act")]


def test_actions_that_use_one_another_end() -> None:
    found, _ = needs(USES, {"octo/act@v1": CALLS % "{uses: octo/act@v1}"})
    assert doubts(found) == [(Doubt.ACTION, "octo/act@v1")]


def test_what_code_shows_is_assumed() -> None:
    found, _ = needs(USES, {"octo/act@v1": TOKEN + NODE, "octo/act@v1:index.js": COMMENTS})
    assert [one.grade for one in found.requirements] == [Grade.ASSUMED]
    assert all(one.use is not None and one.use.conditional for one in found.requirements)


@pytest.mark.parametrize(
    ("text", "remote", "doubt"),
    [
        pytest.param(USES, {}, Doubt.ACTION, id="its metadata is not at hand"),
        pytest.param(USES, {"octo/act@v1": "]"}, Doubt.ACTION, id="its metadata is no YAML"),
        pytest.param(
            USES, {"octo/act@v1": TOKEN + NODE}, Doubt.ACTION_CODE, id="its code is not at hand"
        ),
        pytest.param(
            USES,
            {"octo/act@v1": TOKEN + "runs: {using: docker, image: Dockerfile}"},
            Doubt.ACTION_CODE,
            id="it is a container",
        ),
        pytest.param(
            steps("uses: octo/act@v1", job="    env: {MINE: '${{ github.token }}'}\n"),
            {"octo/act@v1": NODE},
            Doubt.ACTION_CODE,
            id="its token lies in the job's environment",
        ),
        pytest.param(
            USES,
            {"octo/act@v1": "description: Signs in to the registry with credentials\n" + NODE},
            Doubt.ACTION_CODE,
            id="it logs in, which it may do by OIDC",
        ),
        pytest.param(
            USES,
            {"octo/act@v1": "description: Get a token\nruns: {using: docker, image: Dockerfile}"},
            Doubt.ACTION_CODE,
            id="a container that gets a token from somewhere",
        ),
    ],
)
def test_what_keeps_a_job_from_being_answered(
    text: str, remote: Mapping[str, str], doubt: Doubt
) -> None:
    found, _ = needs(text, remote)
    assert [one for one, _ in doubts(found)] == [doubt]


@pytest.mark.parametrize(
    "remote",
    [
        pytest.param(
            {"octo/act@v1": NODE, "octo/act@v1:index.js": "console.log(1)"},
            id="it does not look at the variable",
        ),
        pytest.param(
            {"octo/act@v1": "description: Login\n" + NODE, "octo/act@v1:index.js": "log(1)"},
            id="it logs in, but asks for no OIDC token",
        ),
    ],
)
def test_code_that_is_at_hand_settles_it(remote: Mapping[str, str]) -> None:
    text = steps("uses: octo/act@v1", job="    env: {MINE: '${{ github.token }}'}\n")
    found, _ = needs(text, remote)
    assert (doubts(found), found.grants) == ([], {})


CALLER = "on: push\njobs:\n  job:\n    uses: octo/flows/.github/workflows/a.yml@%s\n"


def test_a_workflow_that_a_remote_one_calls_is_of_its_repository() -> None:
    first, second = (f"octo/flows/.github/workflows/{name}.yml@{COMMIT}" for name in "ab")
    inner = "on: workflow_call\njobs:\n  x:\n    permissions: {%s: write}\n"
    inner += "    runs-on: x\n    steps: [{run: ls}]\n"
    outer = "on: workflow_call\njobs:\n  y:\n    uses: ./.github/workflows/b.yml\n"
    mine = {".github/workflows/b.yml": inner % "contents"}
    found, _ = needs(CALLER % COMMIT, {first: outer, second: inner % "packages"}, mine)
    assert (doubts(found), found.grants) == ([], {"packages": "write"})


def test_a_remote_workflow_at_a_branch_is_not_read() -> None:
    found, answers = needs(CALLER % "main")
    assert [doubt for doubt, _ in doubts(found)] == [Doubt.CALLEE]
    assert answers.asked == frozenset()
