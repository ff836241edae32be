from __future__ import annotations

import pytest

from bot.hole import HOLE
from bot.scripts import javascript
from bot.scripts.javascript import ApiCall, Command, Required

H = HOLE
CREATE = "github.rest.issues.createComment({})"


@pytest.mark.parametrize(
    ("script", "names"),
    [
        pytest.param(CREATE, {"issues.createComment"}, id="current form"),
        pytest.param("github.issues.createComment({})", {"issues.createComment"}, id="old form"),
        pytest.param("octokit.rest.git.getRef()", {"git.getRef"}, id="octokit"),
        pytest.param("const { rest } = github\nrest.git.getRef()", {"git.getRef"}, id="taken out"),
        pytest.param("const i = github.rest.issues; i.get()", {"issues.get"}, id="alias"),
        pytest.param(
            "const { issues: { get: g } } = github.rest; g()", {"issues.get"}, id="taken out deep"
        ),
        pytest.param("github.rest['issues'].get()", {"issues.get"}, id="subscript"),
        pytest.param("github?.rest?.issues?.get?.()", {"issues.get"}, id="optional chain"),
        pytest.param(
            "const f = x ? github.rest.issues.lock : github.rest.issues.unlock; f({})",
            {"issues.lock", "issues.unlock"},
            id="either",
        ),
        pytest.param(
            "github.paginate(github.rest.issues.listForRepo, {})",
            {"issues.listForRepo"},
            id="paginate",
        ),
        pytest.param(
            "for await (const r of github.paginate.iterator(github.rest.pulls.list)) {}",
            {"pulls.list"},
            id="iterator",
        ),
        pytest.param(
            "github.paginate(github.issues.listForRepo.endpoint.merge({}))",
            {"issues.listForRepo"},
            id="endpoint options",
        ),
        pytest.param(
            "async function f(gh) { return gh.rest.git.getRef() }\nawait f(github)",
            {"git.getRef"},
            id="function of the text",
        ),
        pytest.param(
            "const f = ({ client }) => client.rest.git.getRef(); f({ client: github })",
            {"git.getRef"},
            id="in an object",
        ),
        pytest.param(
            "const make = () => github; make().rest.git.getRef()", {"git.getRef"}, id="returned"
        ),
        pytest.param(
            "class A { constructor(o) { this.o = o } f() { this.o.rest.git.getRef() } }\n"
            "new A(github).f()",
            {"git.getRef"},
            id="property",
        ),
        pytest.param(
            "module.exports = async ({ github }) => { await github.rest.git.getRef() }",
            {"git.getRef"},
            id="file that exports a function",
        ),
        pytest.param(
            "xs.map(async (x) => github.rest.git.getRef(x))", {"git.getRef"}, id="callback"
        ),
        pytest.param("console.log(github); core.info('x')", set(), id="harmless"),
        pytest.param("const x = context.repo", set(), id="nothing asked"),
    ],
)
def test_octokit_methods(script: str, names: set[str]) -> None:
    read = javascript.read(script)
    assert ({call.octokit for call in read.calls}, read.unknown) == (names, ())


@pytest.mark.parametrize(
    ("script", "routes"),
    [
        pytest.param("github.request('POST /repos/a/b/x')", {("POST", "/repos/a/b/x")}, id="text"),
        pytest.param("github.request({ method: 'PUT', url: '/x' })", {("PUT", "/x")}, id="object"),
        pytest.param("github.paginate('/repos/a/b/tags')", {("GET", "/repos/a/b/tags")}, id="GET"),
        pytest.param(
            "github.request(`GET /repos/${process.env.GITHUB_REPOSITORY}/${x}`)",
            {("GET", f"/repos/{{owner}}/{{repo}}/{H}")},
            id="template",
        ),
        pytest.param(
            "github.request('GET /repos/${{ github.repository }}/x/${{ inputs.y }}')",
            {("GET", f"/repos/{{owner}}/{{repo}}/x/{H}")},
            id="expression",
        ),
        pytest.param(
            "const f = (p) => github.request(`GET ${p}`); f('/a'); f('/b')",
            {("GET", "/a"), ("GET", "/b")},
            id="by a function",
        ),
        pytest.param(
            "fetch('https://api.github.com/repos/a/b', { method: 'PATCH' })",
            {("PATCH", "https://api.github.com/repos/a/b")},
            id="fetch",
        ),
        pytest.param(
            "axios.post(`${process.env.GITHUB_API_URL}/repos/a/b/x`, {})",
            {("POST", "https://api.github.com/repos/a/b/x")},
            id="axios",
        ),
        pytest.param("fetch('https://example.org/repos/a/b')", set(), id="another host"),
    ],
)
def test_routes(script: str, routes: set[tuple[str, str]]) -> None:
    read = javascript.read(script)
    assert ({(c.method, c.path) for c in read.calls}, read.unknown) == (routes, ())


