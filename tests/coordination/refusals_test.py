#!/usr/bin/env python3
"""What a lease store can do to a clone: be away, refuse, be damaged, be written anew, answer late or never. One clear
line, exit 3, and nobody gets a lease that somebody else may have; nothing is lost.

usage: GITSTREAM_BUILD=BUILD refusals_test.py [TEST...]"""
import contextlib
import json
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from scene import Clone, Scene, by_daemon, names

REF = "refs/stream/leases"


class Refusals(unittest.TestCase):
    def setUp(self):
        self.scene = Scene()
        self.addCleanup(self.scene.remove)
        self.a = Clone(self.scene, "a")

    def server(self, *words):
        return self.scene.git(self.scene.server, *words)

    def refused(self, text, *words):
        """By every command that asks the store; what was known before stays as it was."""
        before = self.known()
        for command in (words,) if words else (("acquire", "agent-F1", "60", "new.py"), ("renew",), ("read",), ("publish",)):
            self.assertIn(text, self.a.error(*command), command)
        self.assertEqual(self.known(), before)

    def known(self):
        return [lease | {"left": 0} for lease in self.a.ask("local")["leases"]]

    # ---- Away, or not willing

    def test_away(self):
        self.a.acquire("a.py")
        self.scene.server.rename(self.scene.folder / "away.git")
        self.refused("cannot ask ")
        (self.scene.folder / "away.git").rename(self.scene.server)
        self.assertEqual(len(self.a.ask("renew")["renewed"]), 1)

    def test_a_password_is_not_shown(self):
        self.a.address = "http://ada:secret@127.0.0.1:1/x.git"
        said = self.a.error("read")
        self.assertIn("cannot ask http://127.0.0.1:1/x.git: ", said)
        self.assertNotIn("secret", said)

    def test_a_server_that_talks_nonsense(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            def answer():
                with contextlib.suppress(OSError):
                    while True:
                        connection, _ = server.accept()
                        connection.recv(100)
                        connection.sendall(b"\x1b[2Jnonsense\n" * 100)
                        connection.close()
            threading.Thread(target=answer, daemon=True).start()
            self.a.address = f"git://127.0.0.1:{server.getsockname()[1]}/x.git"
            self.refused("cannot ask git://127.0.0.1")
            self.assertNotIn("\x1b", self.a.run("read").stderr)

    def test_a_server_that_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.a.address = f"git://127.0.0.1:{server.getsockname()[1]}/x.git"
            begin = time.monotonic()
            self.assertIn(": no answer within 1 s", self.a.error("read", GS_LIMIT="300"))
            self.assertLess(time.monotonic() - begin, 20)

    def test_a_remote_that_refuses_all(self):
        self.scene.hook("pre-receive", "exit 1")
        self.refused("refuses changes of refs/heads/stream/leases: [remote rejected] (pre-receive hook declined)",
                     "acquire", "agent-F1", "60", "new.py")
        (self.scene.server / "hooks/pre-receive").unlink()
        self.a.acquire("new.py")
        self.assertEqual(len(self.a.log()), 1)

    def test_a_remote_that_refuses_from_some_day_on(self):
        self.a.acquire("a.py")
        self.scene.hook("update", "exit 1")
        self.refused(f"refuses changes of {REF}: ", "acquire", "agent-F1", "60", "new.py")

    def test_a_remote_that_is_read_only(self):
        self.a.acquire("a.py")
        with by_daemon(self.scene, receives=False) as (address, _):
            self.a.address = address
            self.assertEqual([lease["standing"] for lease in self.a.ask("read")["leases"]], ["held"])
            for words in (("acquire", "agent-F1", "60", "new.py"), ("renew",), ("publish",)):
                said = self.a.error(*words, GS_PATIENCE="500")
                self.assertRegex(said, "^git-stream: (cannot|the log stays here).*\n  next: .*\n$")
        self.a.address = str(self.scene.server)
        self.assertEqual(len(self.a.ask("renew")["renewed"]), 1)
        self.assertEqual([line["file"] for line in self.a.log()], ["a.py"])

    # ---- Damaged, or written anew

    def put(self, content, name="leases"):
        """A commit with this file."""
        blob = self.scene.folder / "blob"
        blob.write_bytes(content)
        tree = self.scene.folder / "tree"
        tree.write_text(f"100644 blob {self.server('hash-object', '-w', str(blob))}\t{name}\n")
        with open(tree, encoding="utf-8") as listing:
            made = subprocess.run(["git", "-C", str(self.scene.server), "mktree"], stdin=listing, check=True,
                                                capture_output=True, text=True, env=self.scene.environment)
        return self.server("commit-tree", "-m", "x", made.stdout.strip())

    def test_damage(self):
        self.a.acquire("a.py")
        good = json.loads(self.server("show", f"{REF}:leases"))
        lease = good["leases"][0]
        cases = {
            "damaged: it is empty": b"",
            "damaged: not JSON": b"nonsense \x1b[2J \xff",
            "damaged: not of version 1": json.dumps(good | {"version": 2}).encode(),
            "damaged: a reason is too long or holds control": json.dumps(good | {"leases": [lease | {"reason": "\x1b[2J"}]}).encode(),
            "damaged: a path is none": json.dumps(good | {"leases": [lease | {"path": "../../etc"}]}).encode(),
            "damaged: more than 50000 leases": json.dumps(good | {"leases": [{**lease, "path": f"p{i}"} for i in range(60_000)]}).encode(),
            "damaged: its file `leases` has 17": b" " * 17_000_000,
            # What the rules never make: a lease of a host that has changed nothing.
            "damaged: a lease of a host that is not listed": json.dumps(good | {"hosts": {}, "last": 0}).encode(),
        }
        tip = self.server("rev-parse", REF)
        for fault, content in cases.items():
            with self.subTest(fault):
                self.server("update-ref", REF, self.put(content))
                self.refused(fault)
        for fault, thing in {"it has no file `leases`": self.put(b"{}", "other"),
                             "damaged: it has no": self.server("rev-parse", "develop:a.py")}.items():
            with self.subTest(fault):
                self.server("update-ref", REF, thing)
                self.refused(fault)
        self.server("update-ref", REF, tip)
        self.assertEqual(len(self.a.ask("renew")["renewed"]), 1, "and nothing is lost")

    def test_a_fresh_clone_does_not_trust_damage_either(self):
        self.server("update-ref", REF, self.put(b"{}"))
        self.refused("damaged: not of version 1")

    def test_gone(self):
        self.a.acquire("a.py")
        self.server("update-ref", "-d", REF)
        self.refused("are gone")

    def test_going_back(self):
        self.a.acquire("a.py")
        tip = self.server("rev-parse", REF)
        self.a.acquire("b.py")
        self.server("update-ref", REF, tip)
        self.refused("go back to an earlier state")

    def test_written_anew(self):
        self.a.acquire("a.py")
        tip = self.server("rev-parse", REF)
        self.a.acquire("b.py")
        self.server("update-ref", REF, tip)
        b = Clone(self.scene, "b")
        b.acquire("c.py")
        self.refused("were written anew")  # as many changes, and others
        b.acquire("d.py")
        self.refused("were written anew")  # and more

    def test_another_store(self):
        taken = self.a.acquire("a.py")["acquired"][0]
        self.server("update-ref", "-d", REF)
        other = Clone(self.scene, "b").acquire("a.py")["acquired"][0]
        self.assertGreater(other["generation"], taken["generation"], "no generation twice, even so")
        self.refused("those of another store")

    def test_two_refs(self):
        self.a.acquire("a.py")
        self.server("update-ref", "refs/heads/stream/leases", REF)
        self.refused("are in two refs")

    def test_what_a_clone_remembers_is_damaged(self):
        self.a.acquire("a.py")
        memory = self.a.path / ".git/stream/coordination/memory.json"
        memory.write_text(memory.read_text()[:100])
        self.assertIn(f"{memory} is damaged: ", self.a.error("read"))
        memory.unlink()
        self.assertEqual(self.a.ask("read")["leases"][0]["standing"], "foreign", "another host's")

    def test_a_log_that_was_written_anew(self):
        b = Clone(self.scene, "b")
        self.a.acquire("a.py")
        self.a.run("publish")
        self.assertEqual(len(b.ask("events")["events"]), 1)
        ref = self.server("for-each-ref", "--format=%(refname)", "refs/stream/log/")
        self.server("update-ref", ref, self.put(b'{"timestamp":"2025-12-06T10:00:00Z"}\nnonsense\n', "events"))
        read = b.ask("events")
        self.assertEqual(len(read["events"]), 1, "what was read stays")
        self.assertIn("a log was written anew", read["faults"][0])
        fresh = Clone(self.scene, "c").ask("events")
        self.assertEqual((len(fresh["events"]), fresh["torn"]), (1, 1))

    # ---- Answers that are lost, or late

    def test_a_lost_answer(self):
        self.a.acquire("before.py")
        self.scene.hook("post-receive", "[ -e lose ] && rm lose && kill -9 $PPID; exit 0")
        for words in (("acquire", "agent-F1", "60", "a.py"), ("renew",)):
            (self.scene.server / "lose").touch()
            before = self.server("rev-list", "--count", REF)
            self.assertTrue(self.a.ask(*words))
            self.assertFalse((self.scene.server / "lose").exists())
            self.assertEqual(int(self.server("rev-list", "--count", REF)), int(before) + 1, "it was not made twice")
        self.assertEqual([line["file"] for line in self.a.log()], ["before.py", "a.py"])

    def test_an_answer_that_is_lost_with_the_store(self):
        self.a.acquire("before.py")
        # The change is made, and then the store is away.
        self.scene.hook("post-receive", "[ -e ../lose ] && rm ../lose && mv ../server.git ../away.git && kill -9 $PPID; exit 0")
        (self.scene.folder / "lose").touch()
        self.a.error("acquire", "agent-F1", "60", "a.py")
        (self.scene.folder / "away.git").rename(self.scene.server)
        self.assertEqual([line["file"] for line in self.a.log()], ["before.py"])
        standing = {lease["path"]: lease["standing"] for lease in self.a.ask("read")["leases"]}
        self.assertEqual(standing, {"before.py": "held", "a.py": "held"}, "it is found in the store")
        self.assertEqual([line["file"] for line in self.a.log()], ["before.py", "a.py"])
        self.a.ask("read")
        self.assertEqual(len(self.a.log()), 2, "and logged once")

    def test_only_the_table_that_was_read_is_replaced(self):
        b = Clone(self.scene, "b")
        self.a.acquire("before.py")
        asked, go = self.scene.folder / "asked", self.scene.folder / "go"
        # The other's change is made after this one was worked out, and before its push begins.
        self.scene.git(self.a.path, "config", "remote.origin.receivepack",
                       f"touch {asked}; while [ ! -e {go} ]; do sleep 0.02; done; git-receive-pack")
        self.a.address = "origin"
        asking = self.a.start("acquire", "agent-F1", "60", "a.py")
        while not asked.exists():
            time.sleep(0.02)
        taken = b.acquire("a.py")["acquired"]
        self.scene.git(self.a.path, "fetch", "-q", "origin", "+refs/stream/leases:refs/stream/seen/leases")
        go.touch()
        output, errors = asking.communicate()
        self.assertEqual((asking.returncode, names(json.loads(output)["held"])), (1, names(taken)), errors)

    def test_who_is_late_does_not_get_it(self):
        b = Clone(self.scene, "b")
        self.a.acquire("before.py")
        self.scene.hook("pre-receive", 'touch "$GS_SLOW"; while [ -n "$GS_SLOW" ] && [ ! -e ../go ]; do sleep 0.02; done; exit 0')
        asking = self.a.start("acquire", "agent-F1", "60", "a.py", GS_SLOW=str(self.scene.folder / "asked"))
        while not (self.scene.folder / "asked").exists():
            time.sleep(0.02)
        asking.send_signal(signal.SIGSTOP)  # as a machine that sleeps
        taken = b.acquire("a.py")["acquired"]
        (self.scene.folder / "go").touch()
        asking.send_signal(signal.SIGCONT)
        output, errors = asking.communicate()
        self.assertEqual((asking.returncode, names(json.loads(output)["held"])), (1, names(taken)), errors)

    def test_a_late_answer_does_not_make_a_lease_longer(self):
        self.scene.hook("post-receive", "sleep 1.5")
        self.a.acquire("a.py", seconds=1)
        self.assertEqual(self.a.ask("local")["leases"][0]["standing"], "unsure")

    def test_who_waits_too_long_gives_up(self):
        self.a.acquire("a.py")
        # Somebody else is first, always.
        other = Clone(self.scene, "b")
        self.scene.hook("pre-receive", f'[ -z "$GS_SLOW" ] || env -u GS_SLOW -u GIT_DIR {self.command(other)}; exit 0')
        said = self.a.error("acquire", "agent-F1", "60", "new.py", GS_SLOW="1", GS_PATIENCE="300")
        self.assertIn("cannot change the leases of ", said)

    @staticmethod
    def command(clone):
        from scene import CLIENT
        return f"{CLIENT} {clone.path} {clone.address} acquire agent-F2 60 other.py >&2"


if __name__ == "__main__":
    unittest.main(verbosity=1)
