#!/usr/bin/env python3
"""A change of the leases is killed (SIGKILL) before each of its steps, alone or with git and the server's git. Whatever the
moment: the other clone can read the store, nobody's lease is lost or given twice, and the same command, called again, gets
to its end; each lease that was given is in the log, once.

A sample; GITSTREAM_LONG=1 kills at every step. usage: GITSTREAM_BUILD=BUILD kills_test.py [etcd] [acquire|release|publish]: leases in a remote, or in etcd"""
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from etcd_scene import Cluster, EtcdScene, need_etcd
from scene import BUILD, CLIENT, LONG, SKIPPED, Clone, Failure, Scene, names

SECONDS = float(os.environ.get("GS_STRESS_SECONDS", 0 if LONG else 4 if "etcd" in sys.argv else 5))  # 0: until all is tried
SEED = int(os.environ.get("GS_STRESS_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 31)
KILLER = BUILD / "tests/stress/kill_at"
CANNOT_TRACE = 77


class Trial:
    """A command that is killed again and again, in clones and a server that are made anew for each moment."""

    def __init__(self, name):
        self.name, self.scene = name, Scene()
        self.a, self.b = Clone(self.scene, "a"), Clone(self.scene, "b")
        self.begin()
        self.kept = self.scene.folder.with_name(self.scene.folder.name + "-kept")

    def begin(self):
        self.b.acquire("other.py", agent="agent-F2")
        self.taken = self.a.acquire("before.py")["acquired"]
        self.words = {"acquire": ["acquire", "agent-F1", "3600", "new.py"], "publish": ["publish"],
                      "release": ["release", "agent-F1", *names(self.taken)]}[self.name]

    def restore(self):
        for part in ("a", "b", "server.git"):
            shutil.rmtree(self.scene.folder / part)
            shutil.copytree(self.kept / part, self.scene.folder / part, symlinks=True)
        for clone in (self.a, self.b):
            # A copied clone is another host; this one is to be the same.
            folder = clone.path / ".git/stream/coordination"
            memory = json.loads((folder / "memory.json").read_text())
            (folder / "memory.json").write_text(json.dumps(memory | {"inode": (folder / "lock").stat().st_ino}))

    def keep(self):
        shutil.copytree(self.scene.folder, self.kept, symlinks=True)

    def remove(self):
        self.scene.remove()
        shutil.rmtree(self.kept, ignore_errors=True)

    def kill(self, moment, whom):
        report = self.scene.folder / "report"
        done = self.scene.run([KILLER, self.scene.folder, moment, whom, report, CLIENT, self.a.path, self.a.address, *self.words],
                              ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")
        if done.returncode == CANNOT_TRACE:
            print("processes cannot be traced here", file=sys.stderr)
            sys.exit(SKIPPED)
        steps, _, what = report.read_text().strip().partition(" ")
        return int(steps), what, done

    def call_again(self, clone, words):
        """Until it is done; a lock file that a killed git has left is removed, as the message says."""
        for _ in range(5):
            done = clone.run(*words)
            if done.returncode == 0:
                return json.loads(done.stdout) if done.stdout else None
            locks = list(self.scene.folder.rglob("*.lock"))
            if done.returncode != 3 or not re.search("lock|failed to update ref", done.stderr) or not locks:
                raise Failure(f"called again: exit {done.returncode}\n{done.stdout}{done.stderr}")
            for lock in locks:
                lock.unlink()
        raise Failure("it does not get to its end")

    def check(self):
        # The other clone's lease is there, and it can go on.
        leases = {lease["path"]: lease for lease in self.call_again(self.b, ["read"])["leases"]}
        if leases["other.py"]["standing"] != "held":
            raise Failure(f"another's lease is {leases['other.py']}")
        if "before.py" not in leases and self.name != "release":
            raise Failure("a lease is lost")
        outcome = self.call_again(self.a, self.words)
        leases = {lease["path"]: lease for lease in self.call_again(self.a, ["read"])["leases"]}
        locked = [(line["file"], line["generation"]) for line in self.a.log() if line["action"] == "locked"]
        expected = [("before.py", self.taken[0]["generation"])]
        if self.name == "acquire":
            if leases["new.py"]["standing"] != "held":
                raise Failure(f"it is not held: {leases['new.py']}")
            expected.append(("new.py", leases["new.py"]["generation"]))
        if locked != expected:
            raise Failure(f"logged {locked}, given {expected}")
        released = [line for line in self.a.log() if line["action"] == "released"]
        if self.name == "release" and (len(released) != 1 or "before.py" in leases):
            raise Failure(f"released: {released}, {leases}, {outcome}")
        self.check_published()

    def check_published(self):
        self.call_again(self.a, ["publish"])
        events = self.call_again(self.b, ["events"])
        if [event["line"] for event in events["events"]] != self.a.log() or events["torn"] or events["faults"]:
            raise Failure(f"published {events}, logged {self.a.log()}")

    def at(self, moment, whom):
        self.restore()
        _, what, killed = self.kill(moment, whom)
        try:
            self.check()
        except (Failure, ValueError, KeyError) as failure:
            raise Failure(f"{self.name} killed ({whom}) before step {moment}: {what}\n{killed.stderr}{failure}") from failure


class EtcdTrial(Trial):
    """Begun anew for each moment, below another prefix: revisions cannot be restored."""

    def __init__(self, name, cluster):
        self.name, self.scene, self.count = name, EtcdScene(cluster), 0
        self.a, self.b = self.scene.clone_of("a"), self.scene.clone_of("b")

    def restore(self):
        self.count += 1
        for clone in (self.a, self.b):
            shutil.rmtree(clone.path / ".git/stream", ignore_errors=True)
            (clone.path / ".git/agent_activity.jsonl").unlink(missing_ok=True)
            clone.address = self.scene.address().replace("@", f"-{self.count}@")
        self.begin()

    def keep(self):
        pass

    def remove(self):
        self.scene.remove()


def main(cluster=None):
    chance, failures = random.Random(SEED), []
    for name in [word for word in sys.argv[1:] if word != "etcd"] or ["acquire", "release", "publish"]:
        trial = EtcdTrial(name, cluster) if cluster else Trial(name)
        trial.keep()
        try:
            trial.restore()
            steps, _, done = trial.kill(0, "all")
            if done.returncode != 0:
                raise Failure(f"{name}: exit {done.returncode}\n{done.stderr}")
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


def main_with_etcd():
    need_etcd()
    cluster = Cluster().wait()
    try:
        return main(cluster)
    finally:
        cluster.remove()


if __name__ == "__main__":
    sys.exit(main_with_etcd() if "etcd" in sys.argv[1:] else main())
