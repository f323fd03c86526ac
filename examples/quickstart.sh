#!/bin/sh
# From a fresh clone to a backup you can trust:  sh examples/quickstart.sh
#
# Installs what is missing (Debian or Ubuntu; as root or with sudo), builds into build/, then runs the main job on a realistic
# controller tree of about 64 MiB: make a backup, list it, show it, verify it, look into it, unpack it, and compare what came out with
# what went in. Everything but build/ happens in a temporary directory, which is removed at the end.
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=$top/build
size_mib=${1:-64}

step() {
  printf '\n=== %s\n' "$1"
}
# Shows a command, then runs it.
show() {
  printf '$ %s\n' "$*"
  "$@"
}
# The first lines of what a command prints, and how many there are in all.
show_first() {
  lines=$1
  shift
  printf '$ %s\n' "$*"
  "$@" > "$work/output"
  head -n "$lines" "$work/output"
  printf '  ... %s lines in all\n' "$(wc -l < "$work/output")"
}

step "Install what is missing"
sh "$top/test/setup.sh" build
echo "all there"

step "Build the library and the command line into build/"
if [ ! -f "$build/build.ninja" ]; then
  meson setup "$build" "$top" --buildtype=release --optimization=2 -Dtests=false --wrap-mode=nofallback > /dev/null
fi
ninja -C "$build" examples/cli/jujubackup

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
JUJUBACKUP_STORE=$work/store
export JUJUBACKUP_STORE
PATH=$build/examples/cli:$PATH
export PATH

step "Make a controller tree to back up: database dump and files, all names and keys invented"
show python3 "$top/test/bench/make_controller_tree.py" --out "$work/tree" --size-mib "$size_mib"

step "Make a backup of it, straight into the store $JUJUBACKUP_STORE"
show jujubackup create-backup --root "$work/tree/root" --dump "$work/tree/juju-backup/dump" --hostname juju-controller-0 \
  --base ubuntu@22.04 "my first backup"
id=$(jujubackup backups)

step "List what the store holds"
show jujubackup backups

step "Show what is known of the backup, in the form of Juju 2.0"
show jujubackup show-backup "$id"

step "Ask the database in it about the controller"
show_first 8 jujubackup show-backup --facts "$id"

step "Verify it: every byte is read, every checksum, length and document is compared"
show jujubackup verify-backup "$id"

step "Look into it, without unpacking"
show_first 12 jujubackup list-files -l "$id"

step "Any other program can read it as well: tar"
show_first 3 tar -tzf "$work/store/juju-backup-$id.tar.gz"

step "Unpack it"
show jujubackup extract-backup --to "$work/out" "$id"

step "Compare: the dump and every file of the machine came back as they were"
show diff -r "$work/tree/juju-backup/dump" "$work/out/juju-backup/dump"
show diff -r --no-dereference "$work/tree/root" "$work/out/juju-backup/root"
echo "no difference in $(find "$work/tree/juju-backup/dump" "$work/tree/root" -type f | wc -l) files"

step "Damage a copy: one byte in the middle"
show jujubackup get-backup --filename "$work/damaged.tar.gz" "$id"
python3 - "$work/damaged.tar.gz" << 'PYTHON'
import os, sys
with open(sys.argv[1], "r+b") as f:
    middle = os.path.getsize(sys.argv[1]) // 2
    f.seek(middle)
    byte = f.read(1)[0]
    f.seek(middle)
    f.write(bytes([byte ^ 1]))
PYTHON
if show jujubackup verify-backup "$work/damaged.tar.gz"; then
  echo "quickstart: the damage was not noticed" >&2
  exit 1
fi
echo "noticed, as it should be"

step "Done: made, listed, shown, verified, unpacked and compared"
