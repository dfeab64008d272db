#!/usr/bin/env python3
"""Pushes to a remote, by git stream push and past it, of clones whose leases are in etcd: leased first, then pushed; given back
where nothing was pushed; and what a cluster that is away, or answers that are lost, make of that.

usage: GITSTREAM_BUILD=BUILD etcd_push_test.py [TEST...]"""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from etcd_scene import Cluster, Proxy, need_etcd, writes
from push_test import NEWS, RISK, Pushes
from scene import CLIENT

AWAY = (500, b"away")


class EtcdPushes(Pushes):
    def setUp(self):
        self.proxy = Proxy(CLUSTER.members[0].url)
        self.addCleanup(self.proxy.remove)
        EtcdPushes.count = getattr(EtcdPushes, "count", 0) + 1
        self.prefix = f"git-stream/{EtcdPushes.count}"
        self.store = f'{{store: etcd, endpoints: ["{self.proxy.url}"], prefix: {self.prefix}}}'
        super().setUp()

    def leases(self, *_):
        found = {}
        for key, part in CLUSTER.get(f"{self.prefix}/hosts/").items():
            for lease in json.loads(part)["leases"]:
                found[lease["path"]] = lease | {"host": key.rsplit("/", 1)[1]}
        return found

    def change(self):
        return json.loads(CLUSTER.get(f"{self.prefix}/change")[f"{self.prefix}/change"])["last"]

    def client(self, host):
        """The store, as another program of this host asks it, past the proxy."""
        return f"{CLIENT} {host.clone} etcd:{self.prefix}@{CLUSTER.members[0].url}"

    def away_once(self, file):
        """The cluster does not answer from when the server's hook has made this file."""
        self.proxy.before = lambda path, body: AWAY if (self.scene.server / file).exists() else None

    def work(self, name="a", agent="F1", branch=NEWS, path="utils/x.py"):
        host = self.host(name, agent, branch)
        host.commit(path)
        return host


class WithLeases(EtcdPushes):
    """git stream push."""

    def test_leased_before_the_work_is_pushed(self):
        a = self.work()
        self.scene.hook("pre-receive", f"env -u GIT_DIR {CLIENT} {self.scene.folder}/first "
                        f"etcd:{self.prefix}@{CLUSTER.members[0].url} read >seen")
        answer, said = a.push_json("-u origin HEAD")
        self.assertEqual((answer["pushed"], answer["atomic"], answer["lost"], answer["unasked"]), (True, False, [], ""), said)
        seen = json.loads((self.scene.server / "seen").read_text())["leases"]
        self.assertEqual([(lease["path"], lease["host"]) for lease in seen], [("utils/x.py", self.memory(a)["host"])])
        self.assertEqual(self.at_server(NEWS), a.must("git rev-parse HEAD"))
        before = self.change()
        self.assertEqual(a.sh("git stream push").stderr, "Everything up-to-date\n")
        self.assertEqual(self.change(), before)
        done = json.loads(a.must("git stream sync --json"))
        self.assertEqual((done["acquired"], done["released"], done["lost"]), ([], [], []))

    def test_given_back_when_the_work_is_refused(self):
        a = self.work()
        a.must(f"{self.client(a)} acquire agent-F1 3600 kept.py")
        before = self.change()
        self.scene.hook("update", "exit 1")
        said = a.sh("git stream push origin HEAD")
        self.assertEqual(said.returncode, 1)
        self.assertIn("[remote rejected] (hook declined)", said.stderr)
        self.assertEqual((list(self.leases()), self.at_server(NEWS)), (["kept.py"], ""))
        self.assertEqual(self.change(), before + 2, "by a further change: no number comes twice")
        (self.scene.server / "hooks/update").unlink()
        a.must("git stream push origin HEAD")
        self.assertEqual(sorted(self.leases()), ["kept.py", "utils/x.py"])

    def test_given_back_when_this_clones_gate_refuses_it(self):
        a = self.work()
        a.commit("models/m.py", hooks=False)
        said = a.sh("git stream push origin HEAD")
        self.assertEqual(said.returncode, 1)
        self.assertIn("belongs to agent-E1", said.stderr)
        self.assertEqual((self.leases(), self.at_server(NEWS)), ({}, ""))

    def test_a_part_that_is_refused_gives_nothing_back(self):
        a = self.work()
        self.scene.hook("update", 'case "$1" in *more) exit 1;; esac')
        self.assertEqual(a.sh("git stream push origin HEAD HEAD:refs/heads/feature/stream-F-more").returncode, 1)
        self.assertEqual((list(self.leases()), self.at_server(NEWS)), (["utils/x.py"], a.must("git rev-parse HEAD")))

    def test_another_hosts_lease(self):
        a, b = self.work(), self.host("b", "E1", RISK)
        a.must(f"{self.client(b)} acquire agent-E1 3600 utils/")
        for push in ("git stream push origin HEAD", "git push -q origin HEAD"):
            said = a.sh(push)
            self.assertEqual(said.returncode, 1)
            self.assertIn("agent-E1 on ", said.stderr)
        self.assertEqual((list(self.leases()), self.at_server(NEWS)), (["utils/"], ""))

    def test_lost_while_the_work_was_pushed(self):
        a, b = self.work(), self.host("b", "E1", RISK)
        self.scene.hook("post-receive", f"g=$(env -u GIT_DIR {self.client(b)} read | sed 's/.*\"generation\": *\\([0-9]*\\).*/\\1/'); "
                        f"env -u GIT_DIR {self.client(b)} steal agent-E1 utils/x.py@$g >&2")
        answer, said = a.push_json("origin HEAD", status=1)
        self.assertEqual([lease["path"] for lease in answer["lost"]], ["utils/x.py"], said)
        self.assertIn("pushed, but the lease on utils/x.py was gone by then", said)


