"""What a result depends on beside the code: the machine, and the versions of everything that took part."""

import mmap
import os
import platform
import subprocess


def first_match(path, key):
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            if name.strip() == key:
                return value.strip()
    return "unknown"


def system_name():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def describe_machine():
    return {
        "cpu": first_match("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": int(first_match("/proc/meminfo", "MemTotal").split()[0]) // 1024,
        "kernel": platform.release(),
        "system": system_name(),
    }


def touch_free_memory(mib):
    """Takes free memory and gives it back, before a measurement: a virtual machine may have returned it to its host, and getting it anew
    costs a second for each GB, which whichever program wrote first would pay."""
    available = int(first_match("/proc/meminfo", "MemAvailable").split()[0]) * 1024
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_POPULATE", 0x8000)
    mmap.mmap(-1, max(mmap.PAGESIZE, min(mib << 20, available // 4)), flags=flags).close()


def lines_said(*words):
    """What a program prints about itself; to standard error, in some."""
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return [line.strip() for line in done.stdout.decode(errors="replace").splitlines() if line.strip()]
