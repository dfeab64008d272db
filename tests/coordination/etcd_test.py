#!/usr/bin/env python3
"""Two clones share leases and logs in etcd: the same as in a remote, and what a cluster can do to them. One clear line, exit 3,
and nobody gets a lease that somebody else may have; nothing is lost.

usage: GITSTREAM_BUILD=BUILD etcd_test.py [TEST...]"""
import base64
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import refusals_test
import transports_test
from etcd_scene import Cluster, EtcdScene, Proxy, encoded, need_etcd, writes
from scene import TESTED, Clone, Scene, names


class Case(unittest.TestCase):
    def setUp(self):
        self.scene = EtcdScene(CLUSTER)
        self.addCleanup(self.scene.remove)
        self.a, self.b = self.scene.clone_of("a"), self.scene.clone_of("b")

    life, logs = transports_test.Stores.life, transports_test.Stores.logs
    refused, known = refusals_test.Refusals.refused, refusals_test.Refusals.known

    def proxy(self):
        proxy = Proxy(CLUSTER.members[0].url)
        self.addCleanup(proxy.remove)
        self.a.address = self.scene.address(proxy.url)
        return proxy


class Leases(Case):
    def test_life(self):
        self.life(self.a, self.b)

    def test_over_time(self):
        taken = self.a.acquire("llm/", seconds=1)["acquired"]
        self.b.acquire("llm/a.py", status=1)
        time.sleep(1.2)
        self.assertEqual(self.a.ask("local")["leases"][0]["standing"], "unsure", "the holder's time is over first")
        time.sleep(1.2)
        self.assertEqual(self.b.acquire("llm/a.py", agent="agent-F2")["expired"], taken)
        self.assertEqual(self.a.ask("renew")["renewed"], [])
        self.assertEqual([(line["action"], line["file"]) for line in self.b.log()], [("expired", "llm/"), ("locked", "llm/a.py")])

    def test_a_change_writes_no_other_host(self):
        self.a.acquire("a.py", "b.py")
        self.b.acquire("c.py")
        before = self.revisions()
        self.b.ask("renew")
        changed = [key for key, revision in self.revisions().items() if before.get(key) != revision]
        self.assertEqual([key.rsplit("/", 2)[-2] for key in changed], [self.scene.prefix.rsplit("/")[-1], "hosts"])
        self.assertEqual(len(before), 3)

    def revisions(self):
        found = CLUSTER.post("/v3/kv/range", {"key": encoded(self.scene.prefix + "/"), "range_end": encoded(self.scene.prefix + "0")})
        return {base64.b64decode(pair["key"]).decode(): pair["mod_revision"] for pair in found["kvs"]}

    def test_a_copied_clone_is_another_host(self):
        self.a.acquire("a.py")
        shutil.copytree(self.a.path, self.scene.folder / "copy", symlinks=True)
        self.b.path = self.scene.folder / "copy"
        self.assertEqual(self.b.ask("local")["leases"], [])
        self.assertEqual(self.b.ask("read")["leases"][0]["standing"], "foreign")
        self.assertEqual(len(self.b.acquire("a.py", status=1)["held"]), 1)
        self.assertEqual(self.a.ask("local")["leases"][0]["standing"], "held")

    def test_stores_below_other_prefixes_are_others(self):
        self.a.acquire("a.py")
        self.scene.prefix += "-other"
        other = self.scene.clone_of("c")
        self.assertEqual(other.ask("read")["leases"], [])
        other.acquire("a.py")
        self.assertEqual(len(self.a.ask("renew")["renewed"]), 1)

    def test_paths_that_are_no_utf8(self):
        path = b"d\xff\x01/\xc3\xa9 '\"\\.py"
        taken = self.a.acquire(path.decode(errors="surrogateescape"))["acquired"]
        self.assertEqual(self.b.ask("read")["leases"][0]["generation"], taken[0]["generation"])

    def test_waiting(self):
        self.a.acquire("a.py")
        begin = time.monotonic()
        self.a.run("wait", "300")
        self.assertTrue(0.25 < time.monotonic() - begin < 3, "nothing has changed")
        waiting = self.a.start("wait", "20000")
        time.sleep(0.3)
        self.assertIsNone(waiting.poll())
        begin = time.monotonic()
        self.b.acquire("b.py")
        self.assertEqual(waiting.wait(), 0)
        self.assertLess(time.monotonic() - begin, 5)
        waiting.communicate()
        begin = time.monotonic()
        self.a.run("wait", "20000")
        self.assertLess(time.monotonic() - begin, 5, "it has changed since it was read")

    def test_more_than_etcd_takes(self):
        self.a.acquire("before.py")
        paths = [f"package/{'long' * 30}/module_{number}.py" for number in range(6_000)]
        said = self.a.error("acquire", "agent-F1", "60", *paths)
        self.assertIn("this host's leases would have ", said)
        for part in range(0, 5000, 1000):
            self.a.acquire(*paths[part:part + 1000])
        self.assertEqual(len(self.b.ask("read")["leases"]), 5001)
        other = [path.replace("package", "other") for path in paths[:5000]]
        self.b.acquire(*other)
        self.assertEqual(len(self.a.ask("read")["leases"]), 10_001, "more than one value can have")


