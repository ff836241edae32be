"""What a step with ``uses:`` needs: by the table, or by following the action's own steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from posixpath import normpath

from bot.hole import HOLE
from bot.permissions import actions, configs, follow, metadata
from bot.permissions.actions import COMMENTS, Need, Row
from bot.permissions.evidence import Doubt
from bot.permissions.metadata import ReadStep
from bot.permissions.tools.calls import is_another
from bot.permissions.walk import Frame
from bot.workflow.early import Term
from bot.workflow.model import Step
from bot.workflow.scope import (
    ANY_TOKEN,
    GITHUB_TOKEN,
    NO_TOKEN,
    THIS_REPOSITORY,
    Bound,
    Outputs,
    Scope,
    Tokens,
)

GITHUB_REGISTRIES = ("ghcr.io", "docker.pkg.github.com")


def read(frame: Frame, step: Step, read_step: ReadStep, run_script: Callable[..., None]) -> Outputs:
    """Write down what a ``uses:`` step needs, and give what it puts out."""
    assert step.uses is not None  # noqa: S101 - the caller looks at it to choose
    reference = frame.scope.text(step.uses.text).strip()
    if reference.startswith("docker://"):
        return _image(frame, step, reference)
    if HOLE in reference:
        frame.unknown(Doubt.DYNAMIC, step.uses.text)
        return Outputs(tokens=ANY_TOKEN)
    if reference.startswith(("./", "$/", "../")) or reference == ".":
        return _local(frame, step, reference, read_step, run_script)
    name, _, _ = reference.partition("@")
    row = actions.action(name)
    if row is not None:
        return _by_row(frame, step, row, run_script)
    action = frame.walk.world.remote_action(reference)
    if action is None:
        frame.unknown(Doubt.ACTION, reference)
        return Outputs(tokens=ANY_TOKEN)
    return metadata.read(frame, step, action, reference, None, read_step)


def carried(frame: Frame, scope: Scope, carriers: tuple[str, ...]) -> Tokens:
    """The tokens that the first of the carriers that is set can hold."""
    for carrier in carriers:
        kind, _, name = carrier.partition(".")
        if kind in ("own", "oidc"):
            return GITHUB_TOKEN
        if kind == "git":
            return frame.walk.git_tokens
        bound = scope.env.get(name) if kind == "env" else (scope.inputs or {}).get(name)
        if bound is not None and (bound.carries or bound.text.strip()):
            return bound.tokens()
    return NO_TOKEN


def on_github_registry(frame: Frame, images: str) -> Tokens:
    """The tokens with which images of these names are pushed to or pulled from ghcr.

    ``images``: any text that names them; :data:`HOLE` for what is not known. The empty text means
    that the names are unknown altogether.
    """
    found = NO_TOKEN
    for host in GITHUB_REGISTRIES:
        if host in images or HOLE in images or not images:
            found |= frame.walk.registries.get(host, NO_TOKEN)
    if not images or HOLE in images:
        found |= frame.walk.registries.get("?", NO_TOKEN)
    return found


def _image(frame: Frame, step: Step, reference: str) -> Outputs:
    """A ``docker://`` step: a foreign program that can do whatever its token allows."""
    tokens = metadata.handed(frame, step)
    for bound in frame.scope.env.values():
        tokens |= bound.tokens()
    if tokens.maybe_github:
        frame.unknown(Doubt.IMAGE, reference)
    elif frame.walk.git_tokens.maybe_github and follow.names_release(reference):
        frame.unknown(Doubt.RELEASE, reference)
    else:
        frame.assume(reference)
    return Outputs(tokens=tokens)


def _local(
    frame: Frame, step: Step, reference: str, read_step: ReadStep, run_script: Callable[..., None]
) -> Outputs:
    folder = normpath(reference.replace("$/", "./", 1)).strip("/")
    folder = "" if folder == "." else folder
    action = None if folder.startswith("..") else frame.walk.world.action(folder)
    for home in frame.walk.checkouts:
        if action is None and folder.startswith(f"{home}/"):
            folder = folder.removeprefix(f"{home}/")
            action = frame.walk.world.action(folder)
    if action is None or (reference.startswith("$/") and metadata.is_remote(frame.path)):
        frame.unknown(Doubt.ACTION, reference)
        return Outputs(tokens=ANY_TOKEN)
    row = None if action.using == "composite" else _own_row(frame, folder)
    if row is not None:
        return _by_row(frame, step, row, run_script)
    return metadata.read(frame, step, action, reference, folder, read_step)


def _own_row(frame: Frame, folder: str) -> Row | None:
    """The row of an action of the very repository, which its workflows use by a local path."""
    repository = frame.walk.world.repository
    return actions.action(f"{repository}/{folder}".rstrip("/")) if repository else None


