#!/usr/bin/env bash
set -e
git tag "v$1"
source "$(dirname "$0")/lib.sh"
./scripts/push.sh
