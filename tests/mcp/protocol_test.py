#!/usr/bin/env python3
"""`git stream mcp` as a process: what it does with malformed, oversized and concurrent requests, with cancelled ones, and
when it is to end. The messages themselves are tested in tests/unit/mcp; the official client is client_test.py."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "managers"))
from sandbox import BUILD, enrolled_sandbox  # noqa: E402

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


def request(number, method, **params):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": {"_meta": META, **params}}


def call(number, tool, **arguments):
    return request(number, "tools/call", name=tool, arguments=arguments)


def cancel(number):
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": number}}


def text_of(reply):
    return reply["result"]["content"][0]["text"]


class Server:
    """A running server; answers are read as they come."""

    def __init__(self, box, cwd, env=None):
        self.process = subprocess.Popen([BUILD / "bin" / "git-stream", "mcp"], cwd=cwd, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=box.environment | (env or {}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def send(self, *messages):
        for message in messages:
            line = message if isinstance(message, bytes) else json.dumps(message).encode()
            self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("no answer: " + self.process.stderr.read().decode())
        return json.loads(line)

    def answers(self, count):
        return {reply["id"]: reply for reply in (self.read() for _ in range(count))}

    def ask(self, message):
        self.send(message)
        return self.read()

    def tool(self, name, **arguments):
        return self.ask(call(1, name, **arguments))

    def close(self):
        """Ends stdin; the rest of the answers, and the exit code."""
        output, errors = self.process.communicate(timeout=60)
        if errors:
            raise AssertionError(errors.decode())
        return [json.loads(line) for line in output.splitlines()], self.process.returncode


class Case(unittest.TestCase):
    def setUp(self):
        self.box = enrolled_sandbox(self)

    def server(self, cwd=None, env=None):
        server = Server(self.box, cwd or self.box.repo, env)
        self.addCleanup(server.__exit__)
        return server


class Requests(Case):
    def test_a_malformed_message_is_answered_and_the_next_one_is_served(self):
        server = self.server()
        for line, code in ((b"nonsense", -32700), (b'{"jsonrpc": "2.0", "id": 1, "method": "\xff"}', -32700),
                           (b"[" * 100, -32600), (b"[1]", -32600), (b"{}", -32600)):
            self.assertEqual(server.ask(line)["error"]["code"], code, line)
            self.assertEqual(server.tool("check")["id"], 1)

    def test_an_oversized_message_is_answered_and_the_next_one_is_served(self):
        server = self.server()
        big = call(1, "lock", paths=["x" * (5 << 20)])
        reply = server.ask(big)
        self.assertEqual((reply["id"], reply["error"]["code"]), (None, -32600))
        large = server.ask(call(2, "lock", paths=["x" * (3 << 20)]))
        self.assertTrue(large["result"]["isError"])
        self.assertEqual(server.tool("check")["id"], 1)

    def test_many_requests_at_once_are_all_answered(self):
        server = self.server()
        numbers = range(150)
        server.send(*(call(number, "lock", paths=[f"a/{number}"]) for number in numbers))
        answers = server.answers(len(numbers))
        self.assertEqual(set(answers), set(numbers))
        self.assertEqual({reply["result"]["isError"] for reply in answers.values()}, {False})
        locks = json.loads(server.ask(request(1, "resources/read", uri="git-stream://locks"))["result"]["contents"][0]["text"])
        self.assertEqual({lock["path"] for lock in locks["locks"]}, {f"a/{number}" for number in numbers})

    def test_a_slow_call_holds_up_nobody_and_can_be_cancelled(self):
        self.box.must("git-stream", "lock", "shared", cwd=self.box.linked)
        server = self.server()
        server.send(call("slow", "lock", paths=["shared"], wait="1m"))
        started = time.monotonic()
        self.assertEqual(server.tool("check")["id"], 1)
        server.send(cancel("slow"))
        self.assertEqual(server.tool("check")["id"], 1)
        replies, status = server.close()
        self.assertEqual((replies, status), ([], 0))
        self.assertLess(time.monotonic() - started, 20)

    def test_five_slow_calls_wait_for_each_other_and_are_cancelled_too(self):
        self.box.must("git-stream", "lock", "shared", cwd=self.box.linked)
        server = self.server()
        server.send(*(call(number, "lock", paths=["shared"], wait="1m") for number in range(6)))
        server.send(*(cancel(number) for number in range(5)))
        server.send(cancel(5))
        self.assertEqual(server.tool("check")["id"], 1)

    def test_answers_that_nobody_reads_yet_are_kept(self):
        server = self.server()
        count = 100
        server.send(*(call(number, "status") for number in range(count)))
        time.sleep(0.5)
        self.assertEqual(len(server.answers(count)), count)


class Ends(Case):
    def test_what_was_asked_is_answered_after_stdin_has_ended(self):
        server = self.server()
        server.send(call(1, "status"), call(2, "conflicts"))
        server.process.stdin.write(json.dumps(call(3, "check")).encode())  # without a newline
        replies, status = server.close()
        self.assertEqual(({reply["id"] for reply in replies}, status), ({1, 2, 3}, 0))

    def test_nothing_asked_nothing_said(self):
        self.assertEqual(self.server().close(), ([], 0))

    def test_a_signal_ends_the_server_and_what_it_runs(self):
        self.box.must("git-stream", "lock", "shared", cwd=self.box.linked)
        for number in (signal.SIGTERM, signal.SIGINT):
            server = self.server()
            server.send(call("slow", "lock", paths=["shared"], wait="1m"))
            self.assertEqual(server.tool("check")["id"], 1)
            children = pathlib.Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
            self.assertEqual(len(children), 1)
            server.process.send_signal(number)
            status = server.process.wait(timeout=20)
            self.assertEqual(status, 130 if number == signal.SIGINT else -number)
            self.assertFalse(os.path.exists(f"/proc/{children[0]}"))

    def test_a_client_that_is_gone_ends_the_server(self):
        server = self.server()
        server.process.stdout.close()
        server.send(call(1, "check"))
        self.assertEqual(server.process.wait(timeout=20), 3)
        self.assertIn("cannot write an answer", server.process.stderr.read().decode())

    def test_a_command_that_is_killed_is_an_answer(self):
        self.box.must("git-stream", "lock", "shared", cwd=self.box.linked)
        server = self.server()
        server.send(call("slow", "lock", paths=["shared"], wait="1m"))
        self.assertEqual(server.tool("check")["id"], 1)
        children = pathlib.Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        reply = server.read()
        self.assertTrue(reply["result"]["isError"])
        self.assertIn("ended by signal 9", text_of(reply))
        self.assertEqual(server.tool("check")["id"], 1)


class WhoActs(Case):
    """The sandbox's repository is enrolled as A1, the linked worktree as B1."""

    def holder(self, path):
        locks = json.loads(self.box.must("git-stream", "locks", "--json").stdout)["locks"]
        return {lock["path"]: lock["agent"] for lock in locks}.get(path)

    def test_the_worktree_says_who(self):
        reply = self.server(self.box.linked).tool("lock", paths=["b/x"])
        self.assertEqual(self.holder("b/x"), "agent-B1")
        self.assertIn(f"as agent-B1 (stream B), in {self.box.linked}", text_of(reply))

    def test_a_subfolder_is_the_worktree(self):
        (self.box.repo / "a").mkdir()
        self.server(self.box.repo / "a").tool("lock", paths=["a/x"])
        self.assertEqual(self.holder("a/x"), "agent-A1")

    def test_absolute_paths_are_taken_below_the_worktree_and_nowhere_else(self):
        server = self.server()
        self.assertFalse(server.tool("lock", paths=[str(self.box.repo / "a" / "x")])["result"]["isError"])
        self.assertEqual(self.holder("a/x"), "agent-A1")
        for path in (self.box.linked / "b" / "x", pathlib.Path("/etc/passwd")):
            reply = server.tool("lock", paths=[str(path)])
            self.assertTrue(reply["result"]["isError"])
            self.assertIn("is not in the worktree", text_of(reply))
        self.assertIsNone(self.holder("b/x"))

    def test_nobody_acts_from_anothers_worktree(self):
        server = self.server()
        reply = server.tool("lock", paths=["b/x"], worktree=str(self.box.linked))
        self.assertTrue(reply["result"]["isError"])
        self.assertIn("started for agent-A1", text_of(reply))
        self.assertIsNone(self.holder("b/x"))
        self.assertIn("you are  agent-B1", text_of(server.tool("status", worktree=str(self.box.linked))))

    def test_a_server_of_no_agent_acts_where_it_is_told(self):
        orchestrator = self.box.folder / "orchestrator"
        self.box.git("worktree", "add", "-q", "--detach", str(orchestrator))
        server = self.server(orchestrator)
        server.tool("lock", paths=["b/x"], worktree=str(self.box.linked))
        self.assertEqual(self.holder("b/x"), "agent-B1")
        server.tool("lock", paths=["a/x"], agent="A1")
        self.assertEqual(self.holder("a/x"), "agent-A1")

    def test_another_repository_is_no_worktree(self):
        other = self.box.folder / "other"
        self.box.git("init", "-q", str(other), cwd=self.box.folder)
        for place, words in ((other, "is no worktree of this repository"), ("/nonexistent", "there is no folder")):
            reply = self.server().tool("status", worktree=str(place))
            self.assertTrue(reply["result"]["isError"])
            self.assertIn(words, text_of(reply))

    def test_git_s_variables_do_not_follow_into_another_worktree(self):
        orchestrator = self.box.folder / "orchestrator"
        self.box.git("worktree", "add", "-q", "--detach", str(orchestrator))
        server = self.server(orchestrator, {"GIT_DIR": str(self.box.repo / ".git"), "GIT_WORK_TREE": str(self.box.repo)})
        self.assertIn("you are  agent-B1", text_of(server.tool("status", worktree=str(self.box.linked))))

    def test_an_agent_that_is_named_is_checked(self):
        for arguments, words in (({"agent": "B1"}, "this worktree is agent-A1's"), ({"agent": "Q9"}, "no agent 'Q9'")):
            reply = self.server().tool("lock", paths=["a/x"], **arguments)
            self.assertTrue(reply["result"]["isError"])
            self.assertIn(words, text_of(reply))
        started = self.server(env={"GIT_STREAM_AGENT": "A1"})
        self.assertIn("started with GIT_STREAM_AGENT=A1", text_of(started.tool("status", agent="B1")))
        self.assertFalse(started.tool("lock", paths=["a/x"], agent="agent-A1")["result"]["isError"])

    def test_a_session_is_the_agent_that_it_is_bound_to(self):
        stream = self.box.folder / "stream"
        self.box.git("worktree", "add", "-q", "--detach", str(stream))
        self.box.must("git-stream", "install", "--stream", "A", cwd=stream)
        bind = {"CODEX_THREAD_ID": "t1"}
        self.box.must("git-stream", "agent-hook", "--bind", "A1", cwd=stream, env=bind)
        server = self.server(stream)
        lock = call(1, "lock", paths=["a/x"])
        lock["params"]["_meta"] = META | {"threadId": "t1"}
        self.assertIn("as agent-A1", text_of(server.ask(lock)))
        self.assertIn("as stream A", text_of(server.tool("lock", paths=["a/y"])))
        claude = self.server(stream, {"CLAUDE_CODE_SESSION_ID": "t1"})
        self.assertIn("as agent-A1", text_of(claude.tool("lock", paths=["a/z"])))

    def test_a_worktree_that_is_gone_is_said(self):
        server = self.server(self.box.linked)
        self.assertFalse(server.tool("status")["result"]["isError"])
        self.box.git("worktree", "remove", "--force", str(self.box.linked))
        reply = server.tool("lock", paths=["b/x"])
        self.assertTrue(reply["result"]["isError"])
        self.assertIsNone(self.holder("b/x"))

    def test_where_there_is_no_repository_each_call_says_so(self):
        reply = self.server(self.box.folder).tool("status")
        self.assertTrue(reply["result"]["isError"])
        self.assertIn("repository", text_of(reply))


if __name__ == "__main__":
    unittest.main()
