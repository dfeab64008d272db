#!/usr/bin/env python3
"""Pushes from several clones whose policy keeps leases in a remote: with the leases, past them, without a store, and what
the server and CI make of that. Real git, hooks and servers.

usage: GITSTREAM_BUILD=BUILD push_test.py [TEST...]"""
import contextlib
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from scene import CLIENT, TESTED, TRANSPORTS, Scene, by_daemon

LEASES = "refs/stream/leases"
NEWS, RISK = "feature/stream-F-news", "feature/stream-E-risk"
POLICY = """version: 1
integration_branch: develop
streams:
  E: {name: Models, agents: {E1: {files: ["models/**"]}}}
  F: {name: LLM, agents: {F1: {files: ["llm/**"]}, F2: {files: ["views/**"]}}}
shared: ["docs/**"]
rules: {import-conflict: off}
"""


class Host:
    """A clone of the server on a machine of its own, with the hooks, and a worktree of an agent."""

    def __init__(self, scene, name, address, agent, branch):
        self.scene, self.clone, self.path = scene, scene.folder / name, scene.folder / f"{name}-{agent}"
        self.stream = agent[0]
        self.variables = {"PATH": f"{TESTED / 'bin'}:{os.environ['PATH']}"}
        scene.git(scene.folder, "clone", "-q", address, str(self.clone))
        self.must("git stream init", cwd=self.clone)
        log = self.clone / ".git/stream/coordination/sync.log"
        log.parent.mkdir(exist_ok=True)
        log.touch()  # no sync in the background is due: what the push does is seen
        self.must(f"git worktree add -q -b {branch} {self.path}", cwd=self.clone)
        self.must(f"git stream install --agent {agent}")

    def sh(self, script, cwd=None, **variables):
        return self.scene.run(["sh", "-ec", script], cwd=cwd or self.path, **(self.variables | variables))

    def must(self, script, cwd=None, **variables):
        done = self.sh(script, cwd, **variables)
        if done.returncode != 0:
            raise AssertionError(f"{script}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def commit(self, path, text="x = 1\n", hooks=True):
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        skip = "" if hooks else "-c core.hooksPath=/dev/null"
        self.must(f"git add -A && git {skip} commit -qm 'Change {path}'")

    def client(self, *words, status=0):
        """The store, as another program of this host asks it."""
        done = self.scene.run([CLIENT, self.clone, "origin", *words], GS_STREAM=self.stream)
        assert done.returncode == status, done.stdout + done.stderr
        return json.loads(done.stdout)

    def push_json(self, words, status=0, **variables):
        done = self.sh(f"git stream push --json {words}", **variables)
        assert done.returncode == status, f"exit {done.returncode}\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout), done.stderr


class Pushes(unittest.TestCase):
    store = "{store: git}"

    def setUp(self):
        self.scene = Scene()
        self.addCleanup(self.scene.remove)
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.address = str(self.scene.server)
        self.set_policy(POLICY + f"coordination: {self.store}\n")

    def set_policy(self, text):
        first = self.scene.folder / "first"
        (first / ".streams.yaml").write_text(text)
        self.scene.git(first, "add", "-A")
        self.scene.git(first, "commit", "-qm", "Policy")
        self.scene.git(first, "push", "-q", "origin", "HEAD:refs/heads/develop")

    def host(self, name, agent="F1", branch=NEWS):
        return Host(self.scene, name, self.address, agent, branch)

    def at_server(self, ref, folder="server.git"):
        return self.scene.run(["git", "-C", self.scene.folder / folder, "rev-parse", "-q", "--verify", ref]).stdout.strip()

    def leases(self, folder="server.git", ref=LEASES):
        if not self.at_server(ref, folder):
            return {}
        table = json.loads(self.scene.git(self.scene.folder / folder, "cat-file", "blob", f"{ref}:leases"))
        return {lease["path"]: lease for lease in table["leases"]}

    def change(self):
        return json.loads(self.scene.git(self.scene.server, "cat-file", "blob", f"{LEASES}:leases"))["last"]

    def record_pushes(self):
        """What the server is asked to move, a line a push."""
        self.scene.hook("pre-receive", "cut -d' ' -f3 | paste -sd' ' >>received")
        return lambda: (self.scene.server / "received").read_text().splitlines()

    def lose(self, hook, condition="true", then="kill -9 $PPID"):
        """The next connection ends when the server runs the hook, and what this has on stdin passes the condition."""
        self.scene.hook(hook, f"if [ -e ../lose ] && {condition}; then rm ../lose; {then}; fi")
        (self.scene.folder / "lose").touch()

    def memory(self, host):
        return json.loads((host.clone / ".git/stream/coordination/memory.json").read_text())

    def logged(self, host, action="locked"):
        log = (host.clone / ".git/stream/state/agent_activity.jsonl").read_text().splitlines()
        return [line["file"] for line in map(json.loads, log) if line["action"] == action and "change" in line]

    def between(self, host, script):
        """Runs a shell line once, when the host has read the leases and is about to push them with the work."""
        wrapper = self.scene.folder / f"wrapper-{host.path.name}"
        wrapper.mkdir()
        git = self.scene.run(["sh", "-c", "command -v git"]).stdout.strip()
        (wrapper / "git").write_text(f"""#!/bin/sh
case "$*" in
*dry-run*) ;;
*"--force-with-lease={LEASES}"*) if mkdir {wrapper}/done 2>/dev/null; then ({script}) >{wrapper}/said 2>&1; fi ;;
esac
exec {git} "$@"
""")
        (wrapper / "git").chmod(0o755)
        host.variables["PATH"] = f"{wrapper}:{host.variables['PATH']}"
        return wrapper / "done"


class WithLeases(Pushes):
    """git stream push."""

    def test_leases_and_work_move_in_one_push(self):
        a = self.host("a")
        received = self.record_pushes()
        a.commit("utils/x.py")  # in nobody's scope: locked here by the gate
        self.assertEqual(self.leases(), {})
        answer, said = a.push_json("-u origin HEAD")
        self.assertEqual((answer["pushed"], answer["atomic"]), (True, True))
        self.assertEqual([lease["path"] for lease in answer["leases"]], ["utils/x.py"])
        self.assertEqual(self.leases()["utils/x.py"]["agent"], "agent-F1")
        self.assertEqual(received(), [f"refs/heads/{NEWS} {LEASES}"])
        self.assertIn("[new branch]", said)
        self.assertEqual(a.must("git rev-parse --abbrev-ref @{u}"), f"origin/{NEWS}")
        before = self.change()
        a.commit("utils/x.py", "x = 2\n")
        done = a.sh("git stream push")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"{NEWS} -> {NEWS}", done.stderr)
        self.assertNotIn("leases", done.stderr + done.stdout)
        self.assertEqual((self.change(), received()[-1]), (before + 1, f"refs/heads/{NEWS} {LEASES}"))
        self.assertEqual(self.at_server(NEWS), a.must("git rev-parse HEAD"))

    def test_nothing_to_push(self):
        a = self.host("a")
        a.commit("utils/x.py")
        a.must("git stream push origin HEAD")
        before = self.change()
        done = a.sh("git stream push origin HEAD")
        self.assertEqual((done.returncode, done.stderr), (0, "Everything up-to-date\n"))
        self.assertEqual(self.change(), before)

    def test_quietly(self):
        a = self.host("a")
        a.commit("utils/x.py")
        done = a.sh("git stream push -q origin HEAD")
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        self.assertEqual((list(self.leases()), self.at_server(NEWS)), (["utils/x.py"], a.must("git rev-parse HEAD")))
        a.must("git -c core.hooksPath=/dev/null commit -q --amend -m Again")
        done = a.sh("git stream push -q origin HEAD")
        self.assertEqual(done.returncode, 1)
        self.assertIn("[rejected] (non-fast-forward)", done.stderr)

    def test_work_without_locks_moves_no_leases(self):
        a = self.host("a")
        a.commit("llm/news.py")
        received = self.record_pushes()
        answer, _ = a.push_json("origin HEAD")
        self.assertEqual((answer["pushed"], answer["leases"]), (True, []))
        self.assertEqual(received(), [f"refs/heads/{NEWS}"])

    def taken_meanwhile(self, words):
        a, b = self.host("a"), self.host("b", "E1", RISK)
        a.commit("utils/x.py")
        a.must("git stream push origin HEAD")
        before, generation = self.at_server(NEWS), self.leases()["utils/x.py"]["generation"]
        a.commit("utils/x.py", "x = 2\n")
        client = f"{CLIENT} {b.clone} origin"
        done = self.between(a, f"{client} steal agent-E1 utils/x.py@{generation} && {client} acquire agent-E1 3600 utils/x.py")
        said = a.sh(f"git-stream push {words} origin HEAD")  # `git stream` puts git's own folder first on PATH
        self.assertTrue(done.exists(), said.stderr)
        self.assertEqual(said.returncode, 1, said.stderr)
        self.assertIn("git-stream: push blocked for agent-F1 (stream F)\n", said.stderr)
        self.assertIn("agent-E1 on ", said.stderr)
        self.assertEqual(self.at_server(NEWS), before, "the work is not there")
        lease = self.leases()["utils/x.py"]
        self.assertEqual(lease["agent"], "agent-E1")
        self.assertGreater(lease["generation"], generation)
        return a, b

    def test_refused_together_when_another_host_takes_the_lease_meanwhile(self):
        a, b = self.taken_meanwhile("")
        a.variables["PATH"] = a.variables["PATH"].partition(":")[2]
        said = a.sh("git push origin HEAD")
        self.assertNotEqual(said.returncode, 0, "nor by git push")
        self.assertIn("agent-E1", said.stderr)
        b.client("release", "agent-E1", f"utils/x.py@{self.leases()['utils/x.py']['generation']}")

    def test_stopped_until_the_lease_is_anothers(self):
        a, b = self.host("a"), self.host("b", "E1", RISK)
        a.commit("utils/x.py")
        a.client("acquire", "agent-F1", "1", "utils/x.py")
        client = f"{CLIENT} {b.clone} origin"
        done = self.between(a, f"kill -STOP $PPID; {client} read; sleep 3; {client} acquire agent-E1 3600 utils/x.py; kill -CONT $PPID")
        said = a.sh("git-stream push origin HEAD")
        self.assertTrue(done.exists(), said.stderr)
        self.assertEqual(said.returncode, 1, said.stderr)
        self.assertIn("agent-E1 on ", said.stderr)
        self.assertEqual((self.leases()["utils/x.py"]["agent"], self.at_server(NEWS)), ("agent-E1", ""))

    def test_force_does_not_move_the_leases(self):
        self.taken_meanwhile("-f")

    def test_another_hosts_change_of_other_leases_comes_first(self):
        a, b = self.host("a"), self.host("b", "E1", RISK)
        a.commit("utils/x.py")
        done = self.between(a, f"{CLIENT} {b.clone} origin acquire agent-E1 3600 other.py")
        a.must("git-stream push origin HEAD")
        self.assertTrue(done.exists())
        self.assertEqual(sorted(self.leases()), ["other.py", "utils/x.py"])
        self.assertEqual(self.at_server(NEWS), a.must("git rev-parse HEAD"))

    def test_what_git_refuses_moves_no_lease(self):
        a, b = self.host("a"), self.host("b")
        b.commit("llm/b.py")
        b.must("git stream push origin HEAD")
        a.commit("utils/x.py")
        said = a.sh("git stream push origin HEAD")
        self.assertEqual(said.returncode, 1)
        self.assertIn("[rejected] (fetch first)", said.stderr)
        self.assertEqual(self.leases(), {})
        a.must("git pull -q --rebase origin " + NEWS)
        a.must("git stream push origin HEAD")
        self.assertIn("utils/x.py", self.leases())

    def test_what_the_server_refuses_moves_no_lease(self):
        a = self.host("a")
        a.commit("utils/x.py")
        self.scene.hook("update", 'case "$1" in refs/heads/feature/*) echo no; exit 1;; esac')
        said = a.sh("git stream push origin HEAD")
        self.assertEqual(said.returncode, 1)
        self.assertIn("[remote rejected] (hook declined)", said.stderr)
        self.assertEqual((self.leases(), self.at_server(NEWS)), ({}, ""))
        self.assertEqual(self.memory(a)["unanswered"], [], "the remote has answered")
        (self.scene.server / "hooks/update").unlink()
        a.must("git stream push origin HEAD")
        self.assertIn("utils/x.py", self.leases())

    def test_what_this_clones_gate_refuses_moves_no_lease(self):
        a = self.host("a")
        a.commit("utils/x.py")
        a.commit("models/m.py", hooks=False)
        said = a.sh("git stream push origin HEAD")
        self.assertEqual(said.returncode, 1)
        self.assertIn("belongs to agent-E1", said.stderr)
        self.assertEqual((self.leases(), self.at_server(NEWS)), ({}, ""))

    def test_a_forced_move(self):
        a = self.host("a")
        a.commit("utils/x.py")
        a.must("git stream push origin HEAD")
        a.must("git -c core.hooksPath=/dev/null commit -q --amend -m Again")
        self.assertEqual(a.sh("git stream push origin HEAD").returncode, 1)
        a.must("git fetch -q")
        self.assertEqual(a.sh(f"git stream push --force-with-lease={NEWS}:{'1' * 40} origin HEAD").returncode, 1)
        a.must("git stream push --force-with-lease origin HEAD")
        self.assertEqual(self.at_server(NEWS), a.must("git rev-parse HEAD"))

    def test_tags_and_deletion(self):
        a = self.host("a")
        a.commit("utils/x.py")
        a.must("git tag -a -m one v1 && git stream push --follow-tags origin HEAD")
        self.assertNotEqual(self.at_server("v1"), "")
        a.must(f"git stream push --delete origin {NEWS}")
        self.assertEqual(self.at_server(NEWS), "")

    def test_a_dry_run_moves_nothing(self):
        a = self.host("a")
        a.commit("utils/x.py")
        a.must("git -c core.hooksPath=/dev/null stream push --dry-run origin HEAD")
        self.assertEqual(self.at_server(NEWS), "")

    def test_words_that_are_refused(self):
        a = self.host("a")
        a.client("acquire", "agent-F1", "60", "z.py")
        a.commit("utils/x.py")
        for words in ("--mirror", "--no-verify", "--atomic"):
            said = a.sh(f"git stream push {words} origin")
            self.assertEqual((said.returncode, len(said.stderr.splitlines())), (2, 2), said.stderr)
        said = a.sh(f"git stream push origin HEAD :{LEASES}")
        self.assertEqual(said.returncode, 2)
        self.assertIn("which the store keeps itself", said.stderr)
        self.assertEqual(sorted(self.leases()), ["z.py"])


