#!/usr/bin/env python3
"""Generated classes over several modules, changed on two sides and merged: what `conflicts` says of calls through `self`, `cls`
and `super()`, of overriding and of abstract methods, against CPython: every class of the merged tree and of both sides is
made, and each method that calls another is called. Broken by the merge is what fails there and on neither side. What we say must
be true; what we miss must have one of the explanations below."""

import argparse
import collections
import importlib
import inspect
import os
import random
import re
import subprocess
import sys
import tempfile

from compare_merged_imports import path_of, read_trees, statement
from fast_history import ENVIRONMENT, History, merge_pairs

MODULES = ["app.base", "app.mid", "app.left", "app.right", "tools.leaf"]
METHODS = ["load", "save", "check", "score"]
PARAMETERS = ["", "a", "a, b", "a, b=1", "a, *, k", "a=1", "*rest", "a, **more"]


def fitting(parameters, rng):
    """Arguments that such a function takes."""
    given = []
    for part in filter(None, parameters.split(", ")):
        if part[0] == "*" or ("=" in part and rng.random() < 0.7):
            continue
        name = part.split("=")[0]
        given.append(f"{name}=1" if name == "k" or rng.random() < 0.1 else "1")
    return ", ".join(sorted(given, key=lambda one: "=" in one))


class Class:
    def __init__(self, module, name):
        self.module, self.name = module, name
        self.bases = []  # (written, class name)
        self.lines = []  # imports
        self.methods = {}  # name: (kind, parameters)
        self.calls = {}  # name of the calling method: (kind, call)
        self.noise = ""

    def copy(self):
        other = Class(self.module, self.name)
        other.bases, other.lines, other.noise = list(self.bases), list(self.lines), self.noise
        other.methods, other.calls = dict(self.methods), dict(self.calls)
        return other

    def source(self):
        bases = ", ".join(written for written, _ in self.bases)
        parts = [f"class {self.name}({bases}):", self.noise or "    pass"]
        for name, (kind, parameters) in self.methods.items():
            first = "" if kind == "staticmethod" else "cls" if kind == "classmethod" else "self"
            lines = f"    @{kind}\n" if kind else ""
            parts.append(f"{lines}    def {name}({', '.join(filter(None, [first, parameters]))}):\n        return {name!r}")
        for name, (kind, call) in self.calls.items():
            lines = f"    @{kind}\n" if kind else ""
            parts.append(f"{lines}    def {name}({'cls' if kind else 'self'}):\n        return {call}  # {name}")
        return "\n\n\n\n".join(parts)


class Program:
    def __init__(self, rng):
        self.classes = {}
        self.count = 0
        for module in MODULES:
            self.add_class(rng, module, module.split(".")[1].capitalize())
        for _ in range(14):
            self.add_call(rng)

    def copy(self):
        other = object.__new__(Program)
        other.classes = {name: one.copy() for name, one in self.classes.items()}
        other.count = self.count + 100 * random.randrange(1, 1000)
        return other

    def add_class(self, rng, module, name):
        one = Class(module, name)
        above = [c for c in self.classes.values() if MODULES.index(c.module) < MODULES.index(module)]
        bases = rng.sample(above, min(len(above), rng.choice([0, 1, 1, 1, 2])))
        if len(bases) == 2 and any(a.name in self.ancestors(b) for a in bases for b in bases if a is not b):
            bases.pop()  # Python may find no order
        for base in bases:
            package, _, leaf = base.module.rpartition(".")
            line, written = rng.choice([(f"from {base.module} import {base.name}", base.name),
                                        (f"import {base.module}", f"{base.module}.{base.name}"),
                                        (f"from {package} import {leaf}", f"{leaf}.{base.name}")])
            one.lines.append(line)
            one.bases.append((written, base.name))
        if not one.bases and rng.random() < 0.6:
            one.lines.append("import abc")
            one.bases.append(("abc.ABC", ""))
        for method in rng.sample(METHODS, rng.randint(0, 3)):
            one.methods[method] = self.seen(one, method) or self.kind_and_parameters(rng)
        noise = rng.random()
        if noise < 0.04:
            one.noise = "    def __getattr__(self, name):\n        return lambda *rest, **more: None"
        elif noise < 0.08:
            one.noise = "    def __init__(self):\n        self.load = lambda *rest, **more: None"
        self.classes[name] = one

    def ancestors(self, one):
        names = [name for _, name in one.bases if name in self.classes]
        return set(names).union(*(self.ancestors(self.classes[name]) for name in names))

    @staticmethod
    def kind_and_parameters(rng):
        return rng.choice(["", "", "", "", "staticmethod", "classmethod"]), rng.choice(PARAMETERS)

    def seen(self, one, method):
        """What the class has of that name, by a simple search."""
        if method in one.methods:
            return one.methods[method]
        for _, base in one.bases:
            found = base in self.classes and self.seen(self.classes[base], method)
            if found:
                return found
        return None

    def add_call(self, rng):
        one = rng.choice(list(self.classes.values()))
        method = rng.choice(METHODS)
        found = self.seen(one, method)
        if not found:
            return
        kind = "classmethod" if found[0] in ("classmethod", "staticmethod") and rng.random() < 0.3 else ""
        own = "cls" if kind else "self"
        given = fitting(found[1], rng)
        through = "super()" if method not in one.methods and rng.random() < 0.4 else own
        self.count += 1
        one.calls[f"run{self.count}"] = kind, f"{through}.{method}({given})"

    def change(self, rng, builds):
        """`builds`: adds calls and classes rather than changing what is there."""
        one = rng.choice(list(self.classes.values()))
        verb = rng.random() if rng.random() < 0.3 else rng.choice([0.1, 0.8, 0.9]) if builds else rng.choice([0.5, 0.7, 1])
        if verb < 0.4:
            self.add_call(rng)
        elif verb < 0.6 and one.methods:
            name = rng.choice(sorted(one.methods))
            kind, _ = one.methods[name]
            one.methods[name] = kind, rng.choice(PARAMETERS)
        elif verb < 0.72 and one.methods:
            name = rng.choice(sorted(one.methods))
            one.methods[rng.choice(["fetch", "store"])] = one.methods.pop(name)
        elif verb < 0.85:
            method = rng.choice(METHODS)
            one.methods[method] = self.seen(one, method) or self.kind_and_parameters(rng)
        elif verb < 0.93:
            module = rng.choice(MODULES[1:])
            name = f"New{rng.randrange(1000)}"
            self.add_class(rng, module, name)
        elif any(written == "abc.ABC" for written, _ in one.bases):
            one.methods[rng.choice(["begin", "end"])] = "abc.abstractmethod", ""

    def tree(self):
        files = {path_of(package, True): ("100644", b"") for package in ("app", "tools")}
        for module in MODULES:
            own = [c for c in self.classes.values() if c.module == module]
            parts = [f'"""{module}"""'] + [line for c in own for line in c.lines] + [c.source() for c in own]
            files[path_of(module)] = "100644", "\n\n\n\n".join(parts).encode() + b"\n"
        return files


