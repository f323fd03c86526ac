#!/bin/sh
# Loading the library runs no code of ours: GCC and clang name the functions that would.
#   static_initialisers.sh <libjujubackup.so>
set -eu
found=$(nm -C "$1" | grep -E 'GLOBAL__sub_I|__cxx_global_var_init|GLOBAL__I' || true)
[ -z "$found" ] || { echo "code that runs when the library is loaded:"; echo "$found"; exit 1; }
