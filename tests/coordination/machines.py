"""Clones as people and agents use them, with a policy by which they share locks: what the tests beside this share."""
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from scene import TESTED, Failure, Scene

PROGRAM = TESTED / "bin/git-stream"
POLICY = """version: 1
integration_branch: develop
coordination: {{store: {store}{more}}}
locks: {{ttl: {ttl}}}
streams:
  F: {{name: LLM, agents: {{F1: {{files: ["llm/*.py"]}}, F2: {{files: ["llm/*.py"]}}}}}}
"""


class Machine:
    """A clone with hooks, in which an agent works. Its own background syncs are off, unless they are asked for."""

    def __init__(self, scene, name, background=False):
        self.scene, self.path = scene, scene.clone(name)
        self.state, self.folder = self.path / ".git/stream/state", self.path / ".git/stream/coordination"
        self.ask("init", agent="")
        scene.git(self.path, "checkout", "-qb", f"feature/stream-F-{name}")
        if not background:
            self.folder.mkdir(parents=True, exist_ok=True)

    def run(self, *words, agent="F1", program=PROGRAM, **variables):
        if not variables.pop("background", False) and self.folder.exists():
            (self.folder / "sync.log").touch()  # none was due
        identity = {"GIT_STREAM_AGENT": agent} if agent else {}
        return self.scene.run([program, *words], cwd=self.path, **identity, **variables)

    def ask(self, *words, status=0, **named):
        done = self.run(*words, **named)
        if done.returncode != status:
            raise Failure(f"{' '.join(map(str, words))}: exit {done.returncode}, not {status}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def json(self, *words, status=0, **named):
        done = self.run(*words, "--json", **named)
        if done.returncode != status:
            raise Failure(f"{' '.join(map(str, words))}: exit {done.returncode}, not {status}\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def commit(self, path, text, status=0, **named):
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.scene.git(self.path, "add", path)
        return self.ask("commit", "-qm", f"Change {path}", program="git", status=status, **named)

    def locks(self):
        """Of this clone: by path."""
        return json.loads((self.state / "file_locks.json").read_text())["locks"]

    def memory(self):
        return json.loads((self.folder / "memory.json").read_text())

    def forget(self):
        """As if the store had never been asked."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def remember(self, **members):
        """Other times than they were; what gates read of them is made anew."""
        (self.folder / "memory.json").write_text(json.dumps(self.memory() | members))
        (self.folder / "leases").unlink()

    def log(self, action, file="agent_activity.jsonl"):
        log = self.state / file
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [line for line in lines if not action or line.get("action") == action]


def leases(scene):
    """Of the store: by path."""
    table = json.loads(scene.git(scene.server, "cat-file", "blob", "refs/stream/leases:leases"))
    return {lease["path"]: lease for lease in table["leases"]}


def scene_of(names, ttl="60m", store="git", more="", background=False):
    scene = Scene()
    first = scene.folder / "first"
    (first / ".streams.yaml").write_text(POLICY.format(ttl=ttl, store=store, more=more))
    scene.git(first, "add", "-A")
    scene.git(first, "commit", "-qm", "Policy")
    scene.git(first, "push", "-q", "origin", "HEAD:refs/heads/develop")
    return scene, [Machine(scene, name, background) for name in names]
