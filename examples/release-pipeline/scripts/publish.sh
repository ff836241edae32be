#!/usr/bin/env bash
# Publishes what was built as the release of a tag.
# Usage: publish.sh TAG
set -euo pipefail

tag=$1

(cd dist && sha256sum -- * >checksums.txt)

if gh release view "$tag" >/dev/null 2>&1; then
    gh release upload "$tag" dist/* --clobber
else
    gh release create "$tag" dist/* --generate-notes --verify-tag
fi
