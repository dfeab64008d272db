#!/usr/bin/env python3
"""Compares imports_of() with CPython's own parser, file by file.

usage: compare_imports.py [--mutants N] [--time] [--known FILE] EXTRACTOR [FOLDER|FILE ...]

Extracts the imports of every Python source with `ast`, by the same rules (contract, section 9) but
with code of its own, and wants what EXTRACTOR (the program extract_imports) prints to be equal. Of
sources that CPython does not parse only an answer is wanted. Without folders: the standard library
of this Python and its packages. --mutants: also changes N of the sources in random ways; --time:
measures both instead of comparing; --known: lines "path-end<TAB>reason" of differences that remain.
"""

import argparse
import ast
import json
import multiprocessing
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import warnings

WIDE = {"ImportError", "Exception", "BaseException"}
BUILTINS = {"builtins", "__builtin__", "__builtins__"}
EXPECTING = {"raises", "suppress", "assertRaises", "assertRaisesRegex", "assertRaisesRegexp"}


def dotted(node):
    """The parts of a dotted name, or nothing."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return [node.id, *parts] if isinstance(node, ast.Name) else None


def condition(test):
    """Whether a test holds only while type-checking, and whether it fails only then."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        holds, fails = condition(test.operand)
        return fails, holds
    if isinstance(test, ast.BoolOp):
        values = [condition(value) for value in test.values]
        if isinstance(test.op, ast.And):
            return any(v[0] for v in values), all(v[1] for v in values)
        return all(v[0] for v in values), any(v[1] for v in values)
    parts = dotted(test)
    return bool(parts) and parts[-1] == "TYPE_CHECKING", False


def catches_import_error(kind, wide=WIDE):
    if kind is None:
        return True
    if isinstance(kind, ast.Tuple):
        return any(catches_import_error(each, wide) for each in kind.elts)
    if isinstance(kind, ast.BinOp) and isinstance(kind.op, ast.Add):
        return catches_import_error(kind.left, wide) or catches_import_error(kind.right, wide)
    parts = dotted(kind)
    return bool(parts) and parts[-1] in wide and (len(parts) == 1 or len(parts) == 2 and parts[0] in BUILTINS)


def expects_import_error(entered):
    """Whether what a `with` enters holds a call as pytest.raises(ImportError)."""
    for call in ast.walk(entered):
        if not isinstance(call, ast.Call):
            continue
        function = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        given = [*call.args, *(each.value for each in call.keywords)]
        if function in EXPECTING and any(catches_import_error(each, WIDE | {"ModuleNotFoundError"}) for each in given):
            return True
    return False


class Scope:
    def __init__(self, kind, outer=None):
        self.kind, self.outer, self.bound = kind, outer, {}

    def bind(self, name, meaning):
        self.bound.setdefault(name, []).append(meaning)

    def find(self, name):
        scope = self
        while scope:
            if name in scope.bound and (scope is self or scope.kind != "class"):
                return scope, scope.bound[name]
            scope = scope.outer
        return None, []


