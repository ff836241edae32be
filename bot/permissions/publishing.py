"""What a rule publishes, so that a probe can be chosen that asks early whether it may.

The table (``data/publishing.tsv``) has a row for each rule that can show a need to write contents
or packages, or to ask for an OIDC token, and that scope. ``decides`` is ``yes`` where a refusal
need not fail the run: the tool may find nothing to publish, may get by without the scope, or its
rule can't tell what it does from what does not publish. It is so, too, of all that can't be probed
or is not worth it. ``source`` is where that was read; ``row`` is that of the rule itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from bot.permissions.rest import read_table


class Publishes(StrEnum):
    """What a rule publishes; of several, the first of these."""

    RELEASE = "release"
    """A release or its assets."""
    TAG = "tag"
    BRANCH = "branch"
    """Commits: a branch that is pushed, a file that is changed."""
    IMAGE = "image"
    """An image, a chart or another artifact on GitHub's container registry."""
    PACKAGE = "package"
    """A package on another registry of GitHub Packages: no probe is known that leaves no trace."""
    OIDC = "oidc"
    """What is published or signed in the name of the run, by its OIDC token."""
    QUICK = "quick"
    """Nothing: a comment, a merge, a deletion, a login to a cloud."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What is known of a rule.

    Attributes:
        decides: a refused probe may only warn, as the run could still go through.
        source: an address, or ``row`` for the sources of the requirement that the rule made.
    """

    publishes: Publishes
    decides: bool
    source: str


def lookup(rule: str, scope: str) -> Publication | None:
    """What a requirement's ``rule`` publishes where it writes ``scope``.

    None where the table doesn't tell: for another scope, and for a rule that is a script of the
    repository.
    """
    return _table().get((rule, scope))


@cache
def _table() -> Mapping[tuple[str, str], Publication]:
    return {
        (rule, scope): Publication(Publishes(publishes), decides == "yes", source)
        for rule, scope, publishes, decides, source in read_table("publishing.tsv")
    }
