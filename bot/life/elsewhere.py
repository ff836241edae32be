"""What a step publishes without GitHub: to a registry, a shop, a server or a cloud.

No scope of GITHUB_TOKEN tells of that, so names must: those of programs and their subcommands, of
actions, of scripts and of tasks. A wrong yes costs a push to the repository itself (it goes by a
fork), a wrong no starts somebody's release; so the names are taken widely.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from bot.scripts import shell
from bot.workflow.evaluate import PartialText, Value, text

_ANYHOW, _ALONE = "*", ""
# Program → the first words (options left out) with which it publishes; _ALONE where there are none.
_COMMANDS: Mapping[str, tuple[str, ...]] = {
    # Packages.
    "npm": ("publish", "pub"),
    "pnpm": ("publish", "-r publish"),
    "yarn": ("publish", "npm publish", "workspaces foreach npm publish"),
    "bun": ("publish",),
    "lerna": ("publish",),
    "changeset": ("publish",),
    "jsr": ("publish",),
    "deno": ("publish", "deploy"),
    "twine": ("upload",),
    "poetry": ("publish",),
    "flit": ("publish",),
    "uv": ("publish",),
    "pdm": ("publish",),
    "hatch": ("publish",),
    "maturin": ("publish", "upload"),
    "cargo": ("publish", "release", "workspaces publish", "ws publish", "smart-release"),
    "gem": ("push",),
    "rake": ("release",),
    "mvn": ("deploy", "release:perform"),
    "mvnw": ("deploy", "release:perform"),
    "gradle": ("publish", "uploadArchives", "publishPlugins", "publishToSonatype"),
    "gradlew": ("publish", "uploadArchives", "publishPlugins", "publishToSonatype"),
    "sbt": ("publish", "ci-release", "release"),
    "dotnet": ("nuget push",),
    "nuget": ("push",),
    "dart": ("pub publish",),
    "flutter": ("pub publish",),
    "mix": ("hex.publish",),
    "luarocks": ("upload",),
    "choco": ("push",),
    "anaconda": ("upload",),
    "cloudsmith": ("push",),
    "jf": ("rt upload", "rt u", "rt publish"),
    "jreleaser": ("full-release", "release", "deploy"),
    "goreleaser": ("release", "publish"),
    # Shops.
    "vsce": ("publish",),
    "ovsx": ("publish",),
    "snapcraft": ("upload", "push", "release"),
    "fastlane": (_ANYHOW,),
    "eas": ("submit", "update"),
    # Images and charts.
    "docker": ("push", "image push", "manifest push", "compose push", "buildx imagetools create"),
    "podman": ("push", "image push", "manifest push"),
    "buildah": ("push", "manifest push"),
    "nerdctl": ("push", "image push"),
    "crane": ("push", "copy", "cp", "tag", "append", "mutate"),
    "skopeo": ("copy", "sync"),
    "oras": ("push", "copy", "cp"),
    "ko": ("build", "publish", "apply", "resolve"),
    "helm": ("push", "cm-push", "upgrade", "install"),
    # Servers and clouds.
    "kubectl": ("apply", "set", "rollout", "replace", "patch"),
    "oc": ("apply", "rollout", "start-build", "import-image"),
    "terraform": ("apply",),
    "tofu": ("apply",),
    "pulumi": ("up",),
    "cdk": ("deploy",),
    "sam": ("deploy",),
    "serverless": ("deploy",),
    "sls": ("deploy",),
    "ansible-playbook": (_ANYHOW,),
    "cap": (_ANYHOW,),
    "aws": (
        "s3 sync",
        "s3 cp",
        "s3 mv",
        "ecs update-service",
        "lambda update-function-code",
        "lambda publish-version",
        "cloudformation deploy",
        "elasticbeanstalk update-environment",
        "cloudfront create-invalidation",
    ),
    "gcloud": ("run deploy", "app deploy", "functions deploy", "builds submit"),
    "gsutil": ("cp", "rsync", "-m cp", "-m rsync"),
    "az": ("webapp deploy", "webapp up", "functionapp deployment", "storage blob upload-batch"),
    "wrangler": ("deploy", "publish", "pages deploy", "pages publish"),
    "vercel": (_ALONE, "deploy"),
    "netlify": ("deploy",),
    "firebase": ("deploy", "hosting:channel:deploy", "appdistribution:distribute"),
    "fly": ("deploy",),
    "flyctl": ("deploy",),
    "railway": ("up",),
    "heroku": ("container:release", "container:push"),
    "surge": (_ANYHOW,),
    "scp": (_ANYHOW,),
    "sftp": (_ANYHOW,),
    "lftp": (_ANYHOW,),
    "ssh": (_ANYHOW,),
    "sshpass": (_ANYHOW,),
}
# Programs that start another one, whose name stands behind theirs.
_RUNNERS = frozenset(
    """
    npx bunx pnpx npm pnpm yarn bun corepack bundle poetry pipenv uv uvx pipx pdm hatch rye pixi
    python python3 py mise asdf
    """.split()  # noqa: SIM905 - a list of them would be a page
)
_PUSHES = frozenset({"--push", "--push=true"})
_REHEARSES = frozenset({"--dry-run", "--dryrun", "--dry-run=client", "--snapshot", "--check"})
# Programs that run something of the repository, whose name then tells: a task, a target, a script.
_TASKS = frozenset(
    """
    npm pnpm yarn bun make gmake just task rake invoke nox tox mage ant bazel nx turbo bash sh zsh
    source . pwsh powershell python python3 py node ruby perl
    """.split()  # noqa: SIM905
)
_VERB = re.compile(
    r"(?:^|[^a-z])(?:releas|publish|deploy)(?:e|er|ing|ment|s)?(?:$|[^a-z])", re.IGNORECASE
)
_NO_VERB = re.compile(
    r"(?:^|[^a-z])(?:tests?|check|lint|verify|validate|build|dry|notes|version|changelog|info|get"
    r"|fetch|find|latest|download(?:er)?|results?|report(?:er|s)?|coverage|comment|status"
    r"|artifacts?|setup|install|wait|config|local|mode|profile)(?:$|[^a-z])",
    re.IGNORECASE,
)
_TESTS = re.compile(
    r"(?:^|[^a-z])(?:tests?|testing|ci|integration|e2e|lint|checks?|coverage|bench(?:mark)?s?)"
    r"(?:$|[^a-z])",
    re.IGNORECASE,
)
_MAX_WORDS = 6


def is_named(text: str) -> bool:
    """Whether a name is that of something which releases, publishes or deploys."""
    return bool(_VERB.search(text)) and not _NO_VERB.search(text)


def is_test(text: str) -> bool:
    """Whether names say of a job that it only tests."""
    return bool(_TESTS.search(text)) and not _VERB.search(text)


def commands(script_text: str, shell_name: str) -> Iterator[tuple[int, str]]:
    """The commands of a script that publish: their lines in it, from 0, and their first words.

    Args:
        script_text: as it stands below ``run:``.
        shell_name: the value of ``shell:`` that holds for it, or the empty text.
    """
    script = shell.read(script_text, "" if "${{" in shell_name else shell_name)
    if isinstance(script, shell.UnreadShell):
        return
    for command in script.commands:
        words = [word.text.replace(shell.HOLE, "…") for word in command.words]
        if words[0] not in script.functions and _publishes(words):
            yield command.line, " ".join(words[:3])


def _publishes(words: Sequence[str]) -> bool:
    """Whether a command publishes, by its own words or by those that it hands to another."""
    if not _REHEARSES.isdisjoint(words):
        return False
    program = _program(words[0])
    if _by_words(program, words[1:]):
        return True
    if program in _RUNNERS:
        for at in range(1, min(len(words), _MAX_WORDS)):
            if _by_words(_program(words[at]), words[at + 1 :]):
                return True
    plain = [word for word in words[1:] if not word.startswith("-")]
    if program in _TASKS:
        return any(is_named(word.rpartition("/")[2]) for word in plain[:2])
    return "/" in words[0] and is_named(program)


def _by_words(program: str, rest: Sequence[str]) -> bool:
    verbs = _COMMANDS.get(program)
    if verbs is None:
        return False
    if program in _BUILDERS and not _PUSHES.isdisjoint(rest):
        return True
    line = " ".join(word for word in rest if not word.startswith("-")) + " "
    return any(
        verb is _ANYHOW or (line.strip() == "" if verb is _ALONE else line.startswith(f"{verb} "))
        for verb in verbs
    )


_BUILDERS = frozenset({"docker", "podman", "buildah", "nerdctl"})


def _program(word: str) -> str:
    """A program's name: without its folder, its version and what Windows adds."""
    name = word.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
    return name.partition("@")[0]