class LostAnswers(Pushes):
    """The connection ends before the remote has moved anything, when it has and has not said so, and when it has said so."""
    moments = ("pre-receive", "true"), ("reference-transaction", '[ "$1" = committed ]'), ("post-receive", "true")

    def lost(self, a, moment):
        """A push that is the first or a later one; what it makes is made once, and found."""
        self.lose(*moment)
        before, path = self.change(), f"utils/{moment[0]}.py"
        a.commit("utils/x.py", f"x = '{moment[0]}'\n")
        a.commit(path)
        answer, said = a.push_json("-u origin HEAD")
        self.assertFalse((self.scene.folder / "lose").exists(), said)
        self.assertEqual((answer["pushed"], [(ref["to"], ref["flag"]) for ref in answer["refs"]]), (True, [(f"refs/heads/{NEWS}", " ")]))
        self.assertEqual({lease["path"] for lease in answer["leases"]}, {"utils/x.py", path})
        self.assertEqual(self.change(), before + 1, "it was made once")
        head = a.must("git rev-parse HEAD")
        self.assertEqual(a.must(f"git rev-parse @{{u}} origin/{NEWS}").split(), [head, head], "git has noted it here, too")
        self.assertEqual((self.at_server(NEWS), self.logged(a).count(path)), (head, 1))
        (self.scene.server / "hooks" / moment[0]).unlink()

    def lost_by(self, transport):
        self.address, _ = self.stack.enter_context(TRANSPORTS[transport](self.scene))
        if self.address is None:
            self.skipTest("no server")
        a = self.host("a")
        a.commit("utils/x.py")
        a.must("git stream push origin HEAD")
        before = self.memory(a)
        for moment in self.moments:
            with self.subTest(moment[0]):
                self.lost(a, moment)
        after = self.memory(a)
        self.assertEqual((after["host"], after["unanswered"]), (before["host"], []), "it has known its own changes")
        self.assertEqual({lease["host"] for lease in self.leases().values()}, {after["host"]})

    def test_by_file(self):
        self.lost_by("file")

    def test_by_daemon(self):
        self.lost_by("daemon")

    def test_by_http(self):
        self.lost_by("http")

    def test_lost_with_the_store(self):
        a = self.host("a")
        a.commit("utils/x.py")
        self.lose("reference-transaction", '[ "$1" = committed ]', "mv ../server.git ../away.git; kill -9 $PPID")
        self.assertEqual(a.sh("git stream push origin HEAD").returncode, 4)
        (self.scene.folder / "away.git").rename(self.scene.server)
        self.assertEqual((list(self.leases()), self.logged(a)), (["utils/x.py"], []))
        a.must("git stream push origin HEAD")
        a.must("git stream sync")
        self.assertEqual((self.logged(a), self.memory(a)["unanswered"]), (["utils/x.py"], []))
        self.assertEqual(self.at_server(NEWS), a.must("git rev-parse HEAD"))


