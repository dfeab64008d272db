#!/usr/bin/env python3
"""Makes a packed repository of many Python files in five layers, always the same: what a full import check is
measured on. Usage: import_repo.py FOLDER [--files 30000]; prints what it made."""

import argparse
import pathlib
import random
import subprocess

LAYERS = ["foundation", "infrastructure", "models", "domain", "applications"]
PACKAGES_A_LAYER = 60
EXTERNAL = ["os", "re", "json", "logging", "dataclasses", "typing", "collections.abc", "datetime", "functools",
            "itertools", "numpy", "pandas", "requests", "sqlalchemy.orm", "pathlib", "contextlib"]
VERBS = ["load", "store", "merge", "split", "check", "score", "rank", "filter", "parse", "render", "send", "fetch"]
NOUNS = ["order", "signal", "price", "report", "account", "window", "token", "ledger", "batch", "model", "event",
         "record", "limit", "quota", "session", "schedule"]
UPWARD = 0.0005  # the share of internal imports that break the layers


class Names:
    """Which modules there are: layer, package and module by number."""

    def __init__(self, files):
        self.count = files
        self.packages = min(PACKAGES_A_LAYER, max(1, files // (len(LAYERS) * 20)))

    def module(self, number):
        layer = number % len(LAYERS)
        rest = number // len(LAYERS)
        package, module = rest % self.packages, rest // self.packages
        name = "__init__" if module == 0 else f"{NOUNS[module % len(NOUNS)]}_{module:03}"
        part = f"part_{module // 25}" if module >= 25 else ""
        return LAYERS[layer], f"{LAYERS[layer]}_{package:02}", part, name

    def path(self, number):
        _, package, part, name = self.module(number)
        return "/".join(word for word in (package, part, name) if word) + ".py"

    def dotted(self, number):
        return self.path(number).removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def below(self, rng, layer):
        """A module of this layer or a lower one; rarely of a higher one."""
        top = len(LAYERS) - 1 if rng.random() < UPWARD else layer
        pick = rng.randrange(self.count)
        pick += rng.randint(0, top) - pick % len(LAYERS)
        return min(pick, self.count - 1)


def phrase(rng):
    return f"{rng.choice(VERBS)}_{rng.choice(NOUNS)}"


def imports(rng, names, number):
    layer = number % len(LAYERS)
    lines = [f"import {name}" for name in rng.sample(EXTERNAL, 2)]
    for _ in range(3):
        package, _, name = names.dotted(names.below(rng, layer)).rpartition(".")
        if package:
            lines.append(f"from {package} import {name}")
        else:
            lines.append(f"import {name}")
    target = names.dotted(names.below(rng, layer))
    lines.append(f"from {target} import (\n    {phrase(rng)},\n    {phrase(rng)} as {rng.choice(NOUNS)}_alias,\n)")
    lines.append(f"import {names.dotted(names.below(rng, layer))} as {rng.choice(NOUNS)}_module")
    typing = f"from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from {target} import {phrase(rng).title().replace('_', '')}"
    return "\n".join(lines) + "\n" + typing


def function(rng, indent=""):
    a, b, c = (rng.choice(NOUNS) for _ in range(3))
    name = f"{phrase(rng)}_{rng.randrange(1000)}"
    self_ = "self, " if indent else ""
    lines = [
        f"def {name}({self_}{a}: list[float], {b}_limit: int = {rng.randrange(500)}, *, {c}_name: str | None = None) -> dict:",
        f'    """{rng.choice(VERBS).title()} the {a} until the {b} limit is reached; a {c} may be named.',
        "",
        f"    Raises ValueError when the {a} is shorter than {rng.randrange(9)} or the import failed.",
        '    """',
        f"    total, seen = {rng.random():.6f}, {{}}",
        f"    for index, value in enumerate({a}):",
        f"        if value < {b}_limit and index % {rng.randrange(2, 40)} != 0:  # from {b} import nothing",
        f'            seen[f"{a}-{{index}}"] = value * {rng.random():.4f} + total',
        f"        elif {c}_name is not None:",
        f"            total += round(value / {rng.randrange(2, 99)}.0, {rng.randrange(1, 6)})",
        "    if not seen:",
        f'        raise ValueError("no {a} for {c}: import {b} first")',
        f"    return {{\"{b}\": total, '{c}': sorted(seen.items(), key=lambda item: item[{rng.randrange(2)}])}}",
        "",
    ]
    return "\n".join(indent + line if line else "" for line in lines)


def source(names, number):
    rng = random.Random(number)
    if names.module(number)[3] == "__init__" and rng.random() < 0.5:
        return f'"""Package {number}."""\n'
    parts = [f'"""Module {number}: {phrase(rng)} and {phrase(rng)}."""\n', imports(rng, names, number) + "\n"]
    size = rng.lognormvariate(8.4, 0.65)  # bytes: 6 KB on average, some ten times as long
    while sum(map(len, parts)) < size:
        if rng.random() < 0.3:
            parts.append(f"class {phrase(rng).title().replace('_', '')}{rng.randrange(100)}:\n")
            parts += [function(rng, "    ") for _ in range(rng.randint(1, 3))]
        else:
            parts.append(function(rng))
    return "\n".join(parts)


def policy(names):
    layers = "\n".join(f"  - {{name: {layer}, modules: [{', '.join(f'{layer}_{p:02}' for p in range(names.packages))}]}}"
                       for layer in LAYERS)
    return ("version: 1\nstreams:\n  A: {name: All, agents: {A1: {files: [\"**\"]}}}\n"
            f"layers:\n{layers}\npython: {{roots: [\".\"]}}\n")


def contents(names, files):
    yield ".streams.yaml", policy(names).encode()
    for number in range(files):
        yield names.path(number), source(names, number).encode()


def build(folder, files):
    """The repository in `folder`, packed, with its index and without a checkout; the bytes of source in it."""
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "-b", "develop", folder], check=True)
    names, total = Names(files), 0
    stream = subprocess.Popen(["git", "-C", folder, "fast-import", "--quiet"], stdin=subprocess.PIPE)
    write = stream.stdin.write
    write(b"commit refs/heads/develop\ncommitter bench <bench@example.com> 1700000000 +0000\ndata 4\nbase\n")
    for path, content in contents(names, files):
        total += len(content) if path.endswith(".py") else 0
        write(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))
    stream.stdin.close()
    if stream.wait() != 0:
        raise SystemExit("git fast-import failed")
    for command in (["repack", "-adq"], ["pack-refs", "--all"], ["read-tree", "develop"]):
        subprocess.run(["git", "-C", folder, *command], check=True)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--files", type=int, default=30000)
    given = parser.parse_args()
    total = build(given.folder, given.files)
    print(f"{given.files:,} files, {total / 1e6:.1f} MB of source, {total / given.files:,.0f} bytes a file")


if __name__ == "__main__":
    main()