class Extractor:
    """One file's imports, as extract_imports prints them."""

    def __init__(self):
        self.found, self.calls = [], []
        self.scope, self.type_checking, self.guarded = Scope("module"), False, False

    def run(self, source):
        self.statements(ast.parse(source).body)
        for node, scope, type_checking, guarded in self.calls:
            self.resolve(node, scope, type_checking, guarded)
        return sorted(self.found, key=lambda entry: entry[0])

    def add(self, line, kind, module, alias="", names=(), anchor=""):
        self.found.append([line, kind, module, alias, [list(name) for name in names], self.scope.kind,
                           self.type_checking, self.guarded, anchor])

    def within(self, statements, scope=None, type_checking=False, guarded=False):
        kept = self.scope, self.type_checking, self.guarded
        self.scope = scope or self.scope
        self.type_checking |= type_checking
        self.guarded |= guarded
        self.statements(statements)
        self.scope, self.type_checking, self.guarded = kept

    def statements(self, statements):
        for statement in statements:
            handler = getattr(self, "on_" + type(statement).__name__, self.generic)
            handler(statement)

    def generic(self, node):
        """Statements in any field are read as statements, all else for its calls."""
        for _, value in ast.iter_fields(node):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, ast.stmt):
                    self.statements([each])
                elif isinstance(each, ast.AST) and hasattr(each, "body") and isinstance(each.body, list):
                    self.generic(each)
                elif isinstance(each, ast.AST):
                    self.expression(each)

    def expression(self, node):
        if isinstance(node, ast.Call):
            self.calls.append((node, self.scope, self.type_checking, self.guarded))
        for child in ast.iter_child_nodes(node):
            self.expression(child)

    def on_Import(self, node):
        for each in node.names:
            self.add(node.lineno, "import", each.name, each.asname or "")
            top = each.name.split(".")[0]
            meaning = {"importlib": "importlib", "builtins": "builtins", "__builtin__": "builtins"}.get(top)
            if meaning and (not each.asname or each.name == top):
                self.scope.bind(each.asname or top, meaning)

    def on_ImportFrom(self, node):
        if node.module == "__future__" and node.level == 0:
            return
        module = "." * node.level + (node.module or "")
        if node.names[0].name == "*":
            self.add(node.lineno, "star", module)
        else:
            self.add(node.lineno, "from", module, names=[(each.name, each.asname or "") for each in node.names])
        for each in node.names:
            if module == "importlib" and each.name in ("import_module", "*"):
                self.scope.bind(each.asname or "import_module", "import_module")
            if module == "importlib" and each.name in ("__import__", "*") or \
                    module in ("builtins", "__builtin__") and each.name == "__import__":
                self.scope.bind(each.asname or "__import__", "import")

    def on_Assign(self, node):
        parts = dotted(node.value)
        if parts and len(parts) <= 2 and all(isinstance(target, ast.Name) for target in node.targets):
            for target in node.targets:
                self.scope.bind(target.id, (parts, self.scope))
        self.generic(node)

    def on_FunctionDef(self, node):
        for each in [*node.decorator_list, node.args, *([node.returns] if node.returns else []),
                     *getattr(node, "type_params", [])]:
            self.expression(each)
        self.within(node.body, Scope("function", self.scope))

    on_AsyncFunctionDef = on_FunctionDef

    def on_ClassDef(self, node):
        for each in [*node.decorator_list, *node.bases, *node.keywords, *getattr(node, "type_params", [])]:
            self.expression(each)
        self.within(node.body, Scope("class", self.scope))

    def on_If(self, node):
        self.expression(node.test)
        holds, fails = condition(node.test)
        self.within(node.body, type_checking=holds)
        self.within(node.orelse, type_checking=fails)

    def on_With(self, node):
        for each in node.items:
            self.generic(each)
        self.within(node.body, guarded=any(expects_import_error(each.context_expr) for each in node.items))

    on_AsyncWith = on_With

    def on_Try(self, node):
        self.within(node.body, guarded=any(catches_import_error(each.type) for each in node.handlers))
        for handler in node.handlers:
            self.generic(handler)
        self.statements(node.orelse)
        self.statements(node.finalbody)

    on_TryStar = on_Try

    # Calls.

    def meaning(self, parts, scope, steps=20):
        found, meanings = scope.find(parts[0])
        if not found:
            return "import" if parts == ["__import__"] else None
        for meaning in reversed(meanings):
            if isinstance(meaning, tuple):
                path = meaning[0] + parts[1:]
                if len(path) > 2 or not steps:
                    continue
                meaning = self.meaning(path, found, steps - 1)
                if meaning:
                    return meaning
            elif len(parts) == 1:
                return meaning
            elif meaning in ("importlib", "builtins") and parts[1] == "__import__":
                return "import"
            elif meaning == "importlib" and parts[1] == "import_module":
                return "import_module"
        return None

    def resolve(self, node, scope, type_checking, guarded):
        parts = dotted(node.func)
        meaning = parts and len(parts) <= 2 and self.meaning(parts, scope)
        if meaning not in ("import", "import_module"):
            return
        keywords = {each.arg: each.value for each in node.keywords}
        starred = None in keywords or any(isinstance(each, ast.Starred) for each in node.args)
        first_star = next((i for i, each in enumerate(node.args) if isinstance(each, ast.Starred)), len(node.args))

        def argument(place, keyword):
            return node.args[place] if place < first_star else keywords.get(keyword)

        name = literal(argument(0, "name"))
        if name is None:
            return
        if meaning == "import":
            level = argument(4, "level")
            if level is None:
                if starred:
                    return
                level = 0
            elif isinstance(level, ast.UnaryOp) and isinstance(level.op, ast.USub):
                level = 0
            elif isinstance(level, ast.Constant) and type(level.value) is int:
                level = level.value
            else:
                return
            module, anchor = name, "__package__" if level else ""
        else:
            module = name.lstrip(".")
            level = len(name) - len(module)
            anchor = anchor_of(argument(1, "package")) if level else ""
            if anchor is None:
                return
        if not (is_dotted(module) or level and not module):
            return
        names = argument(3, "fromlist") if meaning == "import" else None
        names = [literal(each) for each in names.elts] if isinstance(names, (ast.List, ast.Tuple)) else []
        kept = self.scope, self.type_checking, self.guarded
        self.scope, self.type_checking, self.guarded = scope, type_checking, guarded
        self.add(node.lineno, "dynamic", "." * level + module, anchor=anchor,
                 names=[(each, "") for each in names if each and each.isidentifier()])
        self.scope, self.type_checking, self.guarded = kept


