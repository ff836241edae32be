import pytest

from bot.report.digest import MOST_NAMED, Digest, headline, pace
from bot.sweep.record import FileRecord, JobRecord, Record, State, Summary


def _job(id_: str, after: tuple[str, ...] | None, *probes: str, added: bool = False) -> JobRecord:
    return JobRecord(id_, 1, (), None, after, probes, added)


def _file(*jobs: JobRecord, remedies: tuple[str, ...] = ()) -> FileRecord:
    return FileRecord("x.yml", "", "c", remedies, "low", (), jobs)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(_file(_job("a", ("contents: read",))), "contents: read for a", id="a read"),
        pytest.param(_file(_job("a", ())), "no permissions for a", id="nothing granted"),
        pytest.param(_file(_job("a", ("{}",))), "no permissions for a", id="an empty block"),
        pytest.param(_file(_job("a", ("write-all",))), "write-all for a", id="all"),
        pytest.param(
            _file(*(_job(name, ("contents: read",)) for name in "abcd")),
            "contents: read for a, b and 2 more",
            id="many jobs",
        ),
        pytest.param(
            _file(
                _job("a", ("contents: read",)),
                _job("b", ("contents: write", "packages: write")),
                _job("p", ("contents: write",), "ghcr", "refs", added=True),
            ),
            "contents and packages: write for b · ghcr and refs probe in p"
            " · no write for 1 more job",
            id="writes come first",
        ),
        pytest.param(_file(_job("a", None)), "a change outside of the jobs", id="no job changes"),
        pytest.param(
            _file(_job("a", None), remedies=("token",)),
            "another token for what GITHUB_TOKEN can't do",
            id="a token",
        ),
    ],
)
def test_headline(change: FileRecord, told: str) -> None:
    assert headline(change) == told


def test_a_headline_has_an_end() -> None:
    jobs = (_job("x" * 9000 + str(n), (f"s{n}: write" * 100,)) for n in range(100))
    assert len(headline(_file(*jobs))) <= 400


def test_a_repository_counts_once_for_a_change() -> None:
    record = Record("a/b", State.OPENED, files=(_file(), _file()))
    assert Digest.of([record, record]).clusters["c"].records == 2


def test_a_repository_with_several_records_is_one_repository() -> None:
    assert Digest.of([Record("a/b", State.OPENED), Record("a/b", State.RIGHT)]).names == {"a/b"}


def test_only_what_was_not_done_has_a_why() -> None:
    found = [Record("a/b", state, why="x") for state in State]
    assert {state for state, _ in Digest.of(found).whys} == {
        State.FAILED,
        State.LATER,
        State.REFUSED,
        State.STOPPED,
    }


def test_all_alarms_are_counted_and_some_are_named() -> None:
    digest = Digest.of([Record("a/b", State.RIGHT, alarms=("x",) * 90)] * 3)
    assert digest.alarmed == 270
    assert len(digest.alarms) == MOST_NAMED


def _summary(limits: dict[str, tuple[int, int]], **states: int) -> Summary:
    return Summary("", 600.0, states, 0, 0.0, limits)


@pytest.mark.parametrize(
    ("summary", "seconds"),
    [
        pytest.param(_summary({}, opened=10, later=10), 600, id="as fast as before"),
        pytest.param(_summary({}, unchanged=10, later=10), 0, id="nothing was looked at"),
        pytest.param(_summary({"x": (0, 10)}, opened=10, later=10), 3600, id="a limit is used up"),
        pytest.param(_summary({"x": (90, 100)}, opened=10, later=10), 600, id="the limit has room"),
        pytest.param(_summary({"x": (0, 0)}, opened=10, later=10), 600, id="a limit of nothing"),
        pytest.param(_summary({"x": (0, 9)}, failed=10, later=10), 600, id="nothing was done"),
    ],
)
def test_an_estimate_knows_the_limits(summary: Summary, seconds: float) -> None:
    assert pace(summary).seconds == seconds


def test_the_pace_leaves_out_what_was_not_looked_at() -> None:
    assert pace(_summary({}, opened=10, unchanged=1000)).per_minute == 1.0
