"""A step that runs a release tool, and what its reader may ask about it."""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import normpath

from bot.hole import HOLE
from bot.permissions.configs import files
from bot.permissions.evidence import Doubt
from bot.permissions.walk import Frame
from bot.workflow.model import Job
from bot.workflow.scope import ANY_TOKEN, Scope, Tokens


@dataclass(frozen=True, slots=True)
class Tool:
    """A step that runs a release tool.

    Attributes:
        name: of its configuration, as rows have it.
        tokens: those that it uses for GitHub's API.
    """

    frame: Frame
    name: str
    scope: Scope
    tokens: Tokens
    sources: tuple[str, ...]

    def need(self, scope: str, why: str, tokens: Tokens) -> None:
        """Write down that a scope is needed for writing."""
        self.frame.need({scope: "write"}, why, self.name, tokens=tokens, sources=self.sources)

    def unknown(self, what: str = "") -> None:
        """Write down that the configuration can't be known, if GITHUB_TOKEN is at stake."""
        if self.tokens.maybe_github:
            self.frame.unknown(Doubt.CONFIGURATION, f"{self.name}: {what}" if what else self.name)

    def input(self, name: str) -> str:
        """An input's text, with :data:`HOLE` for what is not known; empty without it."""
        bound = (self.scope.inputs or {}).get(name)
        return "" if bound is None else bound.render()

    def env(self, *names: str) -> Tokens | None:
        """The tokens in the first of these variables that is set; None if none is."""
        bounds = [self.scope.env[n] for n in names if n in self.scope.env]
        return bounds[0].tokens() if bounds else None

    def first(self, *paths: str) -> tuple[str, object] | None:
        """The first of these files that is there: its path, and what it holds."""
        for path in map(normpath, paths):
            inside = not path.startswith(("../", "/")) and HOLE not in path
            text = self.frame.walk.world.files.read(path) if inside else None
            if text is not None:
                return path, files.parse(path, text)
        return None

    @property
    def words(self) -> list[str]:
        """The words of the command line."""
        return self.input("args").split()

    @property
    def job(self) -> Job | None:
        """The job that the step stands in; None inside of an action or a script."""
        workflow = self.frame.walk.workflow
        if self.frame.path != workflow.path:
            return None
        before = [j for j in workflow.jobs if j.line <= self.frame.line]
        return max(before, key=lambda j: j.line, default=None)

    def identity_by_declaration(self, why: str) -> None:
        """Judge by the job's block whether a tool that may ask for an OIDC token does."""
        job = self.job
        held = self.frame.walk.workflow.held(job) if job is not None else None
        if held is None:
            self.frame.unknown(Doubt.CONFIGURATION, f"{self.name}: whether it asks for OIDC")
        elif held.grants.get("id-token") == "write":
            self.need("id-token", why, ANY_TOKEN)

    def mentions(self, *words: str) -> bool:
        """Whether a step of the job, or of an action of the checkout, names one of these words."""
        job = self.job
        texts: list[str] = []
        for step in job.steps if job is not None else ():
            texts += [text.text for text in (step.uses, step.run) if text is not None]
            if step.uses is not None and step.uses.text.startswith("./"):
                action = self.frame.walk.world.action(normpath(step.uses.text))
                texts.append("" if action is None else action.text)
        return any(word in text for word in words for text in texts)


def option(words: list[str], *names: str) -> str:
    """The value of an option, in either form; empty without it."""
    for n, word in enumerate(words):
        for name in names:
            value = value_of(words, n, word, name)
            if value:
                return value
    return ""


def value_of(words: list[str], n: int, word: str, name: str) -> str:
    """The value of the option ``name`` if ``word``, the nth, is that option; else empty."""
    if word == name:
        return words[n + 1] if n + 1 < len(words) else ""
    return word[len(name) + 1 :] if word.startswith(f"{name}=") else ""
