#!/bin/sh
# Other programs read what we write, and we read what they write. Each that is not installed is skipped with a word.
#
#   archive_interop.sh INTEROP_TOOL
set -eu
export LC_ALL=C.UTF-8
tool=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d "${TMPDIR:-/tmp}/jujubackup-interop-XXXXXX")
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
cd "$work"

say() { printf '%s\n' "$*"; }
die() {
  say "FAILED: $*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# "SHA-256 size name" of every file below a folder, each name behind a prefix.
sums_of() {
  (cd "$1" && find . -type f | sed 's|^\./||' | while IFS= read -r name; do
    say "$(sha256sum <"$name" | cut -d' ' -f1) $(stat -c %s "$name") $2$name"
  done) | sort
}
# Type, mode, target of links and time of everything below a folder, the folder itself left out. Links have no mode of their own.
looks_of() { (cd "$1" && find . -mindepth 1 \( -type l -printf 'l %l %P\n' -o -printf '%y %m %Ts %P\n' \)) | sort; }

same() {
  cmp -s "$1" "$2" && return
  diff "$1" "$2" >&2 || true
  die "$3"
}

# --- what is backed up ---
long=var/lib/juju/agents/machine-0/$(printf 'd%.0s' $(seq 90))/$(printf 'f%.0s' $(seq 80))
mkdir -p root/var/lib/juju/tools/2.9.46-jammy-amd64 root/var/lib/juju/init "root/$(dirname "$long")" root/home/ubuntu/.ssh \
  dump/juju dump/logs "dump/blob store"
printf 'long\n' >"root/$long"
printf '# format 2.0\ntag: machine-0\n' >root/var/lib/juju/agents/machine-0/agent.conf
printf 'key\n' >root/var/lib/juju/server.pem
head -c 1300000 /dev/urandom >root/var/lib/juju/tools/2.9.46-jammy-amd64/jujud
head -c 512 /dev/urandom >root/var/lib/juju/shared-secret
head -c 511 /dev/urandom >root/var/lib/juju/system-identity
: >root/var/lib/juju/nonce.txt
printf 'name\n' >"root/var/lib/juju/init/caf$(printf '\303\251') and a space"
ln -s /var/lib/juju/tools/2.9.46-jammy-amd64 root/var/lib/juju/tools/machine-0
ln -s ../server.pem root/var/lib/juju/init/relative
printf 'ssh-rsa AAAA\n' >root/home/ubuntu/.ssh/authorized_keys
printf '\005\000\000\000\000' >dump/juju/models.bson
printf '{"options":{},"indexes":[]}' >dump/juju/models.metadata.json
for _ in $(seq 2000); do printf '\005\000\000\000\000'; done >"dump/blob store/chunks.bson"
printf '\005\000\000\000\000' >dump/oplog.bson
chmod 600 root/var/lib/juju/server.pem root/var/lib/juju/shared-secret root/home/ubuntu/.ssh/authorized_keys
chmod 755 root/var/lib/juju/tools/2.9.46-jammy-amd64/jujud
chmod 400 root/var/lib/juju/system-identity
chmod 700 root/home/ubuntu/.ssh dump/juju
find root dump -exec touch -h -d '2020-06-30 21:04:11 UTC' {} +

# The two parts of an archive that is unpacked below $1 against the folders it was made of; $2 is where root.tar went.
check_unpacked() {
  sums_of dump '' >want.sums
  sums_of "$1/juju-backup/dump" '' >got.sums
  same want.sums got.sums "$3: the dump's content differs"
  looks_of dump >want.looks
  looks_of "$1/juju-backup/dump" >got.looks
  same want.looks got.looks "$3: modes, times or links of the dump differ"
  sums_of root '' >want.sums
  sums_of "$2" '' >got.sums
  same want.sums got.sums "$3: the content of root.tar differs"
  looks_of root >want.looks
  looks_of "$2" >got.looks
  same want.looks got.looks "$3: modes, times or links in root.tar differ"
}

# A list of sums as a reader gives it, without what the source folders do not have.
check_sums() {
  { sums_of dump juju-backup/dump/ && sums_of root juju-backup/root.tar/; } | sort >want.sums
  grep -c ' juju-backup/metadata.json$' "$1" >count || true
  [ "$(cat count)" = 1 ] || die "$2: metadata.json is there $(cat count) times"
  grep -v -e ' juju-backup/metadata.json$' -e ' juju-backup/manifest.json$' -e ' juju-backup/root.tar$' "$1" | sort >got.sums
  same want.sums got.sums "$2: content differs"
}

# --- ours, read by others ---
"$tool" create root dump ours.tar.gz >ours.result
if have openssl; then
  say "$(stat -c %s ours.tar.gz) $(openssl dgst -sha1 -binary ours.tar.gz | base64)" >want.result
  same want.result ours.result "size or SHA-1 is not what was reported"
fi
gzip -t ours.tar.gz 2>gzip.errors || die "gzip -t refuses our archive"
[ ! -s gzip.errors ] || die "gzip complains: $(cat gzip.errors)"

for reader in tar bsdtar; do
  have $reader || { say "skipped: $reader is not installed"; continue; }
  $reader tzf ours.tar.gz >names 2>errors || die "$reader cannot list our archive: $(cat errors)"
  [ ! -s errors ] || die "$reader complains: $(cat errors)"
  [ "$(sed -n 2p names)" = juju-backup/metadata.json ] || die "metadata.json is not the first file"
  rm -rf out && mkdir -p out/root
  $reader xpzf ours.tar.gz -C out 2>errors || die "$reader cannot unpack our archive: $(cat errors)"
  $reader xpf out/juju-backup/root.tar -C out/root 2>>errors || die "$reader cannot unpack our root.tar: $(cat errors)"
  [ ! -s errors ] || die "$reader complains: $(cat errors)"
  check_unpacked out out/root "ours by $reader"
  say "ok: ours read by $reader"
done

if [ -x "$python" ]; then
  "$python" "$here/py_reader.py" ours.tar.gz >py.sums || die "Python cannot read our archive"
  check_sums py.sums "ours by Python"
  say "ok: ours read by Python"
else
  say "skipped: $python is not installed"
fi

if [ -x "$python" ] && have xxh128sum; then
  "$python" "$here/manifest_digests.py" ours.tar.gz || die "xxh128sum does not agree with our manifest"
  say "ok: digests of our manifest by xxh128sum"
else
  say "skipped: $python or xxh128sum is not installed"
fi

go_programs=
if have go && GO111MODULE=off go build -o go_reader "$here/go_reader/main.go" && GO111MODULE=off go build -o go_writer "$here/go_writer/main.go"; then
  go_programs=yes
  ./go_reader ours.tar.gz >go.sums || die "Go cannot read our archive"
  check_sums go.sums "ours by Go"
  say "ok: ours read by Go"
else
  say "skipped: Go is not installed"
fi

# --- read by us ---
check_ours() {
  file=$1
  name=$2
  allowed=$3
  "$tool" sums "$file" >our.sums || die "$name: cannot be read"
  check_sums our.sums "$name"
  rm -rf out
  "$tool" extract "$file" out 2>errors || die "$name: cannot be extracted: $(cat errors)"
  [ ! -s errors ] || die "$name: warnings at extraction: $(cat errors)"
  check_unpacked out out/juju-backup/root "$name"
  "$tool" cat "$file" "juju-backup/root.tar/$long" >one && cmp -s one "root/$long" || die "$name: one file by name differs"
  verdict=0
  "$tool" verify "$file" >report || verdict=$?
  [ "$verdict" -le "$allowed" ] || die "$name: verify says $verdict: $(cat report)"
  # From a pipe as well; a file of ours is then read like any other.
  "$tool" list "$file" >list.file
  mkfifo pipe.fifo
  cat "$file" >pipe.fifo &
  "$tool" list pipe.fifo >list.pipe || die "$name: cannot be listed from a pipe"
  wait $!
  rm pipe.fifo
  same list.file list.pipe "$name: a pipe lists otherwise"
  rm -f "$file"
  say "ok: $name"
}

stage() {
  rm -rf stage && mkdir -p stage/juju-backup
  chmod 700 stage/juju-backup
  cp -a dump stage/juju-backup/dump
  "$tool" cat ours.tar.gz juju-backup/metadata.json >stage/juju-backup/metadata.json
}

check_ours_again() {
  cp ours.tar.gz again.tar.gz
  check_ours again.tar.gz "ours by ourselves" 0
}
check_ours_again

# An archive of another writer may earn notes and warnings, but it is not bad.
from_tar() {
  program=$1
  shift
  have "$program" || { say "skipped: $program is not installed"; return 0; }
  stage
  (cd root && "$program" cf ../stage/juju-backup/root.tar "$@" -- *)
  (cd stage && "$program" czf ../foreign.tar.gz "$@" juju-backup)
  check_ours foreign.tar.gz "made by $program $*" 1
  (cd stage && "$program" czf ../foreign.tgz "$@" .)
  check_ours foreign.tgz "made by $program $* of ." 1
}

from_tar tar --format=ustar
from_tar bsdtar --format=ustar

# What no USTAR header can hold.
longest=root/var/lib/juju/init/$(printf 'x%.0s' $(seq 150))
mkdir -p "$longest" && printf 'deep\n' >"$longest/$(printf 'y%.0s' $(seq 180))"
ln -s "/$(printf 'z%.0s' $(seq 150))" root/var/lib/juju/init/far
find root dump -exec touch -h -d '2020-06-30 21:04:11 UTC' {} +
rm ours.tar.gz
"$tool" create root dump ours.tar.gz >ours.result
check_ours_again

from_tar tar --format=gnu
from_tar tar --format=pax
from_tar bsdtar --format=pax
from_tar bsdtar --format=gnutar

if [ -x "$python" ]; then
  stage
  (cd root && "$python" -m tarfile -c ../stage/juju-backup/root.tar ./*)
  (cd stage && "$python" -m tarfile -c ../foreign.tar.gz juju-backup)
  check_ours foreign.tar.gz "made by Python" 1
fi

if [ -n "$go_programs" ]; then
  stage
  ./go_writer root stage/juju-backup foreign.tar.gz
  ./go_reader foreign.tar.gz >go.sums || die "Go cannot read its own archive"
  check_sums go.sums "Go by Go"
  check_ours foreign.tar.gz "made by Go, the Juju way" 1
  ./go_reader ours.tar.gz >go.sums || die "Go cannot read our archive with long names"
  check_sums go.sums "ours with long names by Go"
fi
if [ -x "$python" ]; then
  "$python" "$here/py_reader.py" ours.tar.gz >py.sums || die "Python cannot read our archive with long names"
  check_sums py.sums "ours with long names by Python"
fi
say "all that is installed agrees"
