#!/bin/sh
# Builds a project that has this one in its subprojects folder, with no network: subproject_test.sh SOURCE_ROOT SCRATCH
set -eu
source=$1
scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch/subprojects"
ln -s "$source" "$scratch/subprojects/jujubackup"
cp "$source/test/package/consumer.c" "$source/test/package/consumer.cpp" "$scratch"

cat > "$scratch/subprojects/jujubackup.wrap" <<'WRAP'
[wrap-file]
directory = jujubackup

[provide]
dependency_names = jujubackup, jujubackup-core
WRAP
cat > "$scratch/meson.build" <<'PROJECT'
project('consumer', 'c', 'cpp', default_options: ['cpp_std=c++20', 'c_std=c99'])
test('c', executable('consumer-c', 'consumer.c', dependencies: dependency('jujubackup')))
test('cpp', executable('consumer-cpp', 'consumer.cpp', dependencies: dependency('jujubackup-core')))
PROJECT

cd "$scratch"
meson setup build --wrap-mode=nodownload -Dforce_fallback_for=jujubackup -Dbuildtype=debug -Ddebug=false -Djujubackup:tests=false \
  -Djujubackup:examples=false -Djujubackup:docs=false
# One job: it runs beside other work.
meson compile -C build -j 2
meson test -C build --print-errorlogs
cd /
rm -rf "$scratch"
