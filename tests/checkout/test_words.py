"""What git and GitHub say, and what it is taken for."""

from __future__ import annotations

import pytest
from git.exc import GitCommandError

from bot.forge.errors import (
    BadToken,
    ForgeError,
    Here,
    Invalid,
    Limited,
    NotFound,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from bot.forge.gitwords import error
from bot.forge.refusals import (
    Archived,
    BaseMissing,
    LeaseLost,
    Lost,
    ProtectedBranch,
    PushRefused,
    WorkflowsRefused,
)

_URL = "https://github.com/o/r/"
_DOING = "to create or update workflow `.github/workflows/a.yml` without"
_TO = "To https://github.com/o/r\n!\t1:refs/heads/x\t"
_403 = f"fatal: unable to access '{_URL}': The requested URL returned error: 403\n"


def _error(during: str, stderr: str, stdout: str = "") -> ForgeError:
    return error(GitCommandError(["git", during], 128, stderr.encode(), stdout.encode()), during)


@pytest.mark.parametrize(
    ("status", "remote", "kind"),
    [
        ("[rejected] (stale info)", "", LeaseLost),
        ("[rejected] (fetch first)", "", LeaseLost),
        ("[rejected] (non-fast-forward)", "", LeaseLost),
        ("[remote rejected] (cannot lock ref 'refs/heads/x': is at 1 but 2)", "", LeaseLost),
        ("[remote rejected] (failed to update ref)", "", LeaseLost),
        ("[remote rejected] (incorrect old value provided)", "", LeaseLost),
        (
            "[remote rejected] (failed to update ref)",
            "error: cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create x",
            PushRefused,
        ),
        ("[remote rejected] (shallow update not allowed)", "", BaseMissing),
        ("[remote rejected] (missing necessary objects)", "", BaseMissing),
        (
            f"[remote rejected] (refusing to allow a GitHub App {_DOING} `workflows` permission)",
            "",
            WorkflowsRefused,
        ),
        (
            f"[remote rejected] (refusing to allow an OAuth App {_DOING} `workflow` scope)",
            "",
            WorkflowsRefused,
        ),
        (
            "[remote rejected] (protected branch hook declined)",
            "error: GH006: Protected branch update failed for refs/heads/x.",
            ProtectedBranch,
        ),
        (
            "[remote rejected] (push declined due to repository rule violations)",
            "error: GH013: Repository rule violations found for refs/heads/x.",
            ProtectedBranch,
        ),
        ("[remote rejected] (pre-receive hook declined)", "stale info, [rejected]", PushRefused),
        ("[remote rejected] (pre-receive hook declined)", "certificate, 401, 404", PushRefused),
    ],
)
def test_why_a_branch_was_not_moved(status: str, remote: str, kind: type[ForgeError]) -> None:
    stderr = f"remote: {remote}\nerror: failed to push some refs to '{_URL}'\n"
    assert type(_error("push", stderr, f"{_TO}{status}\nDone\n")) is kind


@pytest.mark.parametrize(
    ("during", "stderr", "kind"),
    [
        ("push", f"remote: Permission to o/r.git denied to ada.\n{_403}", Refused),
        (
            "push",
            f"remote: This repository was archived so it is read-only.\n{_403}",
            Archived,
        ),
        ("clone", f"remote: Write access to repository not granted.\n{_403}", Refused),
        ("clone", f"remote: The 'o' organization has enforced SAML SSO.\n{_403}", Refused),
        ("clone", f"remote: Access to this repository has been disabled.\n{_403}", Refused),
        ("clone", f"remote: You have exceeded a secondary rate limit.\n{_403}", Limited),
        ("clone", f"remote: Repository not found.\nfatal: repository '{_URL}' not found", NotFound),
        ("clone", "fatal: couldn't find remote ref refs/heads/main", NotFound),
        ("fetch", f"fatal: remote error: upload-pack: not our ref {'1' * 40}", NotFound),
        ("clone", f"fatal: Authentication failed for '{_URL}'", BadToken),
        ("clone", f"fatal: could not read Username for '{_URL}': disabled", BadToken),
        ("clone", _403.replace("403", "429"), Limited),
        ("clone", _403.replace("403", "502"), Lost),
        ("clone", _403.replace("403", "400"), Unreachable),
        ("push", _403.replace("403", "502"), Unreachable),
        ("clone", f"fatal: unable to access '{_URL}': Could not resolve host: x", Lost),
        ("clone", f"fatal: unable to access '{_URL}': SSL certificate problem: x", Unreachable),
        (
            "clone",
            f"fatal: unable to access '{_URL}': OpenSSL SSL_connect: Connection reset by peer",
            Lost,
        ),
        (
            "clone",
            f"fatal: unable to access '{_URL}': Operation too slow. Less than 1 bytes/sec",
            Unreachable,
        ),
        ("fetch", "error: RPC failed; curl 28 Operation too slow\nfatal: early EOF", Unreachable),
        ("clone", "error: RPC failed; curl 56\nfatal: early EOF", Lost),
        ("clone", "fatal: early EOF\nfatal: fetch-pack: invalid index-pack output", Lost),
        ("clone", "fatal: expected 'packfile'", Lost),
        ("clone", "fatal: expected 'packfile', received '?'", Invalid),
        ("clone", "fatal: remote error: early EOF", Invalid),
        ("clone", "remote: \x0bfatal: early EOF\nfatal: something new", Invalid),
        ("clone", "fatal: write error: No space left on device\nfatal: early EOF", Here),
        ("clone", "error: cannot update ref 'refs/heads/x': couldn't write '/x/y.lock'", Here),
        ("clone", "fatal: Unable to create '/x/shallow.lock': Permission denied", Here),
        ("clone", "fatal: remote error: No space left on device", Invalid),
        ("push", "error: RPC failed; HTTP 502 curl 22\nfatal: hung up", OutcomeUnknown),
        ("push", f"fatal: unable to access '{_URL}': Failed to connect", Unreachable),
        ("push", f"fatal: unable to read {'1' * 40}\nfatal: hung up", BaseMissing),
        ("clone", "fatal: index-pack died of signal 25", Invalid),
        ("clone", "fatal: something new", Invalid),
        ("push", "", PushRefused),
    ],
)
def test_why_nothing_came_of_it(during: str, stderr: str, kind: type[ForgeError]) -> None:
    assert type(_error(during, stderr)) is kind


def test_the_right_that_workflow_files_need() -> None:
    status = "[remote rejected] (refusing to allow a bot to create or update workflow `a`)"
    refused = _error("push", "", f"{_TO}{status}\n")
    assert isinstance(refused, WorkflowsRefused)
    assert refused.accepted == "workflows=write"


def test_a_server_s_words_can_do_nothing() -> None:
    status = "[remote rejected] (\x1b[2J::error::\u202e##[group] " + "x" * 5000
    message = str(_error("push", "", f"{_TO}{status}\n"))
    assert message.isprintable()
    assert "##[" not in message
    assert len(message) < 400


def test_a_great_many_words_are_read_fast() -> None:
    flood = "remote: refusing to allow " * 1_000_000
    assert isinstance(_error("push", flood), PushRefused)