class WithoutAtomicPushes(Pushes):
    def setUp(self):
        super().setUp()
        self.scene.git(self.scene.server, "config", "receive.advertiseAtomic", "false")

    def test_leases_first_then_the_work(self):
        a = self.host("a")
        a.commit("utils/x.py")
        received = self.record_pushes()
        answer, _ = a.push_json("origin HEAD")
        self.assertEqual((answer["pushed"], answer["atomic"], answer["lost"]), (True, False, []))
        self.assertEqual(received(), [LEASES, f"refs/heads/{NEWS}"])
        self.assertIn("utils/x.py", self.leases())

    def test_given_back_when_the_work_is_refused(self):
        a = self.host("a")
        a.commit("utils/x.py")
        a.client("acquire", "agent-F1", "3600", "kept.py")
        before = self.change()
        self.scene.hook("update", 'case "$1" in refs/heads/feature/*) exit 1;; esac')
        said = a.sh("git stream push origin HEAD")
        self.assertEqual(said.returncode, 1, said.stderr)
        self.assertEqual((sorted(self.leases()), self.at_server(NEWS)), (["kept.py"], ""))
        self.assertEqual(self.change(), before + 2, "by a further change: no number comes twice")


    def test_a_lost_answer_gives_nothing_back(self):
        a = self.host("a")
        a.commit("utils/x.py")
        self.lose("reference-transaction", '[ "$1" = committed ] && grep -q feature/')
        self.assertEqual(a.sh("git stream push origin HEAD").returncode, 3)
        self.assertEqual((list(self.leases()), self.at_server(NEWS)), (["utils/x.py"], a.must("git rev-parse HEAD")))
        a.must("git stream push -u origin HEAD && git stream sync")
        self.assertEqual((list(self.leases()), self.logged(a)), (["utils/x.py"], ["utils/x.py"]))

    def test_a_part_that_is_refused_gives_nothing_back(self):
        a = self.host("a")
        a.commit("utils/x.py")
        self.scene.hook("update", 'case "$1" in *more) exit 1;; esac')
        self.assertEqual(a.sh("git stream push origin HEAD HEAD:refs/heads/feature/stream-F-more").returncode, 1)
        self.assertEqual((list(self.leases()), self.at_server(NEWS)), (["utils/x.py"], a.must("git rev-parse HEAD")))


