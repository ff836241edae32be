"""Broken, hostile and huge input: it costs its own report line, little time, and nothing more."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.analysis import FileReport, analyse
from bot.files import Checkout, FilesError
from bot.permissions.evidence import Doubt
from bot.permissions.world import World
from bot.remedies import Verdict
from bot.remedies.rules import Rules

_HOME = ".github/workflows"
_PATH = f"{_HOME}/x.yml"
_GOOD = b"on: push\njobs:\n  a:\n    runs-on: b\n    steps:\n      - uses: actions/checkout@v4\n"
_SECONDS = 5
"""Of CPU time for one file; all of these take less than half of it, or for ever."""


class _Files:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def read(self, path: str) -> str | None:
        return self.texts.get(path)

    def workflows(self) -> tuple[str, ...]:
        return tuple(sorted(path for path in self.texts if path.startswith(_HOME)))


def _judge(text: str, others: Mapping[str, str] | None = None) -> FileReport:
    began = time.process_time()
    files = _Files({_PATH: text, **(others or {})})
    report = analyse(World(files), _PATH, text.encode(), Rules())
    assert time.process_time() - began < _SECONDS
    return report


def _steps(*lines: str) -> str:
    return _GOOD.decode() + "".join(f"      {line}\n" for line in lines)


_BOMB = (
    "a0: &a0 ["
    + "x," * 500_000
    + "]\n"
    + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))
)
_BAD_FILES = {
    "empty": b"",
    "broken": b"on: [push\n",
    "not-utf-8": b"on: push # \xff",
    "nul-bytes": b"\0" * 1_000,
    "lone-surrogate": b"on: push # \xed\xa0\x80\n",
    "alias-bomb": _BOMB.encode(),
    "too-large": b"#" * 3_000_000,
    "brackets": b"[" * 100_000,
    "dashes": b"- " * 100_000,
    "no-workflow": b"{}",
}


@pytest.mark.parametrize("data", _BAD_FILES.values(), ids=_BAD_FILES)
def test_a_bad_file_costs_its_own_line(tmp_path: Path, data: bytes) -> None:
    home = tmp_path / _HOME
    home.mkdir(parents=True)
    for number in range(5):
        (home / f"{number}.yml").write_bytes(_GOOD)
    (home / "2.yml").write_bytes(data)
    checkout = Checkout(tmp_path)
    world = World(checkout)
    began = time.process_time()
    reports = [analyse(world, p, checkout.read_bytes(p), Rules()) for p in checkout.workflows()]
    assert time.process_time() - began < 1
    assert [report.changed for report in reports] == [True, True, False, True, True]
    assert reports[2].problem


@pytest.mark.parametrize("kind", ["folder", "pipe", "link-out", "link-to-itself"])
def test_what_is_no_file_is_not_read(tmp_path: Path, kind: str) -> None:
    home = tmp_path / "checkout" / _HOME
    home.mkdir(parents=True)
    (tmp_path / "outside.yml").write_bytes(_GOOD)
    bad = home / "x.yml"
    match kind:
        case "folder":
            bad.mkdir()
        case "pipe":
            os.mkfifo(bad)
        case "link-out":
            bad.symlink_to(tmp_path / "outside.yml")
        case _:
            bad.symlink_to("x.yml")
    checkout = Checkout(tmp_path / "checkout")
    assert checkout.workflows() == (_PATH,)
    with pytest.raises(FilesError):
        checkout.read_bytes(_PATH)


def _composite(*uses: str) -> str:
    steps = "".join(f"    - uses: ./{one}\n" for one in uses)
    return f"name: a\ndescription: a\nruns:\n  using: composite\n  steps:\n{steps}"


def _caller(uses: str, jobs: int) -> str:
    body = "".join(f"  j{n}:\n    uses: ./{_HOME}/{uses}\n" for n in range(jobs))
    return f"on: [push, workflow_call]\njobs:\n{body}"


def _require(file: str, times: int) -> str:
    calls = f"  await require('./{file}')({{ github, context }});\n" * times
    return f"module.exports = async ({{ github, context }}) => {{\n{calls}}};\n"


_REQUIRE_FIRST = _steps(
    "- uses: actions/github-script@v7",
    "  with:",
    "    script: |",
    "      await require('./0.js')({ github, context });",
)
# What starts itself or one another; twenty times each, so that ten levels are 20^10.
_CIRCLES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "workflow-that-calls-itself": (_caller("x.yml", 20), {}),
    "workflows-that-call-one-another": (
        _caller("0.yml", 20),
        {f"{_HOME}/{n}.yml": _caller(f"{n + 1}.yml", 20) for n in range(12)},
    ),
    "composite-that-uses-itself": (
        _steps("- uses: ./a"),
        {"a/action.yml": _composite(*["a"] * 20)},
    ),
    "composites-that-use-one-another": (
        _steps("- uses: ./a0"),
        {f"a{n}/action.yml": _composite(*[f"a{n + 1}"] * 20) for n in range(12)},
    ),
    "script-that-starts-others": (
        _steps("- run: ./0.sh"),
        {f"{n}.sh": f"./{n + 1}.sh\n" * 20 for n in range(12)},
    ),
    "make-targets-that-make-others": (
        _steps("- run: make t0"),
        {"Makefile": "".join(f"t{n}:\n" + f"\tmake t{n + 1}\n" * 20 for n in range(12))},
    ),
    "package-scripts-that-run-others": (
        _steps("- run: npm run t0"),
        {
            "package.json": '{"scripts": {'
            + ",".join(f'"t{n}": "{f"npm run t{n + 1};" * 20}"' for n in range(12))
            + "}}"
        },
    ),
    "javascript-that-loads-others": (
        _REQUIRE_FIRST,
        {f"{n}.js": _require(f"{n + 1}.js", 20) for n in range(12)},
    ),
    "javascript-that-loads-itself": (_REQUIRE_FIRST, {"0.js": _require("0.js", 20)}),
    "one-script-started-often": (
        _steps("- run: |", *["    ./0.sh"] * 10_000),
        {"0.sh": "echo hello\n" * 1_000},
    ),
    "all-targets-of-a-large-makefile": (
        _steps("- run: make " + " ".join(f"t{n}" for n in range(2_000))),
        {
            "Makefile": "all: "
            + " ".join(f"t{n}" for n in range(2_000))
            + "".join(f"\nt{n}: all\n\techo" for n in range(2_000))
        },
    ),
    "thousands-of-steps-that-set-variables": (
        _steps(*[f'- run: echo "A{n}=x" >> $GITHUB_ENV' for n in range(4_000)]),
        {},
    ),
}


@pytest.mark.parametrize(("text", "others"), _CIRCLES.values(), ids=_CIRCLES)
def test_what_has_no_end_is_unknown(text: str, others: Mapping[str, str]) -> None:
    report = _judge(text, others)
    assert not report.changed
    assert {decision.verdict for decision in report.decisions} == {Verdict.UNDECIDED}
    doubts = {unknown.doubt for d in report.decisions for unknown in d.needs.unknowns}
    assert Doubt.SIZE in doubts


def test_script_that_starts_itself() -> None:
    assert _judge(_steps("- run: ./0.sh"), {"0.sh": "./0.sh\n" * 20}).changed


_MULTIPLIED = [f"A{n}: " + f"${{{{ env.A{n - 1} }}}}" * 50 for n in range(1, 30)]
_THREE_LEVELS = "".join(
    [
        "on: push\nenv:\n  A0: ${{ github.sha }}\n",
        *(f"  {line}\n" for line in _MULTIPLIED),
        "jobs:\n  a:\n    runs-on: b\n    env:\n",
        *(f"      {line}\n" for line in _MULTIPLIED),
        "    steps:\n      - env:\n",
        *(f"          {line}\n" for line in _MULTIPLIED),
        '        run: |\n          echo "$A29" "${{ env.A29 }}"\n        if: env.A29 != env.A28\n',
    ]
)


def test_variables_that_multiply_at_three_levels() -> None:
    assert _judge(_THREE_LEVELS).changed


def test_inputs_that_multiply_through_composites() -> None:
    others = {
        f"a{n}/action.yml": "inputs: {x: {}}\nruns:\n  using: composite\n  steps:\n"
        f"    - uses: ./a{n + 1}\n      if: inputs.x != 'a'\n      with:\n"
        f"        x: {'${{ inputs.x }}' * 20}\n"
        for n in range(8)
    }
    others["a8/action.yml"] = (
        "inputs: {x: {}}\nruns:\n  using: composite\n  steps:\n"
        "    - run: git push ${{ inputs.x }}\n      shell: bash\n"
    )
    report = _judge(_steps("- uses: ./a0", "  with: {x: '${{ github.sha }}a'}"), others)
    assert report.decisions[0].needs.grants == {"contents": "write"}


_LARGE_SCRIPTS = {
    "variables-that-refer-ahead": "".join(f'V{n}="$V{n + 1}$V{n + 2}"\n' for n in range(6_000)),
    "variables-that-refer-back": "V=$T\n"
    + "".join(f'export V{n + 1}="$V{n}$V{n}"\n' for n in range(6_000)),
    "more-than-is-read": "".join(f'V{n}="$V{n + 1}"\n' for n in range(50_000)),
    "one-variable-set-often": "A=1\n" * 49_000,
    "variable-and-command-in-turn": "export GH_TOKEN=a\ngh api a\n" * 7_000,
    "commands": "git push\n" * 20_000,
    "one-long-line": "echo " + "a " * 90_000,
    "one-long-word": "echo " + "a" * 190_000,
    "open-quotes": "echo '" * 30_000,
    "nested-substitutions": "$(" * 20_000,
    "nested-braces": "{ " * 20_000,
    "backslashes": "\\" * 100_000,
}


@pytest.mark.parametrize("script", _LARGE_SCRIPTS.values(), ids=_LARGE_SCRIPTS)
def test_large_scripts_of_a_step(script: str) -> None:
    lines = [f"    {line}" for line in script.splitlines()]
    assert _judge(_steps("- run: |", *lines)).problem == ""


@pytest.mark.parametrize("script", _LARGE_SCRIPTS.values(), ids=_LARGE_SCRIPTS)
def test_large_scripts_of_the_repository(script: str) -> None:
    assert _judge(_steps("- run: ./0.sh"), {"0.sh": script}).problem == ""


def test_thousands_of_jobs() -> None:
    jobs = [
        f"  j{n}:\n    needs: [{f'j{n - 1}' if n else ''}]\n    runs-on: b\n"
        "    steps: [{run: echo}]\n"
        for n in range(3_000)
    ]
    assert _judge("on: push\njobs:\n" + "".join(jobs)).changed


def test_long_lines_in_a_banner() -> None:
    text = _GOOD.decode()
    assert _judge(
        f"# do not edit {'a' * 1_000_000}\n# do not edit {'a/' * 100_000}\n{text}"
    ).changed


@pytest.mark.parametrize("condition", ["(" * 5_000 + "true" + ")" * 5_000, "!" * 5_000 + "a"])
def test_conditions_that_nest(condition: str) -> None:
    assert _judge(_steps("- run: echo", f"  if: '{condition}'")).problem == ""


def test_names_from_the_workflow_stay_on_one_line_of_a_comment() -> None:
    called = "on: workflow_call\njobs:\n  a:\n    permissions: {contents: write}\n    steps: []\n"
    text = 'on: push\njobs:\n  a:\n    uses: "./.github/workflows/a\\n  b: c.yml"\n'
    report = _judge(text, {f"{_HOME}/a\n  b: c.yml": called})
    assert report.problem == ""
    assert report.changed
