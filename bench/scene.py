"""The repository in which pre-commit is measured: N tracked files, two enrolled worktrees besides the
measured one (split and sparse index, and one in which the staged files are no Python), 10 staged files in scope
that import two more modules each, 1,000 locks of other agents, and a branch of every other stream."""

import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
PACKAGES = ["config", "utils", "data", "observability", "compliance", "analytics", "indicators", "scanners",
            "models", "llm"]
AGENT = "B1"  # whose scope is observability/**/*.py in config/trading-bot.yaml
OTHERS = ["A1", "A2", "A3", "B2", "C1", "C2", "D1", "E1", "F1", "F2"]
STAGED, LOCKS = 10, 1000
IN_PART, IN_AREA = 20, 400  # files a folder, and below the folder above it

MANAGERS = {  # no hook that does anything: what is measured is the manager
    ".pre-commit-config.yaml": """repos:
  - repo: local
    hooks: [{id: nothing, name: nothing, entry: "true", language: system}]
""",
    "lefthook.yml": """pre-commit:
  commands:
    nothing: {run: "true"}
""",
}

RECORDER = '#!/bin/sh\nenv -0 >"$GIT_STREAM_BENCH_RECORD"\nexit 1\n'


def checked(words, cwd, environment, text=None):
    """What a program prints; the end of the benchmark where it fails."""
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=environment, input=text,
                          stdin=subprocess.DEVNULL if text is None else None, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def module(package, number):
    area, part = number // IN_AREA, number % IN_AREA // IN_PART
    return f"{package}/area_{area:02}/part_{part:02}/module_{number % IN_PART:02}.py"


def dotted(path):
    return path.removesuffix(".py").replace("/", ".")


def source(path, number, more=()):
    """About 6 KB: eight imports, four of them of modules in the lower layers, and functions. One file in ten has
    imports of what another agent has locked: to know that they are old ones, its old content is read."""
    layer = ["config"] if number // 10 % 10 == 0 else ["utils", "data"]  # others have locked what is in config
    lines = [f'"""{path}"""', "", "import logging", "import os.path", "from dataclasses import dataclass",
             "from typing import Any, Optional", ""]
    lines += [f"from {dotted(module(layer[(number + i) % len(layer)], i))} import VALUE as value_{i}" for i in range(4)]
    lines += [*more, "", "logger = logging.getLogger(__name__)", f"VALUE = {number}", ""]
    for i in range(14):
        lines += ["", f"def step_{i}(order: Any, limit: Optional[float] = None) -> float:",
                  f'    """Weighs an order against limit number {i} of {number}; imports nothing."""',
                  f"    total = sum(order.size * value_{i % 4} for part in order.parts if part.price > {i})",
                  "    if limit is not None and total > limit:",
                  f'        logger.warning("order %s is over the limit of %s in step {i}", order, limit)',
                  "        return min(total, limit)", "    return total", ""]
    return "\n".join(lines)


