#!/bin/sh
# Builds examples/go with cgo against the library in the build folder and runs it. Needs no network: the example uses no module.
#   go_smoke.sh <examples/go> <build folder> <libjujubackup.so>
set -eu
example=$1 build=$2 library=$(realpath "$3")
command -v go > /dev/null || { echo "go is not installed"; exit 77; }
here=$(cd "$(dirname "$0")" && pwd)

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cp "$example"/*.go "$example/go.mod" "$work"
LD_LIBRARY_PATH=$(dirname "$library")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
JUJUBACKUP_LIBRARY=$library
# Meson writes one that names the build folder.
PKG_CONFIG_PATH=$build/meson-uninstalled${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export LD_LIBRARY_PATH JUJUBACKUP_LIBRARY PKG_CONFIG_PATH
export GOENV=off GOCACHE="$work/cache" GOPATH="$work/path" GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local CGO_ENABLED=1 CCACHE_DISABLE=1

cd "$work"
HOME=$work go vet .
HOME=$work go build -o listbackups .

id=$("${PYTHON:-python3}" -B "$here/python_smoke.py" "$here/../../examples/python" --make "$work/store")
./listbackups "$work/store" > out
grep -qx "$id  [0-9]* bytes  ok" out || { echo "unexpected:"; cat out; exit 1; }

./listbackups -threads 1 "$work/store" | cmp - out

# A bad one: named, and told by the exit code.
file=$work/store/juju-backup-$id.tar.gz
dd if="$file" of="$work/cut" bs=500 count=1 2> /dev/null
cat "$work/cut" > "$file"
code=0
./listbackups "$work/store" > out 2> err || code=$?
[ $code = 2 ] && grep -q "^$id  500 bytes  bad" out && grep -q "^  error: " out || { echo "exit $code:"; cat out; exit 1; }
code=0
./listbackups gopher://x 2> err || code=$?
[ $code = 2 ] && grep -q "^listbackups: " err || { echo "exit $code:"; cat err; exit 1; }
