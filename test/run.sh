#!/bin/sh
# Installs what is missing (Debian 12; root or sudo), builds, and runs every test and check:  sh test/run.sh [--quick]
#
#   gcc     g++ build with warnings as errors; all tests
#   zlib    the same without the optional engines; all tests that see what is compressed
#   asan    clang build with the address and undefined-behaviour sanitizers; unit, conformance, C and fuzz-corpus tests
#   tsan    clang build with the thread sanitizer; the tests that use threads
#   format  clang-format finds nothing to change
#   tidy    clang-tidy finds nothing to say
#
# --quick does the first alone. The build folders build-ci-* are kept, so that a second run is short. The last line says how many tests
# and checks passed.
set -u
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$top" || exit 1
quick=no
case ${1:-} in
  '') ;;
  --quick) quick=yes ;;
  *)
    echo "usage: sh test/run.sh [--quick]" >&2
    exit 2
    ;;
esac

if [ $quick = yes ]; then sh test/setup.sh build || exit 1; else sh test/setup.sh test || exit 1; fi

unset CC CXX CFLAGS CXXFLAGS LDFLAGS DESTDIR
LC_ALL=C.UTF-8
export LC_ALL
jobs=$(nproc)
ccache=
command -v ccache > /dev/null 2>&1 && ccache='ccache '
results=build-ci-results
rm -rf "$results"
mkdir -p "$results"
began=$(date +%s)

# check NAME COMMAND...: runs it, shows its output if it fails, and counts it.
check() {
  name=$1
  shift
  from=$(date +%s)
  if "$@" > "$results/$name.log" 2>&1 < /dev/null; then
    result=ok
  else
    result=FAILED
    tail -n 150 "$results/$name.log"
  fi
  printf '%s %s\n' "$result" "$name" >> "$results/checks"
  printf '%-28s %-6s %4d s\n' "$name" "$result" $(($(date +%s) - from))
  [ $result = ok ]
}

# build FOLDER SETUP_OPTION...: all of it, or the programs that the pattern $only matches.
build() {
  folder=$1
  shift
  # A folder that another checkout or other options made is of no use.
  if [ -f "$folder/build.ninja" ]; then
    meson setup --reconfigure "$folder" "$@" || rm -rf "$folder"
  fi
  [ -f "$folder/build.ninja" ] || meson setup "$folder" "$@" || return 1
  programs=
  if [ -n "${only:-}" ]; then programs=$(ninja -C "$folder" -t targets all | sed -n 's/: c[p]*_LINKER.*//p' | grep -E "$only"); fi
  # shellcheck disable=SC2086
  ninja -C "$folder" -j "$jobs" -k 0 $programs
}

# run_tests FOLDER MESON_TEST_OPTION...: its tests are counted one by one, out of Meson's own log.
run_tests() {
  folder=$1
  shift
  from=$(date +%s)
  rm -f "$folder/meson-logs/testlog.json"
  meson test -C "$folder" --no-rebuild --print-errorlogs "$@" < /dev/null
  # No log: Meson did not get as far as running a test.
  if [ ! -s "$folder/meson-logs/testlog.json" ]; then printf 'FAILED %s-tests\n' "$folder" >> "$results/checks"; fi
  cp "$folder/meson-logs/testlog.json" "$(mktemp "$results/$folder.XXXXXX")" 2> /dev/null
  printf '%-28s        %4d s\n' "$folder tests" $(($(date +%s) - from))
}

sources() {
  find "$@" -type f \( -name '*.cpp' -o -name '*.hpp' -o -name '*.c' -o -name '*.h' \) | sort
}

format() {
  sources include lib capi examples test | xargs clang-format --dry-run -Werror
}

tidy() {
  [ -f "$1/compile_commands.json" ] || return 1
  sources lib capi examples | grep -E '\.(c|cpp)$' > "$results/tidy.files"
  # What is not built (an example that needs another tool) has no entry in the compile commands.
  python3 - "$1/compile_commands.json" "$results/tidy.files" << 'PYTHON' | xargs -P "$jobs" -n 1 clang-tidy --quiet -p "$1"
import json, os, sys
built = {os.path.realpath(os.path.join(c["directory"], c["file"])) for c in json.load(open(sys.argv[1]))}
print("\n".join(f for f in open(sys.argv[2]).read().split() if os.path.realpath(f) in built))
PYTHON
}

# The micro-benchmarks are only built, so that they go on to be.
benchmarks=true
[ $quick = no ] || benchmarks=false
if check gcc-build build build-ci-gcc --buildtype=debugoptimized -Dwerror=true --wrap-mode=nofallback -Dbenchmarks=$benchmarks; then
  run_tests build-ci-gcc
fi

if [ $quick = no ]; then
  # Without what a debugger needs, which is half of the time of a compiler.
  if check zlib-build build build-ci-zlib --buildtype=debugoptimized -Ddebug=false -Dwerror=true --wrap-mode=nofallback \
    -Dlibdeflate=disabled -Disal=disabled -Dbindings=false; then
    run_tests build-ci-zlib --suite unit --suite conformance --suite fault --suite fuzz --suite capi --suite cli --suite interop
  fi

  # A small quarantine, since some tests measure how much memory the library takes.
  ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:quarantine_size_mb=8
  UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  TSAN_OPTIONS=halt_on_error=1
  export ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS
  CC="${ccache}clang"
  CXX="${ccache}clang++"
  export CC CXX
  # Lines are all that a sanitizer's report needs.
  clang_options='--buildtype=debug --optimization=1 -Dcpp_args=-gline-tables-only -Dc_args=-gline-tables-only -Dwerror=true -Db_lundef=false -Dbindings=false --wrap-mode=nofallback'

  # shellcheck disable=SC2086
  if check asan-build build build-ci-asan $clang_options -Db_sanitize=address,undefined; then
    run_tests build-ci-asan --suite unit --suite conformance --suite capi --suite fuzz
  fi
  # shellcheck disable=SC2086
  if only='^test/(unit/unit-(base|io|archive|store|hosts|restore_run|net|controller|server)|capi/capi-[a-z_]+)$' \
    check tsan-build build build-ci-tsan $clang_options -Dexamples=false -Db_sanitize=thread; then
    run_tests build-ci-tsan --suite unit base io store hosts restore_run net controller server
    run_tests build-ci-tsan --suite unit archive --test-args='--test-case=threads*'
    run_tests build-ci-tsan --suite capi
  fi
  unset CC CXX
  check format format
  check tidy tidy build-ci-asan
fi

python3 - "$results" $(($(date +%s) - began)) << 'PYTHON'
import glob, json, sys
passed, failed, skipped, names = 0, 0, 0, []
for line in open(sys.argv[1] + "/checks"):
    result, name = line.split()
    if result == "ok":
        passed += 1
    else:
        failed += 1
        names.append(name)
for path in sorted(glob.glob(sys.argv[1] + "/build-ci-*")):
    build = path.split("/")[-1].split(".")[0]
    for line in open(path):
        test = json.loads(line)
        if test["result"] in ("OK", "EXPECTEDFAIL"):
            passed += 1
        elif test["result"] == "SKIP":
            skipped += 1
            print("skipped:", build, test["name"])
        else:
            failed += 1
            names.append(build + " " + test["name"])
for name in names:
    print("FAILED:", name)
print(f"in {int(sys.argv[2]) // 60} min {int(sys.argv[2]) % 60} s")
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed or not passed else 0)
PYTHON
