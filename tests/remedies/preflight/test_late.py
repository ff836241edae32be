"""What is late: only what comes behind something that takes its time is worth a probe."""

import pytest

from tests.remedies.preflight.support import MAKE, RELEASE, alone, job, see, workflow

_CHECKOUT = "- uses: actions/checkout@v4"
_CALLED = {".github/workflows/y.yml": "on: workflow_call\njobs: {a: {runs-on: x, steps: []}}\n"}


def _behind(*steps: str, keys: str = "") -> str:
    return workflow(job("first", *steps), job("a", RELEASE, keys=f"needs: first\n{keys}"))


_STEPS = {
    "nothing": ([], False),
    "checkout": ([_CHECKOUT], False),
    "setup": (["- uses: actions/setup-go@v5"], False),
    "login": (["- uses: docker/login-action@v3"], False),
    "download-of-artifacts": (["- uses: actions/download-artifact@v4"], False),
    "action-with-nothing-but-its-owners-name": (["- uses: cache/build@v1"], True),
    "action-that-says-nothing-of-itself": (["- uses: docker/build-push-action@v6"], True),
    "word-inside-of-another": (["- uses: a/tagger@v1"], True),
    "action-in-a-folder": (["- uses: a/b/setup@v1"], False),
    "local-action": (["- uses: ./setup"], True),
    "container-action": (["- uses: docker://alpine"], True),
    "action-of-this-repository-by-its-sign": (["- uses: $/setup"], True),
    "commands-that-look": (["- run: cat x | grep y && git tag v1"], False),
    "command-with-a-path": (["- run: /usr/bin/cat x"], False),
    "command-of-windows": (["- run: git.exe tag v1"], False),
    "build": ([MAKE], True),
    "builder-that-looks": (["- run: npm version 1.0.0"], False),
    "builder-that-builds": (["- run: npm ci"], True),
    "builder-without-a-word": (["- run: npm"], True),
    "login-by-docker": (["- run: docker login ghcr.io"], False),
    "script-of-the-repository": (["- run: ./build.sh"], True),
    "function-that-looks": (["- run: |\n    f() { cat x; }\n    f"], False),
    "function-that-builds": (["- run: |\n    f() { make; }\n    f"], True),
    "build-in-a-condition": (["- run: if true; then make; fi"], True),
    "shell-that-is-not-read": (["- run: print(1)\n  shell: python"], True),
    "shell-by-an-expression": (["- run: cat x\n  shell: ${{ matrix.shell }}"], False),
    "script-that-is-none": (["- run: if ("], True),
    "own-probe": (["- run: |\n    # Clearance preflight probe: refs\n    make"], False),
    "sleep": (["- run: sleep 9"], False),
    "nothing-to-do": (["- name: x"], False),
}


_LOOKS = {
    "docker": "login tag pull version info images inspect",
    "npm": "version config view whoami pkg --version",
    "yarn": "config --version",
    "cargo": "metadata login --version pkgid",
    "helm": "registry package push version lint",
    "node": "-p -e --version",
    "python": "-c --version",
    "python3": "-c --version",
    "go": "version env",
    "rustup": "show",
    "twine": "upload check",
}


@pytest.mark.parametrize(
    "command", [f"{program} {word}" for program in _LOOKS for word in _LOOKS[program].split()]
)
def test_programs_that_build_but_not_with_these_words(command: str) -> None:
    assert see(alone(f"- run: {command} x", RELEASE)).outcome == "QUICK"


@pytest.mark.parametrize("program", _LOOKS)
def test_programs_that_build(program: str) -> None:
    assert see(alone(f"- run: {program} x", RELEASE)).outcome != "QUICK"


@pytest.mark.parametrize(("steps", "late"), _STEPS.values(), ids=_STEPS)
def test_steps_before_it(steps: list[str], late: bool) -> None:
    assert (see(alone(*steps, RELEASE)).reasons == ["QUICK"]) is not late


@pytest.mark.parametrize(("steps", "late"), _STEPS.values(), ids=_STEPS)
def test_jobs_before_it(steps: list[str], late: bool) -> None:
    if steps:
        assert (see(_behind(*steps)).reasons == ["QUICK"]) is not late


def test_what_comes_behind_it_does_not_count() -> None:
    assert see(alone(RELEASE, MAKE)).outcome == "QUICK"


def test_a_probe_of_its_own_takes_no_time() -> None:
    seen = see(alone(MAKE, RELEASE))
    kept = [line for line in seen.report.after.splitlines() if line.strip() != "- run: make"]
    text = "\n".join(kept) + "\n"
    assert see(text).outcome == "QUICK"


def test_a_job_behind_one_that_is_behind_a_build() -> None:
    text = workflow(
        job("build", MAKE),
        job("look", "- run: cat x", keys="needs: build"),
        job("a", RELEASE, keys="needs: look"),
    )
    assert see(text).outcome == "ENTRY_JOB build"


def test_a_job_behind_a_called_workflow() -> None:
    text = workflow(
        "first:\n  uses: ./.github/workflows/y.yml",
        job("a", RELEASE, keys="needs: first"),
        top="",
    )
    assert see(text, files=_CALLED).outcome == "OWN_JOB"


def test_a_quick_job_and_a_build_of_its_own() -> None:
    text = workflow(job("first", _CHECKOUT), job("a", MAKE, RELEASE, keys="needs: first"))
    assert see(text).outcome == "SAME_JOB a"


def test_a_job_beside_it_does_not_count() -> None:
    assert see(workflow(job("beside", MAKE), job("a", RELEASE))).outcome == "QUICK"
