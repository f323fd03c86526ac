#!/bin/sh
# Checks that Go's encoder writes our golden records back unchanged and, given our program, that it and Go write odd
# strings, numbers and times alike.
#
#   go_metadata.sh GOLDENS [WRITE_JSON]
#
# Exits with 77 where there is no go.
set -eu

goldens=$1
write_json=${2:-}
here=$(cd "$(dirname "$0")" && pwd)

if ! command -v go >/dev/null 2>&1; then
  echo "no go here; skipped"
  exit 77
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/jujubackup-go-XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM
# A cache of its own where the caller has no home directory.
if [ -z "${GOCACHE:-}" ] && [ -z "${HOME:-}" ]; then
  GOCACHE=$work/cache
  export GOCACHE
fi
(cd "$here/go_json" && GO111MODULE=off GOFLAGS= go build -o "$work/go_json" main.go)

count=0
for golden in "$goldens"/*.json; do
  "$work/go_json" record <"$golden" >"$work/again.json"
  cmp "$golden" "$work/again.json"
  count=$((count + 1))
done
echo "$count records come back from Go unchanged"
[ "$count" -ge 7 ]

if [ -n "$write_json" ]; then
  "$work/go_json" odd >"$work/odd"
  "$work/go_json" forms <"$work/odd" >"$work/theirs"
  "$write_json" <"$work/odd" >"$work/ours"
  cmp "$work/theirs" "$work/ours"
  echo "$(wc -l <"$work/odd") odd values are written alike"
fi
