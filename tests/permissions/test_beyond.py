"""Calls that GITHUB_TOKEN can never make: found in every way to call, with what they take."""

import textwrap

import pytest

from bot.permissions.evidence import JobNeeds
from bot.permissions.infer import infer
from bot.permissions.world import World
from bot.workflow import document, reader
from tests.remedies.token_support import PATH, Memory

_API = "https://api.github.com"
_CURL = 'curl -X POST -H "Authorization: Bearer $GH_TOKEN"'
_REGISTER = "repos/acme/site/actions/runners/registration-token"
_ADMIN = [("administration: write", None)]
_RUNNERS = [("organization self-hosted-runners: write", None)]
_ELSEWHERE = [("contents: write", "other/tool")]
_ACTIONS_ELSEWHERE = [("actions: write", "other/tool")]


def _infer(steps: str, before: str = "") -> JobNeeds:
    text = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n" + before + steps
    world = World(Memory({PATH: text}), origin="acme/site")
    workflow = reader.read_workflow(document.parse(PATH, text))
    return infer(world, workflow, workflow.jobs[0])


def _run(script: str, before: str = "") -> JobNeeds:
    head = "      - env:\n          GH_TOKEN: ${{ github.token }}\n        run: |\n"
    return _infer(head + textwrap.indent(script, " " * 10), before)


def _beyond(needs: JobNeeds) -> list[tuple[str, str | None]]:
    """Permission and other repository of each call, as the call's words tell."""
    found = []
    for call in needs.beyond:
        _, there, name = call.call.rpartition(" in ")
        assert call.use is not None
        found.append((call.permission, name if there else None))
        if there:
            assert call.use.repository == name
    return found


_SCRIPTS = {
    "curl": (f"{_CURL} {_API}/{_REGISTER}", _ADMIN),
    "curl-with-the-runner's-variables": (
        f'{_CURL} "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/actions/runners/generate-jitconfig"',
        _ADMIN,
    ),
    "curl-of-an-organisation": (
        f"{_CURL} {_API}/orgs/acme/actions/runners/registration-token",
        _RUNNERS,
    ),
    "wget": (
        f'wget --method=POST --header "Authorization: token $GH_TOKEN" {_API}/{_REGISTER}',
        _ADMIN,
    ),
    "gh-api": (f"gh api -X POST {_REGISTER}", _ADMIN),
    "gh-api-with-placeholders": (
        "gh api -X POST repos/{owner}/{repo}/actions/runners/registration-token",
        _ADMIN,
    ),
    "gh-api-that-makes-a-webhook": (
        "gh api --method POST repos/acme/site/hooks -f name=web",
        [("repository_hooks: write", None)],
    ),
    "gh-api-that-names-topics": ("gh api -X PUT repos/acme/site/topics -f names[]=x", _ADMIN),
    "gh-api-that-makes-an-environment": (
        "gh api -X PUT repos/acme/site/environments/production",
        _ADMIN,
    ),
    "gh-api-graphql": (
        "gh api graphql -f query='mutation { archiveRepository(input: {}) { clientMutationId } }'",
        _ADMIN,
    ),
    "gh-secret-set": ("gh secret set A --body b", [("secrets: write", None)]),
    "gh-secret-set-of-an-environment": (
        "gh secret set A --env production",
        [("environments: write", None)],
    ),
    "gh-variable-set": ("gh variable set A --body b", [("actions_variables: write", None)]),
    "gh-variable-get": ("gh variable get A", [("actions_variables: read", None)]),
    "gh-repo-edit": ("gh repo edit --description x", _ADMIN),
    "gh-workflow-run-elsewhere": ("gh workflow run x.yml -R other/tool", _ACTIONS_ELSEWHERE),
    "gh-release-create-elsewhere": (
        "gh release create v1 --repo github.com/other/tool",
        _ELSEWHERE,
    ),
    "gh-secret-set-elsewhere": (
        "gh secret set A -R other/tool",
        [("secrets: write", "other/tool")],
    ),
    "gh-repo-edit-elsewhere": (
        "gh repo edit other/tool --description x",
        [("administration: write", "other/tool")],
    ),
    "gh-api-dispatch-elsewhere": (
        "gh api repos/other/tool/dispatches -f event_type=x",
        _ELSEWHERE,
    ),
    "curl-dispatch-elsewhere": (
        f"{_CURL} {_API}/repos/other/tool/dispatches -d '{{}}'",
        _ELSEWHERE,
    ),
    "push-elsewhere": (
        "git push https://x-access-token:$GH_TOKEN@github.com/other/tool.git HEAD:main",
        _ELSEWHERE,
    ),
}


