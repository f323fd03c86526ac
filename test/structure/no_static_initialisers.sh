#!/bin/sh
# Loading the library must run no code of ours: no_static_initialisers.sh LIBRARY
#
# The compiler makes a function _GLOBAL__sub_I_<name> for each source file with an initialiser. Inline variables of the C++ library's
# headers do not count: they come with <iostream>, which the library does not include.
set -eu
found=$(nm -C "$1" | grep -E '_GLOBAL__sub_I|__static_initialization_and_destruction|global constructors' || true)
if [ "$(nm "$1" | wc -l)" -lt 100 ]; then
  echo "$1 has no symbol table (stripped?)"
  exit 77
fi
if [ -n "$found" ]; then
  printf 'static initialisers in %s:\n%s\n' "$1" "$found"
  exit 1
fi
echo "none"
