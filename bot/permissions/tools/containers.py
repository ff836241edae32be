"""Container registries: docker, podman and their kin, helm, cosign; what they push to ghcr."""

from __future__ import annotations

from bot.hole import HOLE
from bot.permissions.run import Reading
from bot.permissions.uses import log_in, on_github_registry
from bot.scripts.shell import Command, Word
from bot.workflow.scope import ANY_TOKEN, GITHUB_TOKEN, NO_TOKEN, Tokens

_SOURCE = (
    (
        "https://docs.github.com/en/packages/working-with-a-github-packages-registry/"
        "working-with-the-container-registry#authenticating-in-a-github-actions-workflow"
    ),
)
_COSIGN_SOURCE = ("https://docs.sigstore.dev/cosign/signing/overview/",)
_SECRET_FLAGS = ("-p", "--password")

# Program → the subcommands (first words) that write to a registry, and those that read.
_WRITES = {
    "docker": ("push", "image push", "manifest push", "compose push", "buildx imagetools create"),
    "podman": ("push", "image push", "manifest push"),
    "buildah": ("push", "manifest push"),
    "nerdctl": ("push", "image push"),
    "oras": ("push", "cp", "copy", "attach", "tag", "manifest push", "blob push"),
    "crane": ("push", "copy", "cp", "tag", "append", "mutate", "index", "rebase", "delete"),
    "krane": ("push", "copy", "cp", "tag", "append", "mutate", "index", "rebase", "delete"),
    "skopeo": ("copy", "sync", "delete"),
    "regctl": ("image copy", "image mod", "image put", "artifact put", "tag delete", "index"),
    "helm": ("push",),
    "flux": ("push artifact", "tag artifact"),
    "ko": ("build", "publish", "apply", "resolve"),
    "wasm-to-oci": ("push",),
    "apko": ("publish",),
    "timoni": ("mod push", "artifact push"),
    "imgpkg": ("push", "copy"),
    "cosign": ("sign", "attest", "attach", "copy", "upload"),
    "notation": ("sign",),
}
_READS = {
    "docker": ("pull", "run", "build", "buildx", "compose", "manifest", "create", "image"),
    "podman": ("pull", "run", "build", "create"),
    "buildah": ("pull", "from", "bud", "build"),
    "nerdctl": ("pull", "run"),
    "oras": ("pull", "manifest", "discover"),
    "crane": ("pull", "manifest", "digest", "export", "config", "ls"),
    "krane": ("pull", "manifest", "digest", "export", "config", "ls"),
    "skopeo": ("inspect", "list-tags"),
    "regctl": ("image", "manifest", "tag"),
    "helm": ("pull", "install", "upgrade", "template", "dependency", "show"),
    "cosign": ("verify", "verify-attestation", "download", "tree", "triangulate"),
}
PROGRAMS = frozenset(_WRITES)
# Programs that log in to ghcr by themselves, with a token of the environment.
_LOGS_IN = {"krane": "GITHUB_TOKEN", "ko": "GITHUB_TOKEN"}


def container(reading: Reading, command: Command) -> None:
    """Write down what a container tool pushes to, pulls from or signs on ghcr."""
    program = reading.text(command.words[0]).rpartition("/")[2].removesuffix(".exe").lower()
    words = command.words[1:]
    plain = [reading.text(w) for w in words if not reading.text(w).startswith("-")]
    first, two, line = " ".join(plain[:1]), " ".join(plain[:2]), " ".join(plain)
    flags = [reading.text(w) for w in words if reading.text(w).startswith("-")]
    if first == "login" or two in ("registry login", "auth login"):
        _login(reading, command)
        return
    if program == "cosign":
        _cosign(reading, command, first, flags)
    pushes = any(f"{line} ".startswith(f"{verb} ") for verb in _WRITES[program])
    writes = pushes or _pushes_by_flag(flags)
    reads = first in _READS.get(program, ())
    if not writes and not reads:
        return
    images = " ".join(reading.text(w) for w in words)
    if writes and program == "ko":
        repository = reading.frame.scope.env.get("KO_DOCKER_REPO")
        images = repository.render() if repository else HOLE
    tokens = on_github_registry(reading.frame, images)
    if program in _LOGS_IN:
        tokens |= reading.in_env(command, _LOGS_IN[program]) or NO_TOKEN
    if writes:
        reading.frame.need(
            {"packages": "write"},
            "pushes to the container registry",
            f"{program} {first}",
            tokens=tokens,
            sources=_SOURCE,
            images=images,
            line=reading.line(command),
        )
    elif _names_github(images):
        reading.frame.need(
            {"packages": "read"},
            "pulls from the container registry",
            f"{program} {first}",
            tokens=tokens,
            sources=_SOURCE,
            line=reading.line(command),
        )


def _names_github(images: str) -> bool:
    return "ghcr.io" in images or "docker.pkg.github.com" in images


def _pushes_by_flag(flags: list[str]) -> bool:
    """``docker buildx build --push``, ``--output type=registry``."""
    return any(
        f in ("--push", "--push=true") or "type=registry" in f or "push=true" in f for f in flags
    )


def _login(reading: Reading, command: Command) -> None:
    """``docker login ghcr.io -u USER --password-stdin``, and its kin."""
    tokens = NO_TOKEN if command.stdin is None else reading.tokens(command.stdin)
    plain: list[str] = []
    skip = False
    for word in command.words[1:]:
        text = reading.text(word)
        tokens |= reading.tokens(word)
        if skip:
            skip = False
        elif text.startswith("-"):
            skip = "=" not in text and text not in (
                "--password-stdin",
                "--tls-verify",
                "--insecure",
            )
        elif text not in ("login", "registry", "auth"):
            plain.append(text)
    if not tokens.any and command.stdin is None:
        tokens = _unseen(command.words[1:], reading)
    log_in(reading.frame, plain[0] if plain else "docker.io", tokens)


def _unseen(words: tuple[Word, ...], reading: Reading) -> Tokens:
    """A password that comes from where it can't be seen: a pipe, a file, a variable."""
    flags = [reading.text(w) for w in words]
    piped = "--password-stdin" in flags or any(f in _SECRET_FLAGS for f in flags)
    return ANY_TOKEN if piped else NO_TOKEN


def _cosign(reading: Reading, command: Command, first: str, flags: list[str]) -> None:
    """Signing without a key asks Fulcio for a certificate with the job's OIDC token."""
    keyless = not any(
        f.split("=")[0] in ("--key", "-key", "--sk", "--identity-token") for f in flags
    )
    if first in ("sign", "sign-blob", "attest", "attest-blob") and keyless:
        reading.frame.need(
            {"id-token": "write"},
            "signs without a key",
            f"cosign {first}",
            tokens=GITHUB_TOKEN,
            sources=_COSIGN_SOURCE,
            line=reading.line(command),
        )