class Logs(Case):
    def write(self, size, first=0, count=1):
        with (self.a.path / ".git/agent_activity.jsonl").open("a") as lines:
            for number in range(first, first + count):
                lines.write(json.dumps({"timestamp": "2025-12-06T10:00:00Z", "agent": "agent-F1", "action": "note", "number": number,
                                        "text": "x" * size}) + "\n")

    def numbers(self, read):
        return [event["line"]["number"] for event in read["events"]]

    def test_a_log_is_published_once(self):
        transports_test.Clone = lambda scene, name, *_: Clone(scene, name, self.scene.address())
        self.addCleanup(setattr, transports_test, "Clone", Clone)
        scene = self.scene
        for name in "ab":
            shutil.rmtree(scene.folder / name)
        transports_test.Stores.test_a_log_is_published_once(self)

    def test_reading_on(self):
        self.write(10, count=3)
        self.a.run("publish")
        first = self.b.ask("events")
        self.assertEqual(self.numbers(first), [0, 1, 2])
        position = [f"{host}={place}" for host, place in first["position"].items()]
        self.assertEqual(self.numbers(self.b.ask("events", *position)), [])
        self.write(10, 3, 2)
        self.a.run("publish")
        again = self.b.ask("events", *position)
        self.assertEqual((self.numbers(again), again["faults"]), ([3, 4], []))

    def test_long_lines_and_many_pieces(self):
        for number in range(14):
            self.write({3: 1_500_000, 5: 3_000_000, 7: 1_000_000}.get(number, 10), number)
            self.a.run("publish")
        read = self.b.ask("events")
        # What was published first had to go for what came then; the rest is whole, but for lines that are too long.
        self.assertEqual([number for number in self.numbers(read) if number > 7], list(range(8, 14)))
        self.assertGreater(read["torn"], 0)
        self.assertIn(7, self.numbers(read))

    def test_what_is_kept(self):
        self.write(1000, count=10)
        self.a.run("publish")
        first = self.b.ask("events")
        position = [f"{host}={place}" for host, place in first["position"].items()]
        self.write(1000, 10, 6000)
        self.assertEqual(self.a.run("publish").stdout, "6000\n")
        kept = self.scene.keys("log/")
        self.assertLess(sum(map(len, kept.values())), 5 << 20)
        read = self.b.ask("events", *position)
        self.assertEqual(len(read["faults"]), 1)
        self.assertIn("were removed before they were read here", read["faults"][0])
        numbers = self.numbers(read)
        self.assertEqual(numbers, list(range(numbers[0], 6010)))
        fresh = self.b.ask("events")
        self.assertEqual((fresh["faults"], self.numbers(fresh)), ([], numbers), "who comes now misses nothing")

    def test_pieces_end_with_time(self):
        self.a.acquire("a.py")
        self.a.run("publish")
        prefix = self.scene.prefix + "/log/"
        pairs = CLUSTER.post("/v3/kv/range", {"key": encoded(prefix), "range_end": encoded(prefix[:-1] + "0")})["kvs"]
        lease = CLUSTER.post("/v3/lease/timetolive", {"ID": pairs[0]["lease"]})
        self.assertEqual(lease["grantedTTL"], str(30 * 86400))
        # The host's log goes on where it was, for those who have read it.
        position = [f"{host}={place}" for host, place in self.b.ask("events")["position"].items()]
        CLUSTER.post("/v3/lease/revoke", {"ID": pairs[0]["lease"]})
        self.assertEqual(self.scene.keys("log/"), {})
        self.a.acquire("b.py")
        self.assertEqual(self.a.run("publish").stdout, "1\n")
        read = self.b.ask("events", *position)
        self.assertEqual(([event["line"]["file"] for event in read["events"]], read["faults"]), (["b.py"], []))

    def test_a_publication_whose_answer_is_lost(self):
        self.a.acquire("a.py")
        proxy, lost = self.proxy(), []

        def lose(path, body, answer):
            if path == "/v3/kv/txn" and body["success"] and "request_put" in body["success"][0] and not lost:
                lost.append(path)
                return None
            return answer
        proxy.after = lose
        self.assertIn("the log stays here", self.a.error("publish"))
        self.assertEqual(self.a.run("publish").stdout, "0\n", "it is there")
        self.assertEqual(len(self.b.ask("events")["events"]), 1)


