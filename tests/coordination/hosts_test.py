#!/usr/bin/env python3
"""Other hosts in status, log, warnings, handoff and conflicts: clones of one bare repository that share their logs."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import scene  # noqa: E402

POLICY = """\
version: 1
validate: []
coordination: {store: git}
streams:
  E: {name: Models, agents: {E1: {files: ["models/**"]}}}
  F: {name: LLM, agents: {F1: {files: ["llm/**"]}, F2: {files: ["news/**"]}}}
  G: {name: Views, depends_on: [E], agents: {G1: {files: ["views/**"]}}}
"""


class Host:
    """A clone in which git-stream works, as it would on a machine of its own."""

    def __init__(self, place, name, fresh=True):
        self.place, self.path = place, place.clone(name) if fresh else place.folder / name
        self.folder = self.path / ".git/stream/coordination"
        self.must("git", "stream", "init")
        self.activity = self.path / ".git/stream/state/agent_activity.jsonl"

    def run(self, *words, cwd=None, **variables):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "sync.log").touch()  # none is due in the background
        path = f"{scene.TESTED / 'bin'}:{os.environ['PATH']}"
        return self.place.run(words, cwd=cwd or self.path, PATH=path, XDG_DATA_HOME=str(self.place.folder / "data"),
                              XDG_CACHE_HOME=str(self.place.folder / "cache"), LC_ALL="C.UTF-8", **variables)

    def must(self, *words, **options):
        done = self.run(*words, **options)
        if done.returncode != 0:
            raise scene.Failure(f"{' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def stream(self, *words, **options):
        return self.must("git", "stream", *words, **options)

    def json(self, *words, **options):
        return json.loads(self.stream(*words, "--json", **options))

    @property
    def name(self):
        return json.loads((self.folder / "memory.json").read_text())["host"]

    def start(self, stream):
        self.stream("start", stream)
        return self.path.parent / f"{self.path.name}-stream-{stream}"

    def commit(self, where, path, text):
        file = where / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self.must("git", "add", "-A", cwd=where)
        self.must("git", "commit", "-qm", f"Change {path}", cwd=where)


class Hosts(unittest.TestCase):
    def setUp(self):
        self.place = scene.Scene()
        self.addCleanup(self.place.remove)
        first = self.place.folder / "first"
        for name in ("models/risk.py", "llm/a.py", "news/b.py", "views/page.py"):
            (first / name).parent.mkdir(exist_ok=True)
            (first / name).write_text("VALUE = 1\n")
        (first / ".streams.yaml").write_text(POLICY)
        self.place.git(first, "add", "-A")
        self.place.git(first, "commit", "-qm", "Policy")
        self.place.git(first, "push", "-q", "origin", "HEAD:refs/heads/develop")
        self.a, self.b = Host(self.place, "a"), Host(self.place, "b")

    def exchange(self, *hosts):
        for host in hosts + hosts:
            host.stream("sync")

    def test_nothing_was_read_yet(self):
        shutil.rmtree(self.a.folder)
        self.assertIn("hosts    nothing was read from origin yet (git stream sync)", self.a.stream("status"))
        others = self.a.json("status")["other_hosts"]
        self.assertEqual((others["read"], others["hosts"], others["alone"]), (None, [], False))

    def test_status(self):
        work = self.a.start("E")
        self.a.commit(work, "models/risk.py", "VALUE = 2\n")
        self.a.must("git", "push", "-q", "origin", "HEAD", cwd=work)
        self.a.stream("lock", "news/b.py", "news/c*.py", GIT_STREAM_AGENT="F2")
        self.exchange(self.a, self.b)
        self.b.must("git", "fetch", "-q")
        others = self.b.json("status")["other_hosts"]
        self.assertEqual(others["remote"], "origin")
        self.assertEqual([host["host"] for host in others["hosts"]], [self.a.name])
        held = {lease["path"]: lease for agent in others["hosts"][0]["agents"] for lease in agent["leases"]}
        self.assertEqual({"news/b.py", "news/c*.py"} & set(held), {"news/b.py", "news/c*.py"})
        self.assertTrue(3500 < held["news/b.py"]["seconds_left"] < 3700, held)
        branch, = others["branches"]
        self.assertEqual((branch["stream"], branch["name"], branch["ahead"], branch["host"]),
                         ("E", "origin/feature/stream-E-models", 1, self.a.name))
        text = self.b.stream("status")
        self.assertRegex(text, r"hosts    1 other, as origin had it .* \(git stream sync reads again\)")
        self.assertRegex(text, rf"  {self.a.name} +F +agent-F2 +news/b.py \(.*\), news/c\*.py \(")
        self.assertRegex(text, rf"  {self.a.name} +E .*origin/feature/stream-E-models \+1")
        # Another host is at it.
        self.assertNotIn("E", self.b.json("status")["can_start"])
        # Its own clone does not call itself another.
        self.assertEqual([host["host"] for host in self.a.json("status")["other_hosts"]["hosts"]], [])

    def test_status_asks_nobody(self):
        self.exchange(self.a, self.b)
        self.place.server.rename(self.place.folder / "away.git")
        self.assertIn("hosts    ", self.b.stream("status"))
        self.b.stream("log")
        self.b.stream("handoff")
        self.b.stream("conflicts")
        (self.place.folder / "away.git").rename(self.place.server)

    def test_log(self):
        work = self.a.start("E")
        self.a.commit(work, "models/risk.py", "VALUE = 2\n")
        other = self.b.start("F")
        self.b.commit(other, "llm/a.py", "VALUE = 3\n")
        self.exchange(self.a, self.b)
        own = [line for line in self.a.json("log")["lines"] if "from_host" not in line]
        lines = self.b.json("log")["lines"]
        fetched = [line for line in lines if line.get("from_host") == self.a.name]
        for line in fetched:
            del line["from_host"]
        self.assertEqual([line for line in fetched if line in own], fetched)
        self.assertEqual(sorted(line["timestamp"] for line in lines), [line["timestamp"] for line in lines])
        self.assertEqual({line["action"] for line in fetched} & {"started", "committed"}, {"started", "committed"})
        self.assertIn(f" (on {self.a.name})\n", self.b.stream("log"))
        self.assertEqual(self.b.json("log", "--host", self.a.name)["lines"],
                         [line for line in self.b.json("log")["lines"] if "from_host" in line])
        self.assertEqual(self.b.json("log", "--host", self.b.name)["lines"],
                         [line for line in self.b.json("log")["lines"] if "from_host" not in line])
        machine = self.a.name.rsplit("-", 1)[0]  # both clones are on it
        self.assertEqual(self.b.json("log", "--host", machine), self.b.json("log"))
        self.assertEqual(self.b.json("log", "-n", "2")["lines"], self.b.json("log")["lines"][-2:])
        self.assertEqual(self.b.json("log", "--host", self.a.name, "-n", "1")["lines"],
                         self.b.json("log", "--host", self.a.name)["lines"][-1:])
        self.assertEqual({line["action"] for line in self.b.json("log", "--action", "committed")["lines"]}, {"committed"})
        unknown = self.b.run("git", "stream", "log", "--host", "elsewhere")
        self.assertEqual((unknown.returncode, unknown.stdout), (2, ""))
        self.assertIn("--host: no lines of 'elsewhere' are known", unknown.stderr)

    def test_log_is_followed(self):
        self.exchange(self.a, self.b)
        follower = subprocess.Popen([scene.TESTED / "bin/git-stream", "log", "-f", "--json"], cwd=self.b.path, text=True,
                                    stdout=subprocess.PIPE, env=self.place.environment)
        try:
            time.sleep(1)
            self.a.stream("handoff", "add", "--to", "F1", "--new", "Chain", GIT_STREAM_AGENT="E1")
            self.a.stream("sync")
            self.b.stream("handoff", "add", "--to", "E1", "--new", "Mine", GIT_STREAM_AGENT="F1")
            self.b.stream("sync")
            seen = set()
            for text in follower.stdout:
                line = json.loads(text)
                if line["action"] == "handoff":
                    seen.add(line.get("from_host", "here"))
                if len(seen) == 2:
                    break
            self.assertEqual(seen, {"here", self.a.name})
        finally:
            follower.kill()
            follower.communicate()

    def test_warnings(self):
        work = self.a.start("F")
        self.a.stream("lock", "models/risk.py", GIT_STREAM_AGENT="E1")
        self.a.commit(work, "llm/a.py", "from models import risk\n\nVALUE = risk.VALUE\n")
        own = self.a.json("warnings")["lines"]
        self.assertEqual(len(own), 1, own)
        self.exchange(self.a, self.b)
        warning, = self.b.json("warnings")["lines"]
        self.assertEqual((warning["from_host"], warning["warning"], warning["line"]), (self.a.name, own[0]["warning"], 1))
        self.assertRegex(self.b.stream("warnings"), rf"medium +llm/a.py:1 imports .* \(on {self.a.name}\)\n")
        self.assertRegex(self.b.stream("log", "--action", "warned"), rf"warned +llm/a.py:1 imports .* \(on {self.a.name}\)\n")
        # In the clone itself the warning is there once, and the line that travels once.
        self.assertEqual(self.a.json("warnings")["lines"], own)
        self.assertEqual(len(self.a.json("log", "--action", "warned")["lines"]), 1)
        self.assertEqual(self.b.json("warnings", "--severity", "high")["lines"], [])

    def test_handoffs(self):
        work = self.a.start("E")
        self.a.commit(work, "models/risk.py", "VALUE = 1\n\n\ndef score(rows):\n    return len(rows)\n")
        self.a.stream("complete", "E")
        sent, = self.a.json("handoff", "--all")["handoffs"]
        self.exchange(self.a, self.b)
        self.assertEqual(self.b.json("handoff", "--all")["handoffs"], [sent | {"host": self.a.name}])
        self.assertEqual(sent["to_agents"], ["agent-G1"])
        self.assertIn(f"handoff from agent-E1 on {self.a.name} to agent-G1\n", self.b.stream("handoff", "--to", "G1"))
        self.assertEqual(self.b.json("handoff", "--to", "F1")["handoffs"], [])
        # handoffs.json is this host's own.
        self.assertNotIn("agent-E1", (self.b.path / ".git/stream/state/handoffs.json").read_text())

    def test_conflicts(self):
        for host, where in ((self.a, "E"), (self.b, "F")):
            work = host.start(where)
            (work / "docs").mkdir()
            (work / "docs/guide.md").write_text(f"{where}\n")
            self.place.git(work, "add", "-A")
            self.place.git(work, "-c", "core.hooksPath=/dev/null", "commit", "-qm", "Write")
        self.place.git(self.a.path, "-c", "core.hooksPath=/dev/null", "push", "-q", "origin", "feature/stream-E-models")
        self.b.must("git", "fetch", "-q")
        found = self.b.run("git", "stream", "conflicts", "--json")
        self.assertEqual(found.returncode, 1, found.stderr)
        report = json.loads(found.stdout)
        self.assertEqual({(side["stream"], side["remote"]) for side in report["streams"]}, {("E", "origin"), ("F", None)})
        self.assertEqual([finding["first"]["file"] for finding in report["findings"]], ["docs/guide.md"])

    def test_three_clones_with_wrong_clocks(self):
        c = Host(self.place, "c")
        hosts = [self.a, self.b, c]
        for number, host in enumerate(hosts):
            for step in range(5):
                # Clocks that are hours off, and one that goes back.
                hour = (3 * number + (5 - step if number == 1 else step)) % 24
                line = {"timestamp": f"2025-12-06T{hour:02}:00:00Z", "agent": "agent-E1", "stream": "E", "action": "locked",
                        "file": f"{number}.{step}"}
                with open(host.activity, "a", encoding="utf-8") as log:
                    log.write(json.dumps(line) + "\n")
        self.exchange(*hosts)
        for host in hosts:
            files = [line["file"] for line in host.json("log", "--action", "locked")["lines"]]
            self.assertEqual(sorted(files), [f"{number}.{step}" for number in range(3) for step in range(5)])
            for number in range(3):
                self.assertEqual([file for file in files if file.startswith(f"{number}.")], [f"{number}.{step}" for step in range(5)])

    def test_nonsense_of_another_host(self):
        with open(self.a.activity, "a", encoding="utf-8") as log:
            log.write('{"timestamp": "2025-12-06T10:00:00Z", "agent": "\\u001b[31mE1", "stream": 7, "action": "handoff", "to": 3, '
                      '"context": [1], "from_host": "b"}\ntorn\n[]\n')
        self.exchange(self.a, self.b)
        for command in ("status", "log", "warnings", "conflicts"):
            self.assertNotIn("\x1b", self.b.stream(command), command)
        self.assertNotIn("\x1b", self.b.stream("handoff", "--all"))
        self.assertEqual([line["from_host"] for line in self.b.json("log")["lines"] if line["action"] == "handoff"], [self.a.name])

    def test_without_a_remote(self):
        self.place.clone("sandbox")
        self.place.git(self.place.folder / "sandbox", "remote", "remove", "origin")
        self.a = Host(self.place, "sandbox", fresh=False)
        said = "hosts    alone: there is no remote origin; what is made here is judged where its bundle or patches arrive\n"
        self.assertEqual(self.a.stream("status").count(said), 1)
        self.assertTrue(self.a.json("status")["other_hosts"]["alone"])
        work = self.a.start("E")
        (work / "models/risk.py").write_text("VALUE = 2\n")
        done = self.a.run("git", "commit", "-qam", "Change", cwd=work)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        synced = self.a.run("git", "stream", "sync")
        self.assertEqual((synced.returncode, synced.stderr),
                         (0, "git-stream: this clone works alone: it has no remote to share locks by\n"))
        for command in (["log"], ["warnings"], ["handoff"], ["conflicts"], ["locks"], ["lock", "models/risk.py"]):
            done = self.a.run("git", "stream", *command, cwd=work)
            self.assertEqual((done.returncode, re.findall("alone|remote", done.stdout + done.stderr)), (0, []), command)

    def test_a_remote_that_is_taken_away_frees_nobody(self):
        self.a.stream("lock", "models/risk.py", GIT_STREAM_AGENT="E1")
        self.b.stream("sync")
        self.b.must("git", "remote", "remove", "origin")
        self.assertFalse(self.b.json("status")["other_hosts"]["alone"])
        refused = self.b.run("git", "stream", "lock", "models/risk.py", GIT_STREAM_AGENT="E1")
        self.assertEqual(refused.returncode, 4, refused.stderr)


if __name__ == "__main__":
    unittest.main()
