#!/bin/sh
# Texts that must not be in the repository: tracked_text.sh SOURCE_ROOT
set -eu
cd "$1"
if ! git rev-parse --show-toplevel > /dev/null 2>&1 || [ "$(git rev-parse --show-toplevel)" != "$(pwd -P)" ]; then
  echo "not a git checkout"
  exit 77
fi
bad=0
report() {
  if [ -n "$2" ]; then
    printf '%s:\n%s\n' "$1" "$2"
    bad=1
  fi
}
files() { git ls-files -co --exclude-standard -- "$@"; }

# The brackets keep this file from finding itself.
report "unfinished work" "$(files | xargs grep -nIE '\b(TO[D]O|FIX[M]E|XX[X])\b' -- || true)"
report "a path of the machine it was built on" "$(files | xargs grep -nIF "$(pwd -P)/" -- || true)"
report "a conflict mark" "$(files | xargs grep -nIE '^(<{7}|>{7}) ' -- || true)"
report "white space at the end of a line" \
  "$(files '*.hpp' '*.cpp' '*.h' '*.c' '*.py' '*.sh' '*.build' '*.md' '*.go' | xargs grep -nIE '[[:space:]]+$' -- || true)"
report "larger than 1 MiB" "$(files | while read -r f; do find "$f" -maxdepth 0 -type f -size +1024k; done)"
[ "$bad" -eq 0 ] && echo "clean"
exit "$bad"
