"""Failed runs and settings, as far as they can be read."""

from __future__ import annotations

from typing import Any

import pytest

from bot.facts_forge import EarlierRun, FailedRun
from bot.forge import history
from bot.forge.errors import ForgeError, Limited, NotFound, Refused, Unreachable
from bot.forge.history import Defaults, Wanted
from tests.forge_reads.fakes import REPOSITORY, FakeClient

_PATH = ".github/workflows/release.yml"
_WANTED = (Wanted(_PATH, frozenset({"contents: write"})),)
_REPO = f"GET /repos/{REPOSITORY}/actions"
_HOME = {"full_name": REPOSITORY}
_MESSAGE = "Resource not accessible by integration"


def _log(at: str = "10:32:40", message: str = _MESSAGE) -> str:
    head = (
        "##[group]GITHUB_TOKEN Permissions",
        "Contents: read",
        "Metadata: read",
        "##[endgroup]",
    )
    lines = [f"2026-01-02T10:00:00.0000000Z {line}\n" for line in head]
    return "".join(lines) + f"2026-01-02T{at}.5Z ##[error]{message}\n"


def _run(number: int = 98, **changes: Any) -> dict[str, object]:
    return {
        "id": number,
        "run_number": number,
        "path": f"{_PATH}@refs/tags/v1",
        "html_url": f"https://github.com/octo/app/actions/runs/{number}",
        "event": "push",
        "head_branch": "v0.5.99",
        "head_repository": _HOME,
        "repository": _HOME,
        "workflow_id": 5,
        "head_sha": "a" * 40,
        "created_at": "2026-01-02T09:50:00Z",
    } | changes


def _job(name: str, start: str, end: str, step: str = "", **changes: object) -> dict[str, object]:
    failing = {
        "name": step,
        "conclusion": "failure",
        "started_at": f"2026-01-02T{end[:5]}:00Z",
        "completed_at": f"2026-01-02T{end}Z",
    }
    return {
        "id": 11,
        "name": name,
        "conclusion": "failure" if step else "success",
        "started_at": f"2026-01-02T{start}Z",
        "completed_at": f"2026-01-02T{end}Z",
        "steps": [failing] if step else [],
    } | changes


_JOBS = [
    _job("build (linux)", "10:00:00", "10:20:00"),
    _job("build (mac)", "10:00:10", "10:30:00"),
    # Two minutes' wait for a runner.
    _job("create-github-release", "10:32:00", "10:32:59", "Create the release"),
]


def _client(runs: list[dict[str, object]], **changes: Any) -> FakeClient:
    answers: dict[str, Any] = {
        f"{_REPO}/runs?status=failure": {"workflow_runs": runs},
        f"{_REPO}/runs/": {"jobs": _JOBS},
        f"{_REPO}/workflows/5/runs?status=success": {"workflow_runs": []},
    }
    return FakeClient(answers | changes.pop("answers", {}), **({"log": _log()} | changes))


def _failed(client: FakeClient, wanted: tuple[Wanted, ...] = _WANTED) -> tuple[FailedRun, ...]:
    return history.failed(client, REPOSITORY, wanted)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("path", _PATH),
        ("number", 98),
        ("url", "https://github.com/octo/app/actions/runs/98"),
        ("event", "push"),
        ("ref", "v0.5.99"),
        ("job", "create-github-release"),
        ("step", "Create the release"),
        ("message", _MESSAGE),
        pytest.param("minutes", 30, id="minutes-without-waiting-what-runs-at-once-counted-once"),
        ("date", "2026-01-02"),
        ("held", ("Contents: read", "Metadata: read")),
        ("earlier", None),
    ],
)
def test_tells_of_a_run(field: str, value: object) -> None:
    (run,) = _failed(_client([_run()]))
    assert getattr(run, field) == value


def test_minutes_are_rounded_down() -> None:
    jobs = [_job("one", "10:00:00", "10:01:59", "It")]
    client = _client([_run()], answers={f"{_REPO}/runs/": {"jobs": jobs}}, log=_log("10:01:59"))
    assert _failed(client)[0].minutes == 1


def test_what_runs_on_after_the_refusal_is_not_counted() -> None:
    jobs = [
        _job("slow", "10:00:00", "11:30:00"),
        _job("publish", "10:20:00", "10:32:59", "It"),
    ]
    client = _client([_run()], answers={f"{_REPO}/runs/": {"jobs": jobs}})
    assert _failed(client)[0].minutes == 32


