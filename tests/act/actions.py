"""What stands in for the actions and tools that a workflow uses, without a network.

An action is the text of an ``action.yml``, a composite one. An input that would default to
``github.token`` has no default here: what is empty becomes ``env.JOB_TOKEN``, which the harness
sets (see :mod:`tests.act.tokens`). A tool is a script.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from types import MappingProxyType

from tests.forge.standin import HEAD

NOTHING = """\
name: An action that does nothing
runs: {using: composite, steps: [{run: 'true', shell: bash}]}
"""

CHECKOUT = """\
name: Copies the repository to where a runner would have it
inputs: {token: {}, ref: {}, fetch-depth: {}, persist-credentials: {}, path: {default: .}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {TO: '${{ inputs.path }}'}
      run: mkdir -p "$TO" && cp -R "$REPOSITORY_FOLDER/." "$TO"
    - if: inputs.persist-credentials != 'false'
      shell: bash
      env:
        TO: ${{ inputs.path }}
        TOKEN: ${{ inputs.token || env.JOB_TOKEN }}
      run: git -C "$TO" config test.credentials "$TOKEN"
"""

RELEASE = """\
name: Makes a release as softprops/action-gh-release does, and fails where it is refused
inputs:
  token: {}
  tag_name: {default: '${{ github.ref_name }}'}
  name: {}
  body: {}
  files: {}
  draft: {default: 'false'}
  generate_release_notes: {}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        TOKEN: ${{ inputs.token || env.GITHUB_TOKEN || env.JOB_TOKEN }}
        RELEASE: '{"tag_name": "${{ inputs.tag_name }}", "draft": ${{ inputs.draft }}}'
      run: |
        curl --silent --show-error --fail-with-body --max-time 10 --data "$RELEASE" \\
          --header "Authorization: Bearer $TOKEN" \\
          "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/releases"
"""

PUSH_IMAGE = """\
name: Begins an upload to the stand-in's registry, as a push of an image does
inputs: {context: {}, push: {}, tags: {}, file: {}, platforms: {}, labels: {}}
runs:
  using: composite
  steps:
    - if: inputs.push == 'true'
      shell: bash
      run: |
        curl --silent --show-error --fail-with-body --max-time 10 --request POST \\
          --user "octo:$(cat "$RUNNER_TEMP/registry-password")" \\
          "$GITHUB_API_URL/v2/$GITHUB_REPOSITORY/blobs/uploads/"
"""

LOGIN = """\
name: Keeps a registry's password for the image's push
inputs: {registry: {}, username: {}, password: {}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {PASSWORD: '${{ inputs.password }}'}
      run: printf %s "$PASSWORD" > "$RUNNER_TEMP/registry-password"
"""

MINT = """\
name: Hands on the token that the test has minted
inputs: {app-id: {}, private-key: {}}
outputs: {token: {value: '${{ steps.mint.outputs.token }}'}}
runs:
  using: composite
  steps: [{id: mint, shell: bash, run: 'echo "token=$MINTED" >> "$GITHUB_OUTPUT"'}]
"""

MAKE = """\
#!/bin/sh
sleep 0.05
"""

GIT = f"""\
#!/bin/bash
# A push asks for the one ref that it names, with the credentials that the checkout has left.
[[ $1 == push ]] || exec {shutil.which("git")} "$@"
ref="${{!#}}" ref="${{ref#*:}}"
[[ $ref == refs/* ]] || ref="refs/tags/$ref"
token="$(git config test.credentials)" || {{ echo "fatal: no credentials" >&2; exit 128; }}
curl --silent --show-error --fail-with-body --max-time 10 \
  --data "{{\\"ref\\": \\"$ref\\", \\"sha\\": \\"{HEAD}\\"}}" \
  --header "Authorization: Bearer $token" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/git/refs" ||
  {{ echo "remote: Permission to $GITHUB_REPOSITORY.git denied to octo." >&2; exit 128; }}
"""

DOCKER = """\
#!/bin/bash
# Logs in, and begins an upload to the stand-in's registry.
case $1 in
  login) cat > "$RUNNER_TEMP/registry-password" ;;
  push)
    name="${2#*/}"
    curl --silent --show-error --fail-with-body --max-time 10 --request POST \\
      --user "octo:$(cat "$RUNNER_TEMP/registry-password")" \\
      "$GITHUB_API_URL/v2/${name%:*}/blobs/uploads/" ;;
esac
"""

_IDLE = (
    "actions/attest-build-provenance",
    "actions/cache",
    "actions/download-artifact",
    "actions/setup-go",
    "actions/setup-java",
    "actions/setup-node",
    "actions/setup-python",
    "actions/upload-artifact",
    "cycjimmy/semantic-release-action",
    "docker/metadata-action",
    "docker/setup-buildx-action",
    "docker/setup-qemu-action",
    "pypa/gh-action-pypi-publish",
    "step-security/harden-runner",
)

STAND_INS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(_IDLE, NOTHING),
        "actions/checkout": CHECKOUT,
        "actions/create-github-app-token": MINT,
        "docker/build-push-action": PUSH_IMAGE,
        "docker/login-action": LOGIN,
        "softprops/action-gh-release": RELEASE,
    }
)
"""``owner/repo`` (with the folder below it, where there is one) → ``action.yml``."""

TOOLS: Mapping[str, str] = MappingProxyType({"docker": DOCKER, "git": GIT, "make": MAKE})
"""Name → script."""
