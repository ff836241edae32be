"""What the code of a JavaScript action asks of the API, and where that can't be told."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from bot.permissions import javascript_action
from bot.permissions.javascript_action import Made

HEAD = (
    "import * as core from '@actions/core';\n"
    "import * as github from '@actions/github';\n"
    "const octokit = github.getOctokit(core.getInput('token'));\n"
)
COMMENT = "await octokit.rest.issues.createComment({ owner, repo, issue_number, body });\n"
COMMENTS = ["POST /repos/{owner}/{repo}/issues/{issue_number}/comments"]
PACKAGE = '{"scripts": {"package": "ncc build src/main.ts -o dist", "test": "jest"}}'
BUNDLE = "/******/ var __webpack_modules__ = ({});\n"


def made(
    files: Mapping[str, str], folder: str = "", scripts: tuple[str, ...] = ("index.js",)
) -> Made | None:
    return javascript_action.read(files.get, folder, scripts)


def calls(code: str) -> list[str] | None:
    found = made({"index.js": HEAD + code})
    return None if found is None else [call.what for call in found.calls]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param(COMMENT, COMMENTS, id="a method of rest"),
        pytest.param("octokit.issues.createComment({})", COMMENTS, id="a method as it was before"),
        pytest.param("this.kit!.rest\n  .issues\n  .createComment({})", COMMENTS, id="in lines"),
        pytest.param("client.rest?.issues?.createComment()", COMMENTS, id="another name"),
        pytest.param(
            "const { issues } = octokit;\nissues.createComment({})",
            COMMENTS,
            id="a part by its own name",
        ),
        pytest.param(
            "octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {})",
            COMMENTS,
            id="a route",
        ),
        pytest.param(
            "octokit.request(`POST /repos/${owner}/${repo}/issues/${number}/comments`)",
            COMMENTS,
            id="a route with values in it",
        ),
        pytest.param(
            "for await (const x of octokit.paginate.iterator(\n octokit.rest.pulls.list, {})) {}",
            ["GET /repos/{owner}/{repo}/pulls"],
            id="page by page",
        ),
        pytest.param(
            "const all: Pull[] = await octokit.paginate<Pull>(octokit.rest.pulls.list, {});",
            ["GET /repos/{owner}/{repo}/pulls"],
            id="TypeScript",
        ),
        pytest.param(
            "const issues = []; issues.push(1); issues.forEach(f); core.info(`${issues.length}`)",
            [],
            id="a list that is named like a part of the API",
        ),
        pytest.param("f(...rest); core.info('[text](' + url + ')')", [], id="no calls at all"),
    ],
)
def test_calls_by_name(code: str, expected: list[str]) -> None:
    assert calls(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("octokit.rest[part].create({})", id="a part that is chosen in the run"),
        pytest.param("octokit['rest'].issues.create()", id="a part by a text"),
        pytest.param("octokit.rest.issues[method]({})", id="a method that is chosen in the run"),
        pytest.param("kit[part][method]({})", id="both, of anything"),
        pytest.param("const api = octokit.rest; api.x()", id="a part under another name"),
        pytest.param("const i = octokit.issues; i.x()", id="a part of before, under another name"),
        pytest.param("const { create } = octokit.issues;", id="a method that is taken out"),
        pytest.param("const { rest } = octokit; rest[x]()", id="what is taken apart"),
        pytest.param("const { rest: { issues } } = octokit;", id="what is taken apart at once"),
        pytest.param("octokit.rest.issues.createSomethingNew()", id="a method nobody knows"),
        pytest.param("hub.issues.createSomethingNew()", id="the same, of another name"),
        pytest.param("octokit.request(route, {})", id="a route that is not there"),
        pytest.param("const ask = octokit.request; ask('GET /x')", id="a caller on its own"),
        pytest.param("octokit.request('POST /no/such/thing')", id="a route nobody knows"),
        pytest.param("octokit.paginate(method, {})", id="pages of anything"),
        pytest.param("octokit.graphql(query)", id="GraphQL"),
        pytest.param("octokit.hook.before('request', f)", id="what goes between"),
        pytest.param("const { token } = await octokit.auth()", id="the token itself"),
        pytest.param("await fetch(url, { headers: { Authorization } })", id="a call of its own"),
        pytest.param("const get = globalThis['fet' + 'ch']", id="names that are made"),
        pytest.param("eval(text)", id="code that is made"),
        pytest.param("new Function(text)()", id="a function that is made"),
        pytest.param("require(name)", id="a module that is chosen in the run"),
        pytest.param("await import(`./${name}.js`)", id="a file that is chosen in the run"),
        pytest.param("import { exec } from '@actions/exec'", id="programs"),
        pytest.param("const cp = require('node:child_process')", id="programs, by Node.js"),
        pytest.param("import axios from 'axios'", id="another client"),
        pytest.param("import helper from 'somebodys-helper'", id="a module nobody looked into"),
        pytest.param("import { x } from './gone'", id="a file that is not at hand"),
        pytest.param("core.exportVariable('GH_TOKEN', token)", id="later steps get it"),
        pytest.param("fs.writeFileSync('.npmrc', token)", id="a file that programs read"),
        pytest.param("octokit.rest.repos.createOrUpdateEnvironment({})", id="never allowed"),
    ],
)
def test_what_can_not_be_accounted_for(code: str) -> None:
    assert calls(COMMENT + code) is None


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "index.js": "import { run } from './lib/run'; import type { A } from './types';",
                "lib/run.js": f"import '../deep/index.js'; {HEAD}",
                "deep/index.js": COMMENT,
            },
            id="files that load one another",
        ),
        pytest.param(
            {"index.js": BUNDLE, "package.json": PACKAGE, "src/main.ts": HEAD + COMMENT},
            id="the sources of a bundle",
        ),
        pytest.param(
            {
                "package.json": PACKAGE,
                "src/main.ts": "import { x } from './x.js'",
                "src/x.ts": COMMENT,
            },
            id="the sources of a bundle that GitHub does not give whole",
        ),
        pytest.param(
            {"index.js": "const x = require('./data.json');" + COMMENT}, id="data is no code"
        ),
    ],
)
def test_all_code_is_looked_at(files: Mapping[str, str]) -> None:
    found = made(files)
    assert found is not None
    assert [call.what for call in found.calls] == COMMENTS


@pytest.mark.parametrize(
    ("files", "scripts"),
    [
        pytest.param({}, ("index.js",), id="nothing is at hand"),
        pytest.param({"index.js": ""}, (), id="nothing is run"),
        pytest.param({"index.js": BUNDLE}, ("index.js",), id="a bundle alone"),
        pytest.param({"index.js": " " * 200_001}, ("index.js",), id="too long for its own code"),
        pytest.param(
            {"dist/index.js": BUNDLE, "src/main.ts": COMMENT},
            ("dist/index.js",),
            id="nothing tells what the bundle was made of",
        ),
        pytest.param(
            {
                "package.json": PACKAGE.replace("src/main.ts", "src/other.ts"),
                "src/main.ts": COMMENT,
            },
            ("dist/index.js",),
            id="it was made of something else",
        ),
        pytest.param(
            {"package.json": PACKAGE, "src/main.ts": COMMENT},
            ("dist/index.js", "dist/post/index.js"),
            id="half of the scripts",
        ),
        pytest.param({"../index.js": COMMENT}, ("../../index.js",), id="above the root"),
    ],
)
def test_where_code_is_missing(files: Mapping[str, str], scripts: tuple[str, ...]) -> None:
    assert made(files, "", scripts) is None


def test_what_may_be_needed_is_asked_for_at_once() -> None:
    asked: list[str] = []
    javascript_action.read(asked.append, "sub", ("dist/index.js",))
    assert {"sub/dist/index.js", "package.json", "sub/src/main.ts", "src/index.js"} <= set(asked)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("await core.getIDToken('aud')", True, id="by the toolkit"),
        pytest.param("process.env.ACTIONS_ID_TOKEN_REQUEST_URL", True, id="by its variables"),
        pytest.param("core.getInput('id')", False, id="not at all"),
    ],
)
def test_id_token(code: str, expected: bool) -> None:
    found = made({"index.js": HEAD + code})
    assert found is not None
    assert found.id_token is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("issue_number: github.context.issue.number", True, id="what started the run"),
        pytest.param("issue_number: number", False, id="any number"),
        pytest.param("context.issue.number; core.getInput('issue-number')", False, id="either"),
        pytest.param("context.payload; octokit.rest.issues.listForRepo()", False, id="those found"),
    ],
)
def test_what_a_comment_is_about(code: str, expected: bool) -> None:
    found = made({"index.js": HEAD + COMMENT + code})
    assert found is not None
    assert found.about_event is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("core.getInput('x')", False, id="it looks at no variable"),
        pytest.param("process.env.HOME", False, id="at another"),
        pytest.param("process.env['GITHUB_TOKEN']", True, id="at this one"),
        pytest.param("const { GITHUB_TOKEN } = process.env", True, id="taken out"),
        pytest.param("process.env[name]", True, id="at any"),
        pytest.param("import x from 'somebodys-helper'", True, id="a module may"),
    ],
)
def test_variables(code: str, expected: bool) -> None:
    files = {"index.js": code}
    names = ["GITHUB_TOKEN"]
    assert javascript_action.mentions(files.get, "", ("index.js",), names) is expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import " * 28_000, id="imports without end"),
        pytest.param("a." * 90_000, id="a chain without end"),
        pytest.param("x = y = " * 24_000, id="assignments"),
        pytest.param("octokit " * 24_000, id="clients"),
        pytest.param("request<" * 24_000, id="types"),
        pytest.param("a[" * 90_000, id="brackets"),
        pytest.param("import type " + "a " * 90_000, id="a long import"),
        pytest.param("paginate(" * 22_000, id="pages"),
        pytest.param(".rest " * 30_000, id="rests"),
        pytest.param("a" * 199_000, id="one word"),
        pytest.param(" " * 199_000, id="blanks"),
        pytest.param("const a: " * 22_000, id="declarations"),
    ],
)
def test_hostile_code_takes_no_time(text: str) -> None:
    start = time.process_time()
    made({"index.js": text, "package.json": '{"a": "ncc ' + "\\" * 90_000})
    assert time.process_time() - start < 1.5
