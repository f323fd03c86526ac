#!/bin/sh
# From a fresh clone to a backup you can trust:  sh examples/quickstart.sh
#
# Installs what is missing (Debian or Ubuntu; as root or with sudo), builds into build/, then runs the main job on a realistic
# controller tree of about 64 MiB, against an embedded controller that behaves as Juju 2.9.21: have a backup made, list it, show it,
# download it, verify it, upload it to a second controller, remove it. Then it looks into the archive, unpacks it, and compares what came
# out with what went in. At the end the controller is destroyed and restored. Everything but build/ happens in a temporary directory, which is
# removed.
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
servers=''
clean_up() {
  for server in $servers; do
    kill "$server" 2> /dev/null || true
    wait "$server" 2> /dev/null || true
  done
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
PATH=$build/examples/cli:$PATH
export PATH
# Whatever Juju client or store this machine has stays out of it.
unset JUJUBACKUP_STORE JUJU_MODEL JUJU_CONTROLLER
TMPDIR=$work
export TMPDIR

# Starts an embedded controller of that name in the background, and waits until it says that it is ready.
serve() {
  name=$1
  shift
  set -- jujubackup serve --name "$name" --client-dir "$work/$name-client" --state-dir "$work/$name" --address 127.0.0.1:0 "$@"
  printf '$ %s &\n' "$*"
  mkfifo "$work/$name-says"
  "$@" > "$work/$name-says" &
  servers="$servers $!"
  # The last line tells how to use it. If it ends before, so does what it says.
  while read -r line; do
    printf '%s\n' "$line"
    case $line in or:*) return ;; esac
  done < "$work/$name-says"
  echo "quickstart: $name does not serve" >&2
  exit 1
}
# Makes the commands that follow speak to that one.
use() {
  JUJU_DATA=$work/$1-client
  export JUJU_DATA
  printf '$ export JUJU_DATA=%s\n' "$JUJU_DATA"
}

step "Make a controller tree to back up: database dump and files, all names and keys invented"
show python3 "$top/test/bench/make_controller_tree.py" --out "$work/tree" --size-mib "$size_mib" --juju-version 2.9.21

step "Run an embedded controller that speaks Juju's own API, as Juju 2.9.21 does, with that tree behind it"
serve prod --emulate 2.9.21 --root "$work/tree/root" --dump "$work/tree/juju-backup/dump" --hostname juju-controller-0

step "From now on this is a client of it: the directory has its address, its CA and a user"
use prod

step "Have it make a backup, keep a copy, and download it"
show jujubackup create-backup --keep-copy --filename "$work/first.tar.gz" "my first backup"
id=$(jujubackup backups)

step "List what the controller keeps"
show jujubackup backups

step "Show what it knows of the backup"
show jujubackup show-backup "$id"

step "Download it by its ID; size and checksum are compared"
show jujubackup download-backup --filename "$work/backup.tar.gz" "$id"

step "Verify it: every byte is read, every checksum, length and document is compared"
show jujubackup verify-backup "$work/backup.tar.gz"

step "Run a second controller, as Juju 2.0 does, and upload the backup to it"
serve spare --emulate 2.0
use spare
show jujubackup upload-backup "$work/backup.tar.gz"

step "List there: it has the same ID"
show jujubackup backups
[ "$(jujubackup backups)" = "$id" ] || { echo "quickstart: another ID" >&2; exit 1; }

step "Remove it there"
show jujubackup remove-backup "$id"
show jujubackup backups

step "Ask the database in the backup about the controller"
show_first 6 jujubackup show-backup --facts "$work/backup.tar.gz"

step "Look into it, without unpacking; any other program can read it as well"
show_first 6 jujubackup list-files -l "$work/backup.tar.gz"
show_first 3 tar -tzf "$work/backup.tar.gz"

step "Unpack it, and compare: the dump and every file of the machine came back as they were"
show jujubackup extract-backup --to "$work/out" "$work/backup.tar.gz"
show diff -r "$work/tree/juju-backup/dump" "$work/out/juju-backup/dump"
show diff -r --no-dereference "$work/tree/root" "$work/out/juju-backup/root"
echo "no difference in $(find "$work/tree/juju-backup/dump" "$work/tree/root" -type f | wc -l) files"

step "Damage the copy: one byte in the middle"
python3 - "$work/backup.tar.gz" << 'PYTHON'
import os, sys
with open(sys.argv[1], "r+b") as f:
    middle = os.path.getsize(sys.argv[1]) // 2
    f.seek(middle)
    byte = f.read(1)[0]
    f.seek(middle)
    f.write(bytes([byte ^ 1]))
PYTHON
if show jujubackup verify-backup "$work/backup.tar.gz"; then
  echo "quickstart: the damage was not noticed" >&2
  exit 1
fi
echo "noticed, as it should be"

step "The disaster: all that Juju had on the controller is gone, its files and its database"
use prod
cp -a "$work/tree" "$work/as-it-was"
show rm -rf "$work/tree/root/var/lib/juju" "$work/tree/root/home" "$work/tree/juju-backup/dump"
mkdir "$work/tree/juju-backup/dump"

step "The cure: verified, planned, carried out by the controller step by step, and undone should one fail"
show jujubackup restore-backup --id "$id"

step "Compare with what it was: contents, owners, modes. The oplog is not a part of the database: it was replayed"
attributes() {
  (cd "$1" && find root -printf '%M %U %G %l %p\n' | sort)
}
show diff -r --no-dereference --exclude oplog.bson "$work/as-it-was" "$work/tree"
attributes "$work/as-it-was" > "$work/attributes-before"
attributes "$work/tree" > "$work/attributes-after"
show diff "$work/attributes-before" "$work/attributes-after"
echo "no difference"

step "Done: made, listed, shown, downloaded, verified, uploaded, removed, unpacked, compared, destroyed and restored"