@pytest.mark.parametrize(
    ("script", "document"),
    [
        pytest.param("github.graphql('{ viewer { login } }')", "{ viewer { login } }", id="text"),
        pytest.param("const q = `a ${b}`; github.graphql(q, {})", f"a {H}", id="variable"),
        pytest.param("github.graphql({ query: 'q' })", "q", id="object"),
        pytest.param("const { graphql } = github; graphql('q')", "q", id="taken out"),
        pytest.param("github.request('POST /graphql', { query: 'q' })", "q", id="as a request"),
    ],
)
def test_documents(script: str, document: str) -> None:
    assert [call.document for call in javascript.read(script).calls] == [document]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("helper(github)", id="function of elsewhere"),
        pytest.param("helper({ github })", id="in an object"),
        pytest.param("helper(() => github)", id="in a function"),
        pytest.param("require('left-pad')(github)", id="package"),
        pytest.param("new Thing(github)", id="class of elsewhere"),
        pytest.param("const all = [github]", id="list"),
        pytest.param("const o = { ...github }", id="spread"),
        pytest.param("github.rest.issues[x]({})", id="method is not known"),
        pytest.param("github.request(x)", id="route is not known"),
        pytest.param("const f = (p) => github.request(p); f('/a'); f(x)", id="one of two routes"),
        pytest.param("let q = 'a'; q += x; github.graphql(q)", id="document grows"),
        pytest.param("github.graphql(x)", id="document is not known"),
        pytest.param("github.auth()", id="token is taken out"),
        pytest.param("require(x)(github)", id="file is not known"),
        pytest.param("fetch(x, { headers: { authorization: t } })", id="address is not known"),
        pytest.param("require('p').go(process.env.GITHUB_TOKEN)", id="token for a package"),
        pytest.param("github.rest.issues.get({", id="no JavaScript"),
        pytest.param("github;" + "(" * 50_000, id="deep and broken"),
        pytest.param("github.a;" * 50_000, id="too long"),
    ],
)
def test_unknown(script: str) -> None:
    assert javascript.read(script).unknown


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("github;" + "[" * 20_000 + "]" * 20_000, id="lists"),
        pytest.param("github" + ".a" * 50_000, id="properties"),
        pytest.param("github;" + "${{" * 20_000, id="open expressions"),
        pytest.param("let x = ''; for (;;) { x = x + 'a'; x = `${x}${x}` } github", id="growing"),
    ],
)
def test_hostile_scripts_end(script: str) -> None:
    assert javascript.read(script).calls == ()


def test_arguments_that_matter() -> None:
    script = (
        "await github.rest.issues.addLabels({\n  owner: 'o', repo: x,\n"
        "  issue_number: context.payload.pull_request.number })"
    )
    assert javascript.read(script).calls == (
        ApiCall(
            line=0,
            octokit="issues.addLabels",
            owner="o",
            repo=H,
            number_key="issue_number",
            number="context.payload.pull_request.number",
        ),
    )


@pytest.mark.parametrize(
    "own",
    [
        pytest.param("...context.repo", id="spread"),
        pytest.param("owner: context.repo.owner, repo: context.repo.repo", id="one by one"),
        pytest.param("owner, repo", id="taken out"),
    ],
)
def test_own_repository(own: str) -> None:
    script = f"const {{ owner, repo }} = context.repo; github.rest.issues.get({{ {own} }})"
    (call,) = javascript.read(script).calls
    assert (call.owner, call.repo) == (None, None)


@pytest.mark.parametrize(
    ("script", "token"),
    [
        pytest.param("github.rest.git.getRef()", None, id="the script's own"),
        pytest.param(
            "const o = require('@actions/github').getOctokit(process.env.PAT); o.rest.git.getRef()",
            "process.env.PAT",
            id="getOctokit",
        ),
        pytest.param(
            "const { Octokit } = require('@octokit/rest')\n"
            "new Octokit({ auth: '${{ secrets.PAT }}' }).git.getRef()",
            "'secrets.PAT'",
            id="Octokit",
        ),
    ],
)
def test_token(script: str, token: str | None) -> None:
    assert [call.token for call in javascript.read(script).calls] == [token]


@pytest.mark.parametrize(
    ("script", "required"),
    [
        pytest.param("require('./x.js')", ("./x.js", "script", False), id="relative"),
        pytest.param("require('./x.js')({ github })", ("./x.js", "script", True), id="given"),
        pytest.param(
            "const f = require('./x.js'); await f.go(github)",
            ("./x.js", "script", True),
            id="later",
        ),
        pytest.param(
            "require(process.env.GITHUB_WORKSPACE + '/x.js')",
            ("x.js", "workspace", False),
            id="sum",
        ),
        pytest.param(
            "require('${{ github.workspace }}/x.js')", ("x.js", "workspace", False), id="expression"
        ),
        pytest.param(
            "const { default: f } = await import('./x.mjs'); f(github)",
            ("./x.mjs", "script", True),
            id="import",
        ),
        pytest.param(
            "import f from './x.mjs'; f(github)", ("./x.mjs", "script", True), id="module"
        ),
    ],
)
def test_files(script: str, required: tuple[str, str, bool]) -> None:
    read = javascript.read(script)
    found = {(file.path, file.base, file.given) for file in read.files}
    assert (found, read.unknown) == ({required}, ())


@pytest.mark.parametrize(
    ("script", "command"),
    [
        pytest.param("exec.exec('gh pr list')", Command(0, "gh pr list", None, False), id="line"),
        pytest.param(
            "exec.exec('git', ['push', x])", Command(0, "git", ("push", None), False), id="list"
        ),
        pytest.param("exec.exec(x, y)", Command(0, H, (None,), False), id="not known"),
        pytest.param(
            "require('child_process').execSync(`git tag ${t}`)",
            Command(0, f"git tag {H}", None, True),
            id="shell",
        ),
    ],
)
def test_commands(script: str, command: Command) -> None:
    assert javascript.read(script).commands == (command,)


def test_id_token() -> None:
    assert javascript.read("\nawait core.getIDToken('x')").id_token == (1,)


def test_lines_count_those_inside_expressions() -> None:
    script = f"const x = ${{{{ toJSON(\n  github.event\n) }}}}\n{CREATE}"
    assert [call.line for call in javascript.read(script).calls] == [3]


def test_the_order_is_that_of_the_text() -> None:
    read = javascript.read("require('./b')\nrequire('./a')")
    assert read.files == (
        Required(0, "./b", "script", given=False),
        Required(1, "./a", "script", given=False),
    )