def _by_row(frame: Frame, step: Step, row: Row, run_script: Callable[..., None]) -> Outputs:
    scope = metadata.input_scope(frame, step, row.defaults)
    # A login serves the step's own needs, so it comes first.
    if row.login is not None:
        registry = step.inputs.get(row.login.registry)
        host = frame.scope.text(registry.text).strip() if registry else ""
        password = step.inputs.get(row.login.password)
        log_in(frame, host or row.login.default, frame.tokens(password) if password else NO_TOKEN)
    frame.walk.ssh = frame.walk.ssh or "ssh" in row.name
    apply(frame, row, scope)
    for script in row.runs:
        text = step.inputs.get(script.input)
        if text is not None:
            run_script(frame, text, script.shell, _beside(frame, step, script.input, scope, row))
    git = row.git_credentials
    if git is not None:
        path = frame.scope.text(step.inputs["path"].text) if "path" in step.inputs else ""
        if path and "repository" not in step.inputs:
            frame.walk.checkouts.add(normpath(path))
        where = f"{row.name} {path}"
        named = _named_repository(scope)
        if named is not None and named != THIS_REPOSITORY:
            frame.walk.homes[where] = named
        keeps = git.when is None or bool(scope.holding(frame.events, git.when))
        frame.walk.git[where] = carried(frame, scope, git.carriers) if keeps else NO_TOKEN
    minted = f"steps.{step.id}.outputs.{row.mints[0]}" if step.id and row.mints else row.name
    return Outputs(
        {name: Bound(text, scope) for name, text in row.outputs.items()},
        Tokens(others=frozenset({minted})) if row.mints else NO_TOKEN,
    )


def _beside(frame: Frame, step: Step, script: str, scope: Scope, row: Row) -> Tokens:
    """The tokens that an action hands to a script of its inputs, beside the environment."""
    found = carried(frame, scope, row.carriers)
    for name, value in step.inputs.items():
        if name != script:
            found |= frame.tokens(value)
    return found


def log_in(frame: Frame, host: str, tokens: Tokens) -> None:
    """Note a login to a container registry; a host that isn't known is kept as ``?``."""
    key = "?" if HOLE in host else host.removeprefix("https://").split("/")[0].lower()
    frame.walk.registries[key] = frame.walk.registries.get(key, NO_TOKEN) | tokens


def _named_repository(scope: Scope) -> str | None:
    """The repository that an action's inputs name; None where they name none."""
    inputs = scope.inputs or {}
    named = inputs.get("repository")
    if named is not None and named.text.strip():
        return named.render().strip()
    owner, name = inputs.get("owner"), inputs.get("repo")
    if name is not None and "/" in name.render():
        return name.render().strip()
    if owner is None or name is None or not (owner.text.strip() and name.text.strip()):
        return None
    return f"{owner.render()}/{name.render()}"


def apply(frame: Frame, row: Row, scope: Scope) -> None:
    """Write down what a row says, read in ``scope``."""
    for need in row.needs:
        events = frame.events if need.when is None else scope.holding(frame.events, need.when)
        if not events:
            continue
        if need.carriers == ("registry",):
            images = ""
            if need.images is not None:
                images = scope.render(need.images)
            tokens = on_github_registry(frame, images)
        else:
            images = ""
            tokens = carried(frame, scope, need.carriers)
            if _is_elsewhere(frame, row.name, scope, need, tokens):
                continue
        by_key = frame.walk.ssh and need.carriers == ("git",)
        inner_frame = replace(frame, conditional=True) if by_key else frame
        inner_frame.need(
            need.scopes,
            need.why,
            row.name,
            tokens=tokens,
            sources=row.sources,
            events=events,
            when=None if need.when is None else Term(need.when, scope),
            repository=frame.walk.git_home
            if need.carriers == ("git",)
            else _named_repository(scope),
            images=images,
        )
    for call in row.beyond:
        tokens = carried(frame, scope, row.carriers)
        held = call.when is None or scope.holding(frame.events, call.when)
        if tokens.any and held:
            repository = _named_repository(scope)
            if tokens.maybe_github:
                frame.beyond(call.why, call.permission, row.name, tokens, None, repository)
            else:
                use = frame.use(tokens, repository=repository)
                frame.other(call.permission, call.why, row.name, use)
    for caveat in row.caveats:
        handed_over = not row.carriers or carried(frame, scope, row.carriers).maybe_github
        if handed_over and (caveat.when is None or scope.holding(frame.events, caveat.when)):
            frame.unknown(Doubt.ACTION_CODE, f"{row.name}: {caveat.why}")
    if row.config is not None:
        tokens = carried(frame, scope, row.carriers)
        configs.read(frame, row.config, scope, tokens, row.sources)


def _is_elsewhere(frame: Frame, rule: str, scope: Scope, need: Need, tokens: Tokens) -> bool:
    """Whether an action writes to another repository, which GITHUB_TOKEN can't; written down.

    Only its inputs tell, and a registry's image is no repository.
    """
    repository = _named_repository(scope)
    if "git" in need.carriers or "packages" in need.scopes or not repository or not tokens.github:
        return False
    writes = [f"{s.replace('-', '_')}: {lv}" for s, lv in need.scopes.items() if lv == "write"]
    if not writes or COMMENTS in need.scopes or not is_another(frame.walk.world, repository):
        return False
    why = f"{need.why} in {repository}"
    frame.beyond(why, " & ".join(writes), rule, tokens, None, repository)
    return True
