"""Whose commit it is: what people do to one shows, whatever they do."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.life import seal

_BASE, _TREE, _OTHER = "a" * 40, "b" * 40, "c" * 40
_TEXT = "Give each job its permissions\n\nA line.\n"
_MESSAGE = seal.sealed(_TEXT, _BASE, _TREE)
_SIGNED = seal.sealed(_TEXT, _BASE, _TREE, "A Bot <bot@example.com>")


def test_the_form_of_a_message() -> None:
    lines = _SIGNED.split("\n")
    assert lines[:4] == ["Give each job its permissions", "", "A line.", ""]
    assert [line.partition(": ")[0] for line in lines[4:]] == [
        "Clearance-Base",
        "Clearance-Seal",
        "Signed-off-by",
        "",
    ]


_OWN = {
    "as-it-was-made": (_MESSAGE, (_BASE,), _TREE),
    "signed-off": (_SIGNED, (_BASE,), _TREE),
    "without-its-last-line-end": (_MESSAGE.rstrip("\n"), (_BASE,), _TREE),
    "with-more-line-ends": (_MESSAGE + "\n\n", (_BASE,), _TREE),
}


@pytest.mark.parametrize(("message", "parents", "tree"), _OWN.values(), ids=_OWN)
def test_own(message: str, parents: tuple[str, ...], tree: str) -> None:
    assert seal.is_own(message, parents, tree)


_BODY = _MESSAGE.split("\n\nClearance-Base")[0]
_FORGED = f"{_BODY}\n\nClearance-Base: {_BASE}\nClearance-Seal: {'0' * 40}\n"
_NOT_OWN = {
    "a-humans": ("Fix typo", (_BASE,), _TREE),
    "an-empty-message": ("", (_BASE,), _TREE),
    "amended-files": (_MESSAGE, (_BASE,), _OTHER),
    "an-amended-message": (f"x{_MESSAGE}", (_BASE,), _TREE),
    "words-behind-the-trailers": (f"{_MESSAGE}\nand more\n", (_BASE,), _TREE),
    "a-trailer-more": (f"{_MESSAGE}Co-authored-by: A <a@example.com>\n", (_BASE,), _TREE),
    "rebased": (_MESSAGE, (_OTHER,), _TREE),
    "on-top-of-another-commit-with-its-base-changed": (
        _MESSAGE.replace(_BASE, _OTHER),
        (_OTHER,),
        _TREE,
    ),
    "a-merge-of-the-base-into-it": (_MESSAGE, (_BASE, _OTHER), _TREE),
    "no-parents": (_MESSAGE, (), _TREE),
    "a-seal-of-something-else": (_FORGED, (_BASE,), _TREE),
    "trailers-without-a-text": (_MESSAGE.removeprefix(_BODY), (_BASE,), _TREE),
    "half-a-surrogate-pair": (f"\ud800{_MESSAGE}", (_BASE,), _TREE),
}


@pytest.mark.parametrize(("message", "parents", "tree"), _NOT_OWN.values(), ids=_NOT_OWN)
def test_not_own(message: str, parents: tuple[str, ...], tree: str) -> None:
    assert not seal.is_own(message, parents, tree)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(text=st.text(), signer=st.one_of(st.just(""), st.just("A <a@example.com>")))
@example(text=_MESSAGE, signer="")
@example(text=_SIGNED, signer="A <a@example.com>")
@example(text="a\n\n\n", signer="")
@example(text="\ud800", signer="")
def test_any_text_can_be_sealed(text: str, signer: str) -> None:
    assert seal.is_own(seal.sealed(text, _BASE, _TREE, signer), (_BASE,), _TREE)


def test_what_is_sealed_is_part_of_the_seal() -> None:
    made = {seal.sealed("x", a, b).split("\n")[3] for a in (_BASE, _OTHER) for b in (_TREE, _OTHER)}
    assert len(made) == 4
