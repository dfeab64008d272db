#!/usr/bin/env python3
"""`git stream sync`, `lock` and `unlock` are killed (SIGKILL) before each of their steps, alone or with git and the server's git.
Whatever the moment: the next sync gets to its end, clone and store say the same then, nobody else's lease is touched, and each
lease that was given is in the log once.

A sample; GITSTREAM_LONG=1 kills at every step. usage: GITSTREAM_BUILD=BUILD sync_kills_test.py [sync|lock|unlock]"""
import json
import os
import pathlib
import random
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from machines import PROGRAM, leases, scene_of
from scene import BUILD, LONG, SKIPPED, Failure

SECONDS = float(os.environ.get("GS_STRESS_SECONDS", 0 if LONG else 5))  # 0: until all is tried
SEED = int(os.environ.get("GS_STRESS_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 31)
KILLER = BUILD / "tests/stress/kill_at"
CANNOT_TRACE = 77
PARTS = ("a", "b", "server.git")
COMMANDS = {"sync": ["sync"], "lock": ["lock", "llm/new.py", "llm/newer.py"], "unlock": ["unlock", "llm/x.py"]}


class Trial:
    def __init__(self, name):
        self.name, self.words = name, COMMANDS[name]
        self.scene, (self.a, self.b) = scene_of("ab")
        self.b.ask("lock", "llm/others.py")
        self.a.ask("lock", "llm/x.py")
        self.a.ask("lock", "llm/idle.py", agent="F2")
        self.a.commit("free/x.py", "x = 1\n")
        self.end("llm/idle.py")
        self.b.commit("free/y.py", "y = 1\n")
        self.b.ask("sync")
        self.a.commit("free/y.py", "y = 2\n")  # is lost
        self.kept = self.scene.folder.with_name(self.scene.folder.name + "-kept")
        shutil.copytree(self.scene.folder, self.kept, symlinks=True)

    def end(self, path):
        file = self.a.state / "file_locks.json"
        table = json.loads(file.read_text())
        table["locks"][path]["expires"] = "2025-12-06T10:00:00Z"
        file.write_text(json.dumps(table))

    def remove(self):
        self.scene.remove()
        shutil.rmtree(self.kept, ignore_errors=True)

    def restore(self):
        for part in PARTS:
            shutil.rmtree(self.scene.folder / part)
            shutil.copytree(self.kept / part, self.scene.folder / part, symlinks=True)
        for machine in (self.a, self.b):
            # A copied clone is another host; this one is to be the same.
            machine.remember(inode=(machine.folder / "lock").stat().st_ino)

    def kill(self, moment, whom):
        report = self.scene.folder / "report"
        (self.a.folder / "sync.log").touch()
        done = self.scene.run([KILLER, self.scene.folder, moment, whom, report, PROGRAM, *self.words], cwd=self.a.path,
                              GIT_STREAM_AGENT="F1",
                              ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")
        if done.returncode == CANNOT_TRACE:
            print("processes cannot be traced here", file=sys.stderr)
            sys.exit(SKIPPED)
        steps, _, what = report.read_text().strip().partition(" ")
        return int(steps), what, done

    def sync(self, machine):
        """Until it is done; a lock file that a killed git has left is removed, as the message says."""
        for _ in range(5):
            done = machine.run("sync", "--json")
            if done.returncode in (0, 1):
                answer = json.loads(done.stdout)
                if answer["busy"]:
                    raise Failure("it is busy")
                return answer
            locks = [lock for lock in self.scene.folder.rglob("*.lock") if lock.name != "sync.lock"]
            if not locks or "lock" not in done.stderr and "failed to update ref" not in done.stderr:
                raise Failure(f"sync: exit {done.returncode}\n{done.stdout}{done.stderr}")
            for lock in locks:
                lock.unlink()
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

    def at(self, moment, whom):
        self.restore()
        _, what, killed = self.kill(moment, whom)
        try:
            self.check()
        except (Failure, ValueError, KeyError) as failure:
            raise Failure(f"{self.name} killed ({whom}) before step {moment}: {what}\n{killed.stderr}{failure}") from failure


def main():
    chance, failures = random.Random(SEED), []
    for name in sys.argv[1:] or COMMANDS:
        trial = Trial(name)
        try:
            trial.restore()
            steps, _, done = trial.kill(0, "all")
            if done.returncode not in (0, 1):
                raise Failure(f"{name}: exit {done.returncode}\n{done.stderr}")
            trial.check()
            moments = [(moment, whom) for moment in range(1, steps + 1) for whom in ("all", "first")]
            if not LONG:
                chance.shuffle(moments)
            end, tried = time.monotonic() + SECONDS, 0
            for moment, whom in moments:
                if SECONDS and time.monotonic() > end:
                    break
                tried += 1
                try:
                    trial.at(moment, whom)
                except Failure as failure:
                    failures.append(str(failure))
                    print(failure, file=sys.stderr)
            print(f"{name}: {steps} steps, killed {tried} times")
        finally:
            trial.remove()
    print(f"seed {SEED}")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