def case(rng, history):
    base = Program(rng)
    sides = []
    for builds in rng.sample([True, False], 2):
        side = base.copy()
        for _ in range(rng.randint(3, 6)):
            side.change(rng, builds)
        sides.append(side)
    root = history.commit(base.tree())
    return [history.commit(side.tree(), [root]) for side in sides]


class Run:
    """A tree as CPython runs it: where calls fail, and classes that cannot be made."""

    def __init__(self, files):
        self.files, self.failing, self.unmade, self.classes = files, {}, {}, {}
        with tempfile.TemporaryDirectory() as folder:
            for path, content in files.items():
                full = os.path.join(folder, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "wb") as file:
                    file.write(content)
            sys.path.insert(0, folder)
            try:
                self.run(folder)
            finally:
                sys.path.remove(folder)

    def run(self, folder):
        for name in [n for n in sys.modules if n.split(".")[0] in ("app", "tools")]:
            del sys.modules[name]
        importlib.invalidate_caches()
        self.broken = set()
        for module in MODULES:
            try:
                loaded = importlib.import_module(module)
            except Exception:  # noqa: BLE001
                self.broken.add(path_of(module))
                continue
            for one in vars(loaded).values():
                if inspect.isclass(one) and one.__module__ == module:
                    self.classes[one.__name__] = one
                    self.call(one, folder)

    def call(self, one, folder):
        path = path_of(one.__module__)
        try:
            made = one()
        except TypeError:
            self.unmade[path, one.__name__] = getattr(one, "__abstractmethods__", ())
            made = object.__new__(type(one.__name__, (one,), {n: None for n in one.__abstractmethods__}))
        for name in dir(made):
            if not name.startswith("run"):
                continue
            try:
                getattr(made, name)()
            except (TypeError, AttributeError) as error:
                step = error.__traceback__
                while step.tb_next:
                    step = step.tb_next
                where = step.tb_frame.f_code.co_filename[len(folder) + 1:], step.tb_lineno
                self.failing.setdefault(where, set()).add(one.__name__)

    def fails(self, path, text):
        """The classes for which the call fails, wherever it stands in its file."""
        return {c for (p, line), names in self.failing.items() if p == path and statement(self.files, p, line) == text
                for c in names}


def said_of(text):
    calls, classes = {}, []
    for part in text.split(";"):
        match = re.match(r"interface (\S+):(\d+) (sure|unsure) (calls|class) (.*)$", part)
        if match and match[4] == "calls":
            calls[match[1], int(match[2])] = match[5]
        elif match:
            classes.append((match[1], int(match[2]), match[5]))
    return calls, classes


