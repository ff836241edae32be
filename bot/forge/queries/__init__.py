"""GraphQL documents, validated by tests against the schema that GitHub publishes."""

from importlib import resources


def _read(name: str) -> str:
    return (resources.files(__name__) / f"{name}.graphql").read_text("utf-8")


OVERVIEW = _read("overview")
COMMIT = _read("commit")
READY = _read("ready")
REVIEW = _read("review")
OPENED = _read("opened")
PAGE = _read("page")
OWNER_REPOSITORIES = _read("owner_repositories")
SEARCH_REPOSITORIES = _read("search_repositories")
SAME = _read("same")
VIEWER = _read("viewer")
