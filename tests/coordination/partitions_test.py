#!/usr/bin/env python3
"""Clones on machines that a network joins, and then not: network namespaces, in which also the clocks differ by hours and days, and a proxy
that loses, cuts and delays. The server has a bare repository behind `git daemon`, or a cluster of three members of etcd. Nobody gets a lease
that somebody else holds, no generation is given twice, no line of a log is lost, and nothing comes back that was taken away.

Some hundred changes; ten times as many with GITSTREAM_LONG. usage: GITSTREAM_BUILD=BUILD partitions_test.py [etcd] [TEST...]"""
import collections
import contextlib
import json
import os
import pathlib
import random
import sys
import threading
import time
import unittest
import urllib.parse

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "tools")]
import network
from etcd_scene import Cluster, Proxy, need_etcd, writes
from faulty_proxy import FAULTS, FaultyProxy
from machines import Machine
from scene import LONG, Clone, Failure, Scene, by_daemon, by_http, names, program

TTL = 15  # seconds, of a lease that ends in a test
CHANGES = int(os.environ.get("GS_CHANGES", 3000 if LONG else 200))
SECONDS = float(os.environ.get("GS_STRESS_SECONDS", 900 if LONG else 15))  # at the longest
SLOW = 60  # more where hardly anything was done until then
SEED = int(os.environ.get("GS_STRESS_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 31)
AHEAD = {"a": 5 * 3600, "b": 40 * 86400}  # of the server's clock that counts from its start
POLICY = """version: 1
integration_branch: develop
coordination: {coordination}
locks: {{ttl: 60m}}
streams:
  F: {{name: LLM, agents: {{F1: {{files: ["llm/*.py"]}}, F2: {{files: ["llm/*.py"]}}}}}}
"""
IN_ETCD = False
NO_NETWORK = ""  # why there is none
ADDRESS = "127.0.0.1"  # the server's, as others reach it


class AtHost:
    """A scene as a host of the network has it: what is run, runs there, and its clones have the server's address."""

    def __init__(self, scene, host, remote):
        self.scene, self.host, self.remote = scene, host, remote

    def __getattr__(self, name):
        return getattr(self.scene, name)

    def run(self, argv, **named):
        return self.scene.run(self.host.command(argv) if self.host else argv, **named)

    git = Scene.git

    def clone(self, name):
        path = self.scene.clone(name)
        self.scene.git(path, "remote", "set-url", "origin", self.remote)
        return path


class Place(unittest.TestCase):
    """A server, and two hosts."""
    by = staticmethod(by_daemon)

    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.scene = Scene()
        self.stack.callback(self.scene.remove)
        self.hosts = {name: None for name in AHEAD}
        if not NO_NETWORK:
            self.hosts = {name: network.Host(name, ahead) for name, ahead in AHEAD.items()}
            for host in self.hosts.values():
                self.stack.callback(host.close)
        self.remote, _ = self.stack.enter_context(self.by(self.scene, ADDRESS))
        self.cluster = None
        if IN_ETCD:
            self.cluster = Cluster(3, address=ADDRESS)
            self.stack.callback(self.cluster.remove)
            self.cluster.wait()
            self.prefix = f"git-stream/{self.scene.folder.name}"

    def address(self, endpoint=None):
        """Of the store, for the client of the tests."""
        return f"etcd:{self.prefix}@{endpoint or self.cluster.endpoints}" if IN_ETCD else endpoint or self.remote

    def leases(self):
        """The store's: by path."""
        if IN_ETCD:
            tables = [json.loads(value) for value in self.cluster.get(f"{self.prefix}/hosts/").values()]
        else:
            tables = [json.loads(self.scene.git(self.scene.server, "cat-file", "blob", "refs/stream/leases:leases"))]
        return {lease["path"]: lease for table in tables for lease in table["leases"]}


class Cut(Place):
    """git stream, on hosts that are cut off."""

    def setUp(self):
        if NO_NETWORK:
            self.skipTest(NO_NETWORK)
        super().setUp()
        coordination = "{store: git, stale: block}"
        if IN_ETCD:
            coordination = f"{{store: etcd, stale: block, prefix: {self.prefix}, endpoints: {json.dumps(self.cluster.endpoints.split(','))}}}"
        first = self.scene.folder / "first"
        (first / ".streams.yaml").write_text(POLICY.format(coordination=coordination))
        for words in (("add", "-A"), ("commit", "-qm", "Policy"), ("push", "-q", "origin", "HEAD:refs/heads/develop")):
            self.scene.git(first, *words)
        self.a, self.b = (Machine(AtHost(self.scene, host, self.remote), name) for name, host in self.hosts.items())
        self.names = {machine: machine.json("sync") and machine.memory()["host"] for machine in (self.a, self.b)}

    def end_of_lease(self, machine):
        """By the server's clock: it counts from before it asked."""
        return machine.memory()["asked"] / 1e9 - machine.scene.host.ahead + TTL

    def generations(self):
        return [line["generation"] for machine in (self.a, self.b) for line in machine.log("locked") if "change" in line]

    def logs_are_whole(self):
        """Both have read each line of the other's, once."""
        for machine in (self.a, self.b) * 2:
            machine.ask("sync")
        for machine, other in ((self.a, self.b), (self.b, self.a)):
            published = [line for line in machine.json("log", "-n", "10000")["lines"] if "from_host" not in line]
            fetched = [line for line in other.json("log", "-n", "10000")["lines"] if line.pop("from_host", "") == self.names[machine]]
            self.assertEqual(fetched, published)
        self.assertEqual(len(self.generations()), len(set(self.generations())), "a generation twice")

    def test_the_holder_is_cut_off(self):
        self.a.ask("lock", "--ttl", f"{TTL}s", "llm/x.py")
        before, end = self.leases()["llm/x.py"], self.end_of_lease(self.a)
        self.a.scene.host.cut()
        self.a.commit("llm/x.py", "x = 1\n")  # gates ask nobody, and it is this clone's; its agent is at work
        self.assertIn(f"held by agent-F1 on {self.names[self.a]}", self.b.ask("lock", "llm/x.py", agent="F2", status=1))
        self.b.ask("lock", "--wait", "90s", "llm/x.py", agent="F2")
        self.assertGreater(time.clock_gettime(time.CLOCK_BOOTTIME), end, "the holder's time is over first")
        said = self.a.commit("llm/x.py", "x = 2\n", status=1)
        self.assertRegex(said, "llm/x.py: stale: .*this clone's lease is over")
        self.assertEqual(self.a.scene.run(["git", "commit", "-qnm", "Anyway"], cwd=self.a.path).returncode, 128, "nor past pre-commit")
        self.a.ask("sync", status=4)
        self.a.ask("lock", "llm/x.py", status=4)
        self.a.scene.host.join()
        self.it_is_lost(before)

    def it_is_lost(self, before):
        said = self.a.ask("sync", status=1)
        self.assertIn(f"lost: llm/x.py of agent-F1: held by agent-F2 on {self.names[self.b]}", said)
        for _ in range(2):
            lease = self.leases()["llm/x.py"]
            self.assertEqual((lease["host"], lease["agent"]), (self.names[self.b], "agent-F2"), "nothing comes back")
            self.assertGreater(lease["generation"], before["generation"])
            self.b.ask("sync", agent="F2")
            self.a.ask("sync")
        self.assertNotIn("llm/x.py", self.a.locks())
        self.assertIn("held by agent-F2", self.a.ask("commit", "-qm", "x", program="git", status=1))
        self.logs_are_whole()

    def test_both_are_cut_off(self):
        for machine in (self.a, self.b):
            machine.scene.host.cut()
        for machine in (self.a, self.b):
            machine.ask("lock", "llm/x.py", status=4)
            self.assertEqual(machine.locks(), {})
            machine.commit("free/x.py", f"x = '{machine.path.name}'\n")  # locked here, for now
            machine.ask("sync", status=4)
        for machine in (self.a, self.b):
            machine.scene.host.join()
        self.assertIn("locked free/x.py", self.b.ask("sync"))
        self.assertIn(f"lost: free/x.py of agent-F1: held by agent-F1 on {self.names[self.b]}", self.a.ask("sync", status=1))
        self.assertEqual(self.leases()["free/x.py"]["host"], self.names[self.b])
        self.logs_are_whole()

    def test_the_server_is_away_for_a_while(self):
        self.a.ask("lock", "llm/x.py")
        before = self.leases()
        for host in self.hosts.values():
            host.cut()
        for machine in (self.a, self.b):
            machine.ask("sync", status=4)
        for host in self.hosts.values():
            host.join()
        self.b.ask("lock", "llm/x.py", agent="F2", status=1)
        self.a.ask("sync")
        self.assertEqual(self.leases(), before)
        self.logs_are_whole()

    def lose_the_answer(self, asking, host, go):
        """Of the change that is asked for: the network goes when the request has arrived."""
        try:
            for _ in range(600):
                if asking.exists():
                    break
                time.sleep(0.02)
            host.lose_answers()
        finally:
            go.touch()

    def test_an_answer_that_the_network_loses(self):
        asking, go = self.scene.folder / "asking", self.scene.folder / "go"
        wait = f"[ -e {go} ] || {{ touch {asking}; while [ ! -e {go} ]; do sleep 0.02; done; }}"
        a = Clone(AtHost(self.scene, self.hosts["a"], self.remote), "client", self.address())
        a.acquire("before.py")
        if IN_ETCD:
            proxy = Proxy(self.cluster.members[0].url, ADDRESS)
            self.stack.callback(proxy.remove)
            a.address = self.address(proxy.url)
            proxy.before = lambda path, body: self.scene.run(["sh", "-c", wait]) and None if writes(path, body) else None
        else:
            self.scene.hook("pre-receive", wait)
        network_goes = threading.Thread(target=self.lose_the_answer, args=(asking, self.hosts["a"], go))
        network_goes.start()
        done = a.run("acquire", "agent-F1", "60", "a.py", GS_LIMIT="6000", GS_PATIENCE="0")
        network_goes.join()
        self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
        self.assertEqual([line["file"] for line in a.log()], ["before.py"])
        self.hosts["a"].hear_answers()
        b = Clone(AtHost(self.scene, self.hosts["b"], self.remote), "other", self.address())
        b.acquire("a.py", status=1)  # it was made
        standing = {lease["path"]: lease["standing"] for lease in a.ask("read")["leases"]}
        self.assertEqual(standing, {"before.py": "held", "a.py": "held"})
        self.assertEqual([line["file"] for line in a.log()], ["before.py", "a.py"])


class Actor(threading.Thread):
    """One host's changes at random, of paths that the other wants as well. It notes when its clone said that it holds what."""
    PATHS = ("x.py", "y.py", "z/", "z/a.py")

    def __init__(self, clone, seed, limit, end, left):
        super().__init__()
        self.clone, self.chance, self.limit, self.end, self.left = clone, random.Random(seed), limit, end, left
        self.held = collections.defaultdict(list)  # path and generation to moments
        self.counts, self.failure = collections.Counter(), None

    def run(self):
        try:
            while self.left and time.monotonic() < self.end + (SLOW if len(self.left) > CHANGES - 30 else 0):
                self.step()
                self.note()
        except Exception as failure:
            self.failure = failure

    def step(self):
        own = self.note()
        action = self.chance.choice(("renew", "publish", "read", "change", "change", "change", "change"))
        if action != "change":
            self.ask(action)
        elif own and self.chance.random() < 0.6:
            self.ask("release", "agent-F1", *names([self.chance.choice(own)]))
        else:
            self.ask("acquire", "agent-F1", self.chance.choice(("2", "60")), self.chance.choice(self.PATHS))

    def ask(self, *words):
        done = self.clone.run(*words, GS_LIMIT=str(self.limit), GS_PATIENCE="2000")
        self.counts[words[0] if done.returncode == 0 else f"exit {done.returncode}"] += 1
        if done.returncode not in (0, 1):
            lines = done.stderr.splitlines()
            if len(lines) != 2 or not lines[0].startswith(("git-stream: cannot ", "git-stream: the log stays here")):
                raise Failure(f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        elif words[0] in ("acquire", "release"):
            with contextlib.suppress(IndexError):
                self.left.pop()

    def note(self):
        begin = time.monotonic()
        own = [lease for lease in self.clone.ask("local")["leases"] if lease["standing"] == "held"]
        for lease in own:
            moments = self.held[lease["path"], lease["generation"]]
            # From when it was surely so, until when it was surely so still.
            moments[:] = [moments[0] if moments else time.monotonic(), begin]
        return own


class Answers(Place):
    """Requests and answers that a proxy loses, cuts and delays, while the network comes and goes."""

    def setUp(self):
        super().setUp()
        remote = urllib.parse.urlsplit(self.remote)
        ports = [member.port for member in self.cluster.members] if IN_ETCD else [remote.port]
        self.proxies = [FaultyProxy((ADDRESS, port), ADDRESS, SEED + port, 0.5 if IN_ETCD else 0.3) for port in ports]
        for proxy in self.proxies:
            self.stack.callback(proxy.close)
        endpoints = ",".join(f"http://{ADDRESS}:{proxy.port}" for proxy in self.proxies)
        self.proxied = self.address(endpoints if IN_ETCD else remote._replace(netloc=f"{ADDRESS}:{self.proxies[0].port}").geturl())

    def clone(self, name, address=None):
        return Clone(AtHost(self.scene, self.hosts.get(name), self.remote), name, address or self.address())

    def disturb(self, stop):
        """Takes one host after the other off the network, or its answers."""
        chance = random.Random(SEED)
        while not stop.wait(chance.uniform(0.5, 2)):
            host = self.hosts[chance.choice("ab")]
            go, come = chance.choice(((host.cut, host.join), (host.lose_answers, host.hear_answers)))
            go()
            time.sleep(chance.uniform(0.1, 1))
            come()

    @contextlib.contextmanager
    def disturbed(self):
        stop = threading.Event()
        thread = threading.Thread(target=self.disturb, args=(stop,))
        if not NO_NETWORK:
            thread.start()
        yield
        stop.set()
        if not NO_NETWORK:
            thread.join()

    @staticmethod
    def limit(clone):
        """Milliseconds of a call: several times what one takes that nothing disturbs."""
        begin = time.monotonic()
        clone.ask("read")
        return max(1500 if IN_ETCD else 3000, round(8000 * (time.monotonic() - begin)))

    def test_at_random(self):
        clones = [self.clone(name, self.proxied) for name in AHEAD]
        limit = self.limit(self.clone("undisturbed"))
        end, left = time.monotonic() + SECONDS, list(range(CHANGES))
        actors = [Actor(clone, SEED + number, limit, end, left) for number, clone in enumerate(clones)]
        with self.disturbed():
            for actor in actors:
                actor.start()
            for actor in actors:
                actor.join()
        counts = [dict(actor.counts) for actor in actors]
        faults = sum((proxy.counts for proxy in self.proxies), collections.Counter())
        print(f"seed {SEED}: {CHANGES - len(left)} changes, {counts}, {dict(faults)}")
        for actor in actors:
            if actor.failure:
                raise actor.failure
        self.assertGreater(CHANGES - len(left), 10, "hardly anything was tried")
        self.assertEqual({*FAULTS} - {*faults} if LONG else set(), set(), "faults that never happened")
        for clone in clones:
            clone.address = self.address()
        self.check_logs(clones)
        self.check_times(actors)
        self.check_store(clones, actors)

    def check_logs(self, clones):
        for clone in clones:
            clone.ask("read")
            self.assertTrue(clone.run("publish").stdout)
        read = self.clone("reader").ask("events")
        self.assertEqual(sorted(json.dumps(event["line"]) for event in read["events"]),
                         sorted(json.dumps(line) for clone in clones for line in clone.log()))
        self.assertEqual((read["torn"], read["faults"]), (0, []))

    def check_times(self, actors):
        """No two hosts have said at one time that they hold the same, or a folder and what is in it."""
        times = [(path, begin, end, number) for number, actor in enumerate(actors) for (path, _), (begin, end) in actor.held.items()]
        for path, begin, end, number in times:
            for other, later, last, holder in times:
                if holder > number and (path.startswith(other) or other.startswith(path)):
                    self.assertFalse(later < end and begin < last, f"two hold {path} and {other}")

    def check_store(self, clones, actors):
        lines = [line for clone in clones for line in clone.log()]
        taken = collections.Counter((line["file"], line["generation"]) for line in lines if line["action"] == "locked")
        ended = collections.Counter((line["file"], line["generation"]) for line in lines if line["action"] in ("released", "expired"))
        self.assertEqual(len({generation for _, generation in taken}), sum(taken.values()), "a generation twice")
        self.assertLessEqual(max(ended.values()), 1, "ended twice")
        self.assertEqual({*taken} - {*ended}, {(path, lease["generation"]) for path, lease in self.leases().items()})
        for actor in actors:
            self.assertLessEqual(set(actor.held), set(taken), "held, and not logged")


class AnswersByHttp(Answers):
    by = staticmethod(by_http)

    def setUp(self):
        if IN_ETCD or not LONG or not program("lighttpd"):
            self.skipTest("with GITSTREAM_LONG, where lighttpd is")
        super().setUp()


if __name__ == "__main__":
    try:
        network.enter()
        ADDRESS = network.SERVER
    except network.Unavailable as why:
        NO_NETWORK = f"no network namespaces: {why}"
        print(NO_NETWORK, file=sys.stderr)
    IN_ETCD = "etcd" in sys.argv
    if IN_ETCD:
        need_etcd()
    unittest.main(argv=[word for word in sys.argv if word != "etcd"], verbosity=1)
