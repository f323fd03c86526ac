#!/bin/sh
# Installs what is missing on a Debian or Ubuntu machine, and nothing if all is there.
#
#   test/setup.sh build     what building the library and the command line needs
#   test/setup.sh test      the same, and what the tests use beside it
#   test/setup.sh bench     what test/bench measures against
#
# Run it, or source it and call setup_install LIST. As root, or with sudo.

setup_packages() {
  case "$1" in
    build)
      echo g++ meson ninja-build pkgconf libarchive-dev zlib1g-dev libdeflate-dev libisal-dev libssl-dev libxxhash-dev libfmt-dev doctest-dev nlohmann-json3-dev libyaml-dev libboost1.74-dev libmongoc-dev python3
      ;;
    test)
      setup_packages build
      echo clang clang-format clang-tidy libclang-rt-14-dev ccache golang-go libarchive-tools strace abigail-tools libbenchmark-dev xxhash curl openssl age openssh-client python3-mockupdb python3-pymongo openssh-server iproute2 sudo
      # Not where another Node.js is in use.
      command -v npm >/dev/null 2>&1 || echo nodejs npm
      ;;
    bench)
      setup_packages build
      echo tar gzip libarchive-tools pigz isal golang-go restic borgbackup strace libbenchmark-dev nginx-light curl openssl
      ;;
    *)
      echo "setup: unknown list '$1' (build, test, bench)" >&2
      return 2
      ;;
  esac
}

# Which of the packages on standard input are not installed.
setup_missing() {
  for package in $(cat); do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
    [ "$state" = installed ] || echo "$package"
  done
}

setup_install() {
  wanted=$(setup_packages "$1") || return $?
  if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "setup: this is not Debian or Ubuntu; please install what these packages hold: $(echo $wanted)" >&2
    return 0
  fi
  missing=$(echo "$wanted" | setup_missing)
  [ -n "$missing" ] || return 0
  echo "setup: installing" $missing
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      echo "setup: not root and no sudo; please install:" $missing >&2
      return 1
    fi
    as_root=sudo
  fi
  $as_root apt-get update -qq || echo "setup: apt-get update failed; trying with the lists there are" >&2
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

case "${0##*/}" in
  setup.sh)
    set -eu
    setup_install "${1:-build}"
    ;;
esac
