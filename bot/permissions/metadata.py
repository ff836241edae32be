"""An action that is not in the table: by its own files, as far as they are at hand.

The steps of a composite action are read like a job's. Another action's metadata tells whether it
is handed a token; where it is, the code of a JavaScript action may tell for what.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from posixpath import join, normpath

from bot.permissions import javascript_action
from bot.permissions.evidence import Doubt
from bot.permissions.tools.calls import Topic, judge
from bot.permissions.walk import MAX_DEPTH, Frame
from bot.permissions.world import remote_root
from bot.workflow.model import NO_DEFAULTS, Action, Step
from bot.workflow.scope import ANY_TOKEN, NO_TOKEN, Bound, Outputs, Scope, Tokens

ReadStep = Callable[[Frame, Step], Outputs]
"""How the steps inside of a composite action are read."""

_NOWHERE = Scope()
"""Where defaults are read: they know of no step, and of no variable."""


def read(
    frame: Frame,
    step: Step,
    action: Action,
    reference: str,
    folder: str | None,
    read_step: ReadStep,
) -> Outputs:
    """Write down what a step needs that uses ``action``, and give what it puts out.

    ``folder``: the action's, in the checkout; None for one of another repository.
    """
    defaults = {name: one.default.text for name, one in action.inputs.items() if one.default}
    scope = input_scope(frame, step, defaults)
    if action.using == "composite":
        return _composite(frame, action, scope, folder, read_step)
    tokens = handed(frame, step)
    for name, bound in (scope.inputs or {}).items():
        if name not in step.inputs:
            tokens |= bound.tokens()
    for value in action.env.values():
        tokens |= scope.tokens(value.text)
    home = _home(action, folder)
    if tokens.maybe_github and _by_code(frame, action, home, tokens):
        return Outputs(tokens=tokens)
    if _may_use_oidc(frame, action, home):
        frame.unknown(Doubt.ACTION_CODE, f"{reference} may ask for an OIDC token")
    if tokens.maybe_github:
        frame.unknown(Doubt.ACTION_CODE, reference)
    elif names := _ambient(frame, action, home):
        frame.unknown(Doubt.ACTION_CODE, f"{reference} may use {names[0]} of the environment")
    elif frame.walk.git_tokens.maybe_github and _PUSHES.search(action.text):
        frame.unknown(Doubt.ACTION_CODE, f"{reference} may push with the checkout's credentials")
    return Outputs(tokens=tokens)


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


def is_remote(path: str) -> bool:
    """Whether the path of a file that is read is a reference to one of another repository."""
    return "@" in path


@dataclass(frozen=True, slots=True)
class _Home:
    """Where an action's files are: below ``root`` (see ``World.files``), in ``folder`` of that."""

    root: str
    folder: str


def _home(action: Action, folder: str | None) -> _Home:
    """The home of an action in a folder of the checkout; None for a remote one."""
    if folder is not None:
        return _Home("", folder)
    place, _, _ = action.path.partition("@")
    return _Home(remote_root(action.path), "/".join(place.split("/")[2:]).strip("/"))


def _reader(frame: Frame, home: _Home) -> Callable[[str], str | None]:
    files = frame.walk.world.files
    return lambda path: files.read(f"{home.root}/{path}" if home.root else path)


def _by_code(frame: Frame, action: Action, home: _Home, tokens: Tokens) -> bool:
    """Write down the calls that a JavaScript action makes with a token, if they can be told."""
    if not action.using.startswith("node"):
        return False
    made = javascript_action.read(_reader(frame, home), home.folder, action.main)
    if made is None:
        return False
    # Which text is code that runs is not looked at, so nothing of it is proved.
    assumed = replace(frame, conditional=True)
    tokens = replace(tokens, github=False, unknown=True)
    topic = Topic.EVENT if made.about_event else Topic.EITHER
    for call in made.calls:
        judge(assumed, call, f"calls {call.what}", tokens, frame.line, about=topic)
    if made.id_token:
        assumed.need({"id-token": "write"}, "asks for an OIDC token", action.path, tokens=ANY_TOKEN)
    return True


def _ambient(frame: Frame, action: Action, home: _Home) -> list[str]:
    """The variables with a token that an action finds in its environment, and may look at."""
    names = sorted(n for n, bound in frame.scope.env.items() if bound.tokens().maybe_github)
    if not names or not action.using.startswith("node"):
        return names
    read = javascript_action.mentions
    return names if read(_reader(frame, home), home.folder, action.main, names) else []


_OIDC_CODE = ("getIDToken", "ACTIONS_ID_TOKEN_REQUEST")
_OIDC_WORDS = re.compile(
    r"oidc|openid|id-token|federat|workload.identity|role-to-assume|audience|keyless|provenance"
    r"|trusted.publish",
    re.IGNORECASE,
)
# Logging in, publishing and signing can be done with an OIDC token without a word about it.
_LOGS_IN = re.compile(
    r"\bauth|\blog.?in\b|credential|publish|deploy|\bsign|attest|short-lived|\bcloud|\baws\b"
    r"|azure|\bgcp\b|vault|get.{0,40}\btoken\b",
    re.IGNORECASE,
)
_PUSHES = re.compile(
    r"\bpush(?:es|ing)?\b[^\n]{0,60}\b(?:repo|branch|commit|change|tag)"
    r"|\b(?:commit|branch|change|tag)s?\b[^\n]{0,60}\bpush",
    re.IGNORECASE,
)


def _may_use_oidc(frame: Frame, action: Action, home: _Home) -> bool:
    """Whether an action's code asks for the job's OIDC token, which nobody has to hand it.

    Its scripts tell, where they are at hand; else the words of its metadata do.
    """
    read_file = _reader(frame, home)
    if not home.root:
        texts = [read_file(normpath(join(home.folder, name))) for name in action.main]
        if texts and all(text is not None for text in texts):
            return any(word in (text or "") for text in texts for word in _OIDC_CODE)
    if _OIDC_WORDS.search(action.text):
        return True
    if not _LOGS_IN.search(action.text):
        return False
    code = javascript_action.mentions
    return not action.main or code(read_file, home.folder, action.main, _OIDC_CODE)


def _composite(
    frame: Frame, action: Action, scope: Scope, folder: str | None, read_step: ReadStep
) -> Outputs:
    if frame.depth >= MAX_DEPTH:
        frame.unknown(Doubt.ACTION, action.path)
        return Outputs(tokens=ANY_TOKEN)
    here = f"./{folder}" if folder else "."
    if folder is None:
        home = _home(action, None)
        here = join(home.root, home.folder) if home.folder else home.root
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
