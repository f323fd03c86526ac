#!/bin/sh
# What `age` encrypts we decrypt, and the other way round: each kind of recipient, armored and not, at sizes around the chunks' borders.
# Exits with 77, skipped, where there is no age.
#
#   age_interop.sh AGE_TOOL
set -eu
export LC_ALL=C.UTF-8
tool=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-/usr/bin/python3}
work=$(mktemp -d "${TMPDIR:-/tmp}/jujubackup-age-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

say() { printf '%s\n' "$*"; }
die() {
  say "FAILED: $*" >&2
  exit 1
}
for program in age age-keygen ssh-keygen; do
  if ! command -v "$program" >/dev/null 2>&1; then
    say "no $program"
    exit 77
  fi
done
on_terminal() { "$python" "$here/age_terminal.py" "$@"; }

# --- content ---
for size in 0 1 65535 65536 65537 131072 131073 1000000; do head -c "$size" /dev/urandom >"plain.$size"; done
small=plain.131073

# --- keys, of both makes ---
age-keygen -o theirs.key 2>/dev/null
theirs=$(age-keygen -y theirs.key)
ours=$("$tool" keygen ours.key)
[ "$(age-keygen -y ours.key)" = "$ours" ] || die "age sees another recipient in our identity"
ssh-keygen -q -t ed25519 -N '' -C 'a comment' -f ed
ssh-keygen -q -t rsa -b 2048 -N '' -f rsa2048
ssh-keygen -q -t rsa -b 3072 -N '' -m PEM -f rsapem
ssh-keygen -q -t rsa -b 4096 -N '' -f rsa4096
ssh-keygen -q -t ed25519 -N secret -f locked
ssh-keygen -q -t ecdsa -N '' -f ecdsa
say "# a comment

$theirs
$ours" >recipients.txt
cat ed.pub rsa2048.pub >>recipients.txt

# decrypts_both FILE IDENTITY PLAIN: age and we find the same in it.
decrypts_both() {
  age -d -i "$2" <"$1" >out.age || die "age does not open $1 with $2"
  cmp out.age "$3" || die "age finds something else in $1 with $2"
  "$tool" decrypt -i "$2" <"$1" >out.tool || die "we do not open $1 with $2"
  cmp out.tool "$3" || die "we find something else in $1 with $2"
  # Through a pipe there is no random access.
  cat "$1" | "$tool" decrypt -i "$2" | cmp - "$3" || die "we find something else in $1 with $2 through a pipe"
}

# --- one recipient, each size ---
for plain in plain.*; do
  age -r "$theirs" <"$plain" >a.age
  decrypts_both a.age theirs.key "$plain"
  "$tool" encrypt -r "$theirs" <"$plain" >b.age
  decrypts_both b.age theirs.key "$plain"
  [ "$(stat -c %s a.age)" = "$(stat -c %s b.age)" ] || die "another length than age's for $plain"
  age -a -r "$theirs" <"$plain" >a.asc
  decrypts_both a.asc theirs.key "$plain"
  "$tool" encrypt -a -r "$theirs" <"$plain" >b.asc
  decrypts_both b.asc theirs.key "$plain"
  [ "$("$tool" inspect <a.asc)" = "armored ${plain#plain.} X25519" ] || die "inspect says something else"
done
say "X25519, binary and armored: good"

# --- several recipients, each identity alone ---
age -R recipients.txt <"$small" >a.age
"$tool" encrypt -R recipients.txt <"$small" >b.age
for key in theirs.key ours.key ed rsa2048; do
  decrypts_both a.age "$key" "$small"
  decrypts_both b.age "$key" "$small"
done
for file in a.age b.age; do
  [ "$("$tool" inspect <"$file")" = "binary 131073 X25519 X25519 ssh-ed25519 ssh-rsa" ] || die "inspect of $file says something else"
done
say "several recipients: good"

# --- SSH keys ---
for key in ed rsa2048 rsapem rsa4096; do
  age -R "$key.pub" <"$small" >a.age
  decrypts_both a.age "$key" "$small"
  "$tool" encrypt -R "$key.pub" <"$small" >b.age
  decrypts_both b.age "$key" "$small"
done
say "SSH keys: good"

# --- a passphrase ---
on_terminal 'correct horse' age -p <"$small" >a.age
"$tool" decrypt -p 'correct horse' <a.age | cmp - "$small" || die "we find something else behind age's passphrase"
"$tool" encrypt -p 'correct horse' <"$small" >b.age
on_terminal 'correct horse' age -d <b.age | cmp - "$small" || die "age finds something else behind our passphrase"
say "passphrase: good"

# --- what must fail, in words ---
refused() {
  text=$1
  file=$2
  shift 2
  if "$tool" "$@" <"$file" >out 2>err; then die "$* of $file did not fail"; fi
  grep -qF "$text" err || die "$* of $file says: $(cat err)"
}
refused 'the passphrase is wrong' a.age decrypt -p 'correct mule'
refused 'encrypted to a passphrase, and none was given' a.age decrypt -i theirs.key
age -r "$theirs" <plain.1000000 >a.age
refused 'no identity matches any of the recipients' a.age decrypt -i ours.key
refused 'is protected by a passphrase' a.age decrypt -i locked
refused 'is of a kind that cannot be encrypted to' a.age decrypt -i ecdsa
refused 'SSH keys of this kind cannot be encrypted to' "$small" encrypt -R ecdsa.pub
head -c -1 a.age >short.age
refused 'or cut off' short.age decrypt -i theirs.key
if age -d -i theirs.key <short.age >out 2>/dev/null; then die "age opens a file that is cut off"; fi
(cat a.age && printf x) >long.age
refused 'damaged' long.age decrypt -i theirs.key
say "refusals: good"
