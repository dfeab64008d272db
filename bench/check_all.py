#!/usr/bin/env python3
"""Measures a check of a whole tree, with and without the facts cache, against others that read the same imports:
CPython's ast, `ruff analyze graph` and import-linter (from PyPI, into build/tools). Prints a Markdown table."""

import argparse
import ast
import multiprocessing
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv

import import_repo

ROOT = pathlib.Path(__file__).resolve().parents[1]
PACKAGES = ["ruff==0.14.6", "import-linter==2.6"]
COLD, WARM = "`git stream check --all`, cold", "`git stream check --all`, warm"
GOALS = {COLD: 2000, WARM: 150}  # ms


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="a build tree, or a prefix")
    parser.add_argument("--tools", type=pathlib.Path, default=ROOT / "build/tools/python", help="a venv, made if missing")
    parser.add_argument("--files", type=int, default=30000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-rounds", type=int, default=2, help="of import-linter")
    parser.add_argument("--keep", type=pathlib.Path, help="build the repository here, and leave it")
    parser.add_argument("--smoke", action="store_true", help="a tiny repository, one round, nothing from PyPI")
    given = parser.parse_args()
    if given.smoke:
        given.files, given.rounds, given.slow_rounds, given.tools = 300, 1, 1, None
    return given


def installed(tools):
    """The folder with ruff and lint-imports; what is not there is said, and not measured."""
    if tools is None:
        return None
    if not (tools / "bin/ruff").exists():
        venv.create(tools, with_pip=True)
        done = subprocess.run([tools / "bin/pip", "install", "-q", *PACKAGES], capture_output=True, text=True)
        if done.returncode != 0:
            print(f"not measured: {', '.join(PACKAGES)} cannot be installed", file=sys.stderr)
    return tools / "bin"


def imports_of(path):
    """What the survey takes from a file: module, names, level and line of each import."""
    found = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, 0, name.name, ()) for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.lineno, node.level, node.module, tuple(name.name for name in node.names)))
    return len(found)


def extract_with_ast(folder):
    with multiprocessing.Pool() as pool:
        return sum(pool.imap_unordered(imports_of, sorted(folder.rglob("*.py")), chunksize=64))


def linter_config(folder, names):
    layers = [[f"{layer}_{number:02}" for number in range(names.packages)] for layer in import_repo.LAYERS]
    roots = "".join(f"    {package}\n" for layer in layers for package in layer)
    order = "".join(f"    {' : '.join(layer)}\n" for layer in reversed(layers))
    config = folder / "importlinter.ini"
    config.write_text(f"[importlinter]\nroot_packages =\n{roots}\n[importlinter:contract:layers]\nname = layers\n"
                      f"type = layers\nlayers =\n{order}")
    return config


class Race:
    """Everybody who runs, on one repository."""

    def __init__(self, folder, given):
        self.folder, self.repo = folder, folder / "repo"
        self.names = import_repo.Names(given.files)
        self.bytes = import_repo.build(self.repo, given.files)
        subprocess.run(["git", "-C", self.repo, "checkout", "-q", "-f", "develop"], check=True)
        bin_dir = given.build.resolve() / "bin"
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("GIT_") or name.startswith("GIT_DEFAULT_")}
        self.environment |= {"PATH": f"{bin_dir}:{self.environment['PATH']}", "PYTHONPATH": str(self.repo)}
        self.check = [bin_dir / "git-stream", "check", "--all", "--format", "json"]
        self.runners = {COLD: (self.forget, self.check, given.rounds), WARM: (None, self.check, given.rounds)}
        self.runners["CPython's `ast`, all cores"] = (None, [sys.executable, __file__, "--extract", self.repo], given.rounds)
        tools = installed(given.tools)
        if tools and (tools / "ruff").exists():
            ruff = [tools / "ruff", "analyze", "graph", "--isolated", "."]
            self.runners["`ruff analyze graph`"] = (None, ruff, given.rounds)
        if tools and (tools / "lint-imports").exists():
            lint = [tools / "lint-imports", "--config", linter_config(folder, self.names), "--cache-dir", folder / "cache"]
            self.runners["`lint-imports`, cold"] = (self.forget_linter, lint, given.slow_rounds)
            self.runners["`lint-imports`, warm"] = (None, lint, given.slow_rounds)
        self.times = {label: [] for label in self.runners}

    def forget(self):
        shutil.rmtree(self.repo / ".git/stream/facts", ignore_errors=True)

    def forget_linter(self):
        shutil.rmtree(self.folder / "cache", ignore_errors=True)

    def run(self, label):
        before, command, _ = self.runners[label]
        if before:
            before()
        begin = time.perf_counter()
        done = subprocess.run(command, cwd=self.repo, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.times[label].append((time.perf_counter() - begin) * 1000)
        if done.returncode not in (0, 1):  # 1: there are violations, and there should be
            raise SystemExit(f"{label}: exit {done.returncode}\n{done.stderr}")

    def race(self, rounds):
        for number in range(rounds):
            for label, (_, _, turns) in self.runners.items():
                if number < turns:
                    self.run(label)


def machine():
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}"


def table(race):
    cold = statistics.median(race.times[COLD])
    yield "| | median, ms | range | times the cold check |"
    yield "| --- | ---: | ---: | ---: |"
    for label, times in race.times.items():
        median = statistics.median(times)
        yield f"| {label} | {median:,.0f} | {min(times):,.0f}–{max(times):,.0f} | {median / cold:.2f} |"


def main():
    if sys.argv[1:2] == ["--extract"]:
        print(extract_with_ast(pathlib.Path(sys.argv[2])))
        return
    given = arguments()
    folder = (given.keep or pathlib.Path(tempfile.mkdtemp(prefix="gs-bench-"))).resolve()
    try:
        race = Race(folder, given)
        before = os.getloadavg()[0]
        race.race(given.rounds)
        print(f"{machine()}. Load before {before:.1f}, after {os.getloadavg()[0]:.1f}; "
              f"{given.files:,} files, {race.bytes / 1e6:.0f} MB of source, packed.\n")
        print("\n".join(table(race)))
        for label, goal in {} if given.smoke else GOALS.items():
            median = statistics.median(race.times[label])
            print(f"\n- {'met' if median <= goal else '**missed**'}: {label}: {median:,.0f} ms, goal {goal:,}", end="")
        print()
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
