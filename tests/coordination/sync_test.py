#!/usr/bin/env python3
"""Two clones that share locks through a remote: the commands, the gates by what they know of each other, and the syncs that
run by themselves. usage: GITSTREAM_BUILD=BUILD sync_test.py [unittest's arguments]"""
import contextlib
import fcntl
import json
import pathlib
import shutil
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from machines import PROGRAM, leases, scene_of

HOUR = 3600 * 10**9


class Sync(unittest.TestCase):
    def machines(self, names=("a", "b"), **options):
        self.scene, machines = scene_of(names, **options)
        self.addCleanup(self.scene.remove)
        return machines

    @contextlib.contextmanager
    def offline(self):
        away = self.scene.server.with_name("away.git")
        self.scene.server.rename(away)
        yield
        away.rename(self.scene.server)

    # ---- lock and unlock

    def test_a_lock_is_every_clones(self):
        a, b = self.machines()
        a.ask("lock", "llm/x.py", "--task", "Split it")
        host = a.memory()["host"]
        said = b.ask("lock", "llm/x.py", status=1)
        self.assertRegex(said, f"llm/x.py: held by agent-F1 on {host} until .*: Split it\n  next: git stream lock --wait")
        self.assertEqual(b.locks(), {})
        self.assertEqual([(one["path"], one["host"]) for one in b.json("locks")["locks"]], [("llm/x.py", host)])
        self.assertIn(f"agent-F1 on {host}", b.ask("locks"))
        self.assertIn("held by agent-F1", b.ask("unlock", "llm/x.py", status=1))
        self.assertEqual(a.ask("unlock", "llm/x.py"), "unlocked llm/x.py\n")
        self.assertEqual(leases(self.scene), {})
        b.ask("lock", "llm/x.py")
        self.assertEqual(b.locks()["llm/x.py"]["lease"], leases(self.scene)["llm/x.py"]["generation"])

    def test_all_or_nothing(self):
        a, b = self.machines()
        a.ask("lock", "llm/x.py")
        b.ask("lock", "llm/w.py", "llm/x.py", "llm/y.py", status=1)
        self.assertEqual((b.locks(), sorted(leases(self.scene))), ({}, ["llm/x.py"]))

    def test_where_the_store_is_away_nothing_is_locked(self):
        a, _ = self.machines()
        a.ask("lock", "llm/old.py")
        with self.offline():
            said = a.ask("lock", "llm/x.py", status=4)
            self.assertRegex(said, "^git-stream: cannot ask .*\n  next: git ls-remote")
            self.assertEqual(list(a.locks()), ["llm/old.py"])
            self.assertIn("unlocked in this clone, but the store was not told", a.ask("unlock", "llm/old.py", status=4))
        self.assertEqual((a.locks(), list(leases(self.scene))), ({}, ["llm/old.py"]))
        self.assertIn("released llm/old.py of agent-F1", a.ask("sync"))
        self.assertEqual(leases(self.scene), {})

    def test_waiting_for_another_clone(self):
        a, b = self.machines()
        a.ask("lock", "llm/x.py")
        later = threading.Timer(2, lambda: a.ask("unlock", "llm/x.py"))
        later.start()
        self.assertIn("locked llm/x.py", b.ask("lock", "--wait", "60s", "llm/x.py"))
        later.join()
        self.assertEqual(leases(self.scene)["llm/x.py"]["host"], b.memory()["host"])

    def test_what_an_agent_of_this_clone_left_is_no_obstacle(self):
        a, _ = self.machines()
        a.ask("lock", "llm/x.py", agent="F2")
        self.end(a, "llm/x.py")
        a.ask("lock", "llm/x.py", agent="F1")
        self.assertEqual(leases(self.scene)["llm/x.py"]["agent"], "agent-F1")

    def test_by_force(self):
        a, b = self.machines()
        a.ask("lock", "llm/x.py")
        self.scene.git(b.path, "checkout", "-q", "develop")  # nobody's
        b.ask("unlock", "--force", "--reason", "F1 has gone home", "llm/x.py", agent="")
        self.assertEqual(leases(self.scene), {})
        stolen, = b.log("stolen")
        self.assertEqual((stolen["holder"], stolen["host"], stolen["reason"]),
                         ("agent-F1", a.memory()["host"], "F1 has gone home"))
        # The lease is gone, and its holder is told; it does not come back.
        self.assertIn("lost: llm/x.py of agent-F1: its lease is gone from the store", a.ask("sync", status=1))
        self.assertEqual((a.locks(), leases(self.scene)), ({}, {}))
        a.ask("sync")
        self.assertEqual(leases(self.scene), {})

    # ---- gates

    def test_a_commit_is_judged_by_what_is_known(self):
        a, b = self.machines()
        a.ask("lock", "llm/x.py")
        host = a.memory()["host"]
        b.ask("sync")
        with self.offline():
            said = b.commit("llm/x.py", "x = 1\n", status=1)
            self.assertRegex(said, f"llm/x.py: lock: held by agent-F1 on {host} until")
            # Past the first gate, the next one says the same.
            said = b.ask("commit", "-qnm", "Anyway", program="git", status=128)
            self.assertRegex(said, f"held by agent-F1 on {host} until")
            b.scene.git(b.path, "rm", "-q", "--cached", "llm/x.py")
            b.commit("llm/other.py", "y = 1\n")

    def test_an_agent_is_refused_before_it_writes(self):
        a, b = self.machines()
        a.ask("lock", "llm/x.py")
        b.ask("sync")
        call = {"hook_event_name": "PreToolUse", "tool_name": "Write", "session_id": "s", "cwd": str(b.path),
                "tool_input": {"file_path": str(b.path / "llm/x.py"), "content": "x"}}
        done = self.scene.run(["sh", "-c", 'printf %s "$CALL" | "$0" agent-hook --dialect claude --event PreToolUse',
                               str(PROGRAM)], cwd=b.path, CALL=json.dumps(call), GIT_STREAM_AGENT="F1")
        self.assertIn(f"on {a.memory()['host']} until", done.stdout + done.stderr)

    def test_what_is_too_old(self):
        for how, status in ("warn", 0), ("block", 1):
            a, = self.machines(("a",), more=f", stale: {how}")
            a.forget()
            said = a.commit("llm/first.py", "x = 0\n", status=status)
            self.assertIn("the store was not asked since this machine was started", said)
            a.ask("lock", "llm/x.py")
            self.assertEqual(a.commit("llm/x.py", "x = 1\n"), "")
            memory = a.memory()
            cases = {
                "what other clones have locked was last asked for 2 h ago": {"read": memory["read"] - 2 * HOUR},
                "this clone's lease is over": {"asked": memory["asked"] - 2 * HOUR},
                "this clone's lease is over: another clone may": {"boot": "another"}}
            for number, (why, members) in enumerate(cases.items()):
                a.remember(**members)
                said = a.commit("llm/x.py", f"x = {how, number}\n", status=status)
                self.assertRegex(said, f"llm/x.py: (warning: )?stale: .*{why}.*\n    next: git stream sync\n")
                self.assertEqual(said.count("stale"), 1)
                if how == "block":  # the next gate says the same
                    self.assertIn(why, a.ask("commit", "-qnm", "Anyway", program="git", status=128))
                a.ask("sync")
                self.assertEqual(a.commit("llm/x.py", f"x = {how, number, 1}\n"), "")

    def test_damage_of_the_copy_is_mended_by_the_memory(self):
        a, b = self.machines()
        a.ask("lock", "llm/x.py")
        b.ask("sync")
        for damage in b"", b"gsleases", (b.folder / "leases").read_bytes()[:-1] + b"?":
            (b.folder / "leases").write_bytes(damage)
            self.assertIn("held by agent-F1 on", b.commit("llm/x.py", "x = 1\n", status=1))
        (b.folder / "memory.json").write_text("{")
        said = b.commit("llm/x.py", "x = 1\n", status=1)
        self.assertRegex(said, "memory.json is damaged: .*\n  next: remove it")

    def test_files_shares_nothing(self):
        a, = self.machines(("a",))
        asked = a.memory()  # by init
        policy = a.path / ".streams.yaml"
        self.scene.git(a.path, "checkout", "-q", "develop")
        policy.write_text(policy.read_text().replace("store: git", "store: files"))
        self.scene.git(a.path, "commit", "-qam", "Share nothing")
        a.ask("lock", "llm/x.py")
        self.assertIn("clones share nothing", a.ask("sync"))
        self.assertNotIn("lease", a.locks()["llm/x.py"])
        self.assertEqual(a.memory(), asked)

    # ---- sync

    def end(self, machine, path):
        """Its lock has run out here."""
        file = machine.state / "file_locks.json"
        table = json.loads(file.read_text())
        table["locks"][path]["expires"] = "2025-12-06T10:00:00Z"
        file.write_text(json.dumps(table))

    def test_what_gates_have_locked_is_asked_for(self):
        a, b = self.machines()
        a.commit("free/x.py", "x = 1\n")
        self.assertNotIn("lease", a.locks()["free/x.py"])
        self.assertIn("locked free/x.py for agent-F1\n", a.ask("sync"))
        self.assertEqual(a.locks()["free/x.py"]["lease"], leases(self.scene)["free/x.py"]["generation"])
        self.assertTrue(leases(self.scene)["free/x.py"]["automatic"])
        # Nothing is left to be done.
        again = a.json("sync")
        self.assertEqual((again["acquired"], again["released"], again["lost"], again["renewed"]), ([], [], [], False))
        b.ask("lock", "free/x.py", status=1)

    def test_whoever_comes_second_is_told(self):
        a, b = self.machines()
        a.commit("free/x.py", "x = 1\n")
        b.commit("free/x.py", "x = 2\n")
        b.commit("free/y.py", "y = 2\n")
        a.ask("sync")
        host = a.memory()["host"]
        answer = b.json("sync", status=1)
        self.assertEqual(answer["lost"], [{"path": "free/x.py", "agent": "agent-F1", "holder": "agent-F1", "host": host}])
        self.assertEqual([one["path"] for one in answer["acquired"]], ["free/y.py"])
        self.assertEqual(list(b.locks()), ["free/y.py"])
        lost, = b.log("lost")
        self.assertEqual((lost["agent"], lost["file"], lost["holder"], lost["host"]), ("agent-F1", "free/x.py", "agent-F1", host))
        warning, = b.log("", "conflict_warnings.jsonl")
        self.assertIn(f"free/x.py - the lock of agent-F1 is lost: held by agent-F1 on {host}", warning["warning"])
        self.assertIn("free/x.py - the lock of agent-F1 is lost", b.ask("warnings"))
        self.assertIn(f"held by agent-F1 on {host}", b.commit("free/x.py", "x = 3\n", status=1))

    def test_idle_agents_give_back_and_others_renew(self):
        a, b = self.machines(ttl="8s")
        a.ask("lock", "--ttl", "8s", "llm/idle.py", agent="F2")
        a.ask("lock", "--ttl", "8s", "llm/x.py")
        self.end(a, "llm/idle.py")
        generation = leases(self.scene)["llm/x.py"]["generation"]
        time.sleep(5)
        answer = a.json("sync")
        self.assertEqual([one["path"] for one in answer["released"]], ["llm/idle.py"])
        self.assertTrue(answer["renewed"])
        self.assertEqual({path: one["generation"] for path, one in leases(self.scene).items()}, {"llm/x.py": generation})
        b.ask("lock", "llm/idle.py")

    def test_an_idle_agent_that_goes_on_asks_anew(self):
        a, _ = self.machines()
        a.ask("lock", "llm/x.py")
        self.end(a, "llm/x.py")
        a.ask("sync")
        self.assertEqual(leases(self.scene), {})
        a.commit("llm/x.py", "x = 1\n")  # its lock lives again
        self.assertIn("locked llm/x.py for agent-F1", a.ask("sync"))
        self.assertEqual(a.locks()["llm/x.py"]["lease"], leases(self.scene)["llm/x.py"]["generation"])

    def test_a_renewal_when_half_is_over(self):
        a, = self.machines(("a",), ttl="8s")
        a.ask("lock", "--ttl", "8s", "llm/x.py")
        self.assertFalse(a.json("sync")["renewed"])
        time.sleep(5)
        self.assertTrue(a.json("sync")["renewed"])

    def test_the_store_is_away(self):
        a, _ = self.machines()
        a.commit("free/x.py", "x = 1\n")
        before = (a.locks(), a.log("committed"))
        with self.offline():
            self.assertRegex(a.ask("sync", status=4), "^git-stream: cannot ask .*\n  next: ")
            line, = a.log("unreachable")
            self.assertIn("cannot ask", line["error"])
        self.assertEqual((a.locks(), a.log("committed")), before)
        self.assertIn("locked free/x.py", a.ask("sync"))

    def test_a_damaged_store_lets_nobody_in(self):
        a, b = self.machines()
        a.ask("lock", "llm/x.py")
        b.ask("sync")
        tip = self.scene.git(self.scene.server, "rev-parse", "refs/stream/leases")
        self.scene.git(self.scene.server, "update-ref", "refs/stream/leases", "develop")
        for words in ("lock", "llm/new.py"), ("sync",):
            self.assertRegex(b.ask(*words, status=3), "^git-stream: the leases of .* are damaged: .*\n  next: .*\n$")
        self.assertEqual(b.locks(), {})
        self.assertIn("held by agent-F1", b.commit("llm/x.py", "x = 1\n", status=1))
        a.commit("llm/x.py", "x = 2\n")
        self.scene.git(self.scene.server, "update-ref", "refs/stream/leases", tip)
        self.assertEqual(a.json("sync")["lost"], [])
        b.ask("lock", "llm/new.py")

    def test_one_at_a_time(self):
        a, _ = self.machines()
        a.commit("free/x.py", "x = 1\n")
        with open(a.folder / "sync.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertEqual(a.ask("sync"), "git-stream: another sync is running in this clone\n")
            self.assertTrue(a.json("sync")["busy"])
        self.assertFalse(a.json("sync")["busy"])

    def test_logs_are_published(self):
        a, b = self.machines()
        a.commit("free/x.py", "x = 1\n")
        self.assertGreater(a.json("sync")["published"], 0)
        self.assertGreater(b.json("sync")["fetched"], 0)

    def test_a_copied_clone_holds_nothing(self):
        a, = self.machines(("a",))
        a.ask("lock", "llm/x.py")
        copy = self.scene.folder / "copy"
        self.scene.run(["cp", "-a", a.path, copy])
        done = self.scene.run([PROGRAM, "sync"], cwd=copy)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("lost: llm/x.py of agent-F1: held by agent-F1 on " + a.memory()["host"], done.stderr)
        self.assertEqual(a.json("sync")["lost"], [])

    # ---- setting a clone up, and giving it up

    def test_the_first_commit_knows_what_others_have_locked(self):
        a, = self.machines(("a",))
        a.ask("lock", "llm/x.py")
        clone = self.scene.clone("b")
        done = self.scene.run([PROGRAM, "init"], cwd=clone)
        self.assertTrue(done.stdout.endswith("synced locks and logs with other clones\n"), done.stdout + done.stderr)
        self.scene.git(clone, "checkout", "-qb", "feature/stream-F-b")
        with self.offline():
            (clone / "llm").mkdir()
            (clone / "llm/y.py").write_text("y = 1\n")
            self.scene.git(clone, "add", "-A")
            done = self.scene.run(["git", "commit", "-qm", "One"], cwd=clone, GIT_STREAM_AGENT="F1")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            (clone / "llm/x.py").write_text("x = 1\n")
            self.scene.git(clone, "add", "-A")
            done = self.scene.run(["git", "commit", "-qm", "Two"], cwd=clone, GIT_STREAM_AGENT="F2")
            self.assertIn("llm/x.py: lock: held by agent-F1 on " + a.memory()["host"], done.stderr)

    def test_the_store_is_asked_once(self):
        a, = self.machines(("a",))
        with self.offline():  # it would be told
            self.assertNotIn("synced", a.ask("install", "--agent", "F1", agent=""))
            self.assertNotIn("synced", a.ask("init", agent=""))
        a.remember(read=a.memory()["read"] - 2 * HOUR)
        self.assertIn("synced locks and logs with other clones", a.ask("init", agent=""))

    def test_a_clone_is_set_up_while_the_store_is_away(self):
        self.machines(())
        clone = self.scene.clone("b")
        with self.offline():
            done = self.scene.run([PROGRAM, "init"], cwd=clone)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, "\nwarning: not synced with other clones: cannot ask origin: .*; next: git stream sync\n$")

    def test_a_store_that_does_not_answer_is_not_waited_for(self):
        self.machines(())
        clone = self.scene.clone("b")
        self.scene.git(clone, "config", "remote.origin.url", "ssh://nowhere/server.git")
        begin = time.monotonic()
        done = self.scene.run([PROGRAM, "init"], cwd=clone, GIT_SSH_COMMAND="sleep 20; false")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("the store of locks has not answered yet: a sync goes on in the background\n", done.stdout)
        self.assertLess(time.monotonic() - begin, 15)

    def test_what_a_clone_holds_is_given_back_when_it_is_purged(self):
        a, = self.machines(("a",))
        a.ask("lock", "llm/x.py")
        a.ask("lock", "llm/y.py", agent="F2")
        a.ask("sync")
        self.scene.git(a.path, "checkout", "-q", "develop")  # nobody's
        self.assertIn("left: locks that other clones respect until their time is over (git stream unlock): llm/x.py, llm/y.py\n",
                      a.ask("uninstall", "--all", agent=""))
        self.assertEqual(sorted(leases(self.scene)), ["llm/x.py", "llm/y.py"])
        self.assertIn("unlocked for other clones: llm/x.py, llm/y.py\n", a.ask("uninstall", "--all", "--purge", agent=""))
        self.assertEqual(leases(self.scene), {})
        self.assertFalse((a.path / ".git/stream").exists())
        self.assertEqual(self.scene.git(a.path, "for-each-ref", "refs/stream"), "")
        self.assertIn("refs/stream/log/", self.scene.git(self.scene.server, "for-each-ref"), "it is the others'")

    def test_a_clone_is_purged_while_the_store_is_away(self):
        a, = self.machines(("a",))
        a.ask("lock", "llm/x.py")
        self.scene.git(a.path, "checkout", "-q", "develop")
        with self.offline():
            self.assertRegex(a.ask("uninstall", "--all", "--purge", agent=""),
                             r"warning: other clones respect the locks of this one until their time is over \(llm/x.py\): cannot ask")
        self.assertEqual(list(leases(self.scene)), ["llm/x.py"])
        self.assertFalse((a.path / ".git/stream").exists())

    # ---- timers

    def test_timers_run_it(self):
        a, = self.machines(("a",))
        a.commit("free/x.py", "x = 1\n")
        line = a.ask("install", "--print-timer", "cron")
        self.assertRegex(line, r"^\*/15 \* \* \* \* cd .* sync >/dev/null 2>&1\n$")
        self.scene.run(["sh", "-c", line.split(" ", 5)[5].replace("\\%", "%")])
        self.assertEqual(list(leases(self.scene)), ["free/x.py"])
        units = a.ask("install", "--print-timer", "systemd")
        self.assertIn(f"WorkingDirectory={a.path}\n", units)
        self.assertIn("OnUnitActiveSec=900\n", units)
        if shutil.which("systemd-analyze"):
            names = []
            for part in units.split("# ~/.config/systemd/user/")[1:]:
                names.append(self.scene.folder / part[:part.index("\n")].split(";")[0])
                names[-1].write_text(part[part.index("\n"):])
            done = self.scene.run(["systemd-analyze", "verify", "--user", *names])
            self.assertNotIn("git-stream-sync", done.stderr)

    # ---- in the background

    def wait_until(self, what):
        for _ in range(600):
            if what():
                return
            time.sleep(0.05)
        self.fail("it does not happen")

    def table(self):
        try:
            return leases(self.scene)
        except Exception:  # there is none yet, or it is being written
            return {}

    def test_a_commit_starts_a_sync_and_does_not_wait(self):
        a, = self.machines(("a",), background=True)
        a.forget()
        self.scene.hook("pre-receive", "sleep 3")
        begin = time.monotonic()
        # Whoever reads what it prints gets to the end as well: nobody keeps its stdout.
        self.assertEqual(a.commit("free/x.py", "x = 1\n", background=True).count("locked"), 1)
        self.assertLess(time.monotonic() - begin, 3)
        self.wait_until(lambda: "free/x.py" in self.table())
        self.wait_until(lambda: "lease" in a.locks()["free/x.py"])
        # The next one is not due yet.
        a.commit("free/y.py", "y = 1\n", background=True)
        time.sleep(1)
        self.assertEqual(list(leases(self.scene)), ["free/x.py"])
        # What is completed is told at once.
        a.ask("complete", "F1", agent="", background=True)
        self.wait_until(lambda: not self.table())

    def test_a_broken_store_does_not_disturb_a_commit(self):
        a, = self.machines(("a",), background=True)
        a.forget()
        with self.offline():
            said = a.commit("llm/x.py", "x = 1\n", background=True)
            self.assertNotIn("cannot ask", said)
            self.wait_until(lambda: a.log("unreachable"))
            self.assertIn("cannot ask", (a.folder / "sync.log").read_text())


if __name__ == "__main__":
    unittest.main()
