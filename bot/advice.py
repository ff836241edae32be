"""Why jobs are left alone, and what a maintainer can do about it.

The texts are the project's own and safe in Markdown. A title reads on after "kept as it is:".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.permissions.evidence import Doubt
from bot.remedies.preflight import Reason


@dataclass(frozen=True, slots=True)
class Advice:
    """One kind of obstacle: what it is, and what can be done."""

    title: str
    text: str


ON_PROBLEM = Advice("Files that could not be used", "They are as they were.")
ON_GENERATED = Advice(
    "Generated files",
    "A change would be lost with the generator's next run; the blocks belong into what it reads.",
)

ON_DOUBTS: Mapping[Doubt, Advice] = {
    Doubt.ACTION: Advice(
        "Actions whose needs are not known",
        "They are not in the program's table, or not in the checkout. Their own documentation "
        "says which scopes they use; a block with those can be written by hand.",
    ),
    Doubt.ACTION_CODE: Advice(
        "Actions that decide for themselves what they do with the token",
        "It depends on their code or configuration. A look there tells what the block needs.",
    ),
    Doubt.DYNAMIC: Advice(
        "Names that only the run knows",
        "An action or a script that is named in full can be read; one that is put together from "
        "expressions can't.",
    ),
    Doubt.SCRIPT: Advice(
        "Scripts that are handed the token and can't be read",
        "They are made or fetched in the run, or written in a language that is not followed. What "
        "they call decides what the block needs.",
    ),
    Doubt.RELEASE: Advice(
        "Release commands that can't be read",
        "They may push with the credentials that the checkout leaves behind. If they do, the block "
        "needs `contents: write`; if not, `persist-credentials: false` at the checkout says so.",
    ),
    Doubt.PUSH: Advice(
        "Scripts in other languages that speak of `git push`",
        "They may push with the credentials that the checkout leaves behind. If they do, the block "
        "needs `contents: write`; if not, `persist-credentials: false` at the checkout says so.",
    ),
    Doubt.CONFIGURATION: Advice(
        "Release tools without their configuration",
        "It decides what is published, and was not found in the repository.",
    ),
    Doubt.CALL: Advice(
        "API calls that are not known",
        "The documentation of the call names its permission; a block can be written by hand.",
    ),
    Doubt.UNREAD: Advice(
        "Scripts in shells that are not read",
        "Where it is known what they do on GitHub, a block can be written by hand.",
    ),
    Doubt.CALLEE: Advice(
        "Reusable workflows that are not at hand",
        "The calling job has to grant all that the called jobs ask for. A look there tells what.",
    ),
    Doubt.IMAGE: Advice(
        "Container images that are handed the token",
        "What a program in an image does with it can't be seen; its documentation may say.",
    ),
    Doubt.SIZE: Advice(
        "Jobs that start more than is read",
        "Steps, scripts or workflows start one another without an end that was reached.",
    ),
}

_ON_HOLDS: Mapping[str, Advice] = {
    "other workflows call this one and set its ceiling": Advice(
        "Called workflows",
        "A block that asks for more than a caller grants stops that caller before it starts, and "
        "callers may stand in other repositories. The permissions belong into the calling jobs.",
    ),
    "a caller grants less than this job needs": Advice(
        "Called workflows whose callers grant too little",
        "A block would stop those callers before they start; they have to grant it first.",
    ),
    "the server's version may not know one of the scopes": Advice(
        "Scopes that the server may not know",
        "A server refuses a workflow with a scope that its version does not have.",
    ),
    "the job is written in flow style": Advice(
        "Jobs in flow style",
        "Lines can't be added to a job that is written on one; its block can be written by hand.",
    ),
    "the job is an anchor that other jobs repeat": Advice(
        "Jobs that share an anchor",
        "A block would change the other jobs too.",
    ),
}
_OTHER_HOLD = Advice("Jobs whose form forbids an edit", "The block can be written by hand.")


def on_hold(why: str) -> Advice:
    """What can be done where an edit was held back. ``why``: a decision's own words."""
    return _ON_HOLDS.get(why, _OTHER_HOLD)


_ON_UNPROBED: Mapping[Reason, str] = {
    Reason.TOKEN: "A secret that is named in the step itself can be probed, and so can the output "
    "of a step with an `id`.",
    Reason.MINTED_LATE: "Where the token is made before what takes its time, it can be probed.",
    Reason.REPOSITORY: "A repository that is named in full can be probed.",
    Reason.IMAGE: "An image that is named in full, or by `github.repository`, can be probed.",
    Reason.DEFAULT: "With permissions stated in the first job and in the publishing one, a probe "
    "can stand in the first.",
}


def on_unprobed(reason: Reason) -> str:
    """What can be done so that a probe fits; empty where nothing is known."""
    return _ON_UNPROBED.get(reason, "")
