"""What analysis asks of the network, and what it is told."""

from __future__ import annotations

import pickle

import pytest

from bot.answers import Answer, Answers, Reference, file_of, parse

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        pytest.param(
            "octo/act@v1",
            Reference("octo", "act", "v1", ("action.yml", "action.yaml")),
            id="an action is looked for under both names",
        ),
        pytest.param(
            "octo/act/sub/folder@feature/x",
            Reference(
                "octo", "act", "feature/x", ("sub/folder/action.yml", "sub/folder/action.yaml")
            ),
            id="one in a folder, at a branch with a slash",
        ),
        pytest.param(
            f"octo/flows/.github/workflows/ci.yml@{COMMIT}",
            Reference("octo", "flows", COMMIT, (".github/workflows/ci.yml",)),
            id="a workflow is the file itself",
        ),
        pytest.param(
            "octo/act@v1:dist/index.js",
            Reference("octo", "act", "v1", ("dist/index.js",)),
            id="a file of an action",
        ),
        pytest.param(
            "octo/act/@v1",
            Reference("octo", "act", "v1", ("action.yml", "action.yaml")),
            id="a slash too many is no folder",
        ),
    ],
)
def test_reference(reference: str, expected: Reference) -> None:
    assert parse(reference) == expected


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param("", id="nothing"),
        pytest.param("octo@v1", id="no repository"),
        pytest.param("octo/act", id="no ref"),
        pytest.param("octo/act@", id="an empty ref"),
        pytest.param("octo/act@-v1", id="a ref that reads like an option"),
        pytest.param("octo/act@v1..main", id="a range of commits"),
        pytest.param("octo/act@v1^{tree}", id="a revision that walks"),
        pytest.param("octo/act@HEAD~3", id="a revision that goes back"),
        pytest.param("octo/act@main@{1}", id="a revision of the reflog"),
        pytest.param("octo/act@v1:../x", id="a file above the root"),
        pytest.param("octo/act@v1:a//b", id="a path with an empty part"),
        pytest.param("octo/../act@v1", id="a folder that climbs"),
        pytest.param("octo/..@v1", id="a repository that is no name"),
        pytest.param('octo/act") { id } }@v1', id="the end of a query"),
        pytest.param("octo/act@v1\n", id="a line's end"),
        pytest.param("octo/act@v1:a\0b", id="a NUL in a path"),
        pytest.param("octo/act/sub@v1:file", id="a file that is named from a folder"),
        pytest.param("o/" * 5_000 + "@v1", id="very long"),
        pytest.param("octo/act@" + "v/" * 5_000 + "..", id="a very long ref"),
    ],
)
def test_what_is_no_reference(reference: str) -> None:
    assert parse(reference) is None


def test_only_a_full_commit_never_changes() -> None:
    fixed = [parse(f"octo/act@{ref}") for ref in (COMMIT, COMMIT[:12], "v1")]
    assert [one is not None and one.fixed for one in fixed] == [True, False, False]


def test_a_file_is_of_the_repository_wherever_the_action_lies() -> None:
    assert file_of("octo/act/sub@v1", "src/main.ts") == "octo/act@v1:src/main.ts"


def test_what_is_known_is_told_and_what_is_not_is_wanted() -> None:
    answer = Answer("octo/act@v1", COMMIT, "action.yml", COMMIT, "runs: {}")
    answers = Answers({"octo/act@v1": answer, "octo/gone@v1": None})
    told = [answers.action("octo/act@v1"), answers.action("octo/gone@v1")]
    told += [answers.workflow("octo/new@v1"), answers.source("octo/act@v1", "x.sh")]
    assert told == ["runs: {}", None, None, None]
    assert answers.wanted == {"octo/new@v1", "octo/act@v1:x.sh"}
    assert answers.asked == answers.wanted | {"octo/act@v1", "octo/gone@v1"}


def test_answers_are_told_apart_by_the_files_that_they_shaped() -> None:
    known = {f"octo/{n}@v1": Answer(f"octo/{n}@v1", COMMIT, "action.yml", COMMIT, n) for n in "abc"}
    answers = Answers(known)
    for path, name in (("ci.yml", "b"), ("release.yml", "a"), ("ci.yml", "c"), ("ci.yml", "x")):
        answers.judging(path)
        answers.action(f"octo/{name}@v1")
    assert [one.text for one in answers.used(["ci.yml"])] == ["b", "c"]
    assert [one.text for one in answers.used(["ci.yml", "release.yml"])] == ["a", "b", "c"]
    assert answers.asked_for(["other.yml"]) == frozenset()


def test_answers_go_to_another_process() -> None:
    answers = Answers({"octo/a@v1": None})
    answers.action("octo/b@v1")
    copy = pickle.loads(pickle.dumps(answers))  # noqa: S301 - its own
    assert (copy.known, copy.wanted) == (answers.known, {"octo/b@v1"})
