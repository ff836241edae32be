"""The trailers by which a commit is known to be the program's own, and untouched since."""

from __future__ import annotations

import hashlib
import re

_BASE = "Clearance-Base"
_SEAL = "Clearance-Seal"
_SIGNED = "Signed-off-by"
_TRAILERS = re.compile(
    rf"\n\n{_BASE}: ([0-9a-f]{{40}})\n{_SEAL}: ([0-9a-f]{{40}})(?:\n{_SIGNED}: [^\n]+)?\n*\Z"
)


def sealed(text: str, base: str, tree: str, signer: str = "") -> str:
    """A commit message with its trailers.

    Args:
        text: the message without trailers.
        base: the commit's only parent.
        tree: the commit's tree.
        signer: ``name <address>`` of whoever signs it off; nobody where it is empty.
    """
    lines = [f"{_BASE}: {base}", f"{_SEAL}: {_seal(text, base, tree)}"]
    if signer:
        lines.append(f"{_SIGNED}: {signer}")
    return f"{text.rstrip()}\n\n" + "".join(f"{line}\n" for line in lines)


def is_own(message: str, parents: tuple[str, ...], tree: str) -> bool:
    """Whether nobody has amended, rebased or added to a commit since it was sealed."""
    found = _TRAILERS.search(message)
    if found is None or parents != (found[1],):
        return False
    return _seal(message[: found.start()], found[1], tree) == found[2]


def _seal(text: str, base: str, tree: str) -> str:
    # A message of somebody else may hold anything, half a surrogate pair too.
    data = f"{base}\n{tree}\n{text.rstrip()}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:40]
