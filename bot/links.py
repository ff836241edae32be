"""Addresses of lines on the forge, at the commit that was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from bot.facts_forge import Answered, Circumstances


@dataclass(frozen=True, slots=True)
class Links:
    """What permanent links are made of.

    Attributes:
        home: the repository's page; empty where nothing can be linked.
        base: the commit that was read.
        web_url: the forge's page, without a slash at its end.
        answers: what was read of other repositories, by the reference that asked for it.
    """

    home: str = ""
    base: str = ""
    web_url: str = ""
    answers: Mapping[str, Answered] = field(default_factory=dict)

    def line(self, path: str, line: int) -> str:
        """The address of a line; empty where it isn't known.

        ``path``: of a file in the repository, or a reference to one in another.
        """
        # A place names a file from the repository's root with a slash, a reference without.
        answer = self.answers.get(path.replace(":/", ":", 1))
        if answer is not None:
            return f"{self.answered(answer)}#L{line}"
        if not self.home or _is_reference(path):
            return ""
        return f"{self.home}/blob/{self.base}/{_quoted(path)}#L{line}"

    def answered(self, answer: Answered) -> str:
        """The address of a file that was read of another repository."""
        repository = "/".join(answer.reference.partition("@")[0].split("/")[:2])
        commit, path = _quoted(answer.commit), _quoted(answer.path)
        return f"{self.web_url}/{_quoted(repository)}/blob/{commit}/{path}"

    def page(self, name: str) -> str:
        """A page of the repository, such as ``settings/actions``; empty where it isn't known."""
        return f"{self.home}/{name}" if self.home else ""


def links(circumstances: Circumstances, base: str) -> Links:
    """The links of a pull request whose files were read at ``base``."""
    web_url, repository = circumstances.web_url, circumstances.repository
    if not (web_url and repository):
        return Links()
    answers = {one.reference: one for one in circumstances.answers}
    return Links(f"{web_url}/{_quoted(repository)}", base, web_url, answers)


def _is_reference(path: str) -> bool:
    """Whether it names a file of another repository: these have an ``@``, and no owner a dot."""
    return "@" in path and not path.startswith(".")


def _quoted(text: str) -> str:
    """A part of an address; a name that is no text (half a surrogate pair) leads nowhere."""
    return quote(text, errors="replace")