class StoreElsewhere(Pushes):
    """The store is another repository than the remote that is pushed to."""

    def setUp(self):
        super().setUp()
        self.scene.git(self.scene.folder, "init", "-q", "--bare", "store.git")
        self.set_policy(POLICY + f"coordination: {{store: git, remote: {self.scene.folder}/store.git}}\n")

    def away(self):
        (self.scene.folder / "store.git").rename(self.scene.folder / "away.git")

    def test_checked_before_and_after(self):
        a = self.host("a")
        a.commit("utils/x.py")
        answer, _ = a.push_json("origin HEAD")
        self.assertEqual((answer["pushed"], answer["atomic"], answer["lost"]), (True, False, []))
        self.assertEqual(list(self.leases("store.git")), ["utils/x.py"])

    def test_lost_while_the_work_was_pushed(self):
        a = self.host("a")
        a.commit("utils/x.py")
        client = f"{CLIENT} {self.scene.folder}/first {self.scene.folder}/store.git"
        self.scene.hook("post-receive", f"unset GIT_DIR; g=$(git -C {self.scene.folder}/store.git show {LEASES}:leases | "
                        f"sed -n 's/.*utils.x.py.*generation\": \\([0-9]*\\).*/\\1/p'); {client} steal agent-E1 utils/x.py@$g")
        answer, said = a.push_json("origin HEAD", status=1)
        self.assertEqual([lease["path"] for lease in answer["lost"]], ["utils/x.py"], said)
        self.assertIn("pushed, but the lease on utils/x.py was gone by then", said)

    def test_refs_without_leased_paths_go_when_the_store_is_away(self):
        a = self.host("a")
        a.commit("utils/x.py")
        a.must("git branch feature/stream-F-docs develop")
        a.must("git stream push origin HEAD")
        a.commit("utils/x.py", "x = 2\n")
        a.must("git worktree add -q ../docs feature/stream-F-docs && cd ../docs && git stream install --agent F1 && mkdir docs && "
               "echo x >docs/x && git add -A && git commit -qm Docs")
        self.away()
        said = a.sh("git push origin HEAD feature/stream-F-docs:refs/heads/feature/stream-F-docs")
        self.assertEqual(said.returncode, 1)
        self.assertIn("utils/x.py: lock: is leased, and the leases cannot be checked: ", said.stderr)
        command = said.stderr.partition("next: ")[2].splitlines()[0]
        self.assertEqual(command, "git push origin "
                         "refs/heads/feature/stream-F-docs:refs/heads/feature/stream-F-docs")
        self.assertEqual(self.at_server("feature/stream-F-docs"), "")
        a.must(command)
        self.assertNotEqual(self.at_server("feature/stream-F-docs"), "")
        self.assertEqual(a.sh("git push origin HEAD").returncode, 1)
        said = a.sh("git stream push origin HEAD")
        self.assertEqual(said.returncode, 1)
        self.assertIn("the leases cannot be checked", said.stderr)
        (self.scene.folder / "away.git").rename(self.scene.folder / "store.git")
        a.must("git stream push origin HEAD")

    def test_a_clone_that_knows_nothing_of_the_store(self):
        self.away()
        a = self.host("a")
        a.commit("llm/news.py")
        said = a.sh("git push origin HEAD")
        self.assertEqual(said.returncode, 1)
        self.assertIn("llm/news.py: lock: may be leased, and the leases cannot be checked: ", said.stderr)
        a.must("git push origin develop:refs/heads/feature/stream-F-copy")


