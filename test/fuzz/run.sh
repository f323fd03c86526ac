#!/bin/sh
# Fuzzes each parser for some minutes: sh test/fuzz/run.sh [MINUTES [NAME...]]
#
# Builds with clang and the address and undefined-behaviour sanitizers in build-fuzz. What it finds is left in build-fuzz/found;
# inputs that are worth keeping go to test/fuzz/corpus/<name> by hand, after `build-fuzz/test/fuzz/fuzz-<name> -merge=1`.
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
minutes=${1:-1}
[ $# -gt 0 ] && shift
cd "$top"

if [ ! -f build-fuzz/build.ninja ]; then
  CC=clang CXX=clang++ meson setup build-fuzz -Dfuzzing=true -Dexamples=false -Dbindings=false -Db_sanitize=address,undefined \
    -Db_lundef=false -Dbuildtype=debugoptimized
fi
names=${*:-$(for f in test/fuzz/fuzz_*.cpp; do f=${f##*/fuzz_}; echo "${f%.cpp}"; done)}
for name in $names; do
  ninja -C build-fuzz "test/fuzz/fuzz-$name"
done

export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
mkdir -p build-fuzz/found
bad=0
for name in $names; do
  work=build-fuzz/work-$name
  mkdir -p "$work"
  echo "== $name: $minutes min"
  if ! "build-fuzz/test/fuzz/fuzz-$name" "-max_total_time=$((minutes * 60))" -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 \
    "-artifact_prefix=build-fuzz/found/$name-" "$work" "test/fuzz/corpus/$name" > "build-fuzz/$name.log" 2>&1; then
    bad=$((bad + 1))
    tail -n 40 "build-fuzz/$name.log"
  fi
  grep -E '^stat::(number_of_executed_units|peak_rss_mb)' "build-fuzz/$name.log" || true
done
echo "$bad targets with findings"
[ "$bad" -eq 0 ]
