"""GraphQL's view of git: refs, commits, trees, blobs and tags, read from the real repositories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from graphql import GraphQLError

from tests.forge.bare import Object
from tests.forge.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
_TEXT_LIMIT = 512_000


def failure(kind: str, message: str) -> GraphQLError:
    """An error as GitHub's, with its ``type``."""
    return GraphQLError(message, extensions={"type": kind})


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Where a page begins and ends."""

    start_cursor: str | None
    end_cursor: str | None
    has_previous_page: bool
    has_next_page: bool


@dataclass(frozen=True, slots=True)
class Connection(Generic[T]):
    """A page of a list."""

    nodes: Sequence[T]
    total_count: int
    page_info: PageInfo


def connection(
    found: Sequence[T],
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
) -> Connection[T]:
    """The page that was asked for; ``GraphQLError`` for one without bounds, or beyond 100."""
    if first is None and last is None:
        raise failure(
            "MISSING_PAGINATION_BOUNDARIES",
            "You must provide a `first` or `last` value to properly paginate the connection.",
        )
    if max(first or 0, last or 0) > 100:
        raise failure("EXCESSIVE_PAGINATION", "Requesting too many records on the connection.")
    start, end = int(after or 0), int(before) - 1 if before else len(found)
    if first is not None:
        end = min(end, start + first)
    if last is not None:
        start = max(start, end - last)
    nodes = found[start:end]
    info = PageInfo(
        str(start + 1) if nodes else None, str(end) if nodes else None, start > 0, end < len(found)
    )
    return Connection(nodes, len(found), info)


@dataclass(frozen=True, slots=True)
class GitActor:
    """Who wrote a commit, and when."""

    name: str
    email: str
    when: datetime
    user: Any = None

    @property
    def date(self) -> str:
        """The time."""
        return self.when.isoformat()


class _GitObject:
    def __init__(self, place: Repository, found: Object) -> None:
        self.place = place
        self.oid = found.oid
        self.abbreviated_oid = found.oid[:7]
        self.id = f"{found.kind}_{place.id}_{found.oid}"
        self.byte_size = found.size


class Blob(_GitObject):
    """A file's content."""

    typename = "Blob"

    @property
    def is_binary(self) -> bool:
        """Whether it has a null byte near its beginning."""
        return b"\0" in self.place.git.read(self.oid)[:8000]

    @property
    def is_truncated(self) -> bool:
        """Whether ``text`` is only its beginning."""
        return self.byte_size > _TEXT_LIMIT

    @property
    def text(self) -> str | None:
        """Its text; ``None`` for a binary one."""
        content = self.place.git.read(self.oid)
        return None if b"\0" in content[:8000] else content[:_TEXT_LIMIT].decode(errors="replace")


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A line of a tree."""

    place: Repository
    mode: int
    type: str
    oid: str
    name: str
    path: str

    @property
    def object(self) -> Any:
        """What it leads to."""
        return git_object(self.place, self.oid)


class Tree(_GitObject):
    """A folder."""

    typename = "Tree"

    @property
    def entries(self) -> list[TreeEntry]:
        """What is in it."""
        lines = self.place.git.run("ls-tree", "-z", self.oid).split("\0")
        found = []
        for line in filter(None, lines):
            meta, name = line.split("\t", 1)
            mode, kind, oid = meta.split(" ")
            found.append(TreeEntry(self.place, int(mode, 8), kind, oid, name, name))
        return found


class Tag(_GitObject):
    """An annotated tag."""

    typename = "Tag"

    @property
    def _headers(self) -> dict[str, str]:
        lines = self.place.git.read(self.oid).decode(errors="replace").split("\n\n")[0].splitlines()
        return dict(line.split(" ", 1) for line in lines)

    @property
    def name(self) -> str:
        """Its name."""
        return self._headers["tag"]

    @property
    def message(self) -> str:
        """What it says."""
        return self.place.git.read(self.oid).decode(errors="replace").partition("\n\n")[2]

    @property
    def target(self) -> Any:
        """What it stands for."""
        return git_object(self.place, self._headers["object"])


class Commit(_GitObject):
    """A commit."""

    typename = "Commit"

    def __init__(self, place: Repository, found: Object) -> None:
        super().__init__(place, found)
        raw = place.git.read(found.oid).decode(errors="replace")
        head, _, self.message = raw.partition("\n\n")
        self._headers = [line.split(" ", 1) for line in head.splitlines() if " " in line]
        self.message = self.message.removesuffix("\n")
        self.message_headline, _, body = self.message.partition("\n")
        self.message_body = body.strip("\n")
        self.url = f"{place.web_url}/commit/{self.oid}"

    def _all(self, name: str) -> list[str]:
        return [value for key, value in self._headers if key == name]

    def _who(self, name: str) -> GitActor:
        rest, seconds, _ = self._all(name)[0].rsplit(" ", 2)
        who, _, address = rest.partition(" <")
        when = datetime.fromtimestamp(int(seconds), UTC)
        return GitActor(who, address.rstrip(">"), when, None)

    @property
    def tree(self) -> Any:
        """Its files."""
        return git_object(self.place, self._all("tree")[0])

    @property
    def author(self) -> GitActor:
        """Who wrote it."""
        return self._who("author")

    @property
    def committer(self) -> GitActor:
        """Who committed it."""
        return self._who("committer")

    @property
    def status_check_rollup(self) -> Any:
        """What its checks come to; ``None`` where there are none."""
        state = self.place.checks.get(self.oid)
        return SimpleNamespace(id=f"SCR_{self.oid}", state=state) if state else None

    @property
    def authored_date(self) -> str:
        """When it was written."""
        return self.author.date

    @property
    def committed_date(self) -> str:
        """When it was committed."""
        return self.committer.date

    def parents(self, **page: Any) -> Connection[Any]:
        """The commits before it."""
        return connection([git_object(self.place, one) for one in self._all("parent")], **page)

    def history(self, path: str | None = None, **page: Any) -> Connection[Any]:
        """It and what came before it."""
        only = ("--", path) if path else ()
        oids = self.place.git.run("rev-list", self.oid, *only).splitlines()
        page_of = connection(oids, **page)
        nodes = [git_object(self.place, one) for one in page_of.nodes]
        return Connection(nodes, page_of.total_count, page_of.page_info)


_KINDS = {"blob": Blob, "tree": Tree, "tag": Tag, "commit": Commit}


def git_object(place: Repository, expression: str) -> _GitObject | None:
    """The object that an expression stands for."""
    found = place.find(expression)
    return _KINDS[found.kind](place, found) if found else None


class Ref:
    """A branch or a tag."""

    typename = "Ref"

    def __init__(self, place: Repository, full: str, repository: object) -> None:
        self.prefix, self.name = re_split(full)
        self.id = f"REF_{place.id}_{full}"
        self.repository = repository
        self.target = git_object(place, full)


def re_split(full: str) -> tuple[str, str]:
    """``refs/heads/a/b`` as ``refs/heads/`` and ``a/b``."""
    first, second, name = full.split("/", 2)
    return f"{first}/{second}/", name
