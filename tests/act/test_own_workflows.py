"""The project's workflows and its action, as others use them: run against a stand-in for GitHub."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.act.own import HOME, NONE, ROOT, Ended, Ops
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.oracles import tools

WORKFLOW = ".github/workflows/ci.yml"
SETTINGS = ".github/clearance-sweep.yml"
CHECKS = """\
on: pull_request
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
"""
SWEEP = "sweep:\n  organisations: [acme]\n  canaries: 0\n"
NEEDED = {"contents": "write", "pull_requests": "write", "workflows": "write", "metadata": "read"}
PARTS = {"shards": "2"}
TOKEN = "ghp_" + "a" * 36


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with GitHub() as running:
        running.repository(HOME, {"README.md": "# Ops\n"}, private=True)
        running.repository("acme/demo", {WORKFLOW: CHECKS}, private=True)
        yield running


@pytest.fixture
def ops(hub: GitHub, tmp_path: Path) -> Ops:
    return Ops(hub, tmp_path)


def repository(hub: GitHub, name: str) -> Repository:
    found = hub.world.find(name)[0]
    assert found is not None
    return found


def demo(hub: GitHub) -> Repository:
    return repository(hub, "acme/demo")


class Stored(NamedTuple):
    """What a repository's settings hold for its workflows."""

    secrets: Mapping[str, str] = NONE
    variables: Mapping[str, str] = NONE


def app(hub: GitHub, permissions: Mapping[str, str] = NEEDED) -> Stored:
    made = hub.app("acme", permissions)
    return Stored({"CLEARANCE_APP_KEY": made.private_key}, {"CLEARANCE_APP_ID": str(made.id)})


def run(ops: Ops, workflow: str, stored: Stored, **inputs: str) -> Ended:
    secrets, variables = stored
    return ops.run(workflow, inputs=inputs, secrets=secrets, variables=variables)


# ---- sweep.yml


def test_a_dry_night_and_one_that_is_not(hub: GitHub, ops: Ops) -> None:
    repositories = [demo(hub), hub.repository("acme/other", {WORKFLOW: CHECKS}, private=True)]
    ops.write({SETTINGS: SWEEP})
    stored = app(hub)

    dry = run(ops, "sweep", stored, **PARTS, **{"dry-run": "true"})
    assert dry.jobs == dict.fromkeys(("doctor", "scan", "publish"), "success"), dry.log
    assert [one.pulls for one in repositories] == [{}, {}]
    # The parts have shared the repositories out, and none was scanned twice.
    assert ops.kept("artifacts") == {"records-1", "records-2", "report"}
    assert _told(ops, "report") == ["acme/demo", HOME, "acme/other"]
    assert sorted(_told(ops, "records-1") + _told(ops, "records-2")) == _told(ops, "report")

    ran = run(ops, "sweep", stored, **PARTS)
    assert set(ran.jobs.values()) == {"success"}, ran.log
    assert [one.pull.state for one in repositories] == ["OPEN", "OPEN"]
    for journal in ("1-of-2", "2-of-2", "publish"):
        assert f"restored clearance-journal-{journal}-4711-1" in ran.log
    assert (ops.artifact("report") / "report.html").is_file()
    for body in _minted(hub):
        may_write = "write" in body["permissions"].values()
        assert len(body.get("repositories", ())) == 1 or not may_write


def test_a_part_that_failed_keeps_none_of_the_others_waiting(hub: GitHub, ops: Ops) -> None:
    for number in range(3):
        hub.repository(f"acme/r{number}", {WORKFLOW: CHECKS}, private=True)
    ops.write({SETTINGS: SWEEP})
    journal = ops.folder / "caches/clearance-journal-2-of-2-1-1/journal.sqlite"
    journal.parent.mkdir()
    journal.write_text("this is no journal")
    ran = run(ops, "sweep", app(hub), **PARTS)
    assert ran.jobs == {"doctor": "success", "scan": "failure", "publish": "failure"}, ran.log
    opened = {record["repository"] for record in _records(ops, "report") if record["pull"]}
    assert opened == {name for name in _told(ops, "records-1") if name != HOME}
    assert opened
    missing = {one["repository"] for one in _records(ops, "report") if one["state"] == "failed"}
    assert missing
    assert not missing & opened
    assert not any(repository(hub, name).pulls for name in missing)


