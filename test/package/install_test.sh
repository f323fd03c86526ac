#!/bin/sh
# Installs the build into a folder and uses it from there: install_test.sh SOURCE_ROOT BUILD_ROOT SCRATCH
set -eu
source=$1
build=$2
scratch=$3
cc=${CC:-cc}
cxx=${CXX:-c++}
rm -rf "$scratch"
mkdir -p "$scratch"
fail() {
  echo "FAILED: $*"
  exit 1
}

# Sanitizers and coverage of the build want their flags in the consumers too.
flags=$(meson introspect --buildoptions "$build" | python3 -c '
import json, sys
options = {o["name"]: o["value"] for o in json.load(sys.stdin)}
sanitize = options.get("b_sanitize", "none")
print("" if sanitize == "none" else "-fsanitize=" + sanitize, "--coverage" if options.get("b_coverage") else "")')

DESTDIR=$scratch/root meson install -C "$build" --no-rebuild --quiet
find "$scratch/root" -type f -o -type l | sed "s|^$scratch/root||" | sort > "$scratch/files"
cat "$scratch/files"

pc=$(find "$scratch/root" -name jujubackup.pc)
[ -n "$pc" ] || fail "no jujubackup.pc"
pcdir=$(dirname "$pc")
[ -f "$pcdir/jujubackup-core.pc" ] || fail "no jujubackup-core.pc"
lib=$(dirname "$pcdir")
PKG_CONFIG_PATH=$pcdir
PKG_CONFIG_SYSROOT_DIR=$scratch/root
# Debian's own .pc files name no folders below the sysroot, so nothing else is moved by it.
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR

echo "== C through libjujubackup.so"
# shellcheck disable=SC2046,SC2086
$cc -std=c99 -Wall -Werror $flags "$source/test/package/consumer.c" -o "$scratch/consumer-c" $(pkg-config --cflags --libs jujubackup)
LD_LIBRARY_PATH=$lib "$scratch/consumer-c"
needed=$(objdump -p "$scratch/consumer-c" | awk '/NEEDED/ {print $2}' | grep jujubackup)
case $needed in
  libjujubackup.so.*) ;;
  *) fail "the program needs '$needed', not a versioned libjujubackup.so" ;;
esac

# consume_core NAME [PACKAGE...]: builds and runs a C++ program over the core and those packages.
consume_core() {
  name=$1
  shift
  # shellcheck disable=SC2046,SC2086
  $cxx -std=c++20 -Wall -Werror $flags "$source/test/package/consumer.cpp" -o "$scratch/$name" $(pkg-config --cflags jujubackup-core) \
    $(pkg-config --libs jujubackup-core "$@")
  LD_LIBRARY_PATH=$lib "$scratch/$name"
}
needs_core() { objdump -p "$scratch/$1" | grep -q 'NEEDED.*libjujubackup-core\.so\.'; }

if [ -e "$lib/libjujubackup-core.so" ]; then
  echo "== C++ through libjujubackup-core.so"
  consume_core consumer-shared
  needs_core consumer-shared || fail "the program does not need a versioned libjujubackup-core.so"
  rm "$lib"/libjujubackup-core.so*
fi
if [ -e "$lib/libjujubackup-core.a" ]; then
  echo "== C++ through libjujubackup-core.a"
  # Not --static, which would want what libarchive needs as static libraries too.
  # shellcheck disable=SC2046
  consume_core consumer-static $(pkg-config --print-requires-private jujubackup-core | cut -d ' ' -f 1)
  if needs_core consumer-static; then fail "the program needs a shared core"; fi
fi

# What a fallback brings is ours alone and not installed.
if grep -E '/(fmt|doctest|nlohmann)(/|$)|libfmt|test-main' "$scratch/files"; then fail "more was installed than is ours"; fi
rm -rf "$scratch"
