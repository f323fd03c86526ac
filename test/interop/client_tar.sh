#!/bin/sh
# A client directory goes round through GNU tar: what we pack tar unpacks, what tar packs we unpack, with the same bytes, modes, links and
# times.
#
#   client_tar.sh CLIENT_TOOL
set -eu
export LC_ALL=C.UTF-8
tool=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$(mktemp -d "${TMPDIR:-/tmp}/jujubackup-client-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
unset JUJU_DATA XDG_DATA_HOME JUJU_COOKIEFILE GOCOOKIES || true
export TMPDIR="$work"

say() { printf '%s\n' "$*"; }
die() {
  say "FAILED: $*" >&2
  exit 1
}
if ! tar --version 2>/dev/null | grep -q GNU; then
  say "no GNU tar"
  exit 77
fi

# Type, mode, time, target and digest of everything in a home folder; not the list that our archives have besides, nor the folders above.
looks_of() {
  (cd "$1" && find .local/share/juju .go-cookies ! -name .juju-client-manifest.json \
    \( -type l -printf 'l %l %Ts %p\n' -o -printf '%y %m %Ts %p\n' \) | sort
  find .local/share/juju .go-cookies -type f ! -name .juju-client-manifest.json -exec sha256sum {} + | sort)
}
same() {
  looks_of "$1" >a.txt
  looks_of "$2" >b.txt
  cmp -s a.txt b.txt && return
  diff a.txt b.txt >&2 || true
  die "$3"
}

# --- what somebody has ---
long=$(printf 'f%.0s' $(seq 120))
mkdir -p home/.local/share/juju/cookies home/.local/share/juju/ssh home/.local/share/juju/lxd home/.local/share/juju/notes/empty
cd home/.local/share/juju
printf 'controllers:\n  prod:\n    uuid: 0f5e9b7c-5555-4666-8777-2b1d3c4e5f60\n    api-endpoints: []\n' >controllers.yaml
printf 'controllers:\n  prod: {user: admin, password: secret}\n' >accounts.yaml
printf 'controllers: {}\n' >models.yaml
: >credentials.yaml
printf '[]' >cookies/prod.json
head -c 1700 /dev/urandom >ssh/juju_id_rsa
printf 'key' >lxd/client.key
head -c 700000 /dev/urandom >notes/large
printf 'x' >"notes/caf$(printf '\303\251') and a space"
printf 'long' >"notes/$long"
printf '#!/bin/sh\n' >notes/tool
ln -s notes/tool relative
ln -s ../controllers.yaml notes/up
chmod 600 *.yaml cookies/* ssh/* lxd/*
chmod 700 . cookies ssh lxd
chmod 755 notes notes/tool
chmod 440 notes/large
chmod 644 "notes/$long"
cd "$work"
printf '[]' >home/.go-cookies
chmod 600 home/.go-cookies
find home -depth -exec touch -h -d '2020-06-30 21:04:11 UTC' {} +

# --- ours, unpacked by tar in the home folder, as the user document says ---
HOME="$work/home" "$tool" backup ours.tar.gz
"$tool" verify ours.tar.gz >report.txt || die "our own archive: $(cat report.txt)"
gzip -t ours.tar.gz || die "gzip finds something in our archive"
mkdir by-tar
(cd by-tar && tar -xzpf ../ours.tar.gz) 2>err || die "tar does not unpack our archive: $(cat err)"
[ ! -s err ] || die "tar grumbles about our archive: $(cat err)"
# tar leaves the folder's own time as its last file made it.
touch -d '2020-06-30 21:04:11 UTC' by-tar/.local/share/juju
same home by-tar "tar unpacks something else than we packed"
[ -f by-tar/.local/share/juju/.juju-client-manifest.json ] || die "no manifest"
# Plain tar is not hurt by it, nor is a backup of what it unpacked.
HOME="$work/by-tar" "$tool" backup again.tar.gz
tar -tzf again.tar.gz | grep -c manifest | grep -qx 1 || die "the manifest was packed twice"
say "ours by tar: good"

# --- ours by us ---
mkdir by-us
HOME="$work/by-us" "$tool" restore ours.tar.gz
same home by-us "we unpack something else than we packed"
say "ours by us: good"

# --- tar's by us, in the forms that people use ---
name=juju-client-$(date +%Y%m%d-%H%M%S).tar.gz
number=0
packed() {
  "$tool" verify "$name" >report.txt || die "tar's archive ($*): $(cat report.txt)"
  "$tool" show "$name" | grep -q '"name": "prod"' || die "no controller in tar's archive ($*)"
  if "$tool" show "$name" | grep -q secret; then die "a secret is shown"; fi
  number=$((number + 1))
  mkdir "restored$number"
  HOME="$work/restored$number" "$tool" restore "$name"
  [ -e "restored$number/.go-cookies" ] || cp -p home/.go-cookies "restored$number/"
  # What is packed as "." has no entry of a name of its own.
  [ "$1" != "from inside" ] || touch -d '2020-06-30 21:04:11 UTC' "restored$number/.local/share/juju"
  same home "restored$number" "we unpack something else than tar packed ($*)"
}
(cd home && tar -cpzf "../$name" .local/share/juju)
packed "as the user document says"
(cd home && tar -cpzf "../$name" ./.local/share/juju .go-cookies)
packed "with ./"
(cd home && tar -cpzf "../$name" --format=posix .)
packed "the whole home folder, PAX"
tar -cPpzf "$name" "$work/home/.local/share/juju"
packed "absolute names"
(cd home/.local/share/juju && tar -cpzf "$work/$name" --format=oldgnu .)
packed "from inside"
say "tar's by us: good"
