#!/usr/bin/env python3
"""What `install --agents` writes besides hooks (the MCP server, the skill, lines in AGENTS.md), and that uninstall leaves
every file as it was."""

import json
import pathlib
import sys
import tomllib
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "managers"))
from sandbox import Sandbox  # noqa: E402

ALL = "claude,codex,gemini,cursor,copilot"
JSON_FILES = {"claude": ".mcp.json", "gemini": ".gemini/settings.json", "cursor": ".cursor/mcp.json", "copilot": ".mcp.json"}
SKILL = pathlib.Path(__file__).resolve().parents[2] / "integrations/claude-code/skills/git-stream/SKILL.md"


class Case(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.close)
        self.box.must("git-stream", "init")

    def install(self, *options, agents=ALL):
        return self.box.must("git-stream", "install", "--agents", agents, *options).stdout

    def uninstall(self):
        return self.box.must("git-stream", "uninstall", "--all").stdout

    def write(self, name, data):
        file = self.box.repo / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return file

    def files(self):
        """Every file of the worktree that is not git's."""
        return {str(file.relative_to(self.box.repo)): file.read_bytes()
                for file in self.box.repo.rglob("*") if file.is_file() and ".git" not in file.relative_to(self.box.repo).parts
                and ".claude/state" not in str(file)}

    def untracked(self):
        return self.box.git("status", "--porcelain", "-uall").splitlines()


class Servers(Case):
    def test_every_program_is_told_where_it_looks(self):
        self.install("--mcp")
        program = str(next(self.box.repo.glob(".git/stream/bin/*/git-stream")))  # as hooks do
        for agent, name in JSON_FILES.items():
            server = json.loads((self.box.repo / name).read_text())["mcpServers"]["git-stream"]
            self.assertEqual((server["command"], server["args"]), (program, ["mcp"]), agent)
        codex = tomllib.loads((self.box.repo / ".codex/config.toml").read_text())
        self.assertEqual(codex["mcp_servers"]["git-stream"], {"command": program, "args": ["mcp"]})
        claude = json.loads((self.box.repo / ".claude/settings.local.json").read_text())
        self.assertEqual(claude["enabledMcpjsonServers"], ["git-stream"])
        self.assertEqual(self.untracked(), [])
        self.assertEqual(self.install("--mcp"), "everything is in place\n")

    def test_only_where_it_is_asked_for(self):
        self.install()
        self.assertFalse((self.box.repo / ".mcp.json").exists())
        self.install("--mcp", agents="cursor")
        self.assertFalse((self.box.repo / ".mcp.json").exists())
        self.assertTrue((self.box.repo / ".cursor/mcp.json").exists())
        refused = self.box.run("git-stream", "install", "--mcp")
        self.assertEqual((refused.returncode, refused.stderr.count("\n")), (2, 2), refused.stderr)

    def test_others_settings_keep_their_bytes(self):
        before = {
            ".mcp.json": b'{\n\t"mcpServers": {\n\t\t"other": {"command": "x"}\n\t}\n}\n',
            ".codex/config.toml": b'model = "m" # mine\r\n[mcp_servers.other]\r\ncommand = "x"',
            ".gemini/settings.json": b'{"theme": "dark"} // mine\n',
            ".cursor/mcp.json": b'{"mcpServers": {}, "x": [1,\n2]}',
            ".claude/settings.local.json": b'{"enabledMcpjsonServers": ["other"], "model": "m"}',
        }
        for name, data in before.items():
            self.write(name, data)
        everything = self.files()
        self.install("--mcp")
        tomllib.loads((self.box.repo / ".codex/config.toml").read_bytes().decode().replace("\r\n", "\n"))
        self.assertNotEqual(self.files(), everything)
        self.uninstall()
        after = self.files()
        everything[".cursor/mcp.json"] = b'{"x": [1,\n2]}'  # an empty list of servers is none
        self.assertEqual(after, everything)

    def test_another_server_of_this_name_stays(self):
        mine = b'{"mcpServers": {"git-stream": {"command": "docker", "args": ["run", "git-stream"]}}}'
        toml = b'[mcp_servers."git-stream"]\ncommand = "docker"\n'
        self.write(".mcp.json", mine)
        self.write(".codex/config.toml", toml)
        said = self.install("--mcp", agents="claude,codex")
        self.assertEqual(said.count("has another server of this name: left as it is"), 2)
        self.uninstall()
        self.assertEqual((self.box.repo / ".mcp.json").read_bytes(), mine)
        self.assertEqual((self.box.repo / ".codex/config.toml").read_bytes(), toml)

    def test_uninstall_leaves_what_it_cannot_read_and_what_stands_behind_a_link(self):
        broken, mine = b'{"mcpServers": {"git-stream": ', b'{"mcpServers": {"git-stream": {"command": "/x/git-stream"}}}'
        self.write(".cursor/mcp.json", broken)
        self.write("AGENTS.md", b"<!-- git stream: end -->\n")
        self.write("elsewhere.json", mine)
        (self.box.repo / ".mcp.json").symlink_to("elsewhere.json")
        self.write("skills/git-stream/SKILL.md", SKILL.read_bytes())
        (self.box.repo / ".agents").mkdir()
        (self.box.repo / ".agents/skills").symlink_to("../skills")
        everything = self.files()
        said = self.uninstall()
        self.assertEqual(self.files(), everything)
        self.assertIn(f"left: {self.box.repo}/.cursor/mcp.json is no JSON object", said)
        self.assertIn(f"left: {self.box.repo}/AGENTS.md: ", said)
        self.assertFalse((self.box.hooks / "pre-commit").exists())

    def test_an_older_program_is_replaced(self):
        self.write(".mcp.json", b'{"mcpServers": {"git-stream": {"command": "/old/bin/git-stream", "args": ["mcp"]}}}')
        self.install("--mcp", agents="claude")
        self.assertNotIn("/old/", (self.box.repo / ".mcp.json").read_text())

    def test_what_cannot_be_read_is_named_and_kept(self):
        broken = b'{"mcpServers": '
        self.write(".cursor/mcp.json", broken)
        refused = self.box.run("git-stream", "install", "--agents", "cursor", "--mcp")
        self.assertEqual(refused.returncode, 2)
        self.assertIn(".cursor/mcp.json is no JSON object", refused.stderr)
        self.assertEqual((self.box.repo / ".cursor/mcp.json").read_bytes(), broken)
        self.write(".codex/config.toml", b'mcp_servers = {x = {command = "y"}}\n')
        refused = self.box.run("git-stream", "install", "--agents", "codex", "--mcp")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("mcp_servers in one line", refused.stderr)

    def test_a_tracked_file_is_named(self):
        self.write(".mcp.json", b"{}\n")
        self.box.git("add", "-A")
        self.box.git("commit", "-qm", "servers")
        self.assertIn(".mcp.json is tracked", self.install("--mcp", agents="claude"))

    def test_every_worktree_is_cleared(self):
        self.box.add_worktree()
        self.box.enrol()
        self.install("--mcp", agents="cursor")
        self.box.must("git-stream", "install", "--agents", "cursor", "--mcp", str(self.box.linked))
        excluded = self.box.repo / ".git" / "info" / "exclude"
        self.assertIn("/.cursor/mcp.json\n", excluded.read_text())
        self.uninstall()
        for top in (self.box.repo, self.box.linked):
            self.assertFalse((top / ".cursor").exists(), top)
        self.assertNotIn("cursor", excluded.read_text())

    def test_the_server_that_is_named_serves(self):
        self.install("--mcp", agents="claude")
        server = json.loads((self.box.repo / ".mcp.json").read_text())["mcpServers"]["git-stream"]
        asked = '{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n'
        answer = self.box.must(server["command"], *server["args"], stdin=asked).stdout
        self.assertEqual(json.loads(answer), {"jsonrpc": "2.0", "id": 1, "result": {}})


