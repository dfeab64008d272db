#!/usr/bin/env python3
"""Checks what a compiler does not: which folder includes which, that the pure ones touch nothing, that only lib/platform
knows one operating system from another, and that no two types of one name are in one namespace: a linker takes one's
functions for the other's."""

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A folder of sources, and those that it may include besides itself: only ones above it in this list.
LAYERS = ["lib/core", "lib/platform", "lib/process", "lib/mcp", "lib/python", "lib/state", "lib/git", "lib/etcd",
          "lib/coordination",
          "lib/policy", "lib/facts", "lib/session", "lib/install", "lib/report", "analyzers", "lib/gates", "lib/agents",
          "lib/conflicts", "lib/streams", "lib/proof", "hooks", "plugins/git-stream",
          "plugins/git-stream-etcd"]
# Those that need less than all above them.
ONLY = {
    "lib/platform": [],
    "lib/mcp": ["lib/core"],
    "lib/python": ["lib/core"],
    "lib/state": ["lib/core", "lib/platform"],
    "lib/git": ["lib/core", "lib/platform", "lib/process"],
    "lib/etcd": ["lib/core"],
    "lib/coordination": ["lib/core", "lib/platform", "lib/process", "lib/state", "lib/git", "lib/etcd"],
    "lib/report": ["lib/core"],
    "analyzers": ["lib/core", "lib/python"],
    "plugins/git-stream-etcd": ["lib/core", "lib/etcd"],
}
MAY_INCLUDE = {folder: ONLY.get(folder, LAYERS[:number]) for number, folder in enumerate(LAYERS)}

# A third-party header, and the folders that may know it.
THIRD_PARTY = {
    "libdeflate": ["lib/git"],
    "yaml-cpp": ["lib/policy"],
    "CLI": ["plugins/git-stream"],
    "curl": ["plugins/git-stream-etcd"],
    "utf8proc": ["lib/core", "lib/python"],
}

# These touch no file, clock, environment or process.
PURE = ["lib/core", "lib/etcd", "lib/mcp", "lib/python", "lib/report", "analyzers"]
IMPURE = re.compile(r"<(fstream|filesystem|iostream|cstdio|cstdlib|ctime|thread|mutex|unistd\.h|fcntl\.h|sys/.*)>|"
                    r"\b(getenv|system_clock::now|steady_clock::now|localtime|mktime)\b")

# What Linux or macOS alone has: for lib/platform, where linux/ and macos/ have the same functions each.
SYSTEMS = re.compile(r"<(sys/(inotify|signalfd|eventfd|timerfd|epoll|prctl|sysmacros|statfs|vfs|xattr|event|sysctl|clonefile)\.h|"
                     r"linux/.*|mach.*|malloc.*|copyfile\.h|libproc\.h)>|\"/(proc|sys|dev/fd)/|__(linux|gnu_linux|APPLE|MACH|GLIBC)__|"
                     r"\bst_[amc]tim(espec)?\b|\b(pipe2|dup3|accept4|execvpe|fdatasync|F_FULLFSYNC|memrchr|gettid|close_range|"
                     r"copy_file_range|renameat2|secure_getenv|sigabbrev_np|timer_create|mremap|O_TMPFILE|O_PATH|O_EVTONLY|MADV_POPULATE_\w+)\b")


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
        if folder != "lib/platform" and SYSTEMS.search(line):
            yield f"{name}:{number}: only lib/platform knows one system from another: {line.strip()}"
        found = re.match(r'#include ["<]([^">]+)[">]', line)
        if not found:
            continue
        header = found.group(1)
        owners = THIRD_PARTY.get(header.split("/")[0].removesuffix(".h"))
        if owners and folder not in owners:
            yield f"{name}:{number}: {header} belongs to {' and '.join(owners)}"
        target = folder_of(ROOT / header) if "/" in header else None
        if target and target != folder and target not in MAY_INCLUDE[folder]:
            yield f"{name}:{number}: {folder} may not know {target}"


# What opens or closes a scope; comments and literals, in which braces mean nothing.
SCOPES = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|"""
                    r"""\bnamespace\b\s*(?P<namespace>[\w:]*)\s*\{|"""
                    r"""\b(?:struct|class|union|enum(?:\s+(?:class|struct))?)\s+(?P<type>\w+)\s*(?:final\s*)?(?::(?!:)[^;{()]*)?\{|[{}]""", re.S)


def types_of(path):
    """The types that a file defines in namespaces that have names, with the namespace."""
    scopes = []  # the names of namespaces; None: another scope
    for found in SCOPES.finditer(path.read_text()):
        text = found.group(0)
        if text == "}":
            scopes and scopes.pop()
        elif text == "{":
            scopes.append(None)
        elif found.group("type"):
            if all(scopes):
                yield "::".join([*scopes, found.group("type")])
            scopes.append(None)
        elif text.startswith("namespace"):
            scopes.append(found.group("namespace"))


def main():
    faults, types = [], collections.defaultdict(set)
    for folder in MAY_INCLUDE:
        for path in sorted((ROOT / folder).rglob("*.*")):
            if path.suffix in (".h", ".cpp"):
                faults += check(path)
                for name in types_of(path):
                    types[name].add(path.relative_to(ROOT).as_posix())
    faults += [f"{name} is defined in {' and in '.join(sorted(files))}" for name, files in sorted(types.items()) if len(files) > 1]
    print("\n".join(faults) or "includes go down only, and types have names of their own")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
