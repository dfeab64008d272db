#!/usr/bin/env python3
"""Compares interfaces as lib/syntax finds them with those that CPython's `ast` tells of the same files.

usage: compare_interfaces.py DUMP_INTERFACES [HOW-MANY-FILES | FILE...]

Of the standard library and Django, every so-manieth file is taken: all of them with 0. A file that `ast` cannot
parse must have been reported as partial; one that it can, and we report as partial, must be in PARTIAL below.
"""

import ast
import json
import pathlib
import re
import subprocess
import sys
import sysconfig
import unicodedata
import warnings

warnings.simplefilter("ignore")

# What CPython takes and we call partial, by the end of the path.
PARTIAL = {
    "test/test_compile.py": "a line in brackets, after a dot, that is indented less than its block",
    "test_future_stmt/badsyntax_future8.py": "from __future__ import *: refused by CPython's compiler, not its parser",
}
# What CPython does not take and we do: nothing is hidden there.
SILENT = {
    "lib2to3/tests/data/bom.py": "Python 2: print is a statement",
    "lib2to3/tests/data/crlf.py": "Python 2: print is a statement",
    "lib2to3/tests/data/different_encoding.py": "Python 2: print is a statement",
    "lib2to3/tests/data/false_encoding.py": "Python 2: print is a statement",
    "lib2to3/tests/data/py2_test_grammar.py": "Python 2: 0777",
    "test/tokenizedata/bad_coding2.py": "a BOM, and a cookie that calls UTF-8 utf8",
}

CONDITIONAL = tuple(getattr(ast, name) for name in (
    "If", "For", "AsyncFor", "While", "Try", "TryStar", "With", "AsyncWith", "Match") if hasattr(ast, name))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def squeezed(text):
    """Without white space, comments, line joins and outer brackets: what it is, not how it is laid out."""
    text = re.sub(r"\s", "", re.sub(r"#[^\n]*|\\\n", "", text or ""))
    while text.startswith("(") and text.endswith(")"):
        try:
            if isinstance(ast.parse(text[1:-1], mode="eval").body, ast.Tuple):
                break
        except SyntaxError:
            break
        text = text[1:-1]
    return text