def test_the_run_before_that_went_through() -> None:
    good = _run(97, created_at="2026-01-01T17:50:00Z", head_branch="v0.5.96")
    path = f"{_REPO}/workflows/5/runs?status=success"
    client = _client([_run()], answers={path: {"workflow_runs": [good]}}, data=_SAME)
    url = "https://github.com/octo/app/actions/runs/97"
    assert _failed(client)[0].earlier == EarlierRun(97, url, "v0.5.96", 16.0, same_file=True)


_SAME = {"repository": {"one": {"oid": "1"}, "other": {"oid": "1"}}}
_OTHER = {"repository": {"one": {"oid": "1"}, "other": {"oid": "2"}}}
_GONE = {"repository": {"one": {"oid": "1"}, "other": None}}


@pytest.mark.parametrize(
    ("data", "same"),
    [
        pytest.param(_SAME, True, id="the-same-text"),
        pytest.param(_OTHER, False, id="another-text"),
        pytest.param(_GONE, None, id="a-commit-that-is-gone"),
        pytest.param(Unreachable("no answer"), None, id="no-answer"),
    ],
)
def test_whether_the_run_before_ran_the_same_file(data: object, same: bool | None) -> None:
    good = _run(97, created_at="2026-01-01T17:50:00Z", head_branch="v0.5.96", head_sha="b" * 40)
    path = f"{_REPO}/workflows/5/runs?status=success"
    client = _client([_run()], answers={path: {"workflow_runs": [good]}}, data=data)
    earlier = _failed(client)[0].earlier
    assert earlier is not None
    assert earlier.same_file is same


def test_the_files_of_both_runs_are_compared() -> None:
    good = _run(97, created_at="2026-01-01T17:50:00Z", head_sha="b" * 40)
    path = f"{_REPO}/workflows/5/runs?status=success"
    client = _client([_run()], answers={path: {"workflow_runs": [good]}}, data=_SAME)
    _failed(client)
    (asked,) = client.sent
    assert (asked["one"], asked["other"]) == (f"{'a' * 40}:{_PATH}", f"{'b' * 40}:{_PATH}")


def test_a_run_that_is_no_earlier_is_not_told() -> None:
    path = f"{_REPO}/workflows/5/runs?status=success"
    client = _client([_run()], answers={path: {"workflow_runs": [_run(99)]}})
    assert _failed(client)[0].earlier is None


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        pytest.param({"path": ".github/workflows/other.yml"}, _WANTED, id="another-workflow"),
        pytest.param({"head_repository": {"full_name": "eve/app"}}, _WANTED, id="of-a-fork"),
        pytest.param({"head_repository": None}, _WANTED, id="of-a-fork-that-is-gone"),
        pytest.param({}, (), id="nothing-is-wanted"),
    ],
)
def test_runs_that_are_left_out(change: dict[str, Any], wanted: tuple[Wanted, ...]) -> None:
    assert _failed(_client([_run(**change)]), wanted) == ()


def test_a_message_that_names_no_permission_is_told_whatever_the_change_gives() -> None:
    assert len(_failed(_client([_run()]), (Wanted(_PATH, frozenset()),))) == 1


@pytest.mark.parametrize(
    "log",
    [
        pytest.param(_log(message="Process completed with exit code 1."), id="another-reason"),
        pytest.param(_log("10:00:05"), id="refused-in-a-step-that-did-not-fail"),
        pytest.param("", id="empty"),
        pytest.param(
            _log(message="denied: installation not allowed to Write organization package"),
            id="a-permission-that-the-change-does-not-give",
        ),
    ],
)
def test_a_run_that_failed_for_something_else_is_not_told(log: str) -> None:
    assert _failed(_client([_run()], log=log)) == ()


def test_a_job_that_matters_goes_before_others() -> None:
    jobs = [
        _job("lint", "10:00:00", "10:32:59", "Lint"),
        _job("call / publish (x64)", "10:00:00", "10:32:59", "Publish", id=12),
    ]
    client = _client([_run()], answers={f"{_REPO}/runs/": {"jobs": jobs}})
    wanted = (Wanted(_PATH, frozenset(), jobs=frozenset({"publish"})),)
    assert _failed(client, wanted)[0].job == "call / publish (x64)"


