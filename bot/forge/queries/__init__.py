"""GraphQL documents, validated by tests against the schema that GitHub publishes."""

from importlib import resources


def _read(name: str) -> str:
    return (resources.files(__name__) / f"{name}.graphql").read_text("utf-8")


OVERVIEW = _read("overview")
COMMIT = _read("commit")
READY = _read("ready")
_LISTED = _read("listed")
CHECKS = _read("checks")
NO_CHECKS = "\nfragment Checks on PullRequest {\n  id\n}\n"
"""In the place of ``CHECKS``, where the token may not see those."""
REVIEW = _read("review") + _LISTED + CHECKS
OPENED = _read("opened") + _LISTED + CHECKS
THESE = _read("these") + _LISTED + NO_CHECKS
PAGE = _read("page")
OWNER_REPOSITORIES = _read("owner_repositories")
SEARCH_REPOSITORIES = _read("search_repositories")
SAME = _read("same")
VIEWER = _read("viewer")
