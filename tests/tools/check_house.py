#!/usr/bin/env python3
"""Checks the house rules that a compiler does not: who includes whom."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A room, and the rooms that it may include besides itself. Arrows point down only.
MAY_INCLUDE = {
    "lib/core": [],
    "lib/platform": [],
    "lib/process": ["lib/core", "lib/platform"],
    "lib/store": ["lib/core", "lib/platform"],
    "lib/git": ["lib/core", "lib/platform", "lib/process"],
    "lib/policy": ["lib/core"],
    "lib/cache": ["lib/core", "lib/platform"],
    "lib/syntax": ["lib/core"],
    "lib/report": ["lib/core"],
    "analyzers": ["lib/core"],
    "lib/app": ["analyzers", "lib/cache", "lib/syntax", "lib/report", "lib/policy", "lib/git", "lib/store", "lib/process", "lib/platform", "lib/core"],
    "lib/agents": ["lib/app", "analyzers", "lib/git", "lib/store", "lib/process", "lib/platform", "lib/core"],
    "lib/conflicts": ["lib/agents", "lib/app", "analyzers", "lib/report", "lib/git", "lib/store", "lib/process", "lib/platform", "lib/core"],
    "lib/streams": ["lib/conflicts", "lib/agents", "lib/app", "analyzers", "lib/report", "lib/git", "lib/store", "lib/process", "lib/platform", "lib/core"],
    "lib/proof": ["lib/streams", "lib/app", "analyzers", "lib/git", "lib/store", "lib/process", "lib/platform", "lib/core"],
    "hooks": ["lib/streams", "lib/agents", "lib/app"],
    "plugins/git-stream": ["lib/proof", "lib/streams", "lib/agents", "lib/app", "lib/report", "analyzers", "lib/policy", "lib/git", "lib/store", "lib/process", "lib/platform", "lib/core"],
}

# A third-party header, and the one room that may know it.
THIRD_PARTY = {
    "git2": "lib/git",
    "zlib": "lib/git",
    "yaml-cpp": "lib/policy",
    "CLI": "plugins/git-stream",
    "tree_sitter": "lib/syntax",
    "utf8proc": "lib/syntax",
}

# The pure rooms touch no file, clock, environment or process.
PURE = ["lib/core", "lib/syntax", "lib/report", "analyzers"]
IMPURE = re.compile(r"<(fstream|filesystem|iostream|cstdio|cstdlib|ctime|thread|mutex|unistd\.h|fcntl\.h|sys/.*)>|"
                    r"\b(getenv|system_clock::now|steady_clock::now|localtime|mktime)\b")


def room_of(path):
    name = path.relative_to(ROOT).as_posix()
    return max((room for room in MAY_INCLUDE if name.startswith(room + "/")), key=len, default=None)


def check(path):
    room = room_of(path)
    lines = path.read_text().splitlines()
    name = path.relative_to(ROOT).as_posix()
    for number, line in enumerate(lines, 1):
        if room in PURE and IMPURE.search(line):
            yield f"{name}:{number}: {room} is pure: {line.strip()}"
        found = re.match(r'#include ["<]([^">]+)[">]', line)
        if not found:
            continue
        header = found.group(1)
        owner = THIRD_PARTY.get(header.split("/")[0].removesuffix(".h"))
        if owner and owner != room:
            yield f"{name}:{number}: {header} belongs to {owner}"
        target = room_of(ROOT / header) if "/" in header else None
        if target and target != room and target not in MAY_INCLUDE[room]:
            yield f"{name}:{number}: {room} may not know {target}"


def main():
    faults = []
    for room in MAY_INCLUDE:
        for path in sorted((ROOT / room).glob("*.*")):
            if path.suffix in (".h", ".cpp"):
                faults += check(path)
    print("\n".join(faults) or "the house is in order")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
