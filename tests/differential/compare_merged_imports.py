#!/usr/bin/env python3
"""Generated packages, changed on two sides and merged: what `conflicts` says of broken imports, against really importing
every module of the merged tree and of both sides with CPython. Broken by the merge is what fails there and on neither
side. Where the two differ, one of the explanations below must hold; anything else fails."""

import argparse
import collections
import importlib
import os
import random
import re
import subprocess
import sys
import tempfile

from fast_history import ENVIRONMENT, History, merge_pairs

MODULES = ["app.core", "app.risk", "app.models", "app.news", "app.util.text", "app.util.time", "tools", "plugin.main"]
NAMES = ["load", "store", "check", "score", "Limit", "Order", "RATE", "parse"]


def path_of(module, package=False):
    return module.replace(".", "/") + ("/__init__.py" if package else ".py")


def definition(name):
    if name.isupper():
        return f"{name} = 1"
    return f"class {name}:\n    pass" if name[0].isupper() else f"def {name}():\n    return 1"


class Package:
    """What each module defines, imports, and whether a `__getattr__` or a star makes it uncertain."""

    def __init__(self, rng):
        self.defines = {module: set(rng.sample(NAMES, rng.randint(2, 5))) for module in MODULES}
        self.imports = {module: [] for module in MODULES}
        self.dynamic = {module for module in MODULES if rng.random() < 0.06}

    def copy(self):
        other = object.__new__(Package)
        other.defines = {m: set(names) for m, names in self.defines.items()}
        other.imports = {m: list(lines) for m, lines in self.imports.items()}
        other.dynamic = set(self.dynamic)
        return other

    def add_import(self, rng):
        # Only of modules that stand later in the list: no circles, whose failures depend on who is first.
        here = [module for module in MODULES[:-1] if module in self.defines]
        if not here:
            return
        importer = rng.choice(here)
        targets = [m for m in MODULES[MODULES.index(importer) + 1:] if m in self.defines]
        if not targets:
            return
        target = rng.choice(targets)
        names = sorted(self.defines[target])
        form = rng.random()
        if form < 0.55 and names:
            line = f"from {target} import {rng.choice(names)}"
        elif form < 0.65:
            line = f"import {target}"
        elif form < 0.75 and "." in target:
            package, _, leaf = target.rpartition(".")
            line = f"from {package} import {leaf}"
        elif form < 0.85:
            line = f"from {target} import *"
        elif names:
            line = f"try:\n    from {target} import {rng.choice(names)}\nexcept ImportError:\n    pass"
        else:
            line = f"import {target} as other"
        self.imports[importer].append(line)

    def change(self, rng, taste):
        """`taste`: 0.4 for all kinds; more likes imports, less likes taking things away."""
        verb = rng.random() if rng.random() > 0.7 else (0.1 if taste > 0.4 else rng.uniform(0.4, 1))
        modules = sorted(self.defines)
        module = rng.choice(modules)
        if verb < 0.4:
            self.add_import(rng)
        elif verb < 0.6 and self.defines[module]:
            self.defines[module].remove(rng.choice(sorted(self.defines[module])))
        elif verb < 0.75 and self.defines[module]:
            name = rng.choice(sorted(self.defines[module]))
            self.defines[module].remove(name)
            self.defines[module].add(name + ("2" if name[0].islower() else "_NEW" if name.isupper() else "New"))
        elif verb < 0.85:
            self.defines[module].add(rng.choice(NAMES))
        elif len(modules) > 4:
            del self.defines[module]
            del self.imports[module]

    def tree(self):
        files = {path_of(package, True): ("100644", b"") for package in ("app", "app.util", "plugin")}
        for module, names in self.defines.items():
            parts = [f'"""{module}"""'] + self.imports[module] + [definition(name) for name in sorted(names)]
            if module in self.dynamic:
                parts.append("def __getattr__(name):\n    return name")
            # Far apart, so that git merges what the two sides do to one module.
            files[path_of(module)] = "100644", "\n\n\n\n".join(parts).encode() + b"\n"
        return files


def case(rng, history):
    base = Package(rng)
    for _ in range(rng.randint(1, 5)):
        base.add_import(rng)
    sides = []
    for taste in rng.sample([0.2, 0.8], 2):  # one likes to import, the other to take away
        side = base.copy()
        for _ in range(rng.randint(2, 4)):
            side.change(rng, taste)
        sides.append(side)
    root = history.commit(base.tree())
    return [history.commit(side.tree(), [root]) for side in sides]


