#!/bin/sh
# Measures us against the peers:  sh test/bench/run.sh [--size-mib N] [--pairs N] [--build DIR] ...  (--help says all)
#
# Needs python3 and cc; peers that are not installed are skipped (--install installs them). docs/performance.md says how it measures.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
for option in "$@"; do
  if [ "$option" = --install ]; then sh "$here/../setup.sh" bench; fi
done
exec python3 -B "$here/run.py" "$@"
