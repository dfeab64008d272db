#!/usr/bin/env python3
"""`git stream mcp` with the protocol's official client (PyPI: mcp), in every revision that both know."""

import asyncio
import json
import os
import pathlib
import sys
import unittest
import warnings

TOOLS = pathlib.Path(__file__).resolve().parents[2] / "build" / "tools" / "python" / "bin" / "python"
try:
    import jsonschema
    from mcp import MCPError
    from mcp.client.client import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client
    from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
except ImportError:
    if TOOLS.exists() and "venv" not in sys.argv:
        os.execv(TOOLS, [str(TOOLS), "-B", *sys.argv, "venv"])
    print("skipped: the package mcp is not there (./install/test.sh installs it)")
    sys.exit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "managers"))
from sandbox import BUILD, ROOT, enrolled_sandbox  # noqa: E402

MODES = ("auto", "2026-07-28", "legacy")
TOKENS, BYTES_OF_A_TOKEN = 2000, 3.5


class OfficialClient(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.box = enrolled_sandbox(self)

    def client(self, mode="auto", cwd=None):
        server = StdioServerParameters(command=str(BUILD / "bin" / "git-stream"), args=["mcp"], cwd=str(cwd or self.box.repo),
                                       env=self.box.environment)
        return Client(stdio_client(server), mode=mode, read_timeout_seconds=60)

    async def test_every_mode_connects_and_lists(self):
        for mode in MODES:
            async with self.client(mode) as client:
                expected = HANDSHAKE_PROTOCOL_VERSIONS[-1] if mode == "legacy" else "2026-07-28"
                self.assertEqual(client.protocol_version, expected)
                tools = (await client.list_tools()).tools
                self.assertEqual([tool.name for tool in tools], ["status", "lock", "unlock", "check", "conflicts", "handoff"])
                self.assertEqual({str(one.uri) for one in (await client.list_resources()).resources},
                                 {"git-stream://locks", "git-stream://log"})
                self.assertEqual(len((await client.list_resource_templates()).resource_templates), 1)

    async def test_what_it_says_of_itself(self):
        for mode in ("auto", "legacy"):
            async with self.client(mode) as client:
                self.assertEqual(client.server_info.name, "git-stream")
                self.assertIn("Lock what you are about to edit", client.instructions)

    async def test_the_schemas_are_small(self):
        async with self.client() as client:
            tools = (await client.list_tools()).tools
            text = json.dumps([tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in tools])
            self.assertLess(len(text.encode()) / BYTES_OF_A_TOKEN, TOKENS)
            hints = {tool.name: (tool.annotations.read_only_hint, tool.annotations.destructive_hint) for tool in tools}
            self.assertEqual({name for name, (read_only, _) in hints.items() if read_only}, {"status", "check", "conflicts"})
            self.assertEqual({destructive for _, destructive in hints.values()}, {False})

    async def test_a_day_of_an_agent(self):
        for mode in MODES:
            async with self.client(mode) as client:
                locked = await client.call_tool("lock", {"paths": ["a/x"], "task": "Write it", "ttl": "10m"})
                self.assertFalse(locked.is_error)
                self.assertIn("locked a/x until", locked.content[0].text)
                self.assertEqual(locked.structured_content["taken"][0]["agent"], "agent-A1")
                refused = await client.call_tool("lock", {"paths": ["b/x"]})
                self.assertTrue(refused.is_error)
                self.assertIn("belongs to agent-B1", refused.content[0].text)
                self.assertIn("next: ", refused.content[0].text)
                self.assertIsNone(refused.structured_content)  # it would hide the text from some models
                read = await client.read_resource("git-stream://locks")
                locks = json.loads(read.contents[0].text)["locks"]
                self.assertEqual([(lock["path"], lock["task"]) for lock in locks], [("a/x", "Write it")])
                log = json.loads((await client.read_resource("git-stream://log?last=1")).contents[0].text)
                self.assertEqual([line["action"] for line in log["lines"]], ["locked"])
                unlocked = await client.call_tool("unlock", {"all": True})
                self.assertIn("unlocked a/x", unlocked.content[0].text)

    async def test_the_verdict_is_the_commit_s(self):
        async with self.client() as client:
            self.box.write(self.box.repo / "b" / "x", "x", 0o644)
            self.box.git("add", "-A")
            checked = await client.call_tool("check")
            self.assertTrue(checked.is_error)
            self.assertIn("b/x: scope: belongs to agent-B1 (stream B)", checked.content[0].text)
            self.box.git("rm", "-qf", "b/x")
            checked = await client.call_tool("check")
            self.assertFalse(checked.is_error)
            self.assertEqual(checked.structured_content["findings"], [])

    async def test_handoffs_reach_the_other_agent(self):
        async with self.client() as client, self.client(cwd=self.box.linked) as other:
            added = await client.call_tool("handoff", {"to": ["B1"], "breaking": ["f() is gone"], "tests": "green"})
            self.assertFalse(added.is_error)
            got = await other.call_tool("handoff")
            self.assertIn("breaking: f() is gone", got.content[0].text)
            self.assertEqual(got.structured_content["handoffs"][0]["from_agent"], "agent-A1")

    async def test_the_session_of_a_call_says_which_agent_of_a_stream_acts(self):
        stream = self.box.folder / "stream"
        self.box.git("worktree", "add", "-q", "--detach", str(stream))
        self.box.must("git-stream", "install", "--stream", "A", cwd=stream)
        self.box.must("git-stream", "agent-hook", "--bind", "A1", cwd=stream, env={"CODEX_THREAD_ID": "thread"})
        for mode in MODES:
            async with self.client(mode, stream) as client:
                bound = await client.call_tool("lock", {"paths": ["a/x"]}, meta={"threadId": "thread"})
                self.assertIn("as agent-A1 (stream A)", bound.content[0].text)
                other = await client.call_tool("lock", {"paths": ["a/y"]}, meta={"threadId": "another"})
                self.assertIn("as stream A", other.content[0].text)
                for meta in ({"threadId": "thread"}, {"threadId": "another"}):
                    await client.call_tool("unlock", {"all": True}, meta=meta)

    async def test_status_and_conflicts_answer(self):
        async with self.client() as client:
            status = await client.call_tool("status")
            self.assertIn("you are  agent-A1 (stream A)", status.content[0].text)
            self.assertEqual(status.structured_content["identity"]["agent"], "agent-A1")
            conflicts = await client.call_tool("conflicts", {"dirty": True})
            self.assertFalse(conflicts.is_error)
            self.assertEqual(conflicts.structured_content["findings"], [])

    async def test_structured_content_is_the_command_s_json(self):
        calls = {"status": {}, "lock": {"paths": ["a/x"]}, "check": {}, "conflicts": {}, "unlock": {"all": True},
                 "handoff": {"to": ["B1"], "new": ["f()"]}}
        async with self.client() as client:
            for tool, arguments in calls.items():
                schema = json.loads((ROOT / "config" / "schemas" / f"{tool}.schema.json").read_text())
                answer = (await client.call_tool(tool, arguments)).structured_content
                jsonschema.Draft202012Validator(schema).validate(answer)

    async def test_faults_are_told_as_the_protocol_has_it(self):
        for mode in MODES:
            async with self.client(mode) as client:
                wrong = await client.call_tool("lock", {"path": ["x"], "paths": ["x"]})
                self.assertTrue(wrong.is_error)
                self.assertIn("did you mean 'paths'?", wrong.content[0].text)
                with self.assertRaises(MCPError):
                    await client.call_tool("merge")
                with self.assertRaises(MCPError):
                    await client.read_resource("git-stream://nonsense")
                with self.assertRaises(MCPError):
                    await client.read_resource("git-stream://log?since=yesterday-or-so")

    async def test_calls_side_by_side_get_their_own_answers(self):
        async with self.client() as client:
            tools = ["check", "status", "conflicts", "handoff"] * 10
            answers = await asyncio.gather(*(client.call_tool(tool) for tool in tools))
            for tool, answer in zip(tools, answers):
                self.assertIn({"check": "subject", "status": "tiers", "conflicts": "pairs", "handoff": "handoffs"}[tool],
                              answer.structured_content)

    async def test_ping_is_answered_while_a_call_waits(self):
        self.box.must("git-stream", "lock", "shared", cwd=self.box.linked)
        async with self.client("legacy") as client:
            slow = asyncio.ensure_future(client.call_tool("lock", {"paths": ["shared"], "wait": "1m"}))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of later revisions
                await client.send_ping()
            await asyncio.sleep(0.1)
            self.assertFalse(slow.done())
            self.box.must("git-stream", "unlock", "--all", cwd=self.box.linked)
            self.assertFalse((await slow).is_error)


if __name__ == "__main__":
    unittest.main(argv=[word for word in sys.argv if word != "venv"])
