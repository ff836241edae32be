"""Other people's tools, each as one function: a folder of workflow files → its findings.

A finding names no line, since a rewrite moves lines; its place is the path of keys, where the tool
tells it.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.oracles import support


class Finding(NamedTuple):
    """What a tool says about a file.

    Attributes:
        path: of the file in the folder, with forward slashes.
        place: the path of keys, dotted; empty where the tool gives lines only.
    """

    path: str
    rule: str
    place: str
    message: str


Tool = Callable[[Path], Counter[Finding]]

_ZIZMOR_EXITS = (0, 11, 12, 13, 14)
"""Nothing found, and the highest severity of what was found."""
_LINES = re.compile(r"\bline:? ?\d+(?:, ?col(?:umn)?:? ?\d+)?")


def workflows(folder: Path) -> list[str]:
    """The workflow files of all repositories in a folder, sorted."""
    found = folder.glob("**/.github/workflows/*.y*ml")
    return sorted(path.relative_to(folder).as_posix() for path in found)


def zizmor(folder: Path) -> Counter[Finding]:
    """Every audit of zizmor that needs no network."""
    return _zizmor(folder, workflows(folder))


def _zizmor(folder: Path, names: list[str]) -> Counter[Finding]:
    command = (
        _program("zizmor"),
        *("--offline", "--no-config", "--quiet", "--strict-collection"),
        *("--persona", "auditor", "--format", "json", "--", *names),
    )
    try:
        output = _output(*command, folder=folder, may_exit=_ZIZMOR_EXITS)
    except AssertionError:
        # One file that it can't read, and it says nothing about any of them.
        if len(names) == 1:
            return Counter([Finding(names[0], "refused", "", "")])
        half = len(names) // 2
        return _zizmor(folder, names[:half]) + _zizmor(folder, names[half:])
    return Counter(
        Finding(
            Path(where["symbolic"]["key"]["Local"]["verbatim_path"]).as_posix(),
            found["ident"],
            ".".join(str(next(iter(key.values()))) for key in where["symbolic"]["route"]["route"]),
            where["symbolic"]["annotation"],
        )
        for found in json.loads(output)
        for where in found["locations"]
        if where["symbolic"]["kind"] == "Primary"
    )


def actionlint(folder: Path) -> Counter[Finding]:
    """Every check of actionlint that needs no other program."""
    output = _output(
        _program("actionlint"),
        *("-format", "{{json .}}", "-shellcheck=", "-pyflakes=", "--", *workflows(folder)),
        folder=folder,
        may_exit=(0, 1),
    )
    return Counter(
        Finding(found["filepath"], found["kind"], "", _LINES.sub("line", found["message"]))
        for found in json.loads(output)
    )


def schema(folder: Path) -> Counter[Finding]:
    """The JSON Schema of workflows that comes with check-jsonschema."""
    output = _output(
        _program("check-jsonschema"),
        *("--builtin-schema", "vendor.github-workflows", "--output-format", "json"),
        *workflows(folder),
        folder=folder,
        may_exit=(0, 1),
    )
    return Counter(_schema_findings(json.loads(output)))


def _schema_findings(report: Any) -> Iterator[Finding]:
    for found in report["errors"]:
        best = found.get("best_deep_match") or found
        yield Finding(found["filename"], best["path"], found["path"], _short(best["message"]))
    for found in report.get("parse_errors", ()):
        yield Finding(found["filename"], "parse", "", _LINES.sub("line", found["message"]))


def _short(message: str) -> str:
    """A message without what it quotes: a whole job, which a rewrite is there to change."""
    return message[-60:]


def parser(folder: Path) -> Counter[Finding]:
    """GitHub's own reader of workflows, from the npm package ``@actions/workflow-parser``."""
    package = support.package("workflow-parser")
    names = workflows(folder)
    # newline="": line ends as they are in the file
    files = [(name, (folder / name).open(encoding="utf-8", newline="").read()) for name in names]
    script = Path(__file__).with_name("parser.mjs")
    output = _output("node", str(script), str(package), folder=folder, stdin=json.dumps(files))
    return Counter(
        Finding(name, "error", "", message)
        for name, messages in zip(names, json.loads(output), strict=True)
        for message in messages
    )


TOOLS: Mapping[str, Tool] = {
    "zizmor": zizmor,
    "actionlint": actionlint,
    "check-jsonschema": schema,
    "workflow-parser": parser,
}


def _program(name: str) -> str:
    """A program of the environment that runs the tests, whether that is activated or not."""
    return str(Path(sys.executable).with_name(name))


def _output(*command: str, folder: Path, stdin: str = "", may_exit: Container[int] = (0,)) -> str:
    run = subprocess.run(
        command,
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert run.returncode in may_exit, f"{command[0]}: {run.returncode}: {run.stderr[-2000:]}"
    return run.stdout