class Scope:
    """The names bound in a module or class body, by the rules of lib/core/interface.h."""

    def __init__(self, source, lines, module=None):
        self.source, self.lines = source, lines
        self.module = module or self
        self.definitions = []
        self.globals = []
        self.declared = set()
        self.stars = []
        self.depth = 0
        self.marks = [0]

    def text(self, node):
        first = self.lines[node.lineno - 1].encode()
        last = self.lines[node.end_lineno - 1].encode()
        if node.lineno == node.end_lineno:
            return first[node.col_offset:node.end_col_offset].decode()
        middle = self.lines[node.lineno:node.end_lineno - 1]
        return "\n".join([first[node.col_offset:].decode(), *middle, last[:node.end_col_offset].decode()])

    def bind(self, kind, name, line, **more):
        definition = {"kind": kind, "name": name, "line": line, "conditional": self.depth > 0,
                      "decorators": [], "bases": [], "members": [], **more}
        if name in self.declared:
            definition["conditional"] = True
            self.module.globals.append(definition)
            return
        before = next((d for d in reversed(self.definitions) if d["name"] == name), None)
        if kind in ("variable", "import") and before and before["kind"] == kind:
            before["conditional"] = before["conditional"] and definition["conditional"]
        else:
            self.definitions.append(definition)

    def unbind(self, name):
        if name in self.declared:
            return
        keep = []
        for place, definition in enumerate(self.definitions):
            if definition["name"] == name and place >= self.marks[-1]:
                keep.append(None)
                continue
            if definition["name"] == name:
                definition["conditional"] = True
            keep.append(definition)
        gone = [place for place, definition in enumerate(keep) if definition is None]
        self.definitions = [d for d in keep if d is not None]
        self.marks = [mark - sum(place < mark for place in gone) for mark in self.marks]

    def block(self, body):
        self.marks.append(len(self.definitions))
        for statement in body:
            self.statement(statement)
        self.marks.pop()

    def targets(self, node):
        if isinstance(node, ast.Name):
            self.bind("variable", node.id, node.lineno)
        elif isinstance(node, (ast.Tuple, ast.List)):
            for element in node.elts:
                self.targets(element)
        elif isinstance(node, ast.Starred):
            self.targets(node.value)

    def removals(self, node):
        if isinstance(node, ast.Name):
            self.unbind(node.id)
        elif isinstance(node, (ast.Tuple, ast.List)):
            for element in node.elts:
                self.removals(element)

    def expressions(self, node):
        """Walrus targets below an expression, lambdas' bodies left out."""
        if isinstance(node, ast.NamedExpr):
            self.bind("variable", node.target.id, node.target.lineno)
        if isinstance(node, ast.Lambda):
            self.expressions(node.args)
            return
        if isinstance(node, (ast.stmt, ast.pattern)):
            return
        for child in ast.iter_child_nodes(node):
            self.expressions(child)

    def captures(self, pattern):
        for node in ast.walk(pattern):
            name = getattr(node, "rest", None) if isinstance(node, ast.MatchMapping) else getattr(node, "name", None)
            if isinstance(node, (ast.MatchAs, ast.MatchStar, ast.MatchMapping)) and name:
                self.bind("variable", name, node.lineno)

    def signature(self, node):
        arguments, result = node.args, []

        def add(kind, argument, default):
            result.append([kind, argument.arg, default, squeezed(argument.annotation and self.text(argument.annotation))])

        plain = [(0, a) for a in arguments.posonlyargs] + [(1, a) for a in arguments.args]
        first_default = len(plain) - len(arguments.defaults)
        for place, (kind, argument) in enumerate(plain):
            add(kind, argument, place >= first_default)
        if arguments.vararg:
            add(2, arguments.vararg, False)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
            add(3, argument, default is not None)
        if arguments.kwarg:
            add(4, arguments.kwarg, False)
        return result

    def decorators(self, node):
        return [squeezed(self.text(d.func if isinstance(d, ast.Call) else d)) for d in node.decorator_list]

    def statement(self, node):
        for child in ast.iter_child_nodes(node):
            if isinstance(node, CONDITIONAL):
                break
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and isinstance(child, ast.stmt):
                continue
            self.expressions(child)
        if isinstance(node, FUNCTIONS):
            self.function(node)
        elif isinstance(node, ast.ClassDef):
            inner = Scope(self.source, self.lines, self.module)
            for statement in node.body:
                inner.statement(statement)
            self.bind("class", node.name, node.lineno, decorators=self.decorators(node),
                      bases=[squeezed(self.text(b)) for b in node.bases], members=inner.definitions)
        elif isinstance(node, CONDITIONAL):
            self.compound(node)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self.targets(target)
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            self.targets(node.target)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self.removals(target)
        elif isinstance(node, ast.Global):
            if self is not self.module:
                self.declared.update(node.names)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.imports(node)
        elif type(node).__name__ == "TypeAlias":
            self.targets(node.name)

    def imports(self, node):
        for alias in node.names:
            if alias.name == "*":
                self.module.stars.append([node.level, node.module or ""])
            else:
                self.bind("import", alias.asname or alias.name.split(".")[0], node.lineno)

    def compound(self, node):
        self.depth += 1
        for field in ("test", "iter", "subject"):
            if hasattr(node, field):
                self.expressions(getattr(node, field))
        if hasattr(node, "target"):
            self.targets(node.target)
        for item in getattr(node, "items", []):
            self.expressions(item.context_expr)
            if item.optional_vars:
                self.targets(item.optional_vars)
        for case in getattr(node, "cases", []):
            self.captures(case.pattern)
            if case.guard:
                self.expressions(case.guard)
            self.block(case.body)
        self.block(getattr(node, "body", []))
        for handler in getattr(node, "handlers", []):
            if handler.type:
                self.expressions(handler.type)
            self.block(handler.body)
        self.block(getattr(node, "orelse", []))
        self.block(getattr(node, "finalbody", []))
        self.depth -= 1

    def function(self, node):
        self.bind("function", node.name, node.lineno, decorators=self.decorators(node),
                  parameters=self.signature(node), returns=squeezed(node.returns and self.text(node.returns)),
                  **{"async": isinstance(node, ast.AsyncFunctionDef)})
        self.bodies(node.body)

    def bodies(self, body):
        """Names that functions bind through `global`, however deep."""
        inner = Function(self.source, self.lines, self.module)
        for statement in body:
            inner.statement(statement)


class Function(Scope):
    def bind(self, kind, name, line, **more):
        if name in self.declared:
            super().bind(kind, name, line, **more)

    def unbind(self, name):
        pass


def literal_names(node, known):
    if isinstance(node, (ast.List, ast.Tuple)):
        if all(isinstance(e, ast.Constant) and isinstance(e.value, str) for e in node.elts):
            return [e.value for e in node.elts]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = literal_names(node.left, known), literal_names(node.right, known)
        if left is not None and right is not None:
            return left + right
    if isinstance(node, ast.Name) and node.id == "__all__":
        return known
    return None


