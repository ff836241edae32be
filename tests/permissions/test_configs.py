"""What release tools need, by the configuration that lies in the checkout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from bot.permissions.evidence import Doubt, JobNeeds
from bot.permissions.infer import infer
from bot.permissions.world import World

_PATH = ".github/workflows/release.yml"
_RELEASE = {"contents": "write"}
_FULL = {"contents": "write", "issues": "write", "pull-requests": "write"}
_LOGIN = "echo $GITHUB_TOKEN | docker login ghcr.io -u me --password-stdin"
_COSIGN = "https://github.com/sigstore/cosign"


@dataclass(frozen=True)
class _Files:
    texts: Mapping[str, str] = field(default_factory=dict)

    def read(self, path: str) -> str | None:
        return self.texts.get(path)

    def workflows(self) -> tuple[str, ...]:
        return (_PATH,)


def _needs(
    *commands: str,
    files: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    declared: str | None = None,
) -> JobNeeds:
    """What a job needs that runs these commands with GITHUB_TOKEN in its environment."""
    lines = ["on: push", "jobs:", "  release:", "    runs-on: ubuntu-latest"]
    if declared is not None:
        lines += [f"    permissions: {declared}"]
    lines += ["    env:", "      GITHUB_TOKEN: ${{ github.token }}"]
    lines += [f"      {name}: {value}" for name, value in (env or {}).items()]
    lines += ["    steps:"]
    for command in commands:
        lines += [
            f"      - {command}" if command.startswith("uses:") else f"      - run: {command}"
        ]
    world = World(_Files({_PATH: "\n".join(lines), **(files or {})}))
    workflow = world.workflow(_PATH)
    assert workflow is not None
    return infer(world, workflow, workflow.jobs[0])


@pytest.mark.parametrize(
    ("text", "grants"),
    [
        pytest.param("builds: []", _RELEASE, id="a plain configuration releases"),
        pytest.param("release: {disable: true}", {}, id="a disabled release needs nothing"),
        pytest.param("release: {disable: 'True'}", {}, id="disabled in quotes"),
        pytest.param(
            "milestones: [{close: true}]", {**_RELEASE, "issues": "write"}, id="closes milestones"
        ),
        pytest.param("milestones: [{close: false}]", _RELEASE, id="leaves milestones open"),
        pytest.param(
            "release: {discussion_category_name: News}",
            {**_RELEASE, "discussions": "write"},
            id="opens a discussion",
        ),
        pytest.param(
            "dockers: [{image_templates: ['ghcr.io/me/it:latest']}]",
            {**_RELEASE, "packages": "write"},
            id="pushes an image to ghcr",
        ),
        pytest.param(
            "dockers_v2: [{images: ['me/it', 'ghcr.io/me/it']}]",
            {**_RELEASE, "packages": "write"},
            id="pushes to two registries",
        ),
        pytest.param(
            "kos: [{repositories: ['{{ .Env.REGISTRY }}/me/it']}]",
            {**_RELEASE, "packages": "write"},
            id="a registry that a template names may be ghcr",
        ),
        pytest.param(
            "dockers: [{image_templates: ['docker.io/me/{{ .Name }}']}]",
            _RELEASE,
            id="an image elsewhere",
        ),
        pytest.param(
            "signs: [{cmd: cosign, args: [sign-blob, --yes, '${artifact}']}]",
            {**_RELEASE, "id-token": "write"},
            id="signs without a key",
        ),
        pytest.param(
            "signs: [{cmd: cosign, args: [sign-blob, --key=env://COSIGN_KEY]}]",
            _RELEASE,
            id="signs with a key",
        ),
        pytest.param("signs: [{artifacts: checksum}]", _RELEASE, id="signs with gpg"),
        pytest.param("docker_signs: [{artifacts: all}]", _RELEASE, id="the default uses a key"),
        pytest.param(
            "docker_signs: [{args: [sign, --yes, '${artifact}']}]",
            {**_RELEASE, "id-token": "write"},
            id="signs images without a key",
        ),
        pytest.param(
            "mcp: {auth: {type: github-oidc}}",
            {**_RELEASE, "id-token": "write"},
            id="publishes to the registry of MCP servers",
        ),
        pytest.param(
            "release: {disable: true}\nbrews: [{repository: {owner: me, name: it}}]",
            _RELEASE,
            id="a package index that has no token of its own",
        ),
        pytest.param(
            "release: {disable: true}\nbrews: [{repository: {name: it, token: '{{ .Env.T }}'}}]",
            {},
            id="a package index with its own token",
        ),
        pytest.param("{not yaml", _RELEASE, id="a broken file says nothing"),
        pytest.param("a: &a [*a]", _RELEASE, id="an anchor in itself says nothing"),
        pytest.param("[" * 5000, _RELEASE, id="nesting without end says nothing"),
    ],
)
def test_goreleaser_reads_its_configuration(text: str, grants: Mapping[str, str]) -> None:
    needs = _needs(_LOGIN, "goreleaser release", files={".goreleaser.yaml": text})

    assert (needs.grants, needs.unknowns) == (grants, ())


@pytest.mark.parametrize(
    ("arguments", "grants"),
    [
        pytest.param("release --clean", _RELEASE, id="a release"),
        pytest.param("--clean", _RELEASE, id="no subcommand is a release"),
        pytest.param("release --skip=validate,announce", _RELEASE, id="skips other things"),
        pytest.param("release --skip mcp", _RELEASE, id="what is skipped is no subcommand"),
        pytest.param("release --snapshot", {}, id="a snapshot"),
        pytest.param("release --snapshot=false", _RELEASE, id="no snapshot"),
        pytest.param("release --skip=sign,publish", {}, id="skips publishing"),
        pytest.param("release --skip publish", {}, id="skips publishing, in two words"),
        pytest.param("release --skip-publish", {}, id="skips publishing, the old way"),
        pytest.param("release --split", {}, id="a part of a release"),
        pytest.param("continue --merge", _RELEASE, id="the end of a split release"),
        pytest.param("build --clean", {}, id="a build"),
        pytest.param("check", {}, id="a check"),
        pytest.param("--version", {}, id="a version"),
    ],
)
def test_goreleaser_without_configuration_works_by_its_command_line(
    arguments: str, grants: Mapping[str, str]
) -> None:
    assert _needs(f"goreleaser {arguments}").grants == grants


@pytest.mark.parametrize(
    ("steps", "grants"),
    [
        pytest.param([_LOGIN], {**_RELEASE, "packages": "write"}, id="a login to ghcr"),
        pytest.param(
            ["uses: sigstore/cosign-installer@v4"],
            {**_RELEASE, "id-token": "write"},
            id="an action that installs cosign",
        ),
        pytest.param(
            [f"curl -LO {_COSIGN}"], {**_RELEASE, "id-token": "write"}, id="a script that does"
        ),
        pytest.param(["echo hello"], _RELEASE, id="neither"),
    ],
)
def test_goreleaser_without_configuration_follows_the_steps_before_it(
    steps: list[str], grants: Mapping[str, str]
) -> None:
    assert _needs(*steps, "goreleaser release").grants == grants


def test_goreleaser_signs_with_the_cosign_that_an_action_of_the_checkout_installs() -> None:
    action = "runs: {using: composite, steps: [{uses: sigstore/cosign-installer@v4}]}"

    needs = _needs("uses: ./tools", "goreleaser release", files={"tools/action.yml": action})

    assert needs.grants == {**_RELEASE, "id-token": "write"}


@pytest.mark.parametrize("path", ["../x.yml", "/x.yml", "a/../../x.yml"])
def test_no_configuration_is_read_outside_of_the_checkout(path: str) -> None:
    files = {path: "release: {disable: true}", "../x.yml": "release: {disable: true}"}

    assert _needs(f"goreleaser release -f {path}", files=files).grants == _RELEASE


def test_goreleaser_with_a_key_signs_without_an_identity() -> None:
    needs = _needs(
        "uses: sigstore/cosign-installer@v4",
        "goreleaser release",
        env={"COSIGN_PRIVATE_KEY": "${{ secrets.KEY }}"},
    )

    assert needs.grants == _RELEASE


def test_goreleaser_says_that_it_had_no_configuration() -> None:
    assert any("goreleaser" in a.what for a in _needs("goreleaser release").assumptions)


def test_goreleaser_reads_the_file_that_its_option_names() -> None:
    files = {"ci/night.yml": "release: {disable: true}", ".goreleaser.yml": "builds: []"}

    assert _needs("goreleaser release -f ci/night.yml", files=files).grants == {}


_NPM_TOKEN = {"NPM_TOKEN": "${{ secrets.NPM_TOKEN }}"}


@pytest.mark.parametrize(
    ("files", "grants"),
    [
        pytest.param({"package.json": "{}"}, _FULL, id="the default plugins"),
        pytest.param(
            {"package.json": '{"publishConfig": {"provenance": true}}'},
            {**_FULL, "id-token": "write"},
            id="a package with provenance",
        ),
        pytest.param(
            {"package.json": "{}", ".npmrc": "provenance=true"},
            {**_FULL, "id-token": "write"},
            id="provenance by npm's settings",
        ),
        pytest.param(
            {"package.json": "{}", ".releaserc": '{"plugins": ["@semantic-release/git"]}'},
            _RELEASE,
            id="no plugin that comments",
        ),
        pytest.param(
            {"package.json": '{"release": {"plugins": []}}', ".releaserc.yml": "plugins: [x]"},
            _RELEASE,
            id="package.json comes first",
        ),
        pytest.param(
            {
                "package.json": "{}",
                ".releaserc.json": '{"plugins": [["@semantic-release/github", {"successComment":'
                ' false, "releasedLabels": false, "failComment": false}]]}',
            },
            _RELEASE,
            id="comments turned off",
        ),
        pytest.param(
            {
                "package.json": "{}",
                ".releaserc.yaml": "plugins:\n- - '@semantic-release/github'\n"
                "  - successComment: false\n    releasedLabels: false",
            },
            {**_RELEASE, "issues": "write"},
            id="only failures are reported",
        ),
        pytest.param(
            {
                "package.json": "{}",
                "release.config.js": "module.exports = {plugins: ['@semantic-release/github']}",
            },
            _FULL,
            id="plugins that a script names",
        ),
        pytest.param(
            {
                "package.json": '{"publishConfig": {"provenance": true}}',
                ".releaserc": '{"plugins": [["@semantic-release/npm", {"npmPublish": false}]]}',
            },
            _RELEASE,
            id="npm is told not to publish",
        ),
        pytest.param(
            {"package.json": '{"private": true, "publishConfig": {"provenance": true}}'},
            _FULL,
            id="a private package isn't published",
        ),
    ],
)
def test_semantic_release_reads_its_configuration(
    files: Mapping[str, str], grants: Mapping[str, str]
) -> None:
    needs = _needs("npx semantic-release", files=files, env=_NPM_TOKEN)

    assert (needs.grants, needs.unknowns) == (grants, ())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"plugins": ["@semantic-release/exec"]}', id="a plugin that runs commands"),
        pytest.param('{"extends": "@me/release-config"}', id="a shared configuration"),
    ],
)
def test_semantic_release_reports_what_it_cannot_read(text: str) -> None:
    needs = _needs(
        "npx semantic-release", files={"package.json": "{}", ".releaserc": text}, env=_NPM_TOKEN
    )

    assert [u.doubt for u in needs.unknowns] == [Doubt.CONFIGURATION]


def test_semantic_release_publishes_by_trust_where_it_has_no_token() -> None:
    needs = _needs("npx semantic-release", files={"package.json": "{}"})

    assert needs.grants == {**_FULL, "id-token": "write"}


def test_semantic_release_publishes_to_github_packages_with_the_jobs_token() -> None:
    needs = _needs(
        "npx semantic-release",
        files={"package.json": "{}"},
        env={"NPM_TOKEN": "${{ github.token }}"},
    )

    assert needs.grants == {**_FULL, "packages": "write"}


@pytest.mark.parametrize(
    ("declared", "grants", "doubts"),
    [
        pytest.param(
            "{contents: write, id-token: write}",
            {**_FULL, "id-token": "write"},
            [],
            id="a job that declares an identity uses it",
        ),
        pytest.param("{contents: write}", _FULL, [], id="a job that declares none has none"),
        pytest.param(None, _FULL, [Doubt.CONFIGURATION], id="without a declaration it is unknown"),
    ],
)
def test_a_package_that_is_not_at_hand_is_judged_by_the_declaration(
    declared: str | None, grants: Mapping[str, str], doubts: list[Doubt]
) -> None:
    needs = _needs("npx semantic-release", declared=declared)

    assert (needs.grants, [u.doubt for u in needs.unknowns]) == (grants, doubts)


def test_the_semantic_release_of_python_has_no_plugins() -> None:
    needs = _needs("semantic-release version", env={"GH_TOKEN": "${{ github.token }}"})

    assert (needs.grants, needs.unknowns) == (_RELEASE, ())


@pytest.mark.parametrize(
    ("command", "files", "grants"),
    [
        pytest.param("changeset status", {}, {}, id="changesets: status"),
        pytest.param(
            "changeset publish",
            {"package.json": '{"publishConfig": {"provenance": true}}'},
            {"id-token": "write"},
            id="changesets: one package with provenance",
        ),
        pytest.param(
            "changeset publish", {"package.json": "{}"}, {}, id="changesets: one package without"
        ),
        pytest.param(
            "npx @changesets/cli publish",
            {"package.json": '{"publishConfig": {"provenance": true}}'},
            {"id-token": "write"},
            id="changesets: by the package's name",
        ),
        pytest.param(
            "release-it --ci",
            {"package.json": "{}", ".release-it.json": '{"github": {"release": true}}'},
            _RELEASE,
            id="release-it: a release",
        ),
        pytest.param(
            "release-it --ci",
            {"package.json": "{}", ".release-it.json": '{"github": {"release": false}}'},
            {},
            id="release-it: no release",
        ),
        pytest.param(
            "release-it --ci",
            {
                "package.json": '{"release-it": {"github": {"release": true,'
                ' "comments": {"submit": true}}}}'
            },
            _FULL,
            id="release-it: comments",
        ),
        pytest.param(
            "release-it --dry-run", {"package.json": "{}"}, {}, id="release-it: a dry run"
        ),
    ],
)
def test_tools_of_npm_read_their_configuration(
    command: str, files: Mapping[str, str], grants: Mapping[str, str]
) -> None:
    needs = _needs(command, files=files, env=_NPM_TOKEN)

    assert (needs.grants, needs.unknowns) == (grants, ())


@pytest.mark.parametrize(
    ("files", "env", "identity"),
    [
        pytest.param({}, {}, True, id="by trusted publishing"),
        pytest.param({}, {"CARGO_REGISTRY_TOKEN": "${{ secrets.C }}"}, False, id="with a token"),
        pytest.param(
            {"release-plz.toml": "[workspace]\npublish = false"}, {}, False, id="not at all"
        ),
        pytest.param({"release-plz.toml": "not toml"}, {}, True, id="a broken file says nothing"),
    ],
)
def test_release_plz_publishes_crates(
    files: Mapping[str, str], env: Mapping[str, str], identity: bool
) -> None:
    needs = _needs("release-plz release", files=files, env=env)

    assert ("id-token" in needs.grants) is identity


_WRITE = {"contents": "write"}


@pytest.mark.parametrize(
    ("command", "env", "grants"),
    [
        pytest.param(
            "release-please github-release --token=${{ github.token }}",
            {},
            _FULL,
            id="a token on the command line",
        ),
        pytest.param(
            "release-please release-pr --token=${{ secrets.PAT }}", {}, {}, id="another token there"
        ),
        pytest.param("ghr -t $GITHUB_TOKEN v1 dist", {}, _WRITE, id="a variable there"),
        pytest.param("ghr v1 dist", {}, _WRITE, id="the environment's token"),
        pytest.param(
            "ghr -t ${{ secrets.PAT }} v1 dist", {}, {}, id="the command line comes first"
        ),
        pytest.param("cargo +nightly binstall it", {}, {}, id="a toolchain is no subcommand"),
        pytest.param(
            "./bin/mcp-publisher login github-oidc",
            {},
            {"id-token": "write"},
            id="a tool that the job downloaded",
        ),
        pytest.param(
            "python -m semantic_release version",
            {"GH_TOKEN": "${{ github.token }}"},
            _WRITE,
            id="a module of Python",
        ),
        pytest.param("yarn ghr v1 dist", {}, _WRITE, id="a package's program by its bare name"),
        pytest.param("npx --yes ghr@2 v1 dist", {}, _WRITE, id="a package with its version"),
        pytest.param(
            "reviewdog -reporter=github-check",
            {"REVIEWDOG_GITHUB_API_TOKEN": "${{ github.token }}"},
            {"checks": "write"},
            id="a mode that an option chooses",
        ),
        pytest.param(
            "maturin publish", {"MATURIN_PYPI_TOKEN": "${{ secrets.P }}"}, {}, id="a registry token"
        ),
        pytest.param("maturin publish", {}, {"id-token": "write"}, id="a trusted publisher"),
    ],
)
def test_tools_are_found_however_they_are_started(
    command: str, env: Mapping[str, str], grants: Mapping[str, str]
) -> None:
    needs = _needs(command, env=env)

    assert (needs.grants, needs.unknowns) == (grants, ())
