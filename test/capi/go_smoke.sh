#!/bin/sh
# Builds examples/go with cgo against the library in the build folder and runs it. Needs no network: the example uses no module.
#   go_smoke.sh <examples/go> <build folder> <libjujubackup.so>
set -eu
example=$1 build=$2 library=$(realpath "$3")
command -v go > /dev/null || { echo "go is not installed"; exit 77; }
here=$(cd "$(dirname "$0")" && pwd)

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cp -r "$example"/. "$work"
LD_LIBRARY_PATH=$(dirname "$library")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
JUJUBACKUP_LIBRARY=$library
# Meson writes one that names the build folder.
PKG_CONFIG_PATH=$build/meson-uninstalled${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export LD_LIBRARY_PATH JUJUBACKUP_LIBRARY PKG_CONFIG_PATH
export GOENV=off GOCACHE="$work/cache" GOPATH="$work/path" GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local CGO_ENABLED=1 CCACHE_DISABLE=1

cd "$work"
HOME=$work go vet ./...
HOME=$work go build -o listbackups .
HOME=$work go build -o remote ./controllerbackups
HOME=$work go build -o restore ./machinerestore

id=$("${PYTHON:-python3}" -B "$here/python_smoke.py" "$here/../../examples/python" --make "$work/store")
./listbackups "$work/store" > out
grep -qx "$id  [0-9]* bytes  ok" out || { echo "unexpected:"; cat out; exit 1; }

./listbackups -threads 1 "$work/store" | cmp - out

# An encrypted one: from outside, and with its key.
python=${PYTHON:-python3} examples=$here/../../examples/python
recipient=$("$python" -B "$examples/encrypted_backup.py" keygen "$work/key.txt")
"$python" -B -c "import sys; sys.path.insert(0, sys.argv[1]); import jujubackup
jujubackup.Store(sys.argv[2]).add(sys.argv[3], recipients=jujubackup.Recipients(sys.argv[4]))" \
  "$examples" "$work/encrypted" "$work/store/juju-backup-$id.tar.gz" "$recipient"
./listbackups "$work/encrypted" > out || true
grep -q ": encrypted-not-opened: " out || { echo "unexpected:"; cat out; exit 1; }
./listbackups -identity "$work/key.txt" "$work/encrypted" > out
grep -qx "$id  [0-9]* bytes  ok" out || { echo "unexpected:"; cat out; exit 1; }
code=0
./listbackups -identity "$work/nothing" "$work/encrypted" 2> err || code=$?
[ $code = 2 ] && grep -q "^listbackups: " err || { echo "exit $code:"; cat err; exit 1; }

# A bad one: named, and told by the exit code.
file=$work/store/juju-backup-$id.tar.gz
cp "$file" good.tar.gz
dd if="$file" of="$work/cut" bs=500 count=1 2> /dev/null
cat "$work/cut" > "$file"
code=0
./listbackups "$work/store" > out 2> err || code=$?
[ $code = 2 ] && grep -q "^$id  500 bytes  bad" out && grep -q "^  error: " out || { echo "exit $code:"; cat out; exit 1; }
code=0
./listbackups gopher://x 2> err || code=$?
[ $code = 2 ] && grep -q "^listbackups: " err || { echo "exit $code:"; cat err; exit 1; }

# The other program: a controller that it serves, and the commands against it.
"${PYTHON:-python3}" -B -c "import sys; sys.path.insert(0, sys.argv[1]); import sample_tree; sample_tree.make(sys.argv[2])" "$here" "$work"
mkfifo input output
./remote serve "$work/state" "$work/client" "$work/root" "$work/dump" < input > output &
server=$!
exec 3> input 4< output
read -r address <&4 || { echo "the server did not start"; exit 1; }
JUJU_DATA=$work/client
export JUJU_DATA
unset JUJU_MODEL JUJU_CONTROLLER
./remote create made.tar.gz > out
grep -qx "made.tar.gz  [0-9]* bytes" out || { echo "unexpected:"; cat out; exit 1; }
id=$(./remote list | sed 's/ .*//')
[ "$(./remote -m embedded:admin/controller list | wc -l)" = 1 ]
./remote remove "$id"
[ "$(./remote upload made.tar.gz)" = "$id" ]
./remote list | grep -qx "$id  [0-9]* bytes  made in Go"
./remote remove "$id"
code=0
./remote remove "$id" 2> err || code=$?
[ $code = 1 ] && grep -q "^controllerbackups: $id: " err || { echo "exit $code:"; cat err; exit 1; }
exec 3>&-
wait $server
# It is gone, and the address with it.
code=0
./remote list 2> err || code=$?
[ $code = 1 ] && grep -q "^controllerbackups: .*$address" err || { echo "exit $code:"; cat err; exit 1; }

# The third: the machine that was backed up, a disaster, and its cure. Below another root nothing runs, and systemctl only links.
printf '#!/bin/sh\n' > systemctl
chmod +x systemctl
export TMPDIR="$work"
cp -a root before
cp -r dump database
restore() { ./restore -root "$work/root" -database-dir "$work/database" -systemctl "$work/systemctl" -kind full-machine -override dump-complete "$@"; }
restore check good.tar.gz > out
grep -q "^Steps of full-machine" out || { echo "unexpected:"; cat out; exit 1; }
rm root/var/lib/juju/server.pem database/juju/controllerNodes.bson
cp -a root broken
code=0
echo no | restore run good.tar.gz > out 2> err || code=$?
[ $code = 1 ] && grep -q "machinerestore: the restore was not confirmed" err || { echo "exit $code:"; cat err; exit 1; }
diff -r root broken
echo yes | restore run good.tar.gz > out 2> err || { echo "unexpected:"; cat out err; exit 1; }
grep -q "^unpack-root ends" err && grep -qx "restored" out || { echo "unexpected:"; cat out err; exit 1; }
diff -r -x restore root before
cmp dump/juju/controllerNodes.bson database/juju/controllerNodes.bson
restore undo > out 2> err
grep -qx "undone" out
diff -r -x restore root broken
[ ! -e database/juju/controllerNodes.bson ]
echo yes | restore run good.tar.gz > out 2> err
restore commit
diff -r -x restore root before
code=0
restore undo 2> err || code=$?
[ $code = 1 ] && grep -q "^machinerestore: " err || { echo "exit $code:"; cat err; exit 1; }