def really_import(files):
    """Each failure as (path, line, text): where the failing import stands; and every place that a failure came by."""
    failures, frames = set(), set()
    with tempfile.TemporaryDirectory() as folder:
        for path, content in files.items():
            full = os.path.join(folder, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as file:
                file.write(content)
        sys.path.insert(0, folder)
        try:
            for path in sorted(files):
                for name in [n for n in sys.modules if n.split(".")[0] in ("app", "tools", "plugin")]:
                    del sys.modules[name]
                importlib.invalidate_caches()
                module = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
                try:
                    importlib.import_module(module)
                except Exception as error:  # noqa: BLE001
                    place, step = None, error.__traceback__
                    while step:
                        if step.tb_frame.f_code.co_filename.startswith(folder):
                            place = step.tb_frame.f_code.co_filename[len(folder) + 1:], step.tb_lineno
                            frames.add(place)
                        step = step.tb_next
                    if place:
                        failures.add((*place, type(error).__name__ + ": " + str(error).split(" (")[0]))
        finally:
            sys.path.remove(folder)
    return failures, frames


def read_trees(folder, ids):
    """{tree or commit: {path: bytes}}, by one `git cat-file`."""
    trees = {}
    for one in ids:
        listed = subprocess.check_output(["git", "-C", folder, "ls-tree", "-r", "-z", one], env=ENVIRONMENT)
        trees[one] = dict(reversed(entry.split("\t", 1)) for entry in listed.decode().split("\0") if entry)
    blobs = sorted({head.split()[2] for tree in trees.values() for head in tree.values()})
    out = subprocess.run(["git", "-C", folder, "cat-file", "--batch"], input="\n".join(blobs).encode() + b"\n",
                         capture_output=True, check=True, env=ENVIRONMENT).stdout
    contents, at = {}, 0
    for blob in blobs:
        end = out.index(b"\n", at)
        size = int(out[at:end].split()[2])
        contents[blob] = out[end + 1:end + 1 + size]
        at = end + size + 2
    return {one: {path: contents[head.split()[2]] for path, head in tree.items()} for one, tree in trees.items()}


def said_broken(text):
    """{(path, line): certain}"""
    found = {}
    for part in text.split(";"):
        match = re.match(r"broken-import (\S+):(\d+) (sure|unsure) ", part)
        if match:
            found[match[1], int(match[2])] = match[3] == "sure"
    return found


def statement(files, path, line):
    return files[path].decode().splitlines()[line - 1].strip()


def explain(place, truth, said, merged, sides, frames):
    """Why the two may differ at a place, or nothing."""
    path, line = place
    if place in said and not said[place]:
        return "uncertain, and said to be: a module __getattr__ or a star import may supply the name"
    if place in said and place not in truth:
        if any(p == path and l < line for p, l in frames):
            return "a statement before it in the same file fails first: CPython never comes to it"
        if place in frames:
            return "the imported module fails itself: CPython tells of that one"
    if place in truth and place not in said:
        text = statement(merged, path, line)
        if not any(text in side.get(path, b"").decode() for side in sides):
            return "the statement is on neither side"
        if any(statement_fails(side, path, text) for side in sides):
            return "it fails on one side already, by another statement"
    return None


def statement_fails(files, path, text):
    return path in files and any(statement(files, p, l) == text for p, l, _ in really_import(files)[0] if p == path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--cases", type=int, default=390)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    sys.dont_write_bytecode = True
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        history = History(folder)
        marks = [case(rng, history) for _ in range(given.cases)]
        ids = history.write()
        pairs = [(ids[one], ids[other]) for one, other in marks]
        answers = merge_pairs(given.program, folder, pairs)
        merged = [subprocess.run(["git", "-C", folder, "merge-tree", "--write-tree", one, other], text=True,
                                 capture_output=True, env=ENVIRONMENT).stdout.split()[0] for one, other in pairs]
        trees = read_trees(folder, sorted({c for pair in pairs for c in pair} | set(merged)))
        wrong, agreed, clean, why = 0, 0, 0, collections.Counter()
        for (one, other), tree, answer in zip(pairs, merged, answers, strict=True):
            if answer[0] != "clean":
                continue
            clean += 1
            sides = [trees[one], trees[other]]
            failing, frames = really_import(trees[tree])
            before = [{(p, statement(side, p, l)) for p, l, _ in really_import(side)[0]} for side in sides]
            truth = {(p, l) for p, l, _ in failing
                     if all((p, statement(trees[tree], p, l)) not in known for known in before)}
            said = said_broken(answer[4])
            for place in sorted(truth | set(said)):
                if place in truth and said.get(place):
                    agreed += 1
                    continue
                reason = explain(place, truth, said, trees[tree], sides, frames)
                if reason:
                    why[reason] += 1
                    continue
                wrong += 1
                print(f"{one} {other} {place}: {statement(trees[tree], *place)!r}: CPython "
                      f"{'fails' if place in truth else 'imports it'}, we say {said.get(place)}; {sorted(failing)}")
        print(f"{clean} merged packages: {agreed} broken imports as CPython has them, {sum(why.values())} explained, "
              f"{wrong} not")
        for reason, count in why.most_common():
            print(f"  {count}: {reason}")
        sys.exit(wrong > 0 or clean < 200 or agreed < 30)


if __name__ == "__main__":
    main()