def is_dotted(text):
    return all(text.split("."))


def literal(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    elif isinstance(node, ast.JoinedStr) and all(isinstance(each, ast.Constant) for each in node.values):
        text = "".join(each.value for each in node.values)
    else:
        return None
    return text if text.isprintable() else None if re.search("[\ud800-\udfff]", text) else text


def anchor_of(node):
    text = literal(node)
    if text is not None:
        return text if is_dotted(text) else None
    parts = dotted(node)
    if parts == ["__spec__", "parent"]:
        return "__package__"
    return parts[0] if parts in (["__package__"], ["__name__"]) else None


def by_ast(source):
    """The imports, or nothing where CPython makes no sense of the source."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Extractor().run(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, UnicodeError):
        return None


def in_parallel(sources):
    with multiprocessing.Pool() as pool:
        return pool.map(by_ast, sources, chunksize=16)


def by_us(extractor, names):
    run = subprocess.run([extractor], input="\n".join(map(str, names)) + "\n", stdout=subprocess.PIPE, text=True,
                         encoding="utf-8", check=True)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    if [answer["file"] for answer in answers] != list(map(str, names)):
        sys.exit("the extractor did not answer for every file")
    return answers


def default_folders():
    import sysconfig
    folders = [sysconfig.get_path("stdlib"), "/usr/lib/python3/dist-packages"]
    return [pathlib.Path(folder) for folder in folders]


def sources_in(folders):
    found = {}
    for folder in folders:
        paths = [folder] if folder.is_file() else folder.rglob("*.py*")
        for path in paths:
            # What pip has put below the library differs from machine to machine.
            if "site-packages" in path.relative_to(folder).parts:
                continue
            if path.suffix in (".py", ".pyi") and path.is_file() and "\n" not in str(path):
                found[path.resolve()] = None
    return sorted(found)


def mutated(source, chance):
    lines = source.splitlines(keepends=True)
    kind = chance.randrange(8)
    if kind == 0:
        return source[:chance.randrange(len(source) + 1)]
    if kind == 1:
        return source.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if kind == 2:
        return source.replace(b"\r\n", b"\n").replace(b"\n", b"\r")
    if kind == 3:
        return re.sub(rb"^(?:    )+", lambda blanks: b"\t" * (len(blanks[0]) // 4), source, flags=re.M)
    if kind == 4:
        at = chance.randrange(len(source) + 1)
        return source[:at] + source[at + chance.randrange(1, 40):]
    if kind == 5 and lines:
        at = chance.randrange(len(lines))
        return b"".join(lines[:at] + lines[at + chance.randrange(1, 4):])
    if kind == 6 and lines:
        at = chance.randrange(len(lines))
        blanks = re.match(rb"[ \t]*", lines[at])[0]
        extra = chance.choice([b"import x1", b"try: import x2\n%sexcept Exception: pass" % blanks, b"if TYPE_CHECKING: from . import x3",
                               b"x = f'{a!r:>{b}}'; import x4", b"from x5 \\\n import (y,\n  z)", b"\x0cimport x6", b"if 1: import x7; import x8",
                               b"# -*- coding: latin-1 -*-", b"x = lambda: 0; from x9 import *"])
        return b"".join(lines[:at]) + blanks + extra + b"\n" + b"".join(lines[at:])
    at = chance.randrange(len(source) + 1)
    return source[:at] + chance.choice([b'"', b"'", b'"""', b"(", b")", b"\\", b"\n", b"#", b";", b":", b"\0", b"\xe9", b"{"]) + source[at:]


def known_differences(name):
    if not name:
        return {}
    lines = pathlib.Path(name).read_text().splitlines()
    return dict(line.split("\t", 1) for line in lines if line and not line.startswith("#"))


class Comparison:
    def __init__(self, known):
        self.known = known
        self.files = self.equal = self.imports = self.unparsed = self.excused = 0
        self.alarms, self.silent, self.different = [], [], []

    def take(self, label, expected, answer):
        self.files += 1
        if answer["damaged"]:
            self.different.append(f"{label}: the facts are damaged")
        elif expected is None:
            self.unparsed += 1
            if not answer["partials"]:
                self.silent.append(label)
        elif any(str(label).endswith(end) for end in self.known):
            self.excused += 1
        else:
            self.compare(label, expected, answer)

    def compare(self, label, expected, answer):
        self.imports += len(expected)
        # CPython before 3.12 lets bad UTF-8 pass in comments; every other alarm would be a false one.
        alarms = [partial for partial in answer["partials"] if "encoding" not in partial[1]]
        if alarms:
            self.different.append(f"{label}: false alarm: {alarms[:3]}")
        if expected == answer["imports"]:
            self.equal += 1
            return
        for entry in expected:
            if entry not in answer["imports"]:
                self.different.append(f"{label}: missing: {entry}")
        for entry in answer["imports"]:
            if entry not in expected:
                self.different.append(f"{label}: too much: {entry}")
        if sorted(map(str, expected)) == sorted(map(str, answer["imports"])):
            self.different.append(f"{label}: another order")

    def report(self, title):
        print(f"{title}: {self.files} files, {self.imports} imports: {self.equal} files equal, {self.excused} known to "
              f"differ, {self.unparsed} that CPython does not parse ({len(self.silent)} of them not noticed)")
        for line in self.different[:40]:
            print("  " + line)
        return not self.different


def measure(extractor, paths):
    names = "\n".join(map(str, paths)) + "\n"
    run = subprocess.run([extractor, "--time"], input=names, stdout=subprocess.PIPE, text=True, check=True)
    ours = json.loads(run.stdout)
    sources = [path.read_bytes() for path in paths]
    start = time.perf_counter()
    for source in sources:
        by_ast(source)
    theirs = time.perf_counter() - start
    size = ours["bytes"] / 1e6
    print(f"{ours['files']} files, {size:.1f} MB: ours {size / ours['seconds']:.0f} MB/s, "
          f"ast {size / theirs:.2f} MB/s: {theirs / ours['seconds']:.0f} times as fast")


def compare_mutants(extractor, paths, count, known, seed):
    chance = random.Random(seed)
    comparison = Comparison(known)
    with tempfile.TemporaryDirectory() as folder:
        labels, names, sources = [], [], []
        for number in range(count):
            path = chance.choice(paths)
            sources.append(mutated(path.read_bytes(), chance))
            name = pathlib.Path(folder, f"{number}.py")
            name.write_bytes(sources[-1])
            names.append(name)
            labels.append(f"mutant {number} of {path}")
        for label, expected, answer in zip(labels, in_parallel(sources), by_us(extractor, names)):
            comparison.take(label, expected, answer)
    return comparison


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("extractor")
    parser.add_argument("folders", nargs="*", type=pathlib.Path)
    parser.add_argument("--mutants", type=int, default=0)
    parser.add_argument("--seed", type=int, default=20251206)
    parser.add_argument("--sample", type=int, help="at most so many files, chosen by the seed")
    parser.add_argument("--largest", type=int, default=1 << 30, help="pass over larger files")
    parser.add_argument("--time", action="store_true")
    parser.add_argument("--silent", action="store_true", help="list the broken files that were not noticed")
    parser.add_argument("--known")
    options = parser.parse_intermixed_args()
    paths = [path for path in sources_in(options.folders or default_folders())
             if path.stat().st_size <= options.largest]
    if options.sample and options.sample < len(paths):
        paths = sorted(random.Random(options.seed).sample(paths, options.sample))
    if options.time:
        return measure(options.extractor, paths)
    known = known_differences(options.known)
    comparison = Comparison(known)
    if options.mutants:
        comparison = compare_mutants(options.extractor, paths, options.mutants, known, options.seed)
    else:
        expected = in_parallel([path.read_bytes() for path in paths])
        for path, each, answer in zip(paths, expected, by_us(options.extractor, paths)):
            comparison.take(path, each, answer)
    good = comparison.report("mutants" if options.mutants else "sources")
    if options.silent:
        print("\n".join(f"  not noticed: {label}" for label in comparison.silent))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
