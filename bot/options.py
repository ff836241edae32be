"""Words of the command line that are known before the program behind it is loaded."""

from enum import StrEnum

TRACEBACK = "CLEARANCE_TRACEBACK"
"""The environment variable that lets a fault of the program show itself."""

BRANCH = "clearance/permissions"
"""The branch that ``run`` makes."""


class FormatName(StrEnum):
    """The formats of ``scan``."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