def exports_of(tree):
    """`__all__` where only plain statements of the top level touch it; ... where anything else does."""
    known, understood = None, set()
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and target.id == "__all__" and isinstance(node, (ast.Assign, ast.AnnAssign)):
            known = literal_names(value, known) if value else known
        elif isinstance(target, ast.Name) and target.id == "__all__" and isinstance(node, ast.AugAssign):
            more = literal_names(value, known)
            known = known + more if known is not None and more is not None else None
        elif (isinstance(node, ast.Expr) and isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
              and isinstance(value.func.value, ast.Name) and value.func.value.id == "__all__"):
            argument = value.args[0] if len(value.args) == 1 else None
            if value.func.attr == "append" and isinstance(argument, ast.Constant):
                argument = ast.List([argument])
            elif value.func.attr != "extend":
                argument = None
            more = literal_names(argument, known)
            known = known + more if known is not None and more is not None else None
        else:
            continue
        understood.add(node)
        if known is None:
            return ...
    for node in tree.body:
        if node in understood:
            continue
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id == "__all__":
                return ...
            if isinstance(inner, ast.alias) and (inner.asname or inner.name) == "__all__":
                return ...
    return known


def read(path):
    """The text as CPython reads it, and its lines."""
    data = path.read_bytes()
    import io
    import tokenize
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    text = data.decode(encoding)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text, text.split("\n")


def expected(path):
    text, lines = read(path)
    tree = ast.parse(path.read_bytes())
    scope = Scope(text, lines)
    for statement in tree.body:
        scope.statement(statement)
    names = {d["name"] for d in scope.definitions}
    for definition in scope.globals:
        if definition["name"] not in names:
            names.add(definition["name"])
            scope.definitions.append({**definition, "conditional": True})
    scope.definitions.sort(key=lambda d: d["line"])
    return {"definitions": scope.definitions, "stars": scope.stars, "all": exports_of(tree)}


def folded(definition):
    """One of ours as `expected` has them."""
    copy = dict(definition)
    for key in ("decorators", "bases"):
        copy[key] = [squeezed(text) for text in copy[key]]
    copy["members"] = [folded(member) for member in copy["members"]]
    if "parameters" in copy:
        copy["parameters"] = [[kind, name, default, squeezed(text)] for kind, name, default, text in copy["parameters"]]
        copy["returns"] = squeezed(copy["returns"])
    return copy


def differences(want, have):
    mine = [folded(d) for d in have["definitions"]]
    for one in want["definitions"]:
        if one not in mine:
            near = [d for d in mine if d["name"] == one["name"]]
            yield f"CPython: {json.dumps(one)[:300]}\n      ours: {json.dumps(near)[:300]}"
    for one in mine:
        if one not in want["definitions"]:
            yield f"only ours: {json.dumps(one)[:300]}"
    if not have["partials"] and [d["name"] for d in mine] != [d["name"] for d in want["definitions"]]:
        yield "the order of the names"
    if want["stars"] != have["stars"]:
        yield f"stars: CPython {want['stars']}, ours {have['stars']}"
    ours = ... if have["all_unclear"] else have.get("all")
    # Where CPython's side is unsure (it takes any mention for a change), ours may know.
    if want["all"] is not ... and want["all"] != ours:
        yield f"__all__: CPython {want['all']}, ours {ours}"


def reason(table, path):
    return next((why for end, why in table.items() if path.as_posix().endswith(end)), None)


def sample(count):
    roots = [pathlib.Path(sysconfig.get_paths()["stdlib"]), pathlib.Path("/usr/lib/python3/dist-packages/django")]
    files = sorted(f for root in roots for f in root.rglob("*.py") if "site-packages" not in f.parts)
    return files[:: max(1, len(files) // count)] if count else files


def main():
    program, arguments = sys.argv[1], sys.argv[2:]
    numbers = not arguments or arguments[0].isdigit()
    files = sample(int(arguments[0]) if arguments else 400) if numbers else [pathlib.Path(a) for a in arguments]
    run = subprocess.run([program], input="".join(f"{f}\n" for f in files), capture_output=True, text=True, check=True)
    found = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(found) == len(files)
    faults, compared, broken, partial, names = [], 0, 0, [], 0
    for path, ours in zip(files, found):
        known = reason(PARTIAL, path)
        try:
            want = expected(path)
        except (SyntaxError, ValueError, LookupError, RecursionError, UnicodeDecodeError) as error:
            broken += 1
            if not ours["partials"] and not reason(SILENT, path):
                faults.append(f"{path}: CPython says {error}, ours is silent")
            continue
        if ours["partials"]:
            partial.append(f"{path}: {ours['partials'][:3]}: {known or 'no reason known'}")
            if not known:
                faults.append(partial.pop())
            continue
        compared += 1
        names += len(want["definitions"])
        faults += [f"{path}: {text}" for text in differences(want, ours)]
    print("\n".join(faults[:60] + partial))
    print(f"{len(files)} files: {compared} compared with {names} names, {broken} that CPython does not parse, "
          f"{len(partial)} that it does and the grammar does not; {len(faults)} faults")
    return bool(faults) or compared == 0


if __name__ == "__main__":
    sys.exit(main())
