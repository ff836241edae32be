#!/usr/bin/env bash
# Shows what Clearance makes of an example, in a temporary copy: the diff, the evidence, and the
# pull request's text. Takes the program from .venv, where README's command puts it.
# Usage: demo.sh [NAME]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
name=${1:-release-pipeline}
PATH=$here/../.venv/bin:$PATH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$here/$name" "$work/$name"
cd "$work"
git -C "$name" init --quiet
git -C "$name" add .
git -C "$name" -c user.name=demo -c user.email=demo@example.com commit --quiet --message "Begin"

title() { printf '\n\n======== %s\n\n' "$*"; }

title "clearance fix --diff $name"
clearance fix --diff "$name"

title "clearance explain $name"
clearance explain "$name"

title "clearance run $name"
clearance run "$name" --out "$work/pull-request"

title "the pull request"
cat "$work/pull-request/title.txt"
echo
cat "$work/pull-request/body.md"
