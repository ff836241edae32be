"""What takes its time in a workflow: only behind that is a probe worth its lines."""

from __future__ import annotations

import re
from functools import lru_cache

from bot import probes
from bot.scripts import shell
from bot.workflow.graph import Graph
from bot.workflow.model import Job, Step, Workflow

# Words in the name of an action (behind its owner) that say that it prepares, looks or logs in,
# which takes seconds. An action that says none of them is taken to build.
_QUICK_ACTION = re.compile(
    r"(?:^|[-_/])(?:checkout|cache|setup|login|auth|configure|config|credentials|metadata|meta"
    r"|artifacts?|harden-runner|token|gpg|ssh|key|version|semver|changelog|tag|latest|filter"
    r"|changed|files|labeler|secrets?|vault|qemu|buildx|installer|toolchain|comment|slug|regex"
    r"|env|variables?|vars|info|get|find|read|check|wait|sha|ref|branch|permissions?|github-script"
    r"|release|release-action|gh-release|release-drafter|import|freedisk|free-disk-space)"
    r"(?:$|[-_/@])",
    re.IGNORECASE,
)
_QUICK_COMMANDS = frozenset(
    """
    7z [ [[ add-content alias awk base64 basename bc break builtin cat cd chmod chown cmp comm
    command compress-archive continue copy copy-item cp curl cut date declare del df diff dir
    dirname du echo egrep env envsubst eval exec exit expand-archive export expr false fgrep
    file find for function get-childitem get-content get-filehash gh git gpg grep gunzip gzip
    hash head hostname id invoke-webrequest join- jq kill let ln local ls mapfile md5sum mkdir
    mktemp move move-item mv new-item nproc openssl out-file paste path popd printenv printf
    pushd pwd read readarray readlink realpath remove-item ren rename rev rm rmdir sed select-
    string seq set set-content set-location sha1sum sha256sum sha512sum shasum shift shopt sleep
    sort source split stat tac tail tar tee test test-path timeout touch tr trap true type
    ulimit umask uname uniq unlink unset unxz unzip uuidgen wc wget whereis which while whoami
    write-host write-output xargs xz yq zip zstd
    """.split()  # noqa: SIM905 - a list of them would be a page
)
# A program that builds, but not with these words: they look, or log in.
_QUICK_WORDS = {
    "docker": frozenset({"login", "tag", "pull", "version", "info", "images", "inspect"}),
    "npm": frozenset({"version", "config", "view", "whoami", "pkg", "--version"}),
    "yarn": frozenset({"config", "--version"}),
    "cargo": frozenset({"metadata", "login", "--version", "pkgid"}),
    "helm": frozenset({"registry", "package", "push", "version", "lint"}),
    "node": frozenset({"-p", "-e", "--version"}),
    "python": frozenset({"-c", "--version"}),
    "python3": frozenset({"-c", "--version"}),
    "go": frozenset({"version", "env"}),
    "rustup": frozenset({"show"}),
    "twine": frozenset({"upload", "check"}),
}


def takes_time(step: Step) -> bool:
    """Whether a step may take more than seconds: it builds, tests, installs, or can't be told."""
    if step.uses is not None:
        reference = step.uses.text.partition("@")[0]
        local = reference.startswith((".", "docker://", "$/"))
        return local or not _QUICK_ACTION.search(reference.partition("/")[2])
    if step.run is not None and not probes.is_signed(step.run.text):
        return _script_takes_time(step.run.text, step.shell.text if step.shell else "")
    return False


@lru_cache(maxsize=512)
def _script_takes_time(text: str, name: str) -> bool:
    found = shell.read(text, "bash" if "${{" in name else name)
    if isinstance(found, shell.UnreadShell) or not found.sound:
        return True
    return any(
        not _is_quick(command)
        for command in found.commands
        if command.words[0].text not in found.functions
    )


def _is_quick(command: shell.Command) -> bool:
    program = command.words[0].text.rpartition("/")[2].removesuffix(".exe").lower()
    second = command.words[1].text if len(command.words) > 1 else ""
    return program in _QUICK_COMMANDS or second in _QUICK_WORDS.get(program, ())


def slow_job(job: Job) -> bool:
    """Whether a job takes its time; one that calls a workflow is taken to."""
    return job.calls is not None or any(map(takes_time, job.steps))


def behind_jobs(graph: Graph, job: str) -> bool:
    """Whether a job waits for others that take their time."""
    return any(slow_job(graph.jobs[one]) for one in graph.ancestors(job))


def first_slow(job: Job, before: int) -> int | None:
    """The index of the first step before ``before`` that takes its time; None if none does."""
    return next((s.index for s in job.steps[:before] if takes_time(s)), None)


def is_late(workflow: Workflow, graph: Graph, job: str, step: int) -> bool:
    """Whether a step comes behind something that takes its time."""
    own = workflow.job(job)
    return own is not None and (behind_jobs(graph, job) or first_slow(own, step) is not None)
