#!/bin/sh
# The ABI is that of the baseline, or has more.
#   abi_check.sh <libjujubackup.so> <folder with jujubackup/jujubackup.h> <baseline.abi> [--update]
set -eu
library=$1 headers=$2 baseline=$3
command -v abidw > /dev/null && command -v abidiff > /dev/null || { echo "abidw and abidiff are not installed"; exit 77; }
# Without debug information the tools see names and no types.
readelf -S "$library" | grep -q '\.debug_info' || { echo "$library has no debug information"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/headers"
cp "$headers/jujubackup/jujubackup.h" "$work/headers"
# Which libraries are needed depends on the options of the build, and is no part of the interface.
abidw --no-elf-needed --headers-dir "$work/headers" --exported-interfaces-only --drop-private-types --no-corpus-path --no-comp-dir-path --no-show-locs \
  --out-file "$work/now.abi" "$library"
if [ "${4:-}" = --update ]; then
  cp "$work/now.abi" "$baseline"
  exit 0
fi
abidiff --no-added-syms "$baseline" "$work/now.abi"
