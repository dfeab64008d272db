#!/usr/bin/env python3
"""The plugin for Claude Code (integrations/claude-code): its files are there and say what they must, and its hooks answer a
recorded tool call by the real program."""

import json
import os
import pathlib
import re
import shlex
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "managers"))
from sandbox import ROOT, Sandbox  # noqa: E402

PLUGIN = ROOT / "integrations" / "claude-code"
LINES_OF_A_PAGE = 60


def read(file):
    return json.loads(file.read_text())


def commands(settings):
    """(event, matcher, command) of each hook."""
    return [(event, group.get("matcher", ""), hook["command"]) for event, groups in settings["hooks"].items()
            for group in groups for hook in group["hooks"]]


class Files(unittest.TestCase):
    def test_the_marketplace_names_the_plugin(self):
        market = read(ROOT / ".claude-plugin" / "marketplace.json")
        self.assertEqual({"name", "owner", "plugins"} - set(market), set())
        for plugin in market["plugins"]:
            folder = ROOT / plugin["source"]
            self.assertEqual(read(folder / ".claude-plugin" / "plugin.json")["name"], plugin["name"])

    def test_the_versions_agree(self):
        project = re.search(r"project\(git-stream VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
        self.assertEqual(read(PLUGIN / ".claude-plugin" / "plugin.json")["version"], project)

    def test_every_file_that_is_named_is_there(self):
        for _, _, command in commands(read(PLUGIN / "hooks" / "hooks.json")):
            script = shlex.split(command.replace("${CLAUDE_PLUGIN_ROOT}", str(PLUGIN)))[0]
            self.assertTrue(os.access(script, os.X_OK), script)
        self.assertEqual(read(PLUGIN / ".mcp.json")["mcpServers"]["git-stream"]["args"], ["mcp"])

    def test_the_skill_is_one(self):
        text = (PLUGIN / "skills" / "git-stream" / "SKILL.md").read_text()
        front = re.match(r"---\nname: ([a-z-]{1,64})\ndescription: (.{1,1024})\n---\n", text)
        self.assertEqual(front.group(1), "git-stream")
        self.assertLess(text.count("\n"), LINES_OF_A_PAGE)

    def test_the_commands_that_agents_are_told_are_there(self):
        box = Sandbox()
        self.addCleanup(box.close)
        known = set(re.findall(r"^  ([a-z-]+) ", box.must("git-stream", "-h").stdout, re.M))
        for file in (PLUGIN / "skills" / "git-stream" / "SKILL.md", ROOT / "integrations" / "agents-md.md"):
            named = set(re.findall(r"git stream ([a-z-]+)", " ".join(re.findall(r"`([^`]+)`", file.read_text()))))
            self.assertLessEqual(named, known)
            self.assertIn("lock", named)


class Hooks(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)
        self.box.must("git-stream", "init")
        self.box.enrol()
        self.hooks = commands(read(PLUGIN / "hooks" / "hooks.json"))

    def call(self, event, path, cwd=None, environment=None):
        cwd = cwd or self.box.repo
        recorded = {"session_id": "s", "cwd": str(cwd), "hook_event_name": event, "tool_name": "Write",
                    "tool_input": {"file_path": str(cwd / path), "content": "x"}}
        command = next(command for named, _, command in self.hooks if named == event)
        return self.box.run("/bin/sh", "-c", command, cwd=cwd, stdin=json.dumps(recorded),
                            env={"CLAUDE_PLUGIN_ROOT": str(PLUGIN), **(environment or {})})

    def test_they_are_those_that_install_writes(self):
        self.box.must("git-stream", "install", "--agents", "claude")
        written = commands(read(self.box.repo / ".claude" / "settings.local.json"))
        self.assertEqual([hook[:2] for hook in self.hooks], [hook[:2] for hook in written])

    def test_an_edit_out_of_scope_is_denied_and_one_in_scope_passes(self):
        denied = self.call("PreToolUse", "b/x")
        answer = json.loads(denied.stdout)["hookSpecificOutput"]
        self.assertEqual((denied.returncode, answer["permissionDecision"]), (0, "deny"))
        self.assertIn("b/x: scope: belongs to agent-B1", answer["permissionDecisionReason"])
        passed = self.call("PreToolUse", "a/x")
        self.assertEqual((passed.returncode, passed.stdout, passed.stderr), (0, "", ""))

    def test_a_session_is_told_who_it_is(self):
        self.assertIn("agent-A1", self.call("SessionStart", "a/x").stdout)

    def test_a_program_that_breaks_blocks(self):
        broken = self.box.folder / "broken"
        self.box.write(broken / "git-stream", "#!/bin/sh\nexit 70\n")
        path = {"PATH": f"{broken}:/usr/bin:/bin"}
        self.assertEqual(self.call("PreToolUse", "a/x", environment=path).returncode, 2)
        self.assertNotEqual(self.call("Stop", "a/x", environment=path).returncode, 2)

    def test_a_missing_program_stops_only_where_it_is_needed(self):
        path = {"PATH": "/usr/bin:/bin"}
        if self.box.run("sh", "-c", "command -v git-stream", env=path).returncode == 0:
            self.skipTest("git-stream is installed in /usr/bin")
        stopped = self.call("PreToolUse", "a/x", environment=path)
        self.assertEqual(stopped.returncode, 2)
        self.assertIn("git-stream is not on PATH", stopped.stderr)
        self.assertEqual(self.call("Stop", "a/x", environment=path).returncode, 1)
        other = self.box.folder / "other"
        self.box.git("init", "-q", str(other), cwd=self.box.folder)
        for place in (other, self.box.folder):
            passed = self.call("PreToolUse", "a/x", cwd=place, environment=path)
            self.assertEqual((passed.returncode, passed.stdout, passed.stderr), (0, "", ""))

    def test_another_repository_hears_nothing(self):
        other = self.box.folder / "other"
        self.box.git("init", "-q", str(other), cwd=self.box.folder)
        passed = self.call("PreToolUse", "a/x", cwd=other)
        self.assertEqual((passed.returncode, passed.stdout, passed.stderr), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
