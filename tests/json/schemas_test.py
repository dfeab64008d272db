#!/usr/bin/env python3
"""What every command prints with --json, in repositories in several states, by the schemas in config/schemas."""

import copy
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GITSTREAM_BUILD", ROOT / "build" / "dev"))
SCHEMAS = {file.name.removesuffix(".schema.json"): json.loads(file.read_text())
           for file in sorted((ROOT / "config/schemas").glob("*.schema.json"))}

POLICY = """\
version: 1
streams:
  A:
    name: Foundation
    agents:
      A1: {scope: configuration, files: ["config/**"]}
      A2: {scope: tools, files: ["tools/**"], after: [A1]}
  B: {name: News, agents: {B1: {files: ["llm/**"]}}}
  C: {name: Models, depends_on: [A], agents: {C1: {files: ["models/**"]}}}
  D: {name: Views, agents: {D1: {files: ["llm/**", "views/**"]}}}
shared: ["docs/**"]
layers:
  - {name: low, modules: [config, tools]}
  - {name: high, modules: [llm, models, views]}
validate:
  - {name: fine, run: ["true"]}
  - {name: wrong, run: ["sh", "-c", "echo no; exit 3"]}
  - {name: gone, run: ["no-such-program-here"]}
  - {name: killed, run: ["sh", "-c", "kill -9 $$"]}
agent_command: ["true"]
tasks:
  - {title: Read the settings, agent: A1, priority: P1, days: 2}
  - {title: Draw, stream: D}
  - {title: Anything}
"""
FILES = {
    "config/settings.py": "import os\n\ndef path(name):\n    return os.path.join(name)\n",
    "config/wrong.py": "from llm import news\n",
    "tools/text.py": "from config.settings import path\n",
    "llm/__init__.py": "", "llm/news.py": "from config import settings\nfrom tools import text\n\ntext.join()\n",
    "models/risk.py": "import llm.news\n",
    "views/page.py": "from llm.news import *\n",
    "docs/ä.md": "x\n",
}


class Repository:
    """A folder in which git and the program work, and nobody's configuration."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "repo"
        self.environment = {k: v for k, v in os.environ.items() if k.startswith("GIT_DEFAULT_")} | {
            "PATH": f"{BUILD / 'bin'}:/usr/bin:/bin", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8",
            "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "a@b",
            "XDG_DATA_HOME": str(folder / "data"), "XDG_CACHE_HOME": str(folder / "cache"),
        }
        self.path.mkdir(parents=True)
        self.git("init", "-q", "-b", "develop")

    def run(self, *argv, cwd=None, **environment):
        return subprocess.run([str(word) for word in argv], cwd=cwd or self.path, env={**self.environment, **environment},
                              capture_output=True, text=True, timeout=120, check=False)

    def git(self, *arguments, **options):
        result = self.run("git", *arguments, **options)
        if result.returncode != 0:
            raise AssertionError(f"git {arguments}: {result.stdout}{result.stderr}")
        return result.stdout

    def write(self, files, cwd=None):
        for name, text in files.items():
            file = (cwd or self.path) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def commit(self, files, cwd=None, **options):
        self.write(files, cwd)
        self.git("add", "-A", cwd=cwd)
        self.git("commit", "-qm", "change", cwd=cwd, **options)


def alternatives(schema):
    """Each kind of answer as a schema of its own."""
    return [{**{k: v for k, v in schema.items() if k != "oneOf"}, **one} for one in schema.get("oneOf", [{}])]


def never_seen(schema, root, answers, where):
    """The members that a schema allows and none of the answers has."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].split("/")[-1]]
    for part in schema.get("anyOf", []) + schema.get("oneOf", []):
        yield from never_seen(part, root, answers, where)
    for name, part in schema.get("properties", {}).items():
        values = [answer[name] for answer in answers if isinstance(answer, dict) and name in answer]
        if answers and not values:
            yield f"{where}.{name}"
        yield from never_seen(part, root, values, f"{where}.{name}")
    values = [value for answer in answers if isinstance(answer, list) for value in answer]
    yield from never_seen(schema["items"], root, values, f"{where}[]") if "items" in schema else []


