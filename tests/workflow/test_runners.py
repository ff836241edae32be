"""The labels that a job's runs ask for, and which of them are GitHub's own runners."""

import pytest

from bot.workflow.document import parse
from bot.workflow.reader import read_workflow
from bot.workflow.runners import is_hosted

_LABELS = {
    "one": ("ubuntu-latest", "", ("ubuntu-latest",)),
    "one-in-a-list": ("[ubuntu-latest]", "", ("ubuntu-latest",)),
    "several-that-all-must-be-there": ("[self-hosted, linux]", "", ()),
    "group": ("{group: a}", "", ()),
    "group-with-labels": ("{group: a, labels: [ubuntu-latest]}", "", ()),
    "labels-without-a-group": ("{labels: ubuntu-latest}", "", ()),
    "expression": ("'${{ inputs.runner }}'", "", ()),
    "matrix-that-is-not-there": ("'${{ matrix.os }}'", "", ()),
    "matrix": (
        "'${{ matrix.os }}'",
        "{os: [windows-latest, ubuntu-latest, ubuntu-latest]}",
        ("windows-latest", "ubuntu-latest"),
    ),
    "matrix-without-blanks": ("'${{matrix.os}}'", "{os: [macos-14]}", ("macos-14",)),
    "matrix-with-more-around-it": ("'${{ matrix.os }}-large'", "{os: [macos-14]}", ()),
    "other-key-of-the-matrix": ("'${{ matrix.os }}'", "{arch: [x64]}", ()),
    "path-in-a-matrix": (
        "'${{ matrix.on.label }}'",
        "{on: [{label: macos-14}, {label: ubuntu-24.04}]}",
        ("macos-14", "ubuntu-24.04"),
    ),
    "path-that-one-leg-has-not": ("'${{ matrix.on.label }}'", "{on: [{label: a}, {x: b}]}", ()),
    "path-that-ends-in-a-mapping": ("'${{ matrix.on }}'", "{on: [{label: a}]}", ()),
    "included": (
        "'${{ matrix.os }}'",
        "{os: [ubuntu-latest], include: [{os: macos-14}, {x: y}]}",
        ("ubuntu-latest", "macos-14"),
    ),
    "included-alone": ("'${{ matrix.os }}'", "{include: [{os: macos-14}]}", ("macos-14",)),
    "included-with-a-path": (
        "'${{ matrix.on.label }}'",
        "{include: [{on: {label: macos-14}}]}",
        ("macos-14",),
    ),
    "leg-by-an-expression": ("'${{ matrix.os }}'", "{os: [macos-14, '${{ inputs.x }}']}", ()),
    "included-leg-by-an-expression": (
        "'${{ matrix.os }}'",
        "{os: [macos-14], include: [{os: '${{ inputs.x }}'}]}",
        (),
    ),
    "list-by-an-expression": ("'${{ matrix.os }}'", "{os: '${{ fromJSON(inputs.x) }}'}", ()),
    "matrix-by-an-expression": ("'${{ matrix.os }}'", "'${{ fromJSON(inputs.x) }}'", ()),
    "empty-matrix": ("'${{ matrix.os }}'", "{os: []}", ()),
    "list-of-lists": ("'${{ matrix.os }}'", "{os: [[self-hosted, linux]]}", ()),
}


@pytest.mark.parametrize(("runs_on", "matrix", "labels"), _LABELS.values(), ids=_LABELS)
def test_labels(runs_on: str, matrix: str, labels: tuple[str, ...]) -> None:
    strategy = f"    strategy: {{matrix: {matrix}}}\n" if matrix else ""
    text = f"on: push\njobs:\n  a:\n    runs-on: {runs_on}\n{strategy}    steps: []\n"
    assert read_workflow(parse("x.yml", text)).jobs[0].labels == labels


_HOSTED = {
    "ubuntu": (["ubuntu-latest"], True),
    "windows": (["windows-2022"], True),
    "macos": (["macos-14-xlarge"], True),
    "all": (["ubuntu-24.04-arm", "windows-latest", "macos-latest"], True),
    "all-but-one": (["ubuntu-latest", "self-hosted"], False),
    "none": ([], False),
    "name-of-a-system-alone": (["ubuntu"], False),
    "name-that-begins-otherwise": (["my-ubuntu-latest"], False),
    "name-that-goes-on": (["ubuntu-latest x"], False),
    "other": (["buildjet-4vcpu-ubuntu-2204"], False),
}


@pytest.mark.parametrize(("labels", "hosted"), _HOSTED.values(), ids=_HOSTED)
def test_hosted(labels: list[str], hosted: bool) -> None:
    assert is_hosted(labels) is hosted
