"""What a step with ``uses:`` needs: by the table, or by following the action's own steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from posixpath import join, normpath

from bot.hole import HOLE
from bot.permissions import actions, configs, follow
from bot.permissions.actions import COMMENTS, Need, Row
from bot.permissions.evidence import Doubt
from bot.permissions.tools.calls import is_another
from bot.permissions.walk import MAX_DEPTH, Frame
from bot.workflow.early import Term
from bot.workflow.model import NO_DEFAULTS, Action, Step
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
_NEXT = Callable[[Frame, Step], Outputs]
"""How the steps inside of a composite action are read."""


_NOWHERE = Scope()
"""Where defaults are read: they know of no step, and of no variable."""


def read(frame: Frame, step: Step, read_step: _NEXT, run_script: Callable[..., None]) -> Outputs:
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
    return _by_metadata(frame, step, action, reference, None, read_step)


def handed(frame: Frame, step: Step) -> Tokens:
    """The tokens that a step's ``with`` and ``env`` carry."""
    found = NO_TOKEN
    for value in (*step.inputs.values(), *step.env.values()):
        found |= frame.tokens(value)
    return found


def input_scope(frame: Frame, step: Step, defaults: Mapping[str, str]) -> Scope:
    """The scope in which an action reads its inputs: what the step gives, else the defaults."""
    inputs = {name: Bound(text, _NOWHERE) for name, text in defaults.items()}
    given = frame.scope
    if any("${{" in value.text for value in step.inputs.values()):
        given = replace(frame.scope, secrets_set=True)
    inputs.update({name: Bound(v.text, given) for name, v in step.inputs.items()})
    return replace(frame.scope, inputs=inputs, called=False)


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
    tokens = handed(frame, step)
    if tokens.maybe_github:
        frame.unknown(Doubt.IMAGE, reference)
    elif frame.walk.git_tokens.maybe_github and follow.names_release(reference):
        frame.unknown(Doubt.RELEASE, reference)
    else:
        frame.assume(reference)
    return Outputs(tokens=tokens)


def _local(
    frame: Frame, step: Step, reference: str, read_step: _NEXT, run_script: Callable[..., None]
) -> Outputs:
    folder = normpath(reference.replace("$/", "./", 1)).strip("/")
    folder = "" if folder == "." else folder
    action = None if folder.startswith("..") else frame.walk.world.action(folder)
    for home in frame.walk.checkouts:
        if action is None and folder.startswith(f"{home}/"):
            folder = folder.removeprefix(f"{home}/")
            action = frame.walk.world.action(folder)
    if action is None:
        frame.unknown(Doubt.ACTION, reference)
        return Outputs(tokens=ANY_TOKEN)
    row = None if action.using == "composite" else _own_row(frame, folder)
    if row is not None:
        return _by_row(frame, step, row, run_script)
    return _by_metadata(frame, step, action, reference, folder, read_step)


def _own_row(frame: Frame, folder: str) -> Row | None:
    """The row of an action of the very repository, which its workflows use by a local path."""
    repository = frame.walk.world.repository
    return actions.action(f"{repository}/{folder}".rstrip("/")) if repository else None


def _by_metadata(
    frame: Frame, step: Step, action: Action, reference: str, folder: str | None, read_step: _NEXT
) -> Outputs:
    defaults = {name: one.default.text for name, one in action.inputs.items() if one.default}
    scope = input_scope(frame, step, defaults)
    if action.using == "composite":
        return _composite(frame, action, scope, folder, read_step)
    if _may_use_oidc(frame, action, folder):
        frame.unknown(Doubt.ACTION_CODE, f"{reference} may ask for an OIDC token")
    tokens = handed(frame, step)
    for name, bound in (scope.inputs or {}).items():
        if name not in step.inputs:
            tokens |= bound.tokens()
    for value in action.env.values():
        tokens |= scope.tokens(value.text)
    if tokens.maybe_github:
        frame.unknown(Doubt.ACTION_CODE, reference)
    elif frame.walk.git_tokens.maybe_github and _PUSHES.search(action.text):
        frame.unknown(Doubt.ACTION_CODE, f"{reference} may push with the checkout's credentials")
    return Outputs(tokens=tokens)


_OIDC_CODE = re.compile(r"getIDToken|ACTIONS_ID_TOKEN_REQUEST")
_OIDC_WORDS = re.compile(
    r"oidc|openid|id-token|federat|workload.identity|role-to-assume|audience|keyless|provenance"
    r"|trusted.publish",
    re.IGNORECASE,
)
_PUSHES = re.compile(
    r"\bpush(?:es|ing)?\b[^\n]{0,60}\b(?:repo|branch|commit|change|tag)"
    r"|\b(?:commit|branch|change|tag)s?\b[^\n]{0,60}\bpush",
    re.IGNORECASE,
)


def _may_use_oidc(frame: Frame, action: Action, folder: str | None) -> bool:
    """Whether an action's code asks for the job's OIDC token, which nobody has to hand it.

    Its scripts tell, where they are at hand; else the words of its metadata do.
    """
    scripts = [] if folder is None else [normpath(join(folder, name)) for name in action.main]
    texts = [frame.walk.world.files.read(path) for path in scripts]
    if texts and all(text is not None for text in texts):
        return any(_OIDC_CODE.search(text or "") for text in texts)
    return bool(_OIDC_WORDS.search(action.text))


def _composite(
    frame: Frame, action: Action, scope: Scope, folder: str | None, read_step: _NEXT
) -> Outputs:
    if frame.depth >= MAX_DEPTH:
        frame.unknown(Doubt.ACTION, action.path)
        return Outputs(tokens=ANY_TOKEN)
    here = f"./{folder}" if folder else "."
    facts = {**scope.facts, ("github", "action_path"): here}
    scope = replace(scope, steps={}, facts=facts)
    # The defaults of a job's `run` steps are not those of an action's.
    inner = replace(
        frame, path=action.path, scope=scope, depth=frame.depth + 1, defaults=NO_DEFAULTS
    )
    ledger = frame.walk.ledger
    known, assumed = len(ledger.requirements), len(ledger.assumptions)
    results: dict[str, Outputs] = {}
    for one in action.steps:
        inner_scope = replace(scope, steps=dict(results))
        outputs = read_step(replace(inner, scope=inner_scope), one)
        if one.id:
            results[one.id.lower()] = outputs
    told = any("id-token" in r.grants for r in ledger.requirements[known:])
    if not told and len(ledger.assumptions) > assumed and _OIDC_WORDS.search(action.text):
        # It runs code that is not at hand, which its own words say may sign or log in.
        frame.unknown(Doubt.ACTION_CODE, f"{action.path} may ask for an OIDC token")
    final = replace(scope, steps=results)
    return Outputs({name: Bound(v.text, final) for name, v in action.outputs.items()}, NO_TOKEN)


def _by_row(frame: Frame, step: Step, row: Row, run_script: Callable[..., None]) -> Outputs:
    scope = input_scope(frame, step, row.defaults)
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