class Faults(Case):
    # ---- Away, or not etcd

    def test_away(self):
        self.a.acquire("a.py")
        address, self.a.address = self.a.address, self.scene.address("http://127.0.0.1:1")
        self.refused("cannot ask etcd at http://127.0.0.1:1: ")
        self.assertEqual(self.a.run("read").returncode, 4)
        self.a.address = address
        self.assertEqual(len(self.a.ask("renew")["renewed"]), 1)

    def test_a_password_is_not_shown(self):
        self.a.address = self.scene.address("http://ada:secret@127.0.0.1:1")
        self.assertNotIn("secret", self.a.error("read"))

    def answering(self, *answers):
        proxy = self.proxy()
        proxy.before = lambda path, body: answers[min(len(proxy.seen), len(answers)) - 1]
        return proxy

    def test_nonsense(self):
        for status, body, why in (
                (200, b"\x1b[2Jnonsense \xff", "the answer is none of etcd's"), (200, b"", "the answer is none of etcd's"),
                (200, b"{}", "the answer is none of etcd's"), (200, b"[1", "the answer is none of etcd's"),
                (200, b'{"header":{"revision":"5"}}', "the answer is none of etcd's"),
                (200, b'{"header":{"revision":"5"},"responses":[{"response_range":{"kvs":[{"key":"!"}]}}]}', "none of etcd's"),
                (404, b"Not Found", "HTTP status 404"), (429, b"slow down", "HTTP status 429"), (500, b"\x1b[2J", "HTTP status 500"),
                (503, b'{"error":"etcdserver: no leader","code":14}', "etcdserver: no leader"),
                (302, b"", "HTTP status 302")):
            with self.subTest(body):
                self.answering((status, body))
                self.assertIn(why, self.a.error("read", GS_LIMIT="300"))
                self.assertNotIn("\x1b", self.a.run("read", GS_LIMIT="300").stderr)

    def test_too_many_requests_for_a_while(self):
        proxy = self.proxy()
        proxy.before = lambda path, body: (429, b"") if writes(path, body) and len(proxy.seen) < 6 else None
        self.a.acquire("a.py")
        self.assertGreater(len(proxy.seen), 5)
        self.assertEqual(len(self.a.log()), 1)

    def test_a_server_that_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.a.address = self.scene.address(f"http://127.0.0.1:{server.getsockname()[1]}")
            begin = time.monotonic()
            self.assertIn(": no answer within ", self.a.error("read", GS_LIMIT="300"))
            self.assertLess(time.monotonic() - begin, 10)

    def test_endpoints_that_fail_are_passed_over(self):
        nonsense = Proxy(CLUSTER.members[0].url)
        self.addCleanup(nonsense.remove)
        nonsense.before = lambda path, body: (503, b"no")
        with socket.create_server(("127.0.0.1", 0)) as server:
            silent = f"http://127.0.0.1:{server.getsockname()[1]}"
            self.a.address = self.scene.address(f"http://127.0.0.1:1,{silent},{nonsense.url},{CLUSTER.members[0].url}")
            self.a.acquire("a.py", GS_LIMIT="2000")
        self.assertEqual(len(self.b.ask("read")["leases"]), 1)
        self.assertNotIn("/v3/kv/put", nonsense.seen)

    # ---- Damaged, or written anew

    def test_damage(self):
        self.a.acquire("a.py")
        keys = self.scene.keys()
        change, host = sorted(keys)
        good, part = json.loads(keys[change]), json.loads(keys[host])
        lease = part["leases"][0]

        def parts(**members):
            return {host: json.dumps(part | members)}
        cases = [
            ("damaged: it is empty", {change: ""}), ("damaged: not JSON", {change: b"nonsense \x1b[2J \xff"}),
            ("damaged: not of version 1", {change: json.dumps(good | {"version": 2})}),
            ("is missing", {change: None}), ("is not as it was", {host: None}),
            ("damaged: a path is none", parts(leases=[lease | {"path": "../x"}])),
            ("damaged: a reason is too long or holds control", parts(leases=[lease | {"reason": "\x1b[2J"}])),
            ("are those of another store", parts(store="0" * 32)),
            ("are not its own", {host + "x": keys[host]}),
            ("was changed by something else", {host: keys[host]}),
        ]
        for fault, changes in cases:
            with self.subTest(fault):
                CLUSTER.delete(self.scene.prefix + "/")
                for key, value in (keys | changes).items():
                    if key != change and value is not None:
                        CLUSTER.put(key, value)
                if changes.get(change, True) is not None:
                    CLUSTER.put(change, changes.get(change, keys[change]))
                if fault == "was changed by something else":
                    CLUSTER.put(host, keys[host])
                self.assertIn("damaged" if fault == "is not as it was" else fault, self.a.error("read"))
        self.refused("damaged")
        CLUSTER.delete(self.scene.prefix + "/")
        for key in (host, change):
            CLUSTER.put(key, keys[key])
        self.assertEqual(len(self.a.ask("renew")["renewed"]), 1, "and nothing is lost")

    def test_more_leases_than_there_can_be(self):
        self.a.acquire("a.py")
        keys = self.scene.keys()
        change, host = sorted(keys)
        part = json.loads(keys[host])
        last, lease = json.loads(keys[change])["last"], part["leases"][0]
        for number in range(7):  # a value of etcd's has a mebibyte and a half
            name, own = f"other-{number}", last - 1 - number
            leases = [lease | {"path": f"{number}/{i}.py", "host": name, "generation": own} for i in range(8000)]
            CLUSTER.put(f"{self.scene.prefix}/hosts/{name}", json.dumps(part | {
                "last": own, "hosts": {name: {"last": own, "nonce": f"{number:032}"}}, "leases": leases}))
        CLUSTER.put(change, keys[change])
        self.refused("damaged: more than 50000 leases", "read")
        self.refused("damaged: more than 50000 leases", "acquire", "agent-F1", "60", "b.py")
        CLUSTER.delete(f"{self.scene.prefix}/hosts/other-")
        self.assertEqual(len(self.a.ask("renew")["renewed"]), 1, "and nothing is lost")

    def test_an_answer_that_does_not_end(self):
        self.a.acquire("a.py")
        self.answering((200, b'{"header":{"revision":"5"},"responses":[' + b" " * (70 << 20)))
        self.assertIn("cannot ask etcd at ", self.a.error("read"))

    def put_back(self, keys):
        CLUSTER.delete(self.scene.prefix + "/")
        for key in sorted(keys, reverse=True):  # the change last
            CLUSTER.put(key, keys[key])

    def test_gone(self):
        self.a.acquire("a.py")
        CLUSTER.delete(self.scene.prefix + "/")
        self.refused("are gone")

    def test_going_back(self):
        self.a.acquire("a.py")
        before = self.scene.keys()
        self.a.acquire("b.py")
        self.put_back(before)
        self.refused("go back to an earlier state")

    def test_written_anew(self):
        self.a.acquire("a.py")
        before = self.scene.keys()
        self.a.acquire("b.py")
        self.put_back(before)
        self.b.acquire("c.py")
        self.refused("were written anew")  # as many changes, and others

    def test_another_store(self):
        taken = self.a.acquire("a.py")["acquired"][0]
        CLUSTER.delete(self.scene.prefix + "/")
        other = self.b.acquire("a.py")["acquired"][0]
        self.assertGreater(other["generation"], taken["generation"], "no generation twice, even so")
        self.refused("those of another store")

    def test_a_log_that_is_damaged(self):
        self.a.acquire("a.py")
        self.a.run("publish")
        prefix = f"{self.scene.prefix}/log"
        CLUSTER.put(f"{prefix}/other/00000000000000000000", "Offset: 1\n\nnonsense\n")
        for key in ("other/x", "other/99999999999999999999", "\x1b[2J/00000000000000000000", "other"):
            CLUSTER.put(f"{prefix}/{key}", b"\xff")
        read = self.b.ask("events")
        self.assertEqual((len(read["events"]), read["torn"]), (1, 4))

    # ---- Answers that are lost, or late

    def test_a_lost_answer(self):
        self.a.acquire("before.py")
        proxy, lose = self.proxy(), []

        def after(path, body, answer):
            return None if writes(path, body) and lose and lose.pop() else answer
        proxy.after = after
        for words in (("acquire", "agent-F1", "60", "a.py"), ("renew",)):
            before = self.scene.change()["last"]
            lose.append(True)
            self.assertTrue(self.a.ask(*words))
            self.assertFalse(lose)
            self.assertEqual(self.scene.change()["last"], before + 1, "it was not made twice")
        self.assertEqual([line["file"] for line in self.a.log()], ["before.py", "a.py"])

    def test_a_change_that_is_asked_for_twice(self):
        """As libcurl does where a connection is lost: the second answer is that something else came first."""
        self.a.acquire("before.py")
        proxy = self.proxy()
        proxy.before = lambda path, body: CLUSTER.post(path, body) and None if writes(path, body) else None
        before = self.scene.change()["last"]
        self.assertTrue(self.a.ask("acquire", "agent-F1", "60", "a.py")["acquired"])
        self.assertEqual(self.scene.change()["last"], before + 1)
        self.assertEqual([line["file"] for line in self.a.log()], ["before.py", "a.py"])

    def test_an_answer_that_is_lost_with_the_store(self):
        self.a.acquire("before.py")
        proxy, gone = self.proxy(), []

        def after(path, body, answer):
            gone.extend([path] if writes(path, body) else [])
            return None if gone else answer
        proxy.after = after
        proxy.before = lambda path, body: (503, b"") if gone else None
        self.a.error("acquire", "agent-F1", "60", "a.py", GS_PATIENCE="500", GS_LIMIT="500")
        gone.clear()
        proxy.after = lambda path, body, answer: answer
        self.assertEqual([line["file"] for line in self.a.log()], ["before.py"])
        standing = {lease["path"]: lease["standing"] for lease in self.a.ask("read")["leases"]}
        self.assertEqual(standing, {"before.py": "held", "a.py": "held"}, "it is found in the store")
        self.assertEqual([line["file"] for line in self.a.log()], ["before.py", "a.py"])
        self.a.ask("read")
        self.assertEqual(len(self.a.log()), 2, "and logged once")

    def test_only_the_table_that_was_read_is_replaced(self):
        self.a.acquire("before.py")
        proxy, asked, go = self.proxy(), threading.Event(), threading.Event()

        def before(path, body):
            if writes(path, body):
                asked.set()
                go.wait(20)
        proxy.before = before
        asking = self.a.start("acquire", "agent-F1", "60", "a.py")
        asked.wait(20)
        asking.send_signal(signal.SIGSTOP)  # as a machine that sleeps
        taken = self.b.acquire("a.py")["acquired"]
        go.set()
        asking.send_signal(signal.SIGCONT)
        output, errors = asking.communicate()
        self.assertEqual((asking.returncode, names(json.loads(output)["held"])), (1, names(taken)), errors)

    def test_a_late_answer_does_not_make_a_lease_longer(self):
        proxy = self.proxy()
        proxy.after = lambda path, body, answer: (time.sleep(1.5 if writes(path, body) else 0), answer)[1]
        self.a.acquire("a.py", seconds=1)
        self.assertEqual(self.a.ask("local")["leases"][0]["standing"], "unsure")

    def test_a_change_that_arrives_late(self):
        """What was given up, and is made all the same."""
        self.a.acquire("before.py")
        proxy, late = self.proxy(), []

        def before(path, body):
            if writes(path, body) and not late:
                late.append((path, body))
                return 503, b""
            return None
        proxy.before = before
        done = self.a.run("acquire", "agent-F1", "60", "a.py", GS_PATIENCE="0")
        self.assertEqual(done.returncode, 4, done.stderr)
        CLUSTER.post(*late[0])
        self.assertEqual({lease["standing"] for lease in self.a.ask("read")["leases"]}, {"held"})
        self.assertEqual([line["file"] for line in self.a.log()], ["before.py", "a.py"])

    def test_a_change_that_arrives_too_late(self):
        self.a.acquire("before.py")
        proxy, late = self.proxy(), []

        def before(path, body):
            if writes(path, body) and not late:
                late.append((path, body))
                return 503, b""
            return None
        proxy.before = before
        self.a.run("acquire", "agent-F1", "60", "a.py", GS_PATIENCE="0")
        taken = self.b.acquire("a.py")["acquired"][0]
        self.assertNotIn("succeeded", CLUSTER.post(*late[0]))
        self.assertEqual({lease["path"]: lease["host"] for lease in self.a.ask("read")["leases"]}["a.py"], taken["host"])
        self.assertEqual([line["file"] for line in self.a.log()], ["before.py"])

    def test_who_waits_too_long_gives_up(self):
        self.a.acquire("a.py")
        proxy = self.proxy()
        proxy.before = lambda path, body: self.b.acquire("b.py") and None if writes(path, body) else None
        said = self.a.error("acquire", "agent-F1", "60", "new.py", GS_PATIENCE="300")
        self.assertIn("other hosts' changes come first", said)

    def test_a_program_that_is_missing_or_ends(self):
        self.assertIn("leases in etcd need it", self.a.error("read", GS_ETCD_PROGRAM="/nonexistent"))
        broken = self.scene.folder / "broken"
        for script, why in (("echo >&2 out of order; exit 1", "has ended: out of order"), ("echo nonsense; cat", "answers nonsense")):
            broken.write_text(f"#!/bin/sh\n{script}\n")
            broken.chmod(0o755)
            self.assertIn(why, self.a.error("read", GS_ETCD_PROGRAM=str(broken)))


