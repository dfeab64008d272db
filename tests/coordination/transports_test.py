#!/usr/bin/env python3
"""Two clones share leases and logs through a remote: by file, `git daemon`, HTTP and ssh, and where the remote takes
branches only, or no history that is cut. Nothing of the clones but refs/stream/ is touched.

usage: GITSTREAM_BUILD=BUILD transports_test.py [TEST...]"""
import json
import pathlib
import shutil
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from scene import LONG, TRANSPORTS, Clone, Scene, names

ONLY_BRANCHES = 'case "$1" in refs/heads/*) ;; *) echo no >&2; exit 1;; esac'


class Stores(unittest.TestCase):
    def setUp(self):
        self.scene = Scene()
        self.addCleanup(self.scene.remove)

    def life(self, a, b):
        """What two hosts do with leases from beginning to end."""
        taken = a.acquire("llm/", "docs/guide.md")["acquired"]
        self.assertEqual(len({lease["generation"] for lease in taken}), 1)
        held = b.acquire("x.py", "llm/news.py", status=1)["held"]
        self.assertEqual([(lease["path"], lease["host"]) for lease in held], [("llm/", taken[0]["host"])])
        self.assertEqual({lease["standing"] for lease in b.ask("read")["leases"]}, {"foreign"})
        self.assertEqual({lease["standing"] for lease in a.ask("local")["leases"]}, {"held"})
        self.assertEqual(len(a.ask("renew")["renewed"]), 2)
        own = b.acquire("x.py", agent="agent-F2")["acquired"]
        self.assertEqual(b.ask("release", "agent-F2", *names(taken), status=1)["released"], [])
        self.assertEqual(len(a.ask("release", "agent-F1", *names(taken))["released"]), 2)
        self.assertEqual(a.ask("release", "agent-F1", *names(taken))["gone"], 2)
        again = b.acquire("llm/news.py")["acquired"]
        self.assertGreater(again[0]["generation"], own[0]["generation"])
        self.assertGreater(own[0]["generation"], taken[0]["generation"])
        self.assertEqual(a.ask("steal", "Ada", *names(own))["released"], own)
        self.assertEqual(b.ask("renew")["renewed"], again, "a renewal does not restore what was stolen")
        self.logs(a, b)

    def logs(self, a, b):
        actions = [(line["action"], line["file"]) for line in a.log()]
        self.assertEqual(actions, [("locked", "llm/"), ("locked", "docs/guide.md"), ("released", "llm/"),
                                   ("released", "docs/guide.md"), ("stolen", "x.py")])
        self.assertEqual(a.run("publish").stdout, f"{len(actions)}\n")
        self.assertEqual(a.run("publish").stdout, "0\n")
        events = b.ask("events")
        self.assertEqual([event["line"] for event in events["events"]], a.log())
        self.assertEqual((events["torn"], events["faults"]), (0, []))
        self.assertEqual(a.ask("events")["events"], [])

    def by(self, transport):
        with TRANSPORTS[transport](self.scene) as (address, variables):
            if address is None:
                self.skipTest("no server")
            self.life(Clone(self.scene, "a", address, **variables), Clone(self.scene, "b", address, **variables))

    def test_by_file(self):
        self.by("file")

    def test_by_git_daemon(self):
        self.by("daemon")

    def test_by_http(self):
        self.by("http")

    def test_by_ssh(self):
        self.by("ssh")

    def test_by_the_name_of_a_remote(self):
        self.life(Clone(self.scene, "a", "origin"), Clone(self.scene, "b", "origin"))

    def remote_refs(self):
        return self.scene.git(self.scene.server, "for-each-ref", "--format=%(refname)").split()

    def test_where_only_branches_may_be_pushed(self):
        self.scene.hook("update", ONLY_BRANCHES)
        a, b = Clone(self.scene, "a"), Clone(self.scene, "b")
        self.life(a, b)
        self.assertEqual([ref for ref in self.remote_refs() if "/stream/log/" not in ref],
                         ["refs/heads/develop", "refs/heads/stream/leases"])
        before = len(self.remote_refs())
        b.run("publish")
        self.assertEqual(len(self.remote_refs()), before + 1)
        # It is remembered: the other ref is not tried again.
        self.scene.hook("update", 'echo "$1" >>tried; exit 0')
        a.acquire("later.py")
        self.assertEqual((self.scene.server / "tried").read_text(), "refs/heads/stream/leases\n")

    def test_where_refs_are_hidden(self):
        self.scene.git(self.scene.server, "config", "transfer.hideRefs", "refs/stream")
        self.life(Clone(self.scene, "a"), Clone(self.scene, "b"))

    def test_shallow_and_partial_clones(self):
        """Clones that have not all objects."""
        server = f"file://{self.scene.server}"
        self.scene.git(self.scene.server, "config", "uploadpack.allowFilter", "true")
        for name, words in {"shallow": ("--depth=1",), "partial": ("--filter=blob:none", "--no-checkout")}.items():
            self.scene.git(self.scene.folder, "clone", "-q", *words, server, str(self.scene.folder / name))
        shallow = self.scene.folder / "shallow/.git/shallow"
        before = shallow.read_text()
        a, b = Clone(self.scene, "a", "origin"), Clone(self.scene, "b", "origin")
        a.path, b.path = self.scene.folder / "shallow", self.scene.folder / "partial"
        self.life(a, b)
        self.assertEqual(shallow.read_text(), before)

    def reachable(self, ref="refs/stream/leases"):
        """Bytes and commits."""
        return int(self.scene.git(self.scene.server, "rev-list", "--objects", "--disk-usage", ref)), \
            int(self.scene.git(self.scene.server, "rev-list", "--count", ref))

    def test_history_is_cut(self):
        a, b = Clone(self.scene, "a", GS_MOST_HISTORY="20000"), Clone(self.scene, "b")
        first = b.acquire("b.py")["acquired"][0]
        a.ask("churn", "agent-F1", 60)
        self.assertLess(self.reachable()[1], 40)
        leases = b.ask("read")["leases"]
        self.assertEqual([(lease["path"], lease["generation"]) for lease in leases], [("b.py", first["generation"])])
        self.assertEqual(b.acquire("c.py")["acquired"][0]["generation"], first["generation"] + 61)

    def test_history_is_not_cut_where_the_remote_takes_fast_forwards_only(self):
        self.scene.git(self.scene.server, "config", "receive.denyNonFastForwards", "true")  # of branches
        self.scene.hook("update", ONLY_BRANCHES)
        a = Clone(self.scene, "a", GS_MOST_HISTORY="5000")
        a.ask("churn", "agent-F1", "20")
        self.assertEqual(self.reachable("refs/heads/stream/leases")[1], 20)

    def test_what_is_reachable_stays_small(self):
        changes, beside = (10_000, 50) if LONG else (150, 50)
        a = Clone(self.scene, "a", **({} if LONG else {"GS_MOST_HISTORY": "200000"}))
        a.acquire(*(f"package/module_{i}/file_{i}.py" for i in range(beside)))
        a.ask("churn", "agent-F1", changes)
        size, commits = self.reachable()
        print(f"{changes + 1} changes: {size} bytes and {commits} commits are reachable")
        self.assertLess(size, 5_000_000 if LONG else 1_000_000)
        self.assertLess(commits, changes)

    def test_touches_nothing_of_the_clone(self):
        a = Clone(self.scene, "a")
        (a.path / "a.py").write_text("a = 2\n")
        self.scene.git(a.path, "add", "a.py")
        (a.path / "a.py").write_text("a = 3\n")
        self.scene.git(a.path, "config", "fetch.prune", "true")
        self.scene.git(a.path, "config", "push.followTags", "true")
        self.scene.git(a.path, "tag", "-a", "-m", "mine", "mine")
        hook = a.path / ".git/hooks/reference-transaction"
        hook.write_text("#!/bin/sh\necho called >>hooks-called\n")
        hook.chmod(0o755)
        shutil.copy(hook, hook.with_name("pre-push"))

        def state():
            refs = self.scene.git(a.path, "for-each-ref", "--format=%(refname) %(objectname)")
            return ([ref for ref in refs.splitlines() if not ref.startswith("refs/stream/")],
                    self.scene.git(a.path, "status", "--porcelain"), self.scene.git(a.path, "config", "--local", "--list"),
                    (a.path / ".git/index").read_bytes(), (a.path / ".git/HEAD").read_text())

        before = state()
        self.life(a, Clone(self.scene, "b"))
        self.assertEqual(state(), before)
        self.assertFalse((a.path / ".git/FETCH_HEAD").exists())
        self.assertFalse((a.path / ".git/hooks-called").exists() or (a.path / "hooks-called").exists())
        self.assertNotIn("refs/tags/mine", self.remote_refs())

    def test_what_a_hook_is_given_does_not_leak_in(self):
        a = Clone(self.scene, "a")
        strange = {"GIT_DIR": "/nonexistent", "GIT_INDEX_FILE": str(self.scene.folder / "index"), "GIT_WORK_TREE": "/nonexistent",
                   "GIT_OBJECT_DIRECTORY": "/nonexistent", "GIT_QUARANTINE_PATH": "/nonexistent", "GIT_PREFIX": "llm/"}
        self.life(Clone(self.scene, "c", **strange), a)
        self.assertFalse((self.scene.folder / "index").exists())

    def test_where_git_knows_nobody(self):
        nobody = {name: "" for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")}
        a = Clone(self.scene, "a")
        self.scene.environment = {name: value for name, value in self.scene.environment.items() if name not in nobody}
        self.scene.git(a.path, "config", "user.useConfigOnly", "true")
        a.acquire("a.py")
        self.assertEqual(self.scene.git(self.scene.server, "log", "-1", "--format=%an", "refs/stream/leases"), "git-stream")

    def test_over_time(self):
        a, b = Clone(self.scene, "a"), Clone(self.scene, "b")
        taken = a.acquire("llm/", seconds=1)["acquired"]
        b.acquire("llm/a.py", status=1)
        time.sleep(1.2)
        self.assertEqual(a.ask("local")["leases"][0]["standing"], "unsure", "the holder's time is over first")
        time.sleep(1.2)
        outcome = b.acquire("llm/a.py", agent="agent-F2")
        self.assertEqual(outcome["expired"], taken)
        self.assertEqual(a.ask("renew")["renewed"], [])
        self.assertEqual([(line["action"], line["file"]) for line in b.log()], [("expired", "llm/"), ("locked", "llm/a.py")])

    def test_dates_of_commits_do_not_count(self):
        wrong = {"GIT_COMMITTER_DATE": "2001-01-01T00:00:00Z", "GIT_AUTHOR_DATE": "2099-01-01T00:00:00Z"}
        a, b = Clone(self.scene, "a", **wrong), Clone(self.scene, "b")
        a.acquire("a.py")
        b.acquire("a.py", status=1)

    def test_a_copied_clone_is_another_host(self):
        a = Clone(self.scene, "a")
        a.acquire("a.py")
        shutil.copytree(a.path, self.scene.folder / "copy", symlinks=True)
        copy = Clone(self.scene, "b")
        copy.path = self.scene.folder / "copy"
        self.assertEqual(copy.ask("local")["leases"], [])
        self.assertEqual(copy.ask("read")["leases"][0]["standing"], "foreign")
        self.assertEqual(len(copy.acquire("a.py", status=1)["held"]), 1)
        self.assertEqual(a.ask("local")["leases"][0]["standing"], "held")

    def test_a_log_is_published_once(self):
        a, b = Clone(self.scene, "a"), Clone(self.scene, "b")
        a.acquire("a.py")
        self.assertEqual(a.run("publish").stdout, "1\n")
        shutil.copytree(a.path, self.scene.folder / "copy", symlinks=True)
        copy = Clone(self.scene, "c")
        copy.path = self.scene.folder / "copy"
        copy.acquire("b.py")
        (a.path / ".git/stream/coordination/memory.json").unlink()  # another host from here on
        a.acquire("c.py")
        for clone in (a, copy):
            self.assertEqual(clone.run("publish").stdout, "1\n", "what was published before is not published again")
        self.assertEqual(sorted(event["line"]["file"] for event in b.ask("events")["events"]), ["a.py", "b.py", "c.py"])
        log = a.path / ".git/agent_activity.jsonl"
        log.write_text(log.read_text().splitlines(keepends=True)[1] + "{torn")  # begun anew
        self.assertEqual(a.run("publish").stdout, "1\n")
        self.assertEqual(a.run("publish").stdout, "0\n", "a line that has not ended is not published")

    def test_many_publications(self):
        a, b = Clone(self.scene, "a"), Clone(self.scene, "b")
        log = a.path / ".git/agent_activity.jsonl"
        for number in range(70):
            with log.open("a") as lines:
                lines.write(json.dumps({"timestamp": "2025-12-06T10:00:00Z", "agent": "agent-F1", "action": "note",
                                        "number": number, "text": "x" * ({3: 1_500_000, 5: 3_000_000}.get(number, 10))}) + "\n")
            a.run("publish")
        read = b.ask("events")
        numbers = [event["line"]["number"] for event in read["events"]]
        self.assertEqual((numbers, read["torn"]), ([number for number in range(70) if number not in (3, 5)], 3), "all but lines too long")


if __name__ == "__main__":
    unittest.main(verbosity=1)
