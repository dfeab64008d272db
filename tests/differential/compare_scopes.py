#!/usr/bin/env python3
"""Compares the scopes of Python files with those of CPython's `symtable`, and the names that they leave unbound with
what pyflakes calls undefined, where it is installed.

usage: compare_scopes.py DUMP_SCOPES [--list FILE] [HOW-MANY-FILES | FILE|FOLDER...]

Of the standard library every so-manieth file is taken: all of them with 0; --list: the files that are named in FILE,
one a line. Files that this interpreter does not parse are passed over; so are those that the grammar does not take,
which are counted. Scopes are compared by kind, name, line, and the names that they bind and use in each way.
"""

import ast
import collections
import json
import pathlib
import subprocess
import symtable
import sys
import sysconfig
import warnings

warnings.simplefilter("ignore")
sys.setrecursionlimit(20000)
try:
    from pyflakes import checker, messages
except ImportError:
    checker = None

MODULE, CLASS, FUNCTION, LAMBDA, COMPREHENSION, TYPE_PARAMETERS = range(6)
RUNS, ANNOTATION, TEXT, TYPE_CHECKING, DECLARES = range(5)
COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}


def kind_of(table):
    if table.get_type() in ("module", "class"):
        return {"module": MODULE, "class": CLASS}[table.get_type()]
    if table.get_name() == "lambda":
        return LAMBDA
    return COMPREHENSION if table.get_name() in COMPREHENSIONS else FUNCTION


def by_symtable(table, path=(), bound_as_global=None):
    """Yields each scope with the names that it binds itself, and those that it uses and where it finds them. The module
    binds what functions bind through `global` as well."""
    kind, names = kind_of(table), set()
    elsewhere = set() if bound_as_global is None else bound_as_global
    for symbol in table.get_symbols():
        name = symbol.get_name()
        if name.startswith(".") or name == "__class__":
            continue
        bound = symbol.is_assigned() or symbol.is_imported() or symbol.is_parameter() or symbol.is_annotated()
        if bound and (kind == MODULE or symbol.is_local()):
            names.add((name, "bound"))
        elif bound and symbol.is_declared_global():
            elsewhere.add(name)
        if symbol.is_referenced():
            local = bound if kind == MODULE else symbol.is_local()
            names.add((name, "local" if local else "free" if symbol.is_free() else "global"))
    here = (*path, (kind, table.get_name() if kind in (CLASS, FUNCTION) else "", 0 if kind == MODULE else table.get_lineno()))
    for child in table.get_children():
        yield from by_symtable(child, here, elsewhere)
    if kind == MODULE:
        names = {(name, "local" if what == "global" and name in elsewhere else what) for name, what in names}
        names |= {(name, "bound") for name in elsewhere}
    yield here, frozenset(names)


def by_us(dump, lazy):
    scopes, places = dump["scopes"], []
    names = [set() for _ in scopes]
    for number, (kind, name, line, parent, symbols) in enumerate(scopes):
        path = places[parent] if number else ()
        places.append((*path, (kind, name if kind in (CLASS, FUNCTION) else "", 0 if kind == MODULE else line)))
        names[number] = {(symbol, "bound") for symbol, how in symbols.items()
                         if symbol != "__class__" and (how.strip("gn") if kind == MODULE else any(c in "pidahxtr" for c in how))}
    for name, scope, _, when, found, target in dump["uses"]:
        if name == "__class__" or target or when in (TEXT, DECLARES) or when == ANNOTATION and lazy:
            continue
        local = found == scope and (name, "bound") in names[scope]
        names[scope].add((name, "local" if local else "free" if found > 0 else "global"))
    return [(place, frozenset(some)) for place, some in zip(places, names)]


def differences(source, dump):
    table = symtable.symtable(source, "f.py", "exec")
    lazy = b"annotations" in source and any(
        isinstance(n, ast.ImportFrom) and n.module == "__future__" and any(a.name == "annotations" for a in n.names) for n in ast.parse(source).body)
    want, have = collections.Counter(by_symtable(table)), collections.Counter(by_us(dump, lazy))
    ours, theirs = have - want, want - have
    by_place = {place: names for place, names in theirs}
    for place, names in ours:
        if place in by_place:
            yield f"{place[-1]}: ours {sorted(names - by_place[place])}, CPython's {sorted(by_place[place] - names)}"
        else:
            yield f"scope only ours: {place[-2:]}"
    for place, _ in theirs:
        if place not in {p for p, _ in ours}:
            yield f"scope only CPython's: {place[-2:]}"


def flakes(source, path):
    """The undefined names, with their lines, and those that may come from a star import."""
    found, starred = {}, set()
    for message in checker.Checker(ast.parse(source), str(path)).messages:
        if isinstance(message, (messages.UndefinedName, messages.UndefinedLocal)):
            found.setdefault(message.message_args[0], message.lineno)
        elif isinstance(message, messages.ImportStarUsage):
            starred.add(message.message_args[0])
    return found, starred


def sample(count):
    root = pathlib.Path(sysconfig.get_paths()["stdlib"])
    files = sorted(f for f in root.rglob("*.py") if "site-packages" not in f.parts)
    own = sorted(pathlib.Path(__file__).with_name("sources").glob("*.py"))
    return own + (files[:: max(1, len(files) // count)] if count else files)


def files_of(arguments):
    if arguments[:1] == ["--list"]:
        return [pathlib.Path(line) for line in pathlib.Path(arguments[1]).read_text().splitlines()]
    if not arguments or arguments[0].isdigit():
        return sample(int(arguments[0]) if arguments else 600)
    named = [pathlib.Path(a) for a in arguments]
    return [f for a in named for f in (sorted(a.rglob("*.py")) if a.is_dir() else [a])]


def main():
    files = files_of(sys.argv[2:])
    run = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    counts, faults, pyflakes = collections.Counter(), [], []
    for path in files:
        run.stdin.write(f"{path}\n")
        run.stdin.flush()
        dump = json.loads(run.stdout.readline())
        source = path.read_bytes()
        try:
            found = None if dump is None else list(differences(source, dump))
            ast.parse(source)
        except (SyntaxError, ValueError, LookupError, RecursionError, UnicodeDecodeError, MemoryError):
            counts["that CPython does not parse"] += 1
            continue
        if dump is None:
            counts["that the grammar does not take"] += 1
            continue
        counts["compared"] += 1
        counts["scopes"] += len(dump["scopes"])
        counts["uses"] += len(dump["uses"])
        for text in found:
            faults.append(f"{path}: {text}")
            print(faults[-1], flush=True)
        if checker is None:
            continue
        theirs, starred = flakes(source, path)
        ours = {name: line for name, _, line, doubt in dump["unbound"] if name not in starred}
        for who, some, others in (("pyflakes", theirs, ours), ("ours", ours, theirs)):
            for name, line in some.items():
                if name not in others:
                    pyflakes.append(f"{path}:{line}: only {who}: {name}")
                    print(pyflakes[-1], flush=True)
    print(f"{len(files)} files: {dict(counts)}; {len(faults)} faults; {len(pyflakes)} differences from pyflakes")
    return bool(faults) or not counts["compared"]


if __name__ == "__main__":
    sys.exit(main())