def tracked(count):
    return [module(PACKAGES[i % len(PACKAGES)], i // len(PACKAGES)) for i in range(count)]


class Scene:
    """One repository of `count` files below `folder`, enrolled with the programs in `build`; with so many more
    branches, and refs and ids as `ref_format` and `object_format` say (git's default without them). With the store `git`
    its locks are leases in a remote, in which another clone has as many."""

    def __init__(self, folder, count, build, tools, refs=0, ref_format=None, object_format=None, store=None):
        self.folder, self.count, self.build, self.store = pathlib.Path(folder), count, build, store
        self.refs, self.ref_format, self.object_format = refs, ref_format, object_format
        self.main, self.own = self.folder / "main", self.folder / "own"
        self.hook = self.main / ".git/hooks/pre-commit"
        self.program = build / "libexec/git-stream/pre-commit"
        self.hooks = {}  # manager's name -> the hook that it installs
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("GIT_") or name.startswith("GIT_DEFAULT_")}
        path = f"{build / 'bin'}:{tools}:{kept['PATH']}" if tools else f"{build / 'bin'}:{kept['PATH']}"
        self.clean = kept | {"HOME": str(self.folder), "PATH": path, "GIT_CONFIG_NOSYSTEM": "1",
                             "GIT_AUTHOR_NAME": "bench", "GIT_AUTHOR_EMAIL": "bench@example.com",
                             "GIT_COMMITTER_NAME": "bench", "GIT_COMMITTER_EMAIL": "bench@example.com"}
        self.worktrees = {name: self.folder / name for name in ["own", "plain", "split", "sparse"]}
        self.environment = {}  # worktree's name -> what git gives its hook

    def run(self, *command, cwd=None, text=None, fails=False, **variables):
        done = subprocess.run([str(word) for word in command], cwd=cwd or self.main, input=text, text=True,
                              env=self.clean | variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if (done.returncode != 0) != fails:
            raise SystemExit(f"{' '.join(map(str, command[:4]))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def build_all(self):
        self.folder.mkdir(parents=True)
        self.commit_files()
        self.keep_managers()
        for name, worktree in self.worktrees.items():
            self.add_worktree(name, worktree)
        self.run("git-stream", "init")
        for worktree in self.worktrees.values():
            self.run("git-stream", "install", "--agent", AGENT, cwd=worktree)
        self.take_locks()
        if self.store == "git":
            self.share_locks()

    def commit_files(self):
        storage = [f"--ref-format={self.ref_format}"] if self.ref_format else []
        storage += [f"--object-format={self.object_format}"] if self.object_format else []
        self.run("git", "init", "-q", "-b", "develop", *storage, self.main, cwd=self.folder)
        policy = (ROOT / "config/trading-bot.yaml").read_text()
        if self.store == "git":
            self.run("git", "init", "-q", "--bare", self.folder / "server.git", cwd=self.folder)
            policy += f"\ncoordination: {{store: git, remote: {self.folder}/server.git}}\n"
        files = MANAGERS | {".streams.yaml": policy}
        files |= {path: source(path, i) for i, path in enumerate(tracked(self.count - len(files)))}
        for path in list(files):  # every folder is a package
            for parent in pathlib.PurePath(path).parents:
                if path.endswith(".py") and parent.name:
                    files[f"{parent}/__init__.py"] = ""
        parts = ["commit refs/heads/develop\ncommitter bench <bench@example.com> 1700000000 +0000\ndata 4\nbase\n"]
        for path, content in files.items():
            parts.append(f"M 100644 inline {path}\ndata {len(content.encode())}\n{content}\n")
        self.run("git", "fast-import", "--quiet", text="".join(parts))
        self.run("git", "repack", "-adfq")
        for stream in "ACDEFGH":
            self.branch_of(stream)
        names = (f"create refs/heads/topic/{i % 40}/change-{i} refs/heads/develop\n" for i in range(self.refs))
        self.run("git", "update-ref", "--stdin", text="".join(names))
        self.run("git", "pack-refs", "--all")
        self.run("git", "read-tree", "develop")  # the owner's worktree needs no files to be measured beside

    def branch_of(self, stream):
        """Another stream's branch, with a commit of its own."""
        path = module("config", "ACDEFGH".index(stream) * 40)
        content = source(path, 0) + "CHANGED = True\n"
        self.run("git", "fast-import", "--quiet", text=(
            f"commit refs/heads/feature/stream-{stream}-bench\ncommitter bench <bench@example.com> 1700000001 +0000\n"
            f"data 6\nchange\nfrom refs/heads/develop\nM 100644 inline {path}\ndata {len(content)}\n{content}\n"))

    def keep_managers(self):
        """Each manager's own hook, moved aside: git would start exactly that file."""
        for name, command in {"lefthook": ["lefthook", "install"], "prek": ["prek", "install"],
                              "pre-commit": ["pre-commit", "install"]}.items():
            if shutil.which(name, path=self.clean["PATH"]) is None:
                continue
            for file, text in MANAGERS.items():
                (self.main / file).write_text(text)
            self.hook.unlink(missing_ok=True)
            self.run(*command)
            self.hooks[name] = self.folder / f"hooks-{name}" / "pre-commit"
            self.hooks[name].parent.mkdir()
            self.hook.rename(self.hooks[name])
        for file in (self.main / ".git/hooks").iterdir():
            file.unlink()

    def add_worktree(self, name, worktree):
        branch = f"feature/stream-B-{name}"
        checkout = [] if name in ("own", "plain") else ["--no-checkout"]  # only managers look at the other files
        self.run("git", "worktree", "add", "-q", *checkout, "-b", branch, worktree, "develop")
        if name == "sparse":
            self.run("git", "sparse-checkout", "set", "--cone", "--sparse-index", "observability", cwd=worktree)
        if checkout:
            self.run("git", "read-tree", "develop", cwd=worktree)
        self.stage(worktree, ".txt" if name == "plain" else ".py")
        if name == "split":
            self.run("git", "update-index", "--split-index", cwd=worktree)
        self.record(name, worktree)

    def stage(self, worktree, suffix):
        scope = [(number, path) for number, path in enumerate(tracked(self.count - len(MANAGERS) - 1))
                 if path.startswith("observability/")]
        # Not in even steps: they would all be of the one kind in ten, or none.
        chosen = [scope[(i * len(scope) // STAGED + i) % len(scope)] for i in range(STAGED)]
        numbers = [number for number, _ in chosen]
        chosen = [path.removesuffix(".py") + suffix for _, path in chosen]
        for place, (number, path) in enumerate(zip(numbers, chosen)):
            file = worktree / path
            file.parent.mkdir(parents=True, exist_ok=True)
            more = [f"import {dotted(module('utils', 5 + place))}", f"from {dotted(module('data', place))} import VALUE"]
            file.write_text(source(path, number, more))
        self.run("git", "add", "--", *chosen, cwd=worktree)

    def record(self, name, worktree):
        """Lets git itself start a hook: it leaves the index as at a commit, and tells its environment."""
        hooks = self.main / ".git/hooks"
        hooks.mkdir(exist_ok=True)
        self.hook.write_text(RECORDER)
        self.hook.chmod(0o755)
        record = self.folder / f"environment-{name}"
        self.run("git", "commit", "-q", "-m", "change", cwd=worktree, fails=True, GIT_STREAM_BENCH_RECORD=str(record))
        pairs = [line.split("=", 1) for line in record.read_text().split("\0") if line]
        self.environment[name] = {key: value for key, value in pairs if key != "GIT_STREAM_BENCH_RECORD"}
        self.hook.unlink()

    def take_locks(self, clone=None, first=0):
        """From that area of each package on."""
        each = LOCKS // len(OTHERS)
        packages = [package for package in PACKAGES if package != "observability"]
        for number, agent in enumerate(OTHERS):
            package = packages[number % len(packages)]
            paths = [f"{package}/area_{first + number:02}/part_{i // IN_PART:02}/module_{i % IN_PART:02}.py" for i in range(each)]
            self.run("git-stream", "lock", "--ttl", "24h", "--task", f"Consolidate {package} (5→1)", *paths, cwd=clone,
                     GIT_STREAM_AGENT=agent)

    def share_locks(self):
        """Another clone's, of which this one has learnt."""
        other = self.folder / "other"
        self.run("git", "clone", "-q", "--no-checkout", self.main, other, cwd=self.folder)
        self.run("git-stream", "init", cwd=other)
        self.take_locks(other, 50)
        self.run("git-stream", "sync")
