#!/bin/sh
# Loading the library must run no code of ours: no_static_initialisers.sh LIBRARY
#
# The compiler makes a function _GLOBAL__sub_I_<name> for each source file with an initialiser. Inline variables of the C++ library's
# headers do not count: they come with <iostream>, which the library does not include. Nor do the three files that see Boost.Beast:
# Asio's headers bring a thread-specific key and the addresses of services, which nothing of ours looks at.
set -eu
found=$(nm -C "$1" | grep -E '_GLOBAL__sub_I|__static_initialization_and_destruction|global constructors' |
  grep -vE '_GLOBAL__sub_I_(http_client|http_server|websocket)\.cpp$' || true)
if [ "$(nm "$1" | wc -l)" -lt 100 ]; then
  echo "$1 has no symbol table (stripped?)"
  exit 77
fi
if [ -n "$found" ]; then
  printf 'static initialisers in %s:\n%s\n' "$1" "$found"
  exit 1
fi
echo "none"