@pytest.mark.parametrize(("script", "beyond"), _SCRIPTS.values(), ids=_SCRIPTS)
def test_in_a_script(script: str, beyond: list[tuple[str, str | None]]) -> None:
    needs = _run(script)
    assert _beyond(needs) == beyond
    assert needs.answered


_JAVASCRIPT = {
    "registration-token": (
        "github.rest.actions.createRegistrationTokenForRepo({...context.repo})",
        _ADMIN,
    ),
    "secret": (
        "github.rest.actions.createOrUpdateRepoSecret({...context.repo, secret_name: 'A'})",
        [("secrets: write", None)],
    ),
    "dispatch-elsewhere": (
        "github.rest.repos.createDispatchEvent({owner: 'other', repo: 'tool', event_type: 'x'})",
        _ELSEWHERE,
    ),
    "workflow-elsewhere": (
        "github.rest.actions.createWorkflowDispatch({owner: 'other', repo: 'tool', ref: 'main'})",
        _ACTIONS_ELSEWHERE,
    ),
    "request-elsewhere": ("github.request('POST /repos/other/tool/dispatches')", _ELSEWHERE),
    "request-elsewhere-by-parameters": (
        "github.request('POST /repos/{owner}/{repo}/dispatches', {owner: 'other', repo: 'tool'})",
        _ELSEWHERE,
    ),
}


@pytest.mark.parametrize(("call", "beyond"), _JAVASCRIPT.values(), ids=_JAVASCRIPT)
def test_in_github_script(call: str, beyond: list[tuple[str, str | None]]) -> None:
    needs = _infer(
        f'      - uses: actions/github-script@v7\n        with:\n          script: "await {call}"\n'
    )
    assert _beyond(needs) == beyond
    assert needs.answered


_ACTIONS = {
    "runner": (
        "machulav/ec2-github-runner@v2\nwith:\n  github-token: ${{ secrets.GITHUB_TOKEN }}",
        _ADMIN,
    ),
    "project": (
        "actions/add-to-project@v1\nwith:\n  github-token: ${{ secrets.GITHUB_TOKEN }}",
        [("organization projects: write", None)],
    ),
    "dispatch-elsewhere": (
        "peter-evans/repository-dispatch@v3\nwith:\n  repository: other/tool\n  event-type: x",
        _ELSEWHERE,
    ),
    "workflow-elsewhere": (
        "benc-uk/workflow-dispatch@v1\nwith:\n  repo: other/tool\n  workflow: x.yml",
        _ACTIONS_ELSEWHERE,
    ),
    "another-token": (
        "machulav/ec2-github-runner@v2\nwith:\n  github-token: ${{ secrets.PAT }}",
        [],
    ),
    "own-repository": (
        "peter-evans/repository-dispatch@v3\nwith:\n  repository: ${{ github.repository }}",
        [],
    ),
}


@pytest.mark.parametrize(("uses", "beyond"), _ACTIONS.values(), ids=_ACTIONS)
def test_by_an_action(uses: str, beyond: list[tuple[str, str | None]]) -> None:
    needs = _infer(f"      - uses: {textwrap.indent(uses, ' ' * 8).strip()}\n")
    assert _beyond(needs) == beyond


_WITHIN = {
    "read-of-a-public-repository": (
        f'curl -H "Authorization: Bearer $GH_TOKEN" {_API}/repos/other/tool/releases'
    ),
    "read-by-gh": "gh api repos/other/tool/releases",
    "clone-by-gh": "gh repo clone other/tool",
    "repository-of-no-known-name": "gh api repos/other/$NAME/dispatches -f a=b",
    "own-repository-before-a-transfer": "gh workflow run x.yml -R former/site",
    "own-wiki": "git push https://x:$GH_TOKEN@github.com/acme/site.wiki.git",
    "another-token": f"{_CURL.replace('$GH_TOKEN', '${{ secrets.PAT }}')} {_API}/{_REGISTER}",
}


@pytest.mark.parametrize("script", _WITHIN.values(), ids=_WITHIN)
def test_not_beyond(script: str) -> None:
    assert not _run(script).beyond


def test_a_push_of_workflows() -> None:
    script = "git add .github/workflows/x.yml\ngit commit -m x\ngit push"
    needs = _run(script, "      - uses: actions/checkout@v4\n")
    assert _beyond(needs) == [("contents: write & workflows: write", None)]
    assert needs.grants == {"contents": "write"}


def test_a_push_elsewhere_behind_kept_credentials_stays_as_it_was_judged() -> None:
    push = "git push https://x-access-token:$GH_TOKEN@github.com/other/tool.git"
    needs = _run(push, "      - uses: actions/checkout@v4\n")
    assert not needs.beyond
    assert needs.grants == {"contents": "write"}


def test_a_read_elsewhere_needs_nothing() -> None:
    assert _run("gh api repos/other/tool/releases").grants == {}