class PlainPush(Pushes):
    def test_what_is_locked_here_is_leased(self):
        a = self.host("a")
        a.commit("utils/x.py")
        a.must("git push -q origin HEAD")
        self.assertEqual(self.leases()["utils/x.py"]["agent"], "agent-F1")

    def test_what_another_host_has_leased_is_refused(self):
        a, b = self.host("a"), self.host("b", "E1", RISK)
        a.commit("utils/x.py")
        b.client("acquire", "agent-E1", "3600", "utils/")
        said = a.sh("git push -q origin HEAD")
        self.assertEqual(said.returncode, 1)
        self.assertIn("utils/x.py: lock: ", said.stderr)
        self.assertIn("agent-E1", said.stderr)
        self.assertRegex(said.stderr, r"next: git stream lock --wait \d+m utils/x.py\n")
        self.assertEqual(self.at_server(NEWS), "")
        b.client("release", "agent-E1", f"utils/@{self.leases()['utils/']['generation']}")
        a.must("git push -q origin HEAD")

    def test_a_lease_that_is_gone_is_not_brought_back(self):
        a, b = self.host("a"), self.host("b", "E1", RISK)
        a.commit("utils/x.py")
        a.must("git push -q origin HEAD")
        generation = self.leases()["utils/x.py"]["generation"]
        locks = json.loads((a.clone / ".git/stream/state/file_locks.json").read_text())["locks"]
        self.assertEqual(locks["utils/x.py"]["lease"], generation)
        b.client("steal", "agent-E1", f"utils/x.py@{generation}")  # and may have changed it, and gone
        a.commit("utils/x.py", "x = 2\n")
        for push in ("git push -q origin HEAD", "git stream push origin HEAD"):
            said = a.sh(push)
            self.assertEqual(said.returncode, 1)
            self.assertIn(f"utils/x.py: lock: the lease of agent-F1 is gone (generation {generation})", said.stderr)
        self.assertEqual(self.leases(), {})
        self.assertEqual(a.sh("git stream sync").returncode, 1, "it tells of the loss")
        a.must("git stream lock utils/x.py && git stream push origin HEAD")
        self.assertGreater(self.leases()["utils/x.py"]["generation"], generation)

    def test_a_lease_whose_time_is_over_is_taken(self):
        a, b = self.host("a"), self.host("b", "E1", RISK)
        a.commit("llm/news.py")
        b.client("acquire", "agent-E1", "1", "llm/news.py")
        a.client("read")
        a.must("sleep 3; git push -q origin HEAD")
        self.assertEqual(self.leases()["llm/news.py"]["agent"], "agent-F1")

    def test_leases_and_logs_are_no_work(self):
        a = self.host("a")
        a.client("acquire", "agent-F1", "60", "z.py")
        a.client("read")
        a.must("git push -q origin refs/stream/seen/leases:refs/stream/log/x")

    def test_a_clone_that_works_alone_pushes_by_address(self):
        box = self.scene.folder / "box"
        self.scene.git(self.scene.folder, "init", "-q", "-b", NEWS, str(box))
        self.scene.git(box, "pull", "-q", str(self.scene.server), "develop")
        self.scene.git(box, "branch", "develop")
        environment = {"PATH": f"{TESTED / 'bin'}:{os.environ['PATH']}", "GIT_STREAM_AGENT": "F1"}
        for words in ("stream init", "commit -q --allow-empty -m Work", f"push -q {self.scene.server} HEAD",
                      f"stream push {self.scene.server} HEAD:{NEWS}-too"):
            done = self.scene.run(["git", "-C", box, *words.split()], **environment)
            self.assertEqual(done.returncode, 0, f"{words}: {done.stdout}{done.stderr}")
        self.assertEqual(self.at_server(NEWS), self.scene.git(box, "rev-parse", "HEAD"))

    def test_files_is_git_alone(self):
        self.set_policy(POLICY)
        a = self.host("a")
        a.commit("utils/x.py")
        a.must("git push -q origin HEAD")
        a.commit("utils/x.py", "x = 2\n")
        answer, _ = a.push_json("origin HEAD")
        self.assertEqual((answer["pushed"], answer["leases"]), (True, []))
        self.assertEqual([file.name for file in (a.clone / ".git/stream/coordination").iterdir()], ["sync.log"])
        self.assertEqual(self.at_server(LEASES), "")