def test_a_step_that_matters_goes_before_a_job_that_does() -> None:
    jobs = [
        _job("publish", "10:00:00", "10:32:59", "Lint"),
        _job("other", "10:00:00", "10:32:59", "Publish", id=12),
    ]
    client = _client([_run()], answers={f"{_REPO}/runs/": {"jobs": jobs}})
    wanted = (Wanted(_PATH, frozenset(), frozenset({"publish"}), frozenset({"Publish"})),)
    assert _failed(client, wanted)[0].step == "Publish"


def test_each_workflow_is_told_of_once_the_newest_first() -> None:
    other = Wanted(".github/workflows/docs.yml", frozenset())
    runs = [_run(99), _run(98), _run(12, path=other.path)]
    found = _failed(_client(runs), (other, *_WANTED))
    assert [run.number for run in found] == [12, 99]


def test_a_workflow_that_keeps_failing_is_told_of_once() -> None:
    assert [run.number for run in _failed(_client([_run(99), _run(98)]))] == [99]


def test_another_workflow_goes_before_an_older_run_of_the_same() -> None:
    other = Wanted(".github/workflows/docs.yml", frozenset())
    client = _client([_run(99), _run(98), _run(12, path=other.path)], log=_log(message="else"))
    _failed(client, (*_WANTED, other))
    jobs = [call.partition("?")[0] for call in client.asked if "/jobs?" in call]
    assert jobs == [f"{_REPO}/runs/99/jobs", f"{_REPO}/runs/12/jobs"]


def test_five_calls_at_most() -> None:
    client = _client([_run(n) for n in range(90, 99)], log=_log(message="else"))
    _failed(client)
    assert len(client.asked) == 5


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(Refused("no"), id="403"),
        pytest.param(NotFound("no", 404), id="404"),
        pytest.param(Limited("no", 403, 3000.0), id="limited"),
        pytest.param(Unreachable("no"), id="unreachable"),
    ],
)
@pytest.mark.parametrize("where", ["runs?status=failure", "runs/"])
def test_no_error_gets_out(error: ForgeError, where: str) -> None:
    assert _failed(_client([_run()], answers={f"{_REPO}/{where}": error})) == ()


def test_a_log_that_is_gone_is_no_error() -> None:
    assert _failed(_client([_run()], log=NotFound("expired", 410))) == ()


def test_what_was_found_before_an_error_stays() -> None:
    path = f"{_REPO}/workflows/5/runs?status=success"
    assert len(_failed(_client([_run()], answers={path: Unreachable("no")}))) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param([], id="a-list"),
        pytest.param({"workflow_runs": "x"}, id="text-for-runs"),
        pytest.param({"workflow_runs": [{"path": 3}]}, id="a-path-that-is-none"),
        pytest.param({"workflow_runs": [{"path": _PATH}]}, id="a-run-of-nothing"),
        pytest.param({}, id="nothing"),
    ],
)
def test_an_answer_of_another_shape_is_no_history(answer: object) -> None:
    assert _failed(_client([], answers={f"{_REPO}/runs?status=failure": answer})) == ()


_SETTING = f"{_REPO}/permissions/workflow"


def _defaults(answer: object) -> Defaults | None:
    return history.defaults(FakeClient({_SETTING: answer}), REPOSITORY)


def test_the_default_permissions() -> None:
    answer = {"default_workflow_permissions": "write", "can_approve_pull_request_reviews": True}
    assert _defaults(answer) == Defaults("write", may_approve=True)


@pytest.mark.parametrize("error", [Refused("no"), NotFound("no", 404)], ids=["403", "404"])
def test_settings_that_may_not_be_read_are_none(error: ForgeError) -> None:
    assert _defaults(error) is None


def test_a_default_that_is_not_known_is_an_error() -> None:
    with pytest.raises(ForgeError, match="'admin'"):
        _defaults({"default_workflow_permissions": "admin"})


def test_secrets_that_are_stored() -> None:
    answer = {"total_count": 1, "secrets": [{"name": "GH_PAT_TOKEN"}]}
    client = FakeClient({f"{_REPO}/secrets": answer})
    assert history.seen_secrets(client, REPOSITORY) == frozenset({"GH_PAT_TOKEN"})


@pytest.mark.parametrize("error", [Refused("no"), NotFound("no", 404)], ids=["403", "404"])
def test_secrets_that_may_not_be_read_are_none(error: ForgeError) -> None:
    assert history.seen_secrets(FakeClient({f"{_REPO}/secrets": error}), REPOSITORY) is None