def valid(schema, answer):
    return jsonschema.Draft202012Validator(schema).is_valid(answer)


class Schemas(unittest.TestCase):
    seen = {}  # the answers of each command

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="git-stream-json-")).resolve()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.repo = Repository(self.folder)

    def ask(self, command, *arguments, codes=(0,), rest=(), **options):
        """The answer of git stream COMMAND ARGUMENTS --json [-- REST], which its schema allows."""
        result = self.repo.run("git", "stream", command, *arguments, "--json", *rest, **options)
        said = f"git stream {command} {' '.join(map(str, arguments))}: {result.returncode}: {result.stdout}{result.stderr}"
        self.assertIn(result.returncode, codes, said)
        answers = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertTrue(answers, said)
        for answer in answers:
            for fault in jsonschema.Draft202012Validator(SCHEMAS[command]).iter_errors(answer):
                best = jsonschema.exceptions.best_match([fault])
                self.fail(f"{said}\n{best.json_path}: {best.message}")
            self.seen.setdefault(command, []).append(answer)
        return answers[0]

    def check_in_any_state(self):
        for command, *arguments in (
                ["status"], ["locks"], ["log"], ["warnings"], ["tasks"], ["handoff"], ["handoff", "--all"], ["ask"], ["plan"],
                ["order"], ["order", "--rehearse"], ["conflicts"], ["check"], ["check", "--all"], ["graph"],
                ["graph", "--by", "module"], ["report", "--list"], ["doctor"], ["install"]):
            self.ask(command, *arguments, codes=(0, 1))

    def test_a_repository_without_a_policy(self):
        self.repo.commit(FILES)
        self.ask("policy", "--detect")
        self.ask("init", "--detect")
        self.ask("init")
        self.check_in_any_state()
        self.repo.git("add", "-A")
        self.repo.git("commit", "-qm", "policy")
        self.check_in_any_state()
        self.ask("uninstall", "--all")

    def make(self):
        self.repo.commit({**FILES, ".streams.yaml": POLICY})
        self.ask("init")
        self.ask("start", "A", "B", "D")
        return [self.folder / f"repo-stream-{name}" for name in "ABD"]

    def test_streams_from_start_to_merge(self):
        a, b, d = self.make()
        self.ask("start", "A")
        self.ask("start", "C", codes=(1,))
        self.ask("start", "--ready")
        self.ask("spawn", "A1", rest=["--", "true"])
        self.ask("spawn", "A1", rest=["--", "sh", "-c", "exit 3"], codes=(1,))
        self.ask("spawn", "B1", rest=["--", "sh", "-c", "kill -TERM $$"], codes=(1,))
        self.running = self.ask("spawn", "B1", "--detach", rest=["--", "sleep", "60"])["pid"]
        self.ask("status")
        self.ask("install", "--agent", "A1", cwd=a)
        self.ask("agent-hook", "--bind", "D1", "--session", "s", cwd=d)
        self.ask("tasks", "add", "More", "--stream", "B", "--priority", "P2")
        self.ask("tasks", "assign", "More", "B1")
        self.ask("tasks", "set", "1", "doing")
        self.ask("ask", "B1", "how", "far?", cwd=a)
        self.ask("ask")
        self.ask("ask", "--done", "1", "half", cwd=b)
        self.ask("ask", "--done", "1", cwd=b)
        self.ask("ask", "--all")
        self.ask("handoff", "add", "--to", "B1", "--new", "path()", "--task", "t", "--tests", "all", cwd=a)
        self.ask("handoff", "add", "--to", "B1", "--new", "path()", "--task", "t", "--tests", "all", cwd=a)
        self.ask("lock", "config/settings.py", cwd=a)
        self.commits(a, b, d)
        self.check_in_any_state()
        self.merges(a, b, d)

    def commits(self, a, b, d):
        """A clean change, one that breaks what another imports, and a conflict."""
        self.repo.commit({"config/settings.py": "def folder(name):\n    return name\n\ndef home():\n    return '/'\n"}, cwd=a)
        self.repo.commit({"llm/news.py": "from config.settings import path\npath('b')\n"}, cwd=b)
        self.repo.commit({"llm/news.py": "print('d')\n", "views/page.py": "import tools.text\n"}, cwd=d)
        found = self.ask("conflicts", codes=(1,))
        self.assertTrue(any(one["hunks"] for one in found["findings"]))
        self.assertTrue(self.ask("order", "--rehearse", codes=(1,))["rehearsal"]["breaks"])
        self.repo.write({"models/risk.py": "x = 1\n"}, cwd=b)
        self.assertTrue(self.ask("check", codes=(0,), cwd=b)["summary"])
        self.assertEqual(self.repo.run("git", "commit", "-qam", "of another stream", cwd=b).returncode, 1)
        self.repo.git("checkout", "-q", "HEAD", "--", ".", cwd=b)
        self.repo.write({"llm/more.py": "x = 1\n"}, cwd=b)
        self.ask("conflicts", "--dirty", codes=(1,))
        (b / "llm/more.py").unlink()
        self.ask("check", "--range", "develop..HEAD", cwd=a)

    def merges(self, a, b, d):
        self.ask("complete", "A1", cwd=a)
        self.ask("complete", "B", codes=(1,))  # its agent still runs
        self.ask("complete", "A", "D", "--anyway", "--empty", "--tests", "all pass", codes=(0, 1))
        self.ask("complete", "B", "--anyway")
        self.ask("complete", "B", "--anyway")
        self.ask("merge", "A", "--dry-run", codes=(0, 1))
        self.ask("merge", "D", codes=(0, 1))
        self.ask("merge", "D", codes=(0, 1))
        self.ask("merge", "B", "C", codes=(1,))  # its agent still runs
        os.kill(self.running, signal.SIGTERM)
        while any(agent["run"] == "running" for one in self.ask("status")["streams"] for agent in one["agents"]):
            time.sleep(0.05)
        self.assertTrue(self.ask("merge", "B", "C", codes=(1,))["merges"][0]["conflicts"])
        self.check_in_any_state()
        self.ask("report")
        self.ask("mcp")
        self.ask("report", "--last")
        self.ask("report", "--list")

    def test_a_stream_with_a_worktree_for_each_agent(self):
        self.repo.commit({**FILES, ".streams.yaml": POLICY})
        self.ask("init")
        started = self.ask("start", "A", "--per-agent")["streams"][0]
        first = pathlib.Path(started["worktree"])
        self.repo.commit({"config/settings.py": "def path(name, more):\n    return name\n"}, cwd=first)
        self.assertTrue(self.ask("status", cwd=first)["identity"]["agent"])
        self.ask("order", "A")
        self.repo.git("merge", "-q", "--no-ff", started["branch"])
        self.assertTrue(any(branch["merged"] for one in self.ask("status")["streams"] for branch in one["branches"]))
        self.repo.git("branch", "feature/stream-B-by-hand")
        self.ask("status")
        self.repo.commit({"llm/news.py": "x = 1\n"}, cwd=first, GIT_STREAM_BYPASS="to see it said")
        self.assertTrue(self.ask("check", "--range", "develop..HEAD", cwd=first, codes=(1,))["findings"][0]["commit"])

    def test_streams_that_import_from_each_other(self):
        _, b, d = self.make()
        self.repo.git("mv", "llm/news.py", "llm/paper.py", cwd=b)
        self.repo.commit({"llm/new.py": "import views.new\n"}, cwd=b)
        self.repo.commit({"views/new.py": "import llm.new\n", "llm/news.py": "text = 1\n"}, cwd=d)
        self.assertTrue(self.ask("order", codes=(1,))["circles"])
        self.ask("order", "--rehearse", codes=(0, 1))
        self.ask("conflicts", codes=(0, 1))
        (self.repo.path / ".git/hooks/pre-commit").unlink()
        self.ask("doctor", codes=(1,))
        self.assertTrue(self.ask("doctor", "--prove", "--way", "push", codes=(0, 1))["not_in_place"])

    def test_locks(self):
        a, b, _ = self.make()
        self.ask("lock", "docs/ä.md", "llm/x*.py", "--task", "for a while")
        self.ask("lock", "docs/ä.md")
        self.ask("lock", "docs/ä.md", cwd=b, codes=(1,))
        self.ask("lock", "config/settings.py", cwd=b, codes=(1,))
        self.ask("locks")
        self.ask("unlock", "docs/ä.md", cwd=b, codes=(1,))
        self.ask("unlock", "docs/ä.md")
        self.ask("unlock", "--all")
        self.ask("lock", "config/settings.py", cwd=a)
        self.repo.commit({"llm/more.py": "import config.settings\n"}, cwd=b)
        self.assertTrue(self.ask("warnings")["lines"])
        self.assertTrue(self.ask("status")["locks_held"])
        for command in ("log", "warnings"):  # goes on until it is ended
            result = self.repo.run("timeout", "0.5", "git", "stream", command, "-f", "--json")
            for line in result.stdout.splitlines():
                self.seen[command].append(json.loads(line))
                self.assertTrue(valid(SCHEMAS[command], json.loads(line)), line)

    def test_shared(self):
        server, other = self.folder / "server.git", self.folder / "other"
        self.repo.commit({**FILES, ".streams.yaml": POLICY + "coordination: {store: git}\n"})
        self.repo.git("clone", "-q", "--bare", self.repo.path, server)
        self.repo.git("remote", "add", "origin", server)
        self.repo.git("clone", "-q", server, other)
        self.ask("init")
        self.ask("init", cwd=other)
        for place in self.repo.path, other:  # none is due by itself
            (place / ".git/stream/coordination").mkdir(exist_ok=True)
            (place / ".git/stream/coordination/sync.log").touch()
        agent = {"GIT_STREAM_AGENT": "B1"}
        self.ask("lock", "llm/news.py", "llm/more.py", **agent)
        self.assertTrue(self.ask("lock", "llm/news.py", cwd=other, codes=(1,), **agent)["held"][0]["host"])
        self.assertTrue(self.ask("locks", cwd=other)["locks"][0]["host"])
        self.ask("unlock", "llm/more.py", cwd=other, codes=(1,), **agent)
        self.ask("unlock", "--force", "--reason", "gone", "llm/more.py", cwd=other)
        # As gates do it, which ask nobody.
        state = ".git/stream/state/file_locks.json"
        table = json.loads((self.repo.path / state).read_text())
        for lock in table["locks"].values():
            del lock["lease"]
        (other / state).write_text(json.dumps(table))
        self.assertTrue(self.ask("sync", cwd=other, codes=(1,))["lost"])
        (self.repo.path / state).write_text(json.dumps({**table, "locks": {"free.py": table["locks"]["llm/news.py"]}}))
        answer = self.ask("sync")
        self.assertTrue(answer["acquired"] and answer["released"])

    def test_a_push_with_leases(self):
        hub = self.folder / "hub.git"
        self.repo.git("init", "-q", "--bare", "-b", "develop", hub)
        self.repo.git("remote", "add", "origin", hub)
        self.repo.commit({**FILES, ".streams.yaml": POLICY + "coordination: {store: git}\n"})
        self.repo.git("push", "-q", "origin", "develop")
        self.ask("init")
        self.repo.git("checkout", "-q", "-b", "feature/stream-B-news")
        agent = {"GIT_STREAM_AGENT": "B1"}
        self.ask("lock", "llm/ä.py", **agent)
        self.repo.commit({"llm/ä.py": "y = 1\n"}, **agent)
        pushed = self.ask("push", "origin", "HEAD", **agent)
        self.assertEqual((pushed["pushed"], pushed["atomic"], pushed["refs"][0]["flag"]), (True, True, "*"))
        self.assertEqual([lease["path"] for lease in pushed["leases"]], ["llm/ä.py"])
        self.assertTrue(self.ask("push", "origin", "HEAD", **agent)["pushed"])
        self.repo.git("commit", "-q", "--amend", "-m", "again", **agent)
        self.assertFalse(self.ask("push", "origin", "HEAD", codes=(1,), **agent)["pushed"])

    def test_python(self):
        self.repo.commit({**FILES, ".streams.yaml": POLICY})
        self.ask("init")
        self.assertTrue(self.ask("check", "--all", codes=(1,))["findings"])
        self.ask("check", "--why", "views", "config")
        self.ask("check", "--why", "tools", "views", codes=(1,))
        self.ask("imports")
        for by in ("layer", "top", "module"):
            self.ask("graph", "--by", by)
        self.ask("baseline")
        self.ask("baseline")
        self.ask("validate", codes=(1,))
        self.ask("validate", "--step", "fine")
        self.ask("report")
        self.ask("mcp")
        self.ask("doctor", "--prove", "--way", "--no-verify", codes=(0, 1))

    def test_other_hosts(self):
        """Two clones of one server; the other one has pushed, locked and handed on."""
        server, other = self.folder / "server.git", self.folder / "other"
        self.repo.commit({**FILES, ".streams.yaml": POLICY + "coordination: {store: git}\n"})
        self.repo.git("init", "-q", "--bare", "-b", "develop", server)
        self.repo.git("remote", "add", "origin", server)
        self.repo.git("push", "-q", "-u", "origin", "develop")
        self.repo.git("clone", "-q", server, other)
        self.ask("init")
        self.ask("init", cwd=other)
        for clone in (other, self.repo.path):
            self.repo.git("switch", "-qc", "feature/stream-B-news", cwd=clone)
            self.repo.commit({"llm/more.py": f"x = {str(clone)!r}\n"}, cwd=clone)
        self.repo.git("push", "-q", "--no-verify", "origin", "HEAD", "HEAD:refs/heads/feature/stream-D-views", cwd=other)
        self.repo.git("fetch", "-q")
        self.ask("handoff", "add", "--to", "B1", "--new", "path()", cwd=other, GIT_STREAM_AGENT="A1")
        self.ask("lock", "docs/x*.md", cwd=other, GIT_STREAM_AGENT="B1")
        for clone in (other, self.repo.path):
            self.synchronise(clone)
        self.check_in_any_state()
        others = self.ask("status")["other_hosts"]
        self.assertTrue(others["read"] and others["branches"] and others["differences"], others)
        self.assertTrue(any(agent["leases"] for agent in others["hosts"][0]["agents"]), others)
        self.assertTrue(self.ask("handoff", "--all")["handoffs"][0]["host"])
        self.assertTrue(self.ask("conflicts", codes=(0, 1))["differences"])
        self.ask("log", "--host", others["hosts"][0]["host"])

    def synchronise(self, clone):
        """As a command does in the background; one of these may be running."""
        for _ in range(100):
            if not self.ask("sync", cwd=clone)["busy"]:
                return
            time.sleep(0.1)
        self.fail("another sync does not end")

    def test_a_damaged_state(self):
        self.make()
        state = self.repo.path / ".git/stream/state"
        (state / "orchestrator_state.json").write_text("{")
        self.assertTrue(self.ask("status", codes=(0, 1, 3))["damage"])
        with open(state / "agent_activity.jsonl", "a") as log:
            log.write("torn\n")
        self.assertEqual(self.ask("log")["torn"], 1)
        self.ask("doctor", codes=(3,))
        self.ask("init", "--repair")