_IMAGE_ACTIONS = frozenset({"docker/build-push-action", "docker/bake-action"})
_IMAGE_INPUTS = ("push", "outputs", "set")
# Actions whose names don't say that they publish.
_ACTIONS = frozenset(
    """
    akhileshns/heroku-deploy amondnet/vercel-action appleboy/scp-action appleboy/ssh-action
    apple-actions/upload-testflight-build cloudflare/pages-action cloudflare/wrangler-action
    google-github-actions/upload-cloud-storage jakejarvis/s3-sync-action nwtgck/actions-netlify
    r0adkll/upload-google-play redhat-actions/push-to-registry superfly/flyctl-actions/1.1
    """.split()  # noqa: SIM905
)


def action(name: str, value: Callable[[str], Value]) -> str:
    """What a step with an action does that publishes, a verb phrase; else the empty text.

    Args:
        name: ``owner/repo[/path]`` without its version.
        value: gives what an input of the step holds; null for one that is not given.
    """
    name = name.lower()
    if name in _IMAGE_ACTIONS:
        return "pushes images" if any(_asks_to_push(value(one)) for one in _IMAGE_INPUTS) else ""
    return "publishes" if name in _ACTIONS or is_named(name.partition("/")[2]) else ""


def _asks_to_push(given: Value) -> bool:
    """Whether an input of an action that builds images may ask it to push them."""
    words = text(given)
    if isinstance(words, PartialText):
        return True
    return words.lower() == "true" or "type=registry" in words or "push=true" in words
