#!/usr/bin/env python3
"""A change of the leases is killed (SIGKILL) before each of its steps, alone or with git and the server's git. Whatever the
moment: the other clone can read the store, nobody's lease is lost or given twice, and the same command, called again, gets
to its end; each lease that was given is in the log, once.

A sample; GITSTREAM_LONG=1 kills at every step. usage: GITSTREAM_BUILD=BUILD kills_test.py [etcd] [acquire|release|publish]: leases in a remote, or in etcd"""
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from etcd_scene import Cluster, EtcdScene, need_etcd
from scene import CLIENT, Clone, Failure, KillTrial, Scene, kill_each, names


class Trial(KillTrial):
    def __init__(self, name, scene=None):
        super().__init__(name, scene or Scene())
        self.a, self.b = self.clones()
        self.begin()

    def clones(self):
        return Clone(self.scene, "a"), Clone(self.scene, "b")

    def begin(self):
        self.b.acquire("other.py", agent="agent-F2")
        self.taken = self.a.acquire("before.py")["acquired"]
        self.words = {"acquire": ["acquire", "agent-F1", "3600", "new.py"], "publish": ["publish"],
                      "release": ["release", "agent-F1", *names(self.taken)]}[self.name]

    def command(self):
        return [CLIENT, self.a.path, self.a.address, *self.words], {}

    def call_again(self, clone, words):
        """Until it is done; a lock file that a killed git has left is removed, as the message says."""
        for _ in range(5):
            done = clone.run(*words)
            if done.returncode == 0:
                return json.loads(done.stdout) if done.stdout else None
            if done.returncode != 3 or not self.remove_locks(done.stderr):
                raise Failure(f"called again: exit {done.returncode}\n{done.stdout}{done.stderr}")
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


class EtcdTrial(Trial):
    """Begun anew for each moment, below another prefix: revisions cannot be restored."""
    count = 0

    def clones(self):
        return self.scene.clone_of("a"), self.scene.clone_of("b")

    def restore(self):
        self.count += 1
        for clone in (self.a, self.b):
            shutil.rmtree(clone.path / ".git/stream", ignore_errors=True)
            (clone.path / ".git/agent_activity.jsonl").unlink(missing_ok=True)
            clone.address = self.scene.address().replace("@", f"-{self.count}@")
        self.begin()

    def keep(self):
        pass


def main(cluster=None):
    commands = [word for word in sys.argv[1:] if word != "etcd"] or ["acquire", "release", "publish"]
    if cluster is None:
        return kill_each(map(Trial, commands), 5)
    return kill_each((EtcdTrial(name, EtcdScene(cluster)) for name in commands), 4)


def main_with_etcd():
    need_etcd()
    cluster = Cluster().wait()
    try:
        return main(cluster)
    finally:
        cluster.remove()


if __name__ == "__main__":
    sys.exit(main_with_etcd() if "etcd" in sys.argv[1:] else main())