class Command(unittest.TestCase):
    """git stream, in two clones whose policy has the cluster."""
    POLICY = """version: 1
integration_branch: develop
streams:
  F: {{name: LLM, agents: {{F1: {{files: ["llm/**"]}}, F2: {{files: ["llm/**"]}}}}}}
coordination: {{store: etcd, endpoints: ["{endpoint}"], prefix: git-stream/{name}}}
"""

    def setUp(self):
        self.scene = Scene()
        self.addCleanup(self.scene.remove)
        self.scene.environment["PATH"] = f"{TESTED / 'bin'}:{self.scene.environment['PATH']}"
        first = self.scene.folder / "first"
        (first / ".streams.yaml").write_text(self.POLICY.format(endpoint=CLUSTER.members[0].url, name=self.scene.folder.name))
        (first / "llm").mkdir()
        (first / "llm/a.py").write_text("a = 1\n")
        self.scene.git(first, "add", "-A")
        self.scene.git(first, "commit", "-qm", "Policy")
        self.scene.git(first, "push", "-q", "origin", "HEAD:develop")
        self.first, self.second = first, self.scene.clone("second")
        for clone, agent in ((self.first, "F1"), (self.second, "F2")):
            for words in (("init",), ("install", "--agent", agent)):
                self.stream(clone, *words)
            self.scene.git(clone, "checkout", "-qb", f"feature/stream-F-{agent}")

    def stream(self, clone, *words, status=0):
        done = self.scene.run(["git", "stream", *words], cwd=clone)
        self.assertEqual(done.returncode, status, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def test_locks_of_two_clones(self):
        self.stream(self.first, "lock", "llm/a.py", "--task", "x")
        self.assertIn("held by agent-F1 on ", self.stream(self.second, "lock", "llm/a.py", status=1))
        self.assertIn("agent-F1 on ", self.stream(self.second, "locks"))
        (self.second / "llm/a.py").write_text("a = 2\n")
        self.scene.git(self.second, "add", "-A")
        refused = self.scene.run(["git", "commit", "-qm", "Two"], cwd=self.second)
        self.assertIn("llm/a.py", refused.stderr)
        self.assertNotEqual(refused.returncode, 0, "gates know it, and ask nobody")
        waiting = subprocess.Popen(["git", "stream", "lock", "--wait", "60", "llm/a.py"], cwd=self.second,
                                   env=self.scene.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        time.sleep(0.5)
        self.stream(self.first, "unlock", "llm/a.py")
        self.assertIn("locked llm/a.py", waiting.communicate()[0])
        self.stream(self.first, "sync")
        self.assertIn("agent-F2 on ", self.stream(self.first, "locks"))

    def test_a_damaged_store_lets_nobody_in(self):
        self.stream(self.first, "lock", "llm/a.py")
        self.stream(self.second, "sync")
        prefix = f"git-stream/{self.scene.folder.name}/change"
        before = CLUSTER.get(prefix)[prefix]
        CLUSTER.put(prefix, "\x1b[2J")
        for words in (("lock", "llm/b.py"), ("sync",)):
            said = self.stream(self.second, *words, status=3)
            self.assertRegex(said, "^git-stream: the leases below .* in etcd at .* are damaged: .*\n  next: .*\n$")
        (self.second / "llm/a.py").write_text("a = 2\n")
        refused = self.scene.run(["git", "commit", "-qam", "Two"], cwd=self.second)
        self.assertIn("llm/a.py: lock: held by agent-F1 on ", refused.stderr)
        self.scene.git(self.second, "restore", ".")
        CLUSTER.put(prefix, before)
        self.stream(self.second, "lock", "llm/b.py")


if __name__ == "__main__":
    need_etcd()
    CLUSTER = Cluster().wait()
    try:
        unittest.main(verbosity=1, exit=False).result.wasSuccessful() or sys.exit(1)
    finally:
        CLUSTER.remove()
