#!/usr/bin/env python3
"""`git stream sync`, `lock` and `unlock` are killed (SIGKILL) before each of their steps, alone or with git and the server's git.
Whatever the moment: the next sync gets to its end, clone and store say the same then, nobody else's lease is touched, and each
lease that was given is in the log once.

A sample; GITSTREAM_LONG=1 kills at every step. usage: GITSTREAM_BUILD=BUILD sync_kills_test.py [sync|lock|unlock]"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from machines import PROGRAM, leases, scene_of
from scene import Failure, KillTrial, kill_each

COMMANDS = {"sync": ["sync"], "lock": ["lock", "llm/new.py", "llm/newer.py"], "unlock": ["unlock", "llm/x.py"]}


class Trial(KillTrial):
    ends = (0, 1)

    def __init__(self, name):
        scene, (self.a, self.b) = scene_of("ab")
        super().__init__(name, scene)
        self.b.ask("lock", "llm/others.py")
        self.a.ask("lock", "llm/x.py")
        self.a.ask("lock", "llm/idle.py", agent="F2")
        self.a.commit("free/x.py", "x = 1\n")
        self.end("llm/idle.py")
        self.b.commit("free/y.py", "y = 1\n")
        self.b.ask("sync")
        self.a.commit("free/y.py", "y = 2\n")  # is lost

    def end(self, path):
        file = self.a.state / "file_locks.json"
        table = json.loads(file.read_text())
        table["locks"][path]["expires"] = "2025-12-06T10:00:00Z"
        file.write_text(json.dumps(table))

    def command(self):
        (self.a.folder / "sync.log").touch()
        return [PROGRAM, *COMMANDS[self.name]], {"cwd": self.a.path, "GIT_STREAM_AGENT": "F1"}

    def sync(self, machine):
        """Until it is done; a lock file that a killed git has left is removed, as the message says."""
        for _ in range(5):
            done = machine.run("sync", "--json")
            if done.returncode in (0, 1):
                answer = json.loads(done.stdout)
                if answer["busy"]:
                    raise Failure("it is busy")
                return answer
            if not self.remove_locks(done.stderr):
                raise Failure(f"sync: exit {done.returncode}\n{done.stdout}{done.stderr}")
        raise Failure("it does not get to its end")

    def check(self):
        self.sync(self.a)
        again = self.sync(self.a)
        if again["acquired"] or again["released"] or again["lost"]:
            raise Failure(f"the sync before has not done all: {again}")
        there, here = leases(self.scene), self.a.locks()
        own = {path: one["generation"] for path, one in there.items() if one["host"] == self.a.memory()["host"]}
        live = {path: lock.get("lease") for path, lock in here.items() if lock["expires"] > "2026"}
        if own != live:
            raise Failure(f"the store has {own}, the clone {live}")
        if not {"llm/others.py", "free/y.py"} <= set(there) - set(own):
            raise Failure(f"another's lease is lost: {there}")
        given = [(line["file"], line["generation"]) for line in self.a.log("locked") if "change" in line]
        if len(given) != len(set(given)) or not {(path, number) for path, number in own.items()} <= set(given):
            raise Failure(f"logged {given}, given {own}")
        lost = [line for line in self.a.log("lost") if line["file"] == "free/y.py"]
        if len(lost) != 1 and len(self.a.log("", "conflict_warnings.jsonl")) != 1:
            raise Failure(f"told of what was lost {len(lost)} times")
        self.check_wanted(own)

    def check_wanted(self, own):
        if "free/x.py" not in own:
            raise Failure("what a gate has locked is not asked for")
        if self.name != "unlock" and "llm/x.py" not in own:
            raise Failure("a lease is lost")
        # All or nothing; after it said that it was done, all.
        if len({"llm/new.py", "llm/newer.py"} & set(own)) == 1:
            raise Failure(f"half of them: {own}")


if __name__ == "__main__":
    sys.exit(kill_each(map(Trial, sys.argv[1:] or COMMANDS), 5))
