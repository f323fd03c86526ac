#!/bin/sh
# Loading the library runs no code of ours: GCC and clang name the functions that would.
# (Asio's headers, in the files that see Boost.Beast, are let pass: a thread-specific key and addresses of services.)
#   static_initialisers.sh <libjujubackup.so>
set -eu
found=$(nm -C "$1" | grep -E 'GLOBAL__sub_I|__cxx_global_var_init|GLOBAL__I' |
  grep -vE 'GLOBAL__sub_I_(http_client|http_server|websocket)\.cpp$' || true)
[ -z "$found" ] || { echo "code that runs when the library is loaded:"; echo "$found"; exit 1; }
