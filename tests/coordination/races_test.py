#!/usr/bin/env python3
"""Clones that want the same at once: one winner each time, no generation twice, no log line lost or made up.
200 races of two; 10,000 with GITSTREAM_LONG. GS_RACES, GS_PAIRS (that race at once), GS_HOSTS and GS_CHANGES set other sizes.

usage: GITSTREAM_BUILD=BUILD races_test.py [etcd]: in a remote, or in a cluster of three servers"""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import resource
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from etcd_scene import Cluster, EtcdScene, need_etcd
from scene import LONG, TRANSPORTS, Clone, Scene

RACES = int(os.environ.get("GS_RACES", 10_000 if LONG else 200))
PAIRS = int(os.environ.get("GS_PAIRS", 2 * (os.cpu_count() or 1)))
IN_ONE_STORE = 250  # nothing is released, and a table of thousands would take the time
HOSTS = int(os.environ.get("GS_HOSTS", 10 if LONG else 4))
CHANGES = int(os.environ.get("GS_CHANGES", 100 if LONG else 10))


CLUSTER = None  # of etcd, where the leases are there
STARTING = threading.Lock()  # a server whose port was chosen


def ended(process):
    output, errors = process.communicate()
    if process.returncode != 0:
        raise AssertionError(f"exit {process.returncode}: {errors}")
    return [json.loads(line) for line in output.splitlines()]


def all_ended(running):
    # All are read at once: whoever's output is not taken stands still, and the other waits for it.
    with concurrent.futures.ThreadPoolExecutor(len(running)) as pool:
        return list(pool.map(ended, running))


def locked(clone):
    return [(line["file"], line["generation"]) for line in clone.log() if line["action"] == "locked"]


def processor_time():
    """Of all that has ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def new_scene():
    return EtcdScene(CLUSTER) if CLUSTER else Scene()


def new_clone(scene, name, address=None, **variables):
    return Clone(scene, name, scene.address() if CLUSTER else address, **variables)


class Races(unittest.TestCase):
    def races(self, transport, races):
        begin, used = time.monotonic(), processor_time()
        runs = [min(IN_ONE_STORE, races - done) for done in range(0, races, IN_ONE_STORE)]
        if len(runs) < PAIRS:
            runs = [(races + number) // PAIRS for number in range(min(PAIRS, races))]
        with concurrent.futures.ThreadPoolExecutor(PAIRS) as pool:
            wins = list(pool.map(lambda run: self.race(transport, run), runs))
        if None in wins:
            self.skipTest(f"no server for {transport}")
        total = [sum(number) for number in zip(*wins)]
        print(f"{'etcd' if CLUSTER else transport}: {races} races in {len(runs)} stores, won {total[0]} and {total[1]} times, "
              f"{time.monotonic() - begin:.1f} s, {1000 * (processor_time() - used) / races:.0f} ms of a processor each")
        self.assertEqual(sum(total), races)
        if races > 50:
            self.assertGreater(min(total), 0, "the same clone has won always")

    def race(self, transport, races):
        """Of two clones, in a store of their own. How often each has won; nothing where there is no server."""
        with contextlib.ExitStack() as stack:
            scene = new_scene()
            stack.callback(scene.remove)
            with STARTING:
                address, variables = stack.enter_context(TRANSPORTS[transport](scene))
            return self.race_in(scene, races, address, variables) if address else None

    def clones(self, scene, address, variables):
        clones = [new_clone(scene, name, "origin", GS_PATIENCE="600000", **variables) for name in "ab"]
        for clone in clones if not CLUSTER else []:
            scene.git(clone.path, "remote", "set-url", "origin", address)
            # Every second push begins later: so the other's is often made after the table was read, and before this.
            scene.git(clone.path, "config", "remote.origin.receivepack", "[ $(($$ % 2)) = 0 ] || sleep 0.05; git-receive-pack")
        return clones

    def race_in(self, scene, races, address, variables):
        clones = self.clones(scene, address, variables)
        meeting = scene.folder / "meeting"
        meeting.mkdir()
        outcomes = all_ended([clone.start("race", "agent-F1", races, meeting, number) for number, clone in enumerate(clones)])
        self.assertEqual([len(one) for one in outcomes], [races, races])
        generations, wins = set(), [0, 0]
        for race, pair in enumerate(zip(*outcomes)):
            winners = [number for number, outcome in enumerate(pair) if outcome["acquired"]]
            self.assertEqual(len(winners), 1, f"race {race}: {pair}")
            won, lost = pair[winners[0]]["acquired"][0], pair[1 - winners[0]]["held"]
            self.assertEqual(lost, [won])
            self.assertNotIn(won["generation"], generations)
            generations.add(won["generation"])
            wins[winners[0]] += 1
        self.assertEqual(max(generations) - min(generations), races - 1, "a number for each change, and none besides")
        for clone, own in zip(clones, outcomes):
            self.assertEqual(locked(clone), [(lease["path"], lease["generation"]) for outcome in own for lease in outcome["acquired"]])
        return wins

    def test_one_winner_each(self):
        self.races("file", RACES)

    @unittest.skipIf("etcd" in sys.argv[1:], "asked in one way")
    def test_by_http(self):
        self.races("http", max(RACES // 50, 8))

    @unittest.skipIf("etcd" in sys.argv[1:], "asked in one way")
    def test_by_ssh(self):
        self.races("ssh", max(RACES // 50, 8))

    def test_many_hosts(self):
        scene = new_scene()
        self.addCleanup(scene.remove)
        clones = [new_clone(scene, f"host{number}", GS_PATIENCE="600000") for number in range(HOSTS)]
        # Each has paths of its own: nobody may be refused, whoever comes first.
        running = [clone.start("churn", f"agent-F{number}", 2 * CHANGES) for number, clone in enumerate(clones)]
        all_ended(running)
        generations = [generation for clone in clones for _, generation in locked(clone)]
        self.assertEqual(len(generations), len(set(generations)), "a generation twice")
        for clone in clones:
            lines = clone.run("publish").stdout
            self.assertEqual(int(lines), len(clone.log()))
        read = new_clone(scene, "reader").ask("events")
        self.assertEqual(sorted(json.dumps(event["line"]) for event in read["events"]),
                         sorted(json.dumps(line) for clone in clones for line in clone.log()))
        self.assertEqual((read["torn"], read["faults"]), (0, []))
        print(f"{HOSTS} hosts, {len(generations)} leases")


if __name__ == "__main__":
    if "etcd" not in sys.argv[1:]:
        unittest.main(verbosity=1)
    need_etcd()
    CLUSTER = Cluster(3).wait()
    try:
        result = unittest.main(argv=[word for word in sys.argv if word != "etcd"], exit=False).result
    finally:
        CLUSTER.remove()
    sys.exit(not result.wasSuccessful())