class AtTheServer(Pushes):
    def setUp(self):
        super().setUp()
        self.a, self.b = self.host("a"), self.host("b", "E1", RISK)
        self.a.must("git stream install --server", cwd=self.scene.server)
        self.a.client("acquire", "agent-F1", "3600", "utils/")

    def past_hooks(self, host, words):
        return host.sh(f"git -c core.hooksPath=/dev/null push -q {words}")

    def refused(self, host, words, text):
        said = self.past_hooks(host, words)
        self.assertNotEqual(said.returncode, 0, said.stderr)
        self.assertIn(text, said.stderr)

    def test_another_streams_lease(self):
        self.b.commit("utils/y.py", hooks=False)
        self.refused(self.b, "origin HEAD", "utils/y.py: lock: is leased to agent-F1 on ")
        self.assertEqual(self.at_server(RISK), "")
        self.a.commit("utils/z.py", hooks=False)
        self.assertEqual(self.past_hooks(self.a, "origin HEAD").returncode, 0, "its own")
        self.a.client("release", "agent-F1", f"utils/@{self.leases()['utils/']['generation']}")
        self.assertEqual(self.past_hooks(self.b, "origin HEAD").returncode, 0, "nobody's")

    def test_taken_anew_by_another(self):
        self.a.commit("utils/x.py", hooks=False)
        old = self.leases()["utils/"]["generation"]
        self.b.client("steal", "agent-E1", f"utils/@{old}")
        self.b.client("acquire", "agent-E1", "3600", "utils/")
        self.assertGreater(self.leases()["utils/"]["generation"], old)
        self.refused(self.a, "origin HEAD", "is leased to agent-E1 on ")

    def test_an_agent_that_the_commit_names(self):
        self.a.commit("utils/x.py", hooks=False)
        self.a.must("git -c core.hooksPath=/dev/null commit -q --amend -m Change -m 'Agent: F2'")
        self.refused(self.a, "origin HEAD", "is leased to agent-F1 on ")

    def test_another_host_of_the_same_stream(self):
        c = self.host("c", "F1", "feature/stream-F-more")
        c.commit("utils/c.py", hooks=False)
        c.client("acquire", "agent-F1", "60", "elsewhere.py")
        c.client("read")
        # c pushes a change of the leases with the work, as git stream push does: the table says who it is.
        table = self.scene.git(self.scene.server, "cat-file", "blob", f"{LEASES}:leases")
        table = table.replace(f'"last":{self.change()}', f'"last":{self.change() + 1}')
        (c.path / "leases").write_text(table)
        commit = c.must(f"b=$(git hash-object -w leases); rm leases; t=$(printf '100644 blob %s\\tleases\\n' $b | git mktree); "
                        f"git commit-tree -p refs/stream/seen/leases -m Next $t")
        self.refused(c, f"--atomic origin HEAD {commit}:{LEASES}", "is leased to agent-F1 on ")
        self.assertEqual(self.past_hooks(c, "origin HEAD").returncode, 0, "without it, the stream is all that is known")

    def test_leases_are_not_set_back(self):
        self.a.client("renew")
        self.a.client("read")
        before = self.change()
        self.refused(self.a, f"-f origin refs/stream/seen/leases~1:{LEASES}", f"would go back from change {before} to ")
        self.a.must("git update-ref refs/stream/nonsense HEAD")
        self.refused(self.a, f"-f origin refs/stream/nonsense:{LEASES}", "the leases would be damaged: ")
        self.assertEqual(self.change(), before)

    def test_damaged_leases_let_no_work_in(self):
        self.scene.git(self.scene.server, "update-ref", LEASES, "develop")
        self.a.commit("llm/x.py", hooks=False)
        self.refused(self.a, "origin HEAD", f"the leases in {LEASES} are damaged: ")

    def test_by_a_daemon(self):
        address, _ = self.stack.enter_context(by_daemon(self.scene))
        self.a.must(f"git remote set-url origin {address}")
        self.a.commit("utils/x.py")
        answer, _ = self.a.push_json("origin HEAD")
        self.assertEqual((answer["pushed"], answer["atomic"]), (True, True))
        self.b.must(f"git remote set-url origin {address}")
        self.b.commit("utils/y.py", hooks=False)
        self.refused(self.b, "origin HEAD", "is leased to agent-F1 on ")

    def test_ci(self):
        self.b.commit("utils/y.py", hooks=False)
        (self.scene.server / "hooks/pre-receive").unlink()
        self.assertEqual(self.past_hooks(self.b, "origin HEAD").returncode, 0)
        ci = self.scene.clone("ci")
        check = f"git stream check --range origin/develop..origin/{RISK}"
        said = self.b.sh(check, cwd=ci)
        self.assertIn("git fetch origin 'refs/stream/*:refs/stream/*'", said.stdout + said.stderr)
        self.assertNotIn("is leased", said.stdout)
        self.b.must("git fetch -q origin 'refs/stream/*:refs/stream/*'", cwd=ci)
        said = self.b.sh(check, cwd=ci)
        self.assertEqual(said.returncode, 1)
        self.assertIn("utils/y.py: lock: is leased to agent-F1 on ", said.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
