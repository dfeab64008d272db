#!/usr/bin/env python3
"""Compares requirements with `packaging` (PEP 440, PEP 508), and the keys of TOML with `tomllib`.

usage: compare_packaging.py READ-PACKAGING [CASES [SEED]]

A contradiction is held against every version of a grid that is finer than the specifiers. Where
`packaging` finds no version, nothing need be said: only what is certain is told.
"""

import itertools
import pathlib
import random
import subprocess
import sys
import tempfile
import tomllib

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

GRID = [Version(".".join(map(str, numbers))) for numbers in itertools.product(range(5), range(4), range(3))]
GRID += [Version(f"{v}.1") for v in list(GRID)] + [Version(text) for text in ["0", "99", "1.0rc1", "2.0.post1", "1.0.dev3"]]


def specifier(dice):
    version = ".".join(str(dice.randint(0, 3)) for _ in range(dice.randint(1, 3)))
    if dice.random() < 0.04:
        version += dice.choice(["rc1", ".post1", ".dev2"])
    sign = dice.choice(["==", "==", "==", ">=", "<=", "<", ">", "~=", "!="])
    if sign == "~=" and "." not in version:
        version += ".0"
    if sign in ("==", "!=") and dice.random() < 0.2 and version[-1].isdigit() and "rc" not in version:
        version += ".*"
    return sign + version


def requirement(dice):
    name = dice.choice(["numpy", "Typing_Extensions", "zope.interface[a,b]"])
    given = dice.choice([",", " , "]).join(specifier(dice) for _ in range(dice.choice([0, 1, 1, 1, 2])))
    text = name + dice.choice(["", " "]) + (f"({given})" if given and dice.random() < 0.1 else given)
    if dice.random() < 0.1:
        text += dice.choice(["; python_version < '3.9'", " @ https://example.org/a.whl"])
    return text


def satisfiable(one, other):
    both = Requirement(one).specifier & Requirement(other).specifier
    return any(both.contains(version, prereleases=True) for version in GRID)


def is_requirement(text):
    try:
        return Requirement(text).url is None
    except InvalidRequirement:
        return False


def toml_value(dice, depth=0):
    kinds = ["1", "true", "1979-05-27T07:32:00Z", "-0.5e3", '"a # b"', "'a]b'", '"""\na""b"""', "'''\n'a'\n'''", '"\\"x\\\\"']
    if depth > 2 or dice.random() < 0.6:
        return dice.choice(kinds)
    items = [toml_value(dice, depth + 1) for _ in range(dice.randint(0, 3))]
    if dice.random() < 0.5:
        return "[" + dice.choice([", ", ",\n  ", ", # one, [two\n"]).join(items) + dice.choice(["", "\n"]) + "]"
    items = [item for item in items if "\n" not in item]
    return "{" + ", ".join(f"k{i} = {item}" for i, item in enumerate(items)) + "}"


def toml_document(dice):
    lines = []
    for _ in range(dice.randint(0, 12)):
        name = dice.choice(["a", "b", "c-d", '"e"', "'f'"])
        below = dice.choice(["", "", ".x", " . y"])
        lines.append(dice.choice([f"{name}{below} = {toml_value(dice)}"] * 3 + [f"[{name}{below}]", f"[[t{below}]]", "# note", ""])
                     + dice.choice(["", "  # more"]))
    return dice.choice(["\n", "\r\n"]).join(lines)


def flat(table, before=""):
    """All keys with a value, and empty tables."""
    for key, value in table.items():
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            value = {str(number): one for number, one in enumerate(value)}
        if isinstance(value, dict) and value:
            yield from flat(value, f"{before}{key}.")
        else:
            yield before + key


def ask(program, questions):
    done = subprocess.run([program], input="\n".join(questions) + "\n", capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[:-1]


def compare_requirements(program, dice, cases):
    pairs = [(requirement(dice), requirement(dice)) for _ in range(cases)]
    wrong, told, unsatisfiable = 0, 0, 0
    for (one, other), answer in zip(pairs, ask(program, [f"contradict {a}\t{b}" for a, b in pairs])):
        valid = is_requirement(one) and is_requirement(other)
        if not valid:
            continue
        if answer == "none":
            print(f"{one!r}, {other!r}: not read")
            wrong += 1
        possible = satisfiable(one, other)
        unsatisfiable += not possible
        told += answer == "yes"
        if answer == "yes" and possible:
            print(f"{one!r}, {other!r}: said to contradict, but there is a version")
            wrong += 1
    print(f"{cases} pairs of requirements: {unsatisfiable} no version of the grid satisfies, {told} told")
    return wrong + (told * 10 < unsatisfiable * 7)


def compare_keys(program, dice, cases, folder):
    wrong, valid = 0, 0
    documents = [toml_document(dice) for _ in range(cases)]
    for number, text in enumerate(documents):
        (folder / str(number)).write_bytes(text.encode())
    for text, answer in zip(documents, ask(program, [f"keys {folder / str(n)}" for n in range(cases)])):
        keys = answer.split() if answer != "none" else []
        try:
            expected = set(flat(tomllib.loads(text)))
        except tomllib.TOMLDecodeError:
            continue  # a key twice, most often: for the unit tests
        valid += 1
        # A table, and a key with an inline table, stands for what is in it.
        within = lambda key, above: key == above or key.startswith(above + ".")
        ours = {key.strip("[]") for key in keys}
        same = all(any(within(key, own) for own in ours) for key in expected)
        same = same and all(any(within(key, own) for key in expected) for own in ours)
        if answer == "none" or not same or len(ours) != len(keys):
            print(f"{text!r}: {answer}, and tomllib has {sorted(expected)}")
            wrong += 1
    print(f"{cases} documents: {valid} are TOML")
    return wrong + (valid * 10 < cases)


def main():
    program = sys.argv[1]
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    dice = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    with tempfile.TemporaryDirectory() as folder:
        wrong = compare_requirements(program, dice, cases)
        wrong += compare_keys(program, dice, cases, pathlib.Path(folder))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