class Faults(EtcdPushes):
    def test_away(self):
        """Refs that bring leased paths are not pushed; others are."""
        a = self.work()
        a.must("git branch feature/stream-F-docs develop && git stream push origin HEAD")
        head = self.at_server(NEWS)
        a.commit("utils/x.py", "x = 2\n")
        a.must("git worktree add -q ../docs feature/stream-F-docs && cd ../docs && git stream install --agent F1 && mkdir docs && "
               "echo x >docs/x && git add -A && git commit -qm Docs")
        self.proxy.before = lambda path, body: AWAY
        for push in ("git push", "git stream push"):
            said = a.sh(f"{push} origin HEAD")
            self.assertEqual(said.returncode, 1)
            self.assertIn("utils/x.py: lock: is leased, and the leases cannot be checked: ", said.stderr)
        said = a.sh("git stream push origin HEAD feature/stream-F-docs")
        self.assertEqual((said.returncode, self.at_server("feature/stream-F-docs")), (1, ""))
        a.must(said.stderr.partition("next: ")[2].splitlines()[0])
        self.assertNotEqual(self.at_server("feature/stream-F-docs"), "")
        self.assertEqual(self.at_server(NEWS), head)
        self.proxy.before = lambda path, body: None
        a.must("git stream push origin HEAD")

    def test_a_lost_answer_of_the_store(self):
        a, lose = self.work(), [True]
        self.proxy.after = lambda path, body, answer: None if writes(path, body) and lose and lose.pop() else answer
        a.must("git stream push origin HEAD")
        self.assertEqual(lose, [])
        self.assertEqual((list(self.leases()), self.logged(a)), (["utils/x.py"], ["utils/x.py"]))
        self.assertEqual(self.memory(a)["unanswered"], [])

    def test_a_lost_answer_of_the_remote_gives_nothing_back(self):
        a = self.work()
        self.lose("reference-transaction", '[ "$1" = committed ]')
        self.assertEqual(a.sh("git stream push origin HEAD").returncode, 3)
        self.assertEqual((list(self.leases()), self.at_server(NEWS)), (["utils/x.py"], a.must("git rev-parse HEAD")))
        a.must("git stream push -u origin HEAD && git stream sync")
        self.assertEqual((list(self.leases()), self.logged(a)), (["utils/x.py"], ["utils/x.py"]))

    def test_away_after_the_push(self):
        a = self.work()
        self.scene.hook("post-receive", "touch pushed")
        self.away_once("pushed")
        answer, said = a.push_json("origin HEAD", status=4)
        self.assertEqual((answer["pushed"], answer["lost"]), (True, []))
        self.assertIn("HTTP status 500", answer["unasked"])
        self.assertIn("git-stream: after the push the leases could not be asked for: ", said)
        self.assertEqual(self.at_server(NEWS), a.must("git rev-parse HEAD"))
        (self.scene.server / "pushed").unlink()
        a.must("git stream push origin HEAD && git stream sync")
        self.assertEqual((list(self.leases()), self.logged(a)), (["utils/x.py"], ["utils/x.py"]))

    def test_away_when_leases_are_to_be_given_back(self):
        a = self.work()
        self.scene.hook("update", "touch refused; exit 1")
        self.away_once("refused")
        said = a.sh("git stream push origin HEAD")
        self.assertEqual(said.returncode, 1, "what git says comes first")
        self.assertIn("[remote rejected] (hook declined)", said.stderr)
        self.assertIn("after the push the leases could not be asked for: ", said.stderr)
        for left in ("refused", "hooks/update"):
            (self.scene.server / left).unlink()
        a.must("git stream push origin HEAD && git stream sync")
        self.assertEqual(list(self.leases()), ["utils/x.py"])


class PlainPush(EtcdPushes):
    def test_what_is_locked_here_is_leased(self):
        a = self.work()
        a.must("git push -q origin HEAD")
        self.assertEqual(self.leases()["utils/x.py"]["agent"], "agent-F1")
        locks = json.loads((a.clone / ".git/stream/state/file_locks.json").read_text())["locks"]
        self.assertEqual(locks["utils/x.py"]["lease"], self.leases()["utils/x.py"]["generation"])

    def test_a_lease_that_is_gone_is_not_brought_back(self):
        a, b = self.work(), self.host("b", "E1", RISK)
        a.must("git push -q origin HEAD")
        generation = self.leases()["utils/x.py"]["generation"]
        a.must(f"{self.client(b)} steal agent-E1 utils/x.py@{generation}")
        a.commit("utils/x.py", "x = 2\n")
        for push in ("git push -q origin HEAD", "git stream push origin HEAD"):
            said = a.sh(push)
            self.assertEqual(said.returncode, 1)
            self.assertIn(f"the lease of agent-F1 is gone (generation {generation})", said.stderr)
        self.assertEqual(self.leases(), {})


if __name__ == "__main__":
    need_etcd()
    CLUSTER = Cluster().wait()
    try:
        unittest.main(verbosity=2, exit=False).result.wasSuccessful() or sys.exit(1)
    finally:
        CLUSTER.remove()