class All(Schemas):
    """After the others: nothing is left out."""

    def test_z(self):
        commands = re.findall(r"^  ([a-z][a-z-]*) ", self.repo.run("git-stream", "-h").stdout, re.MULTILINE)
        self.assertEqual(sorted(SCHEMAS), sorted(commands), "a schema for each command, and for no other")
        for command, schema in SCHEMAS.items():
            jsonschema.Draft202012Validator.check_schema(schema)
            self.assertEqual(list(never_seen(schema, schema, self.seen.get(command, []), command)), [])
            for number, one in enumerate(alternatives(schema)):
                matching = [answer for answer in self.seen.get(command, []) if valid(one, answer)]
                self.assertTrue(matching, f"{command}: no answer of kind {number} was seen")
                for answer in matching if one.get("additionalProperties") is False else []:
                    more = {**copy.deepcopy(answer), "more": 1}
                    self.assertFalse(valid(schema, more), f"{command}: kind {number} allows what is not printed")
                    less = {name: value for name, value in answer.items() if name != "schema"}
                    self.assertFalse("schema" in answer and valid(schema, less), f"{command}: kind {number}")


def load_tests(loader, _, __):
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(Schemas))
    suite.addTest(All("test_z"))
    return suite


if __name__ == "__main__":
    unittest.main()
