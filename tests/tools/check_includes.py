#!/usr/bin/env python3
"""Checks what a compiler does not: which folder includes which, and that the pure ones touch nothing."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A folder of sources, and those that it may include besides itself: only ones above it in this list.
LAYERS = ["lib/core", "lib/platform", "lib/process", "lib/python", "lib/state", "lib/git", "lib/policy", "lib/facts",
          "lib/session", "lib/install", "lib/report", "analyzers", "lib/gates", "lib/agents", "lib/conflicts", "lib/streams",
          "lib/proof", "hooks", "plugins/git-stream"]
# Those that need less than all above them.
ONLY = {
    "lib/platform": [],
    "lib/python": ["lib/core"],
    "lib/state": ["lib/core", "lib/platform"],
    "lib/git": ["lib/core", "lib/platform", "lib/process"],
    "lib/report": ["lib/core"],
    "analyzers": ["lib/core", "lib/python"],
}
MAY_INCLUDE = {folder: ONLY.get(folder, LAYERS[:number]) for number, folder in enumerate(LAYERS)}

# A third-party header, and the one folder that may know it.
THIRD_PARTY = {
    "git2": "lib/git",
    "zlib": "lib/git",
    "libdeflate": "lib/git",
    "yaml-cpp": "lib/policy",
    "CLI": "plugins/git-stream",
    "utf8proc": "lib/python",
}

# These touch no file, clock, environment or process.
PURE = ["lib/core", "lib/python", "lib/report", "analyzers"]
IMPURE = re.compile(r"<(fstream|filesystem|iostream|cstdio|cstdlib|ctime|thread|mutex|unistd\.h|fcntl\.h|sys/.*)>|"
                    r"\b(getenv|system_clock::now|steady_clock::now|localtime|mktime)\b")


def folder_of(path):
    name = path.relative_to(ROOT).as_posix()
    return max((folder for folder in MAY_INCLUDE if name.startswith(folder + "/")), key=len, default=None)


def check(path):
    folder = folder_of(path)
    lines = path.read_text().splitlines()
    name = path.relative_to(ROOT).as_posix()
    for number, line in enumerate(lines, 1):
        if folder in PURE and IMPURE.search(line):
            yield f"{name}:{number}: {folder} is pure: {line.strip()}"
        found = re.match(r'#include ["<]([^">]+)[">]', line)
        if not found:
            continue
        header = found.group(1)
        owner = THIRD_PARTY.get(header.split("/")[0].removesuffix(".h"))
        if owner and owner != folder:
            yield f"{name}:{number}: {header} belongs to {owner}"
        target = folder_of(ROOT / header) if "/" in header else None
        if target and target != folder and target not in MAY_INCLUDE[folder]:
            yield f"{name}:{number}: {folder} may not know {target}"


def main():
    faults = []
    for folder in MAY_INCLUDE:
        for path in sorted((ROOT / folder).glob("*.*")):
            if path.suffix in (".h", ".cpp"):
                faults += check(path)
    print("\n".join(faults) or "includes go down only")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