def class_claim_holds(claim, merged):
    path, _, text = claim
    if text.split(" ")[0].split(".")[0] not in merged.classes:
        return None  # CPython cannot import it
    made = re.match(r"(\w+) cannot be made: \S+\.(\w+) is abstract$", text)
    if made:
        return made[2] in merged.unmade.get((path, made[1]), ())
    own, method, base = re.match(r"(\w+)\.(\w+) does not fit \S*?(\w+)\.\w+, which it overrides", text).groups()
    given, named = [], {}
    for name, parameter in inspect.signature(getattr(merged.classes[base], method)).parameters.items():
        if parameter.default is inspect.Parameter.empty and name not in ("self", "rest", "more"):
            named.update({name: 1} if parameter.kind is inspect.Parameter.KEYWORD_ONLY else {})
            given += [] if parameter.kind is inspect.Parameter.KEYWORD_ONLY else [1]
    function = getattr(merged.classes[own], method)
    bound = list(inspect.signature(function).parameters)[:1] == ["self"]
    try:
        inspect.signature(function).bind(*([None] if bound else []), *given, **named)
    except TypeError:
        return True
    return False


def explain(place, names, merged, sides):
    """Why we may say nothing of a call that fails for these classes."""
    path, line = place
    text = statement(merged.files, path, line)
    files = {path_of(merged.classes[name].__module__) for name in names}
    if not any(text in side.files.get(path, b"").decode() for side in sides):
        return "the call is on neither side"
    if any(side.broken for side in sides):
        return "a side cannot be imported as a whole"
    if any(side.fails(path, text) for side in sides):
        return "it fails on a side already, for other classes"
    changed = [{p for p in merged.files if merged.files[p] != side.files.get(p)} for side in sides]
    if all(all(file not in one for one in changed) for file in files):
        return "neither side's change has to be merged into it"
    method = re.search(r"\.(\w+)\(", text)[1]
    orders = [merged.classes[name].__mro__ for name in names]
    if any("__getattr__" in vars(c) or ("__init__" in vars(c) and method == "load") for order in orders for c in order):
        return "an attribute may be set, or made by __getattr__"
    below = [c for c in merged.classes.values() if any(issubclass(c, order[0]) for order in orders)]
    if any(method in vars(c) for c in below) and not any(method in vars(c) for order in orders for c in order):
        return "a class below defines what is missing"
    if any(method in getattr(c, "__abstractmethods__", ()) for order in orders for c in order):
        return "an abstract method is not called as it stands"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    sys.dont_write_bytecode = True
    rng = random.Random(given.seed)
    random.seed(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        history = History(folder)
        marks = [case(rng, history) for _ in range(given.cases)]
        ids = history.write()
        pairs = [(ids[one], ids[other]) for one, other in marks]
        answers = merge_pairs(given.program, folder, pairs)
        merged_ids = [subprocess.run(["git", "-C", folder, "merge-tree", "--write-tree", one, other], text=True,
                                     capture_output=True, env=ENVIRONMENT).stdout.split()[0] for one, other in pairs]
        trees = read_trees(folder, sorted({c for pair in pairs for c in pair} | set(merged_ids)))
        count, why = collections.Counter(), collections.Counter()
        for (one, other), tree, answer in zip(pairs, merged_ids, answers, strict=True):
            if answer[0] != "clean":
                continue
            count["merged programs"] += 1
            merged, sides = Run(trees[tree]), [Run(trees[one]), Run(trees[other])]
            calls, classes = said_of(answer[4])
            truth = {}
            for (path, line), names in merged.failing.items():
                text = statement(merged.files, path, line)
                new = names - set().union(*(side.fails(path, text) for side in sides))
                if new:
                    truth[path, line] = new
            for place in sorted(set(truth) | set(calls)):
                reason = "the merged tree cannot be imported as a whole" if merged.broken else None
                if place not in calls:
                    reason = explain(place, truth[place], merged, sides)
                kind = "agreed" if place in truth and place in calls else "explained" if reason else "wrong"
                count[kind] += 1
                why[reason] += reason is not None
                if kind == "wrong":
                    print(f"{one} {other} {place}: {statement(merged.files, *place)!r}: CPython fails for "
                          f"{sorted(truth.get(place, []))}, we say {calls.get(place)}")
            for claim in classes:
                kind = {True: "classes agreed", None: "not importable", False: "wrong"}[class_claim_holds(claim, merged)]
                count[kind] += 1
                if kind == "wrong":
                    print(f"{one} {other} {claim}: CPython has no such fault")
        print(dict(count))
        for reason, number in why.most_common():
            if number:
                print(f"  {number}: {reason}")
        sys.exit(count["wrong"] > 0 or count["merged programs"] < given.cases // 3 or count["agreed"] < given.cases // 30
                 or count["classes agreed"] < given.cases // 20)


if __name__ == "__main__":
    main()
