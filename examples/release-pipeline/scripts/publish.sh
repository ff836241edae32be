#!/usr/bin/env bash
# Publishes what was built as the release of a tag.
# Usage: publish.sh TAG
set -euo pipefail

tag=$1

(cd dist && sha256sum -- * >checksums.txt)

gh release create "$tag" dist/* --generate-notes --verify-tag
