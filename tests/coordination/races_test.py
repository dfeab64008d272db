#!/usr/bin/env python3
"""Clones that want the same at once: one winner each time, no generation twice, no log line lost or made up.
200 races of two; 10,000 with GITSTREAM_LONG. GS_RACES, GS_HOSTS and GS_CHANGES set other sizes.

usage: GITSTREAM_BUILD=BUILD races_test.py [etcd]: in a remote, or in a cluster of three servers"""
import concurrent.futures
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from etcd_scene import Cluster, EtcdScene, need_etcd
from scene import LONG, Clone, Scene

RACES = int(os.environ.get("GS_RACES", 10_000 if LONG else 200))
HOSTS = int(os.environ.get("GS_HOSTS", 10 if LONG else 4))
CHANGES = int(os.environ.get("GS_CHANGES", 100 if LONG else 10))


CLUSTER = None  # of etcd, where the leases are there


class Races(unittest.TestCase):
    def setUp(self):
        self.scene = EtcdScene(CLUSTER) if CLUSTER else Scene()
        self.addCleanup(self.scene.remove)

    def clone(self, name, address=None, **variables):
        return Clone(self.scene, name, self.scene.address() if CLUSTER else address, **variables)

    def ended(self, process):
        output, errors = process.communicate()
        self.assertEqual(process.returncode, 0, errors)
        return [json.loads(line) for line in output.splitlines()]

    def all_ended(self, running):
        # All are read at once: whoever's output is not taken stands still, and the other waits for it.
        with concurrent.futures.ThreadPoolExecutor(len(running)) as pool:
            return list(pool.map(self.ended, running))

    def locked(self, clone):
        return [(line["file"], line["generation"]) for line in clone.log() if line["action"] == "locked"]

    def test_one_winner_each(self):
        clones = [self.clone(name, "origin", GS_PATIENCE="600000") for name in "ab"]
        for clone in clones:
            # Every second push begins later: so the other's is often made after the table was read, and before this.
            self.scene.git(clone.path, "config", "remote.origin.receivepack",
                           "[ $(($$ % 2)) = 0 ] || sleep 0.05; git-receive-pack")
        meeting = self.scene.folder / "meeting"
        meeting.mkdir()
        running = [clone.start("race", "agent-F1", RACES, meeting, number) for number, clone in enumerate(clones)]
        first, second = self.all_ended(running)
        self.assertEqual((len(first), len(second)), (RACES, RACES))
        generations, wins = set(), [0, 0]
        for race, pair in enumerate(zip(first, second)):
            winners = [number for number, outcome in enumerate(pair) if outcome["acquired"]]
            self.assertEqual(len(winners), 1, f"race {race}: {pair}")
            won, lost = pair[winners[0]]["acquired"][0], pair[1 - winners[0]]["held"]
            self.assertEqual(lost, [won])
            self.assertNotIn(won["generation"], generations)
            generations.add(won["generation"])
            wins[winners[0]] += 1
        self.assertEqual(max(generations) - min(generations), RACES - 1, "a number for each change, and none besides")
        for clone, outcomes in zip(clones, (first, second)):
            self.assertEqual(self.locked(clone), [(lease["path"], lease["generation"]) for outcome in outcomes
                                                  for lease in outcome["acquired"]])
        print(f"{RACES} races, won {wins[0]} and {wins[1]} times")
        self.assertGreater(min(wins), 0, "the same clone has won always")

    def test_many_hosts(self):
        clones = [self.clone(f"host{number}", GS_PATIENCE="600000") for number in range(HOSTS)]
        # Each has paths of its own: nobody may be refused, whoever comes first.
        running = [clone.start("churn", f"agent-F{number}", 2 * CHANGES) for number, clone in enumerate(clones)]
        self.all_ended(running)
        generations = [generation for clone in clones for _, generation in self.locked(clone)]
        self.assertEqual(len(generations), len(set(generations)), "a generation twice")
        for clone in clones:
            lines = clone.run("publish").stdout
            self.assertEqual(int(lines), len(clone.log()))
        read = self.clone("reader").ask("events")
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