def test_a_token_that_can_not_do_it_stops_the_sweep_before_it_begins(hub: GitHub, ops: Ops) -> None:
    ops.write({SETTINGS: SWEEP})
    stored = app(hub, {name: level for name, level in NEEDED.items() if name != "workflows"})
    ran = run(ops, "sweep", stored, **PARTS)
    assert ran.jobs["doctor"] == "failure"
    assert {ran.jobs.get(job, "skipped") for job in ("scan", "publish")} == {"skipped"}
    assert "lacks" in ran.log
    assert not hub.calls.where(lambda one: one.operation == "OwnerRepositories")


def test_a_schedule_without_settings_does_nothing(hub: GitHub, ops: Ops) -> None:
    ran = ops.run("sweep", "schedule")
    assert ran.jobs["doctor"] == "success"
    assert {ran.jobs.get(job, "skipped") for job in ("scan", "publish")} == {"skipped"}
    assert "there is nothing to sweep" in ran.log
    assert not hub.calls.lines()


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        pytest.param({"config": "no.yml"}, "no such settings file", id="settings-that-lack"),
        pytest.param({"shards": '1"]; touch x; ["'}, "from 1 to 99", id="no-number"),
    ],
)
def test_inputs_that_will_not_do(
    hub: GitHub, ops: Ops, inputs: Mapping[str, str], said: str
) -> None:
    ops.write({SETTINGS: SWEEP})
    ran = ops.run("sweep", inputs=inputs)
    assert ran.jobs["doctor"] == "failure"
    assert said in ran.log
    assert not hub.calls.lines()


