#!/bin/sh
# What the library shows is what the committed list says, and what the header declares.
#   exported_symbols.sh <libjujubackup.so> <exported_symbols.txt> <jujubackup.h>
set -eu
export LC_ALL=C
library=$1 list=$2 header=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The node of the version script is a symbol as well.
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort > "$work/shown"
grep '^JJB_API ' "$header" | grep -o 'jjb_[a-z0-9_]*(' | tr -d '(' | sort > "$work/declared"

status=0
sort -c -u "$list" || status=1
diff -u --label "the list" --label "the library" "$list" "$work/shown" || status=1
diff -u --label "the list" --label "the header" "$list" "$work/declared" || status=1
[ "$(grep -c JUJUBACKUP_0 "$(dirname "$list")/jujubackup.map")" -ge 1 ] || status=1
if nm -D --defined-only "$library" | awk '$2 != "A" && $3 !~ /@@JUJUBACKUP_0$/ { bad = 1; print $3 " is not in the node JUJUBACKUP_0" } END { exit !bad }'; then
  status=1
fi
exit $status
