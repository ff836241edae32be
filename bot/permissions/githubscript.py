"""``actions/github-script``: the calls that its script makes."""

from __future__ import annotations

from bot.permissions.walk import Frame
from bot.workflow.model import Scalar


def read(frame: Frame, script: Scalar) -> None:
    """Write down what a github-script body needs."""
    from bot.permissions.evidence import Doubt
    frame.unknown(Doubt.ACTION_CODE, "github-script", script.span.line)
