"""Compiles each header by itself, so that each includes what it uses.

Usage: headers_alone.py SOURCE_ROOT BUILD_ROOT CXX... -- CC...
Compiler flags are those of a file of the library, out of compile_commands.json.
"""

import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys


def flags_of_core(build):
    for command in json.loads((build / "compile_commands.json").read_text()):
        if "jujubackup-core" in command["output"] and command["file"].endswith("lib/base/error.cpp"):
            words = shlex.split(command["command"])
            return [w for w in words if w.startswith(("-I", "-isystem", "-std", "-D", "-W", "-pthread"))]
    raise SystemExit("no command for lib/base/error.cpp")


def compile_alone(job):
    compiler, flags, path, build = job
    language = "c" if path.suffix == ".h" and "cc" in flags[0] else "c++"
    text = f'#include "{path}"\n#include "{path}"\n'
    command = [*compiler, *flags[1:], "-x", language, "-fsyntax-only", "-Werror", "-"]
    done = subprocess.run(command, input=text, text=True, cwd=build, capture_output=True, check=False)
    return path, language, done


def main():
    root = pathlib.Path(sys.argv[1])
    build = pathlib.Path(sys.argv[2])
    split = sys.argv.index("--")
    cxx, cc = sys.argv[3:split], sys.argv[split + 1 :]
    core = flags_of_core(build)

    jobs = []
    for folder in ("include", "lib", "capi"):
        for path in sorted((root / folder).rglob("*.hpp")):
            jobs.append((cxx, ["c++", *core, f"-I{root}", f"-I{root / 'capi'}"], path, build))
    for path in sorted((root / "include").rglob("*.h")):
        include = f"-I{root / 'include'}"
        strict = ["-Wall", "-Wextra", "-Wpedantic"]
        jobs.append((cc, ["cc", "-std=c99", "-Wstrict-prototypes", *strict, include], path, build))
        jobs.append((cxx, ["c++", "-std=c++11", *strict, include], path, build))

    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, language, done in pool.map(compile_alone, jobs):
            if done.returncode != 0:
                bad += 1
                print(f"{path} does not compile alone as {language}:\n{done.stderr}")
    print(f"{len(jobs)} headers, {bad} bad")
    return 1 if bad or len(jobs) < 20 else 0


sys.exit(main())