class Instructions(Case):
    def test_a_file_gets_the_lines_once_and_is_restored_to_the_byte(self):
        for text in (b"# Mine\n\nRules.\n", b"# Mine", b"# Mine\r\n\r\nRules.\r\n", b"# Mine\n\n\n", b"\xef\xbb\xbf# Caf\xe9\n"):
            file = self.write("AGENTS.md", text)
            self.install("--agents-md")
            written = file.read_bytes()
            self.assertTrue(written.startswith(text))
            self.assertEqual(written.count(b"git stream: begin"), 1)
            self.assertEqual(self.install("--agents-md"), "everything is in place\n")
            self.assertEqual(file.read_bytes(), written)
            self.uninstall()
            self.assertEqual(file.read_bytes(), text)

    def test_the_lines_are_renewed_in_their_place(self):
        self.write("AGENTS.md", b"before\n")
        self.install("--agents-md")
        file = self.box.repo / "AGENTS.md"
        fresh = file.read_text()
        file.write_text(fresh.replace("Several agents", "OLD") + "after\n")
        self.install("--agents-md")
        self.assertEqual(file.read_text(), fresh + "after\n")
        self.uninstall()
        self.assertEqual(file.read_text(), "before\nafter\n")

    def test_a_file_of_ours_alone_is_gone_again(self):
        self.install("--agents-md", agents="codex")
        self.assertIn("?? AGENTS.md", self.untracked())
        self.assertNotIn(str(self.box.folder), (self.box.repo / "AGENTS.md").read_text())
        self.uninstall()
        self.assertFalse((self.box.repo / "AGENTS.md").exists())

    def test_a_mark_without_its_other_and_a_link_are_refused(self):
        self.write("AGENTS.md", b"x\n<!-- git stream: end -->\n")
        refused = self.box.run("git-stream", "install", "--agents", "codex", "--agents-md")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("without the other mark", refused.stderr)
        (self.box.repo / "AGENTS.md").unlink()
        self.write("CLAUDE.md", b"mine\n")
        (self.box.repo / "AGENTS.md").symlink_to("CLAUDE.md")
        refused = self.box.run("git-stream", "install", "--agents", "codex", "--agents-md")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("AGENTS.md is a symbolic link", refused.stderr)
        self.assertEqual((self.box.repo / "CLAUDE.md").read_bytes(), b"mine\n")
        self.uninstall()

    def test_the_skill_is_written_for_each_program_and_removed(self):
        before = self.files()
        self.install("--skill", agents="claude")
        self.assertEqual((self.box.repo / ".claude/skills/git-stream/SKILL.md").read_bytes(), SKILL.read_bytes())
        self.assertFalse((self.box.repo / ".agents").exists())
        self.install("--skill")
        self.assertEqual((self.box.repo / ".agents/skills/git-stream/SKILL.md").read_bytes(), SKILL.read_bytes())
        self.uninstall()
        self.assertEqual(self.files(), before)

    def test_a_skill_that_somebody_changed_stays(self):
        self.install("--skill", agents="claude")
        file = self.box.repo / ".claude/skills/git-stream/SKILL.md"
        file.write_text(file.read_text() + "And mine.\n")
        self.assertIn(f"left: {file}, which was changed", self.uninstall())
        self.assertTrue(file.read_text().endswith("And mine.\n"))


if __name__ == "__main__":
    unittest.main()
