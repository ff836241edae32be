"""Files of other repositories, many in one GraphQL query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from bot.answers import Answer, Reference, parse
from bot.forge.cache import Cache, blob_hash
from bot.forge.errors import Invalid, NotFound, Refused, Unreachable
from bot.workflow.document import MAX_BYTES

BATCH = 60
"""References in one query. (GitHub gives a query ten seconds.)"""

_FRAGMENTS = """
fragment Place on GitObject {
  __typename
  oid
  ... on Tag { target { __typename oid ... on Tag { target { __typename oid } } } }
}
fragment File on GitObject {
  ... on Blob { oid isBinary isTruncated text }
}
"""


class Client(Protocol):
    """What is needed of :class:`bot.forge.client.Client`."""

    @property
    def api_url(self) -> str:
        """The API's address."""

    def graphql(
        self, query: str, variables: Mapping[str, object], *, partial: bool = False
    ) -> Mapping[str, Any]:
        """The answer's ``data``; with ``partial``, None for each alias that failed."""


def fetch(client: Client, references: Iterable[str], cache: Cache) -> Mapping[str, Answer | None]:
    """The files that references name (see :mod:`bot.answers`), from the cache or from GitHub.

    None stands for a file that is not there, that the token may not see, or that is no text that
    GitHub gives whole (it cuts long ones). A reference about which nothing could be learned, since
    the call failed, is left out. What a branch or a tag names is asked every time, so that one that
    was moved is seen.

    Raises:
        ForgeError: the token is wrong, or a rate limit would take too long to wait for.
    """
    found: dict[str, Answer | None] = {}
    asked: list[tuple[str, Reference]] = []
    for text in sorted(set(references)):
        reference = parse(text)
        kept = None
        if reference is None:
            found[text] = None
        elif reference.fixed and (kept := cache.recall(client.api_url, text)) is not None:
            found[text] = kept
        else:
            asked.append((text, reference))
    # Those of one repository stay together where they can: they share its place in the query.
    asked.sort(key=lambda one: (one[1].owner.lower(), one[1].name.lower(), one[0]))
    for at in range(0, len(asked), BATCH):
        found.update(_batch(client, asked[at : at + BATCH], cache))
    if asked:
        cache.trim()
    return found


def _batch(
    client: Client, asked: list[tuple[str, Reference]], cache: Cache
) -> Iterator[tuple[str, Answer | None]]:
    homes: dict[tuple[str, str], list[tuple[str, Reference]]] = {}
    for text, reference in asked:
        home = (reference.owner.lower(), reference.name.lower())
        homes.setdefault(home, []).append((text, reference))
    query, variables = _query(list(homes.values()))
    try:
        data = client.graphql(query, variables, partial=True)
    except (Invalid, NotFound, Refused, Unreachable):
        return
    for number, members in enumerate(homes.values()):
        repository = data.get(f"r{number}")
        for index, (text, reference) in enumerate(members):
            if not isinstance(repository, Mapping):
                yield text, None
                continue
            answer = _answer(text, reference, repository, index)
            if answer is not None and reference.fixed and repository.get("isPrivate") is False:
                cache.keep(client.api_url, answer)
            yield text, answer


def _query(homes: list[list[tuple[str, Reference]]]) -> tuple[str, dict[str, object]]:
    """The query for the references of each repository; all that they say goes in as variables."""
    variables: dict[str, object] = {}
    repositories = []
    for number, members in enumerate(homes):
        variables[f"o{number}"] = members[0][1].owner
        variables[f"n{number}"] = members[0][1].name
        objects = []
        for index, (_, reference) in enumerate(members):
            at = f"{number}_{index}"
            variables[f"c{at}"] = reference.ref
            objects.append(f"c{index}: object(expression: $c{at}) {{ ...Place }}")
            for turn, path in enumerate(reference.paths):
                variables[f"f{at}_{turn}"] = f"{reference.ref}:{path}"
                alias = f"f{index}_{turn}"
                objects.append(f"{alias}: object(expression: $f{at}_{turn}) {{ ...File }}")
        repositories.append(
            f"r{number}: repository(owner: $o{number}, name: $n{number}) "
            f"{{ isPrivate {' '.join(objects)} }}"
        )
    declared = ", ".join(f"${name}: String!" for name in variables)
    body = "\n".join(repositories)
    return f"query Files({declared}) {{\n{body}\n}}{_FRAGMENTS}", variables


def _answer(
    text: str, reference: Reference, repository: Mapping[str, Any], index: int
) -> Answer | None:
    commit = _commit(repository.get(f"c{index}"))
    for turn, path in enumerate(reference.paths):
        blob = repository.get(f"f{index}_{turn}")
        if not isinstance(blob, Mapping) or "oid" not in blob:
            continue
        content = blob.get("text")
        whole = not blob.get("isBinary") and not blob.get("isTruncated")
        if commit is None or not whole or not isinstance(content, str):
            return None
        # The hash also tells where GitHub's text is not the file's bytes: another encoding.
        if len(content) > MAX_BYTES or blob_hash(content) != blob["oid"]:
            return None
        return Answer(text, commit, path, blob["oid"], content)
    return None


def _commit(place: object) -> str | None:
    """The commit that an object is, or that the tag which it is stands for."""
    for _ in range(3):
        if not isinstance(place, Mapping):
            return None
        if place.get("__typename") == "Commit":
            oid = place.get("oid")
            return oid if isinstance(oid, str) else None
        place = place.get("target")
    return None
