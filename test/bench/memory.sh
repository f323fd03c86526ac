#!/bin/sh
# Peak memory of create, verify, extract and others on a tree of any size:  sh test/bench/memory.sh [SIZE_MIB [BUILD_DIR]]
#
# Prints a table and fails if anything needs more than 64 MiB, or if show reads 1 MiB or more. The tree and the archives go to a private folder below
# $TMPDIR (about three times SIZE_MIB) and are removed. Uses BUILD_DIR (build-ci-gcc), or makes it.
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
size_mib=${1:-2048}
build=${2:-$top/build-ci-gcc}
limit_mib=64

if [ ! -x "$build/examples/cli/jujubackup" ]; then
  [ -f "$build/build.ninja" ] || meson setup "$build" "$top" --buildtype=debugoptimized
  ninja -C "$build" examples/cli/jujubackup
fi
program=$build/examples/cli/jujubackup

scratch=$(mktemp -d "${TMPDIR:-/tmp}/jujubackup-memory-XXXXXX")
trap 'rm -rf "$scratch"' EXIT INT TERM
python3 "$top/test/bench/make_controller_tree.py" --out "$scratch/tree" --size-mib "$size_mib" --seed 1 --root-tar > /dev/null

# The peak of one child that this interpreter waits for, as the kernel counted it. The interpreter's own size, which the child
# has for a moment, is the least that can be seen: some 14 MiB.
cat > "$scratch/measure.py" << 'PYTHON'
import resource, subprocess, sys, time
label, limit_mib, output = sys.argv[1], int(sys.argv[2]), sys.argv[3]
began = time.monotonic()
with open(output, "wb") as out:
    done = subprocess.run(sys.argv[4:], stdout=out, stdin=subprocess.DEVNULL)
seconds = time.monotonic() - began
peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
verdict = "ok" if done.returncode == 0 and peak_mib <= limit_mib else "FAILED"
print(f"{label:<24} {seconds:8.1f} s {peak_mib:8.1f} MiB  exit {done.returncode}  {verdict}", flush=True)
sys.exit(verdict != "ok")
PYTHON

bad=0
measure() {
  label=$1
  shift
  python3 "$scratch/measure.py" "$label" $limit_mib "$scratch/out" "$program" --store "file:$scratch/store" "$@" || bad=$((bad + 1))
}

du -sm "$scratch/tree" | awk '{print "tree: " $1 " MiB"}'
measure create create-backup --root "$scratch/tree/root" --dump "$scratch/tree/juju-backup/dump" --quiet benchmark
archive=$(find "$scratch/store" -name 'juju-backup-*.tar.gz')
du -sm "$archive" | awk '{print "archive: " $1 " MiB"}'
measure "verify, full" verify-backup "$archive"
measure "verify, quick" verify-backup --depth quick "$archive"
measure show show-backup "$archive"
# What show reads of the file, whatever its size.
if command -v strace > /dev/null 2>&1; then
  strace -f -y -e trace=read,pread64,readv,preadv -o "$scratch/trace" "$program" show-backup "$archive" > /dev/null
  awk -v limit=1048576 '/\.tar\.gz>/ && $NF > 0 { bytes += $NF }
    END { printf "show read %d bytes of the archive\n", bytes; exit bytes == 0 || bytes >= limit }' "$scratch/trace" || bad=$((bad + 1))
fi
measure list list-files "$archive"
measure extract extract-backup --to "$scratch/extracted" "$archive"
rm -rf "$scratch/extracted"

# An archive of another writer: one long gzip member, no chain to hop along.
tar -C "$scratch/tree" -cf - juju-backup | gzip -1 > "$scratch/juju-backup-foreign.tar.gz"
measure "verify, foreign" verify-backup "$scratch/juju-backup-foreign.tar.gz"
measure "extract, foreign" extract-backup --to "$scratch/extracted" "$scratch/juju-backup-foreign.tar.gz"
[ "$bad" -eq 0 ] || {
  echo "$bad of them failed or needed more than $limit_mib MiB"
  exit 1
}
