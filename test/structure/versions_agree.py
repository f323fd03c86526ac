"""The version of the project stands in several places; all must say the same.

Usage: versions_agree.py SOURCE_ROOT PROJECT_VERSION ABI_VERSION
"""

import pathlib
import re
import sys


def macro_version(path, prefix):
    text = path.read_text()
    parts = []
    for part in ("MAJOR", "MINOR", "PATCH"):
        match = re.search(rf"#define\s+{prefix}{part}\s+(\d+)", text)
        if not match:
            return f"no {prefix}{part}"
        parts.append(match.group(1))
    return ".".join(parts)


def main():
    root = pathlib.Path(sys.argv[1])
    wanted, abi = sys.argv[2], sys.argv[3]
    public = root / "include" / "jujubackup"
    found = {"version.hpp": macro_version(public / "version.hpp", "JUJUBACKUP_VERSION_")}

    header = public / "jujubackup.h"
    if header.exists():
        found["jujubackup.h"] = macro_version(header, "JJB_VERSION_")
        match = re.search(r"#define\s+JJB_ABI_VERSION\s+(\d+)", header.read_text())
        if not match or match.group(1) != abi:
            print(f"jujubackup.h: JJB_ABI_VERSION is {match.group(1) if match else 'missing'}, meson.build says {abi}")
            return 1

    top = re.search(r"^## (\d+\.\d+\.\d+)", (root / "CHANGELOG.md").read_text(), re.MULTILINE)
    found["CHANGELOG.md"] = top.group(1) if top else "none"

    bad = {name: version for name, version in found.items() if version != wanted}
    for name, version in bad.items():
        print(f"{name} says {version}, meson.build says {wanted}")
    print(f"{len(found)} places, {len(bad)} differ")
    return 1 if bad else 0


sys.exit(main())
