#!/usr/bin/env python3
"""`git stream push` is killed (SIGKILL) before each of its steps, alone or with git, its hooks and the server's git. Whatever the
moment: no work is at the remote without its lease, no number of a change is given twice, nobody else's lease and nothing of the
clone's own work is touched; and the same command, called again, gets to its end, as if nothing had been.

A sample; GITSTREAM_LONG=1 kills at every step. usage: GITSTREAM_BUILD=BUILD push_kills_test.py [atomic|one by one|etcd]: the
leases and the work in one push; to a remote without atomic pushes; with leases in etcd"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from etcd_scene import Cluster, need_etcd
from machines import PROGRAM, leases, scene_of
from scene import Failure, KillTrial, kill_each

PUSH = ["push", "-u", "origin", "HEAD"]
BRANCH = "feature/stream-F-a"
LEASED = {"free/x.py", "free/new.py"}


class Trial(KillTrial):
    def __init__(self, name, store="git", more=""):
        scene, (self.a, self.b) = scene_of("ab", store=store, more=more)
        super().__init__(name, scene)
        if name == "one by one":
            scene.git(scene.server, "config", "receive.advertiseAtomic", "false")
        self.b.ask("lock", "llm/others.py")
        self.a.commit("free/x.py", "x = 1\n")
        self.a.ask("push", "origin", "HEAD")
        self.a.commit("free/x.py", "x = 2\n")
        self.a.commit("free/new.py", "new = 1\n")
        (self.a.path / "draft.py").write_text("draft\n")
        (self.a.path / "a.py").write_text("a = 2\n")
        self.own, self.host = self.own_work(), self.a.memory()["host"]

    def own_work(self):
        return [self.scene.git(self.a.path, *words) for words in
                (("rev-parse", "HEAD"), ("status", "--porcelain"), ("diff",), ("for-each-ref", "refs/heads"))]

    def command(self):
        (self.a.folder / "sync.log").touch()
        return [PROGRAM, *PUSH], {"cwd": self.a.path, "GIT_STREAM_AGENT": "F1"}

    def leases(self):
        return leases(self.scene)

    def numbers(self):
        """Of the changes, from the first to the last."""
        subjects = self.scene.git(self.scene.server, "log", "--reverse", "--format=%s", "refs/stream/leases").splitlines()
        return [int(subject.split()[1]) for subject in subjects]

    def call_again(self, machine, words):
        """Until it is done; a lock file that a killed git has left is removed, as the message says."""
        for _ in range(5):
            done = machine.run(*words)
            if self.remove_locks(done.stderr):  # also where git pushes all the same, and notes nothing of it here
                continue
            if done.returncode == 0:
                return done
            raise Failure(f"{words[0]}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        raise Failure(f"{words[0]} does not get to its end")

    def pushed(self):
        """Whether the work is at the remote; then its leases are in the store."""
        pushed = self.scene.git(self.scene.server, "rev-parse", BRANCH) == self.own[0]
        there = {path for path, lease in self.leases().items() if lease["host"] == self.host}
        if pushed and not LEASED <= there:
            raise Failure(f"work without its lease: {there}")
        return pushed

    def check(self):
        self.pushed()
        self.call_again(self.b, ["sync"])
        self.call_again(self.a, PUSH)
        if not self.pushed():
            raise Failure("it is not pushed")
        upstream = self.scene.git(self.a.path, "rev-parse", f"refs/remotes/origin/{BRANCH}", "@{u}").split()
        if upstream != [self.own[0]] * 2:
            raise Failure(f"git has noted {upstream}")
        if self.own_work() != self.own:
            raise Failure(f"own work: {self.own_work()}, not {self.own}")
        self.check_leases()
        self.call_again(self.b, ["lock", "llm/another.py"])

    def check_leases(self):
        done = json.loads(self.call_again(self.a, ["sync", "--json"]).stdout)
        if done["acquired"] or done["released"] or done["lost"]:
            raise Failure(f"a sync has something to do: {done}")
        there = self.leases()
        own = {path: lease["generation"] for path, lease in there.items() if lease["host"] == self.host}
        here = {path: lock.get("lease") for path, lock in self.a.locks().items()}
        if own != here or set(own) != LEASED or set(there) - LEASED != {"llm/others.py"}:
            raise Failure(f"the store has {there}, the clone {here}")
        given = sorted((line["file"], line["generation"]) for line in self.a.log("locked") if "change" in line)
        if len(given) != len(set(given)) or not set(own.items()) <= set(given):
            raise Failure(f"logged {given}, given {own}")
        numbers = self.numbers()
        if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            raise Failure(f"changes {numbers}")


class EtcdTrial(Trial):
    """With leases in etcd: its keys are put back each time."""
    count = 0

    def __init__(self, name, cluster):
        EtcdTrial.count += 1
        self.cluster, self.prefix = cluster, f"git-stream/pushes-{EtcdTrial.count}"
        super().__init__(name, "etcd", f', endpoints: ["{cluster.endpoints}"], prefix: {self.prefix}')

    def keep(self):
        super().keep()
        self.keys = self.cluster.get(self.prefix + "/")

    def restore(self):
        super().restore()
        self.cluster.delete(self.prefix + "/")
        for key in sorted(self.keys, reverse=True):  # the change last
            self.first = self.cluster.put(key, self.keys[key])

    def leases(self):
        parts = [json.loads(part) for part in self.cluster.get(f"{self.prefix}/hosts/").values()]
        hosts = [key.rsplit("/", 1)[1] for key in self.cluster.get(f"{self.prefix}/hosts/")]
        return {lease["path"]: lease | {"host": host} for host, part in zip(hosts, parts) for lease in part["leases"]}

    def numbers(self):
        last = self.cluster.put("git-stream/other", "x")
        changes = [self.cluster.get(f"{self.prefix}/change", revision=revision) for revision in range(self.first, last + 1)]
        return list(dict.fromkeys(json.loads(change[f"{self.prefix}/change"])["last"] for change in changes))


def main(names):
    if "etcd" not in names:
        return kill_each(map(Trial, names), 8)
    need_etcd()
    cluster = Cluster().wait()
    try:
        return kill_each([EtcdTrial("etcd", cluster)], 8)
    finally:
        cluster.remove()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["atomic", "one by one"]))
