"""What the command line offers for ``review``; nothing heavy is imported here."""

from __future__ import annotations

from enum import StrEnum


class Form(StrEnum):
    """How a review is reported."""

    TEXT = "text"
    JSON = "json"


class Deed(StrEnum):
    """What can be done about a pull request; the value is the word of the option."""

    APPROVE = "approve"
    MERGE = "merge"
    CLOSE = "close"
    RETRY = "retry"