def _records(ops: Ops, artifact: str) -> list[dict[str, str]]:
    lines = (ops.artifact(artifact) / "records.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _told(ops: Ops, artifact: str) -> list[str]:
    return sorted(record["repository"] for record in _records(ops, artifact))


def _minted(hub: GitHub) -> list[dict[str, dict[str, str]]]:
    found = hub.calls.where(lambda one: one.path.endswith("/access_tokens"))
    return [json.loads(one.request) for one in found]


# ---- fix-one.yml


def test_fix_one_opens_a_pull_request(hub: GitHub, ops: Ops) -> None:
    hub.token(TOKEN)
    ran = run(ops, "fix-one", _token(), repository="acme/demo")
    assert ran.jobs == {"fix": "success"}, ran.log
    assert demo(hub).pull.state == "OPEN"
    assert "Nothing is lacking" in ran.log
    assert ops.kept("artifacts") == {"report"}


def test_fix_one_takes_the_settings_and_can_be_dry(hub: GitHub, ops: Ops) -> None:
    hub.token(TOKEN)
    ops.write({SETTINGS: "branch: other/name\n"})
    ran = run(
        ops, "fix-one", _token(), repository="acme/demo", **{"dry-run": "true"}, config=SETTINGS
    )
    assert "acme/demo other/name: would be opened" in ran.log
    assert not demo(hub).pulls


@pytest.mark.parametrize("name", ["--help", "acme/demo\n--dry-run", "$(touch y)"])
def test_a_repositorys_name_is_nothing_else(hub: GitHub, ops: Ops, name: str) -> None:
    hub.token(TOKEN)
    ran = run(ops, "fix-one", _token(), repository=name)
    assert ran.jobs == {"fix": "failure"}, ran.log
    assert not hub.calls.lines()
    assert not list(ops.folder.rglob("y"))


def _token() -> Stored:
    return Stored({"CLEARANCE_TOKEN": TOKEN})


# ---- action.yml

USING = f"""\
on: pull_request
jobs:
  test:
    runs-on: ubuntu-24.04
    env:
      GH_TOKEN: {TOKEN}
      GITHUB_TOKEN: {TOKEN}
    steps:
      - uses: actions/checkout@v4
      - id: clearance
        continue-on-error: true
        uses: ./
        with: INPUTS
      - shell: bash
        env:
          CODE: ${{{{ steps.clearance.outputs.exit-code }}}}
          REPORT: ${{{{ steps.clearance.outputs.report }}}}
        run: |
          echo "code=$CODE"
          sed 's/^/kept: /' "$REPORT/output.txt"
"""


def using(ops: Ops, **inputs: str) -> str:
    """The log of a job that uses the action, and tells what came out of it."""
    ops.write({WORKFLOW: USING.replace("INPUTS", json.dumps(inputs))})
    return ops.run("ci", "pull_request").log


def test_the_readmes_job_checks_a_pull_request(ops: Ops) -> None:
    found = re.search(r"```yaml\n(on: pull_request\n.*?)```", _readme(), re.DOTALL)
    assert found is not None
    workflow = found[1].replace("OWNER/clearance@COMMIT", "./")
    ops.write({WORKFLOW: workflow, ".github/workflows/other.yml": CHECKS})
    ran = ops.run("ci", "pull_request")
    assert ran.jobs == {"clearance": "failure"}
    assert re.findall(r"^::warning file=([^,]+)", ran.log, re.MULTILINE) == [
        ".github/workflows/other.yml"
    ], ran.log


def test_arguments_are_lines_and_nothing_more(ops: Ops) -> None:
    ops.write({"a b/.github/workflows/x.yml": CHECKS})
    log = using(ops, format="text", arguments="a b\n\n$(touch y)\n*")
    assert "clearance: $(touch y): it can't be read" in log
    assert "clearance: *: it can't be read" in log
    assert "code=2" in log
    assert "kept: a b/.github/workflows/x.yml" in log


def test_the_tokens_of_the_environment_do_not_count(hub: GitHub, ops: Ops) -> None:
    hub.token(TOKEN)
    assert "There is no token" in using(ops, command="doctor")
    assert "code=0" in using(ops, command="doctor", token=TOKEN)


def _readme() -> str:
    return (ROOT / "README.md").read_text("utf-8")


# ---- what linters say of them


def test_the_action_has_no_finding_of_zizmor() -> None:
    command = (
        *(str(Path(sys.executable).with_name("zizmor")), "--offline", "--no-config", "--quiet"),
        *("--persona", "auditor", "--format", "json", "action.yml"),
    )
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("github-actions", ["action.yml"]),
        ("github-workflows", sorted(map(str, ROOT.glob(".github/workflows/*.yml")))),
    ],
    ids=["action", "workflows"],
)
def test_they_fit_the_schemas(kind: str, files: list[str]) -> None:
    command = str(Path(sys.executable).with_name("check-jsonschema"))
    schema = ("--builtin-schema", f"vendor.{kind}")
    done = subprocess.run((command, *schema, *files), cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_the_workflows_have_no_finding_of_actionlint(tmp_path: Path) -> None:
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    shutil.copy(ROOT / "action.yml", tmp_path)
    # Else actionlint looks for no action in the folder.
    subprocess.run(("git", "init", "--quiet"), cwd=tmp_path, check=True)
    assert tools.actionlint(tmp_path) == {}


def test_each_action_is_pinned_to_one_commit() -> None:
    workflows = [path.read_text("utf-8") for path in ROOT.glob(".github/workflows/*.yml")]
    shown = _readme().partition("## In GitHub Actions")[2].replace("OWNER/", "./")
    texts = [*workflows, shown]
    used = [re.findall(r"uses: +(?!\./)(\S+?)((?:/\w+)?)@(.*)", text) for text in texts]
    pins = {(name, pin) for one in used for name, _, pin in one}
    assert all(re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", pin) for _, pin in pins)
    assert len(pins) == len({name for name, _ in pins})
