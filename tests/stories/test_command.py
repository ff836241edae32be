"""The command line as people type it: what it prints, and with which code it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.teller import BRANCH, CI, FIXED, HOME, RELEASE, RELEASES, Teller


def _command(teller: Teller, *words: str, **environ: str) -> tuple[int, str, str]:
    """Exit code, output and errors of ``clearance`` with these words."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        env=teller.environment() | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_first_run_says_what_it_opened(teller: Teller, repo: Repository) -> None:
    assert _command(teller, "run", HOME) == (
        0,
        f"octo/demo {BRANCH}: opened (1 file: 1 block)\n{repo.pull.url}\n",
        "",
    )


def test_a_second_run_says_that_it_is_right(teller: Teller, repo: Repository) -> None:
    teller.run()
    said = f"octo/demo {BRANCH}: already right\n{repo.pull.url}\n"
    assert _command(teller, "run", HOME) == (0, said, "")


def test_a_run_with_nothing_to_do_says_so(hub: GitHub, teller: Teller) -> None:
    hub.repository(HOME, {CI: FIXED})
    assert _command(teller, "run", HOME) == (0, f"octo/demo {BRANCH}: nothing to change\n", "")


def test_a_run_that_may_not_begin_says_why(teller: Teller, repo: Repository) -> None:
    repo.archived = True
    said = "octo/demo: nothing was done: it is archived; nothing can be pushed to it\n"
    assert _command(teller, "run", HOME) == (0, said, "")


def test_a_dry_run_says_what_it_would_open(teller: Teller, repo: Repository) -> None:
    code, said, errors = _command(teller, "run", HOME, "--dry-run")
    first, title, hint = said.splitlines()
    assert (code, errors) == (0, "")
    assert first == f"octo/demo {BRANCH}: would be opened (1 file: 1 block)"
    assert title.startswith("Give ")
    assert hint == "--out FOLDER writes the text of the pull request."


def test_a_dry_run_writes_the_text_where_it_is_told_to(
    teller: Teller, repo: Repository, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, said, _ = _command(teller, "run", HOME, "--dry-run", "--out", str(out))
    files = sorted(map(str, out.iterdir()))
    assert code == 0
    assert files
    assert sorted(said.splitlines()[2:]) == files


def test_a_problem_with_one_file_is_told_and_the_rest_done(hub: GitHub, teller: Teller) -> None:
    repo = hub.repository(HOME, {CI: "jobs: [", RELEASE: RELEASES})
    code, _, errors = _command(teller, "run", HOME)
    assert code == 0
    assert errors.startswith(f"clearance: octo/demo/{CI}: it is not YAML")
    assert set(repo.pull.files()) == {RELEASE}


def test_a_renamed_repository_is_told(hub: GitHub, teller: Teller, repo: Repository) -> None:
    hub.rename(repo, "octo/new")
    code, said, errors = _command(teller, "run", HOME)
    assert code == 0
    assert said.startswith(f"octo/new {BRANCH}: opened")
    assert errors == "clearance: octo/demo: it is called octo/new now; use that name\n"


def test_an_address_is_as_good_as_a_name(hub: GitHub, teller: Teller, repo: Repository) -> None:
    code, said, errors = _command(teller, "run", f"{hub.web_url}/{HOME}.git")
    assert (code, errors) == (0, "")
    assert said.endswith(f"{repo.pull.url}\n")


def test_an_address_on_another_server_goes_there(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    hub.world.version = "3.17"
    words = ("run", f"{hub.web_url}/{HOME}")
    away = {
        "GITHUB_API_URL": "https://api.github.com",
        "GH_TOKEN": "ghp_another",
        "GH_ENTERPRISE_TOKEN": teller.token,
    }
    code, _, errors = _command(teller, *words, **away)
    assert (code, errors) == (0, "")
    assert repo.pull.state == "OPEN"


def test_an_enterprise_server_is_found_by_its_api(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    hub.world.version = "3.17"
    code, _, errors = _command(teller, "run", HOME, GITHUB_API_URL=hub.enterprise_url)
    assert (code, errors) == (0, "")
    assert repo.pull.state == "OPEN"


NO_TOKEN = {"GH_TOKEN": "", "GITHUB_TOKEN": ""}


@pytest.mark.parametrize(
    ("words", "environ", "told"),
    [
        pytest.param(("nonsense",), {}, "nonsense: it is not a folder; name", id="no name"),
        pytest.param(("octo/demo/more",), {}, "octo/demo/more: ", id="too many parts"),
        pytest.param(("https://github.com/octo",), {}, "https://github.com/octo: ", id="no repo"),
        pytest.param(("octo/gone",), {}, "octo/gone: there is no such repository", id="not there"),
        pytest.param((HOME,), NO_TOKEN, "octo/demo: There is no token", id="no token"),
        pytest.param((HOME,), {"GH_TOKEN": "ghp_wrong"}, "octo/demo: GitHub knows", id="bad token"),
        pytest.param((HOME, "--config", "gone.yml"), {}, "gone.yml: it can't be", id="no settings"),
    ],
)
@pytest.mark.usefixtures("repo")
def test_an_error_is_one_sentence(
    teller: Teller, words: tuple[str, ...], environ: dict[str, str], told: str
) -> None:
    code, said, errors = _command(teller, "run", *words, **environ)
    assert (code, said) == (2, "")
    assert errors.startswith(f"clearance: {told}")
    assert errors.count("\n") == 1
    assert errors.count("octo/demo") < 2 or "octo/demo/" in errors


def test_doctor_tells_that_all_is_well(teller: Teller, repo: Repository) -> None:
    code, said, errors = _command(teller, "doctor", HOME)
    assert (code, errors) == (0, "")
    assert said.splitlines()[-1].startswith("Nothing is lacking")


def test_doctor_ends_with_one_where_something_lacks(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    hub.token(teller.token, scopes=["repo"])
    code, said, errors = _command(teller, "doctor", HOME)
    assert (code, errors) == (1, "")
    assert "it lacks the scope workflow" in said


def test_doctor_looks_at_a_token_alone(teller: Teller) -> None:
    code, said, errors = _command(teller, "doctor")
    assert (code, errors) == (0, "")
    assert "of clearance" in said


def test_doctor_takes_an_address(hub: GitHub, teller: Teller, repo: Repository) -> None:
    assert urlsplit(repo.web_url).netloc
    assert _command(teller, "doctor", repo.web_url)[0] == 0


@pytest.mark.parametrize("target", ["nonsense", "octo/demo/more"])
def test_doctor_tells_what_is_no_repository(teller: Teller, target: str) -> None:
    said = f"clearance: {target}: it is no repository; name one as OWNER/REPO\n"
    assert _command(teller, "doctor", target) == (2, "", said)


def test_doctor_tells_of_a_repository_that_is_not_there(teller: Teller) -> None:
    code, said, _ = _command(teller, "doctor", "octo/gone")
    assert code == 1
    assert "there is no such repository, or the token may not see it" in said


def test_doctor_tells_nothing_of_what_is_not_public_where_all_can_read_it(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    repo.private = True
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": "/nowhere"}
    code, said, errors = _command(teller, "doctor", HOME, **environ)
    assert (code, errors) == (0, "")
    assert "it is not public, and this run's log is" in said
    assert HOME not in said
    assert "settings" not in said
