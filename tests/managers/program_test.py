#!/usr/bin/env python3
"""The copy of the program that hooks start outlives the environment, upgrades and damage."""

import filecmp
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from sandbox import BUILD, Case, copy_programs

NOBODY = 65534
BLOCKED = r"^git-stream: cannot run \S+/git-stream; next: git stream install\n$"


def may_mount():
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode == 0


class ProgramCase(Case):
    def setUp(self):
        super().setUp()
        self.prefix = copy_programs(self.box.folder / "prefix")
        self.use(self.prefix)

    def use(self, prefix, box=None):
        """From here on `git stream` is this installation's; None: of none."""
        box = box or self.box
        clean = [folder for folder in os.environ["PATH"].split(":") if not os.path.exists(f"{folder}/git-stream")]
        box.environment["PATH"] = ":".join([f"{prefix}/bin", *clean] if prefix else clean)

    def other_build(self):
        """An installation whose program has other bytes, and does the same."""
        prefix = copy_programs(self.box.folder / "other")
        with open(prefix / "bin/git-stream", "ab") as file:
            file.write(b"another build")
        return prefix

    def copies(self, box=None):
        return sorted(((box or self.box).repo / ".git/stream/bin").glob("*/git-stream"))

    def judges(self, box=None):
        box = box or self.box
        self.assertEqual(box.commit("a/x").returncode, 0)
        result = box.commit("b/x")
        self.assertEqual(result.returncode, 1)
        self.assertIn("scope: belongs to", result.stderr)

    def doctor(self, code=0):
        result = self.box.run("git", "stream", "doctor")
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stdout

    def program_in(self, hook):
        return pathlib.Path(next(line for line in hook.read_text().splitlines() if line.startswith("# program: "))[11:])


class Outlives(ProgramCase):
    def test_the_environment_is_removed(self):
        self.box.add_worktree()
        self.box.enrol()
        self.assertEqual(len(self.copies()), 1, "one for all worktrees")
        self.assertTrue(filecmp.cmp(self.copies()[0], self.prefix / "bin/git-stream", shallow=False))
        self.assertEqual(self.copies()[0].stat().st_mode & 0o777, 0o555)
        self.assertEqual(self.copies()[0].stat().st_nlink, 1, "nobody else's file")
        version = self.box.run("git-stream", "--version").stdout.split()[1]
        self.assertRegex(self.copies()[0].parent.name, f"^{version}-[0-9a-f]{{8}}$")
        shutil.rmtree(self.prefix)
        self.use(None)
        self.judges()
        self.assertEqual(self.box.commit("b/y", cwd=self.box.linked).returncode, 0)
        self.assertEqual(self.box.commit("a/y", cwd=self.box.linked).returncode, 1)
        self.assertEqual(self.box.actions("committed"), 2)

    def test_of_a_server(self):
        box = self.box
        bare = box.folder / "server.git"
        box.git("clone", "-q", "--bare", str(box.repo), str(bare))
        box.stream("install", "--server", cwd=bare)
        # git runs it in its own directory: the path is relative, and the repository may be moved.
        self.assertTrue((bare / "hooks/pre-receive").read_text().startswith("#!stream/bin/"))
        self.assertEqual(box.run("git", "stream", "doctor", cwd=bare).returncode, 0)
        bare = bare.rename(box.folder / "moved.git")
        shutil.rmtree(self.prefix)
        self.use(None)
        for path, code in (("a/x", 0), ("b/x", 1)):
            box.git("checkout", "-q", "-B", "feature/stream-A-alpha", "develop")
            self.assertEqual(box.commit(path).returncode, 0)
            result = box.run("git", "push", "-q", "-f", str(bare), "HEAD")
            self.assertEqual(result.returncode, code, result.stderr)
            if code:
                self.assertIn("scope: belongs to", result.stderr)

    def test_settings_of_agents(self):
        box, event = self.box, json.dumps({"tool_name": "Write", "tool_input": {"file_path": "b/x", "content": ""}})
        box.stream("install", "--agent", "A1", "--agents", "claude", "--mcp")
        settings = box.repo / ".claude/settings.local.json"
        command = json.loads(settings.read_text())["hooks"]["PreToolUse"][0]["hooks"][0]["command"]
        self.assertIn(str(self.copies()[0]), command)
        servers = box.repo / ".mcp.json"
        server = lambda: json.loads(servers.read_text())["mcpServers"]["git-stream"]["command"]
        self.assertEqual(server(), str(self.copies()[0]))
        shutil.rmtree(self.prefix)
        other = self.other_build_from_copy()
        self.use(None)
        result = box.run("sh", "-c", command, stdin=event)
        self.assertIn("deny", result.stdout + result.stderr)
        # The entries follow the hooks to another build, and hold on to theirs elsewhere.
        self.use(other)
        former = self.copies()[0]
        box.add_worktree()
        (box.linked / ".claude").mkdir(exist_ok=True)
        shutil.copy(settings, box.linked / ".claude/settings.local.json")
        self.assertIn("claude: asks git stream", box.stream("install"))
        self.assertNotIn(str(former), settings.read_text())
        self.assertIn(server(), settings.read_text())
        self.assertNotEqual(server(), str(former))
        self.assertNotIn("removed", box.stream("install", "--prune"))
        self.assertTrue(former.exists(), "another worktree's settings name it")
        box.stream("install", cwd=box.linked)
        self.assertIn(f"removed {former.parent}", box.stream("install", "--prune"))
        self.assertFalse(former.parent.exists())
        # What a person has written is theirs.
        servers.write_text(servers.read_text().replace(server(), "git-stream"))
        self.assertEqual(box.stream("install"), "everything is in place\n")
        self.assertEqual(server(), "git-stream")

    def other_build_from_copy(self):
        prefix = self.box.folder / "other"
        (prefix / "bin").mkdir(parents=True)
        (prefix / "bin/git-stream").write_bytes(self.copies()[0].read_bytes() + b"another build")
        (prefix / "bin/git-stream").chmod(0o755)
        return prefix

    def test_in_the_configuration(self):
        """As git 2.54 runs it: `sh -c 'COMMAND "$@"'`."""
        box, git = self.box, shutil.which("git")
        box.write(self.prefix / "bin/git", 
                  f'#!/bin/sh\ncase " $* " in *" version "*) exec echo git version 2.54.0;; esac\nexec {git} "$@"\n')
        # Not by way of `git stream`, before which git puts itself on PATH.
        stream = lambda *arguments: box.must("git-stream", *arguments).stdout
        stream("install", "--agent", "A1", "--config")
        command = box.git("config", "hook.git-stream-pre-commit.command").rstrip("\n")
        self.assertIn(str(self.copies()[0]), command)
        self.assertEqual(stream("install"), "everything is in place\n")
        box.write(box.repo / "b/x", "1\n", 0o644)
        box.git("add", "-A")
        run = lambda: box.run("sh", "-c", command + ' "$@"', "hook")
        self.assertEqual(run().returncode, 1)
        for damage in (lambda copy: (copy.chmod(0o755), os.truncate(copy, 0)), lambda copy: copy.unlink()):
            damage(self.copies()[0])
            self.assertEqual(run().returncode, 3)
            self.assertRegex(run().stderr, BLOCKED)
        # As former versions had it.
        box.git("config", "hook.git-stream-pre-commit.command", f"'{self.prefix}/bin/git-stream' --hook=pre-commit ''")
        self.assertIn("configured hook.git-stream-pre-commit", stream("install"))
        self.assertEqual(box.git("config", "hook.git-stream-pre-commit.command").rstrip("\n"), command)


class Upgrades(ProgramCase):
    def test_are_told_and_switched(self):
        box = self.box
        box.enrol()
        former = self.copies()[0]
        kept = box.folder / "kept"
        os.link(former, kept)
        before = kept.read_bytes()
        self.use(self.other_build())
        self.assertIn("starts another build than this command", self.doctor())
        self.assertRegex(box.stream("status"), rf"warning +the hooks are of another build than this command .*{former}\n"
                                               r" +next: git stream install\n")
        self.judges()
        self.assertIn("the former program stays: git stream install --prune", box.stream("install"))
        self.assertEqual(len(self.copies()), 2)
        self.assertNotIn("another build", self.doctor() + box.stream("status"))
        self.judges()
        self.assertIn(f"removed {former.parent}\n", box.stream("install", "--prune"))
        self.assertEqual([self.program_in(box.hooks / "pre-commit")], self.copies())
        self.assertEqual(kept.read_bytes(), before, "unlinked, never overwritten")
        self.assertEqual(box.stream("install", "--prune"), "everything is in place\n")
        self.judges()

    def test_a_copy_that_runs_is_only_unlinked(self):
        box = self.box
        box.enrol()
        former = self.copies()[0]
        box.write(box.repo / "a/x", "1\n", 0o644)
        box.stream("lock", "a/x", "--task", "T")
        running = subprocess.Popen([former, "log", "--follow"], cwd=box.repo, env=box.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.wait_for(" locked ", running.stdout)
        self.use(self.other_build())
        box.stream("install", "--prune")
        self.assertFalse(former.exists())
        box.stream("unlock", "a/x")
        self.wait_for(" released ", running.stdout)
        running.terminate()
        running.communicate()

    def wait_for(self, word, lines):
        self.assertTrue(any(word in line for line in lines), f"{word} was never logged")

    def test_from_hooks_that_name_the_installation(self):
        """As they were before there were copies."""
        box = self.box
        box.enrol()
        for hook in box.hooks.iterdir():
            hook.write_text(hook.read_text().replace(str(self.copies()[0]), str(self.prefix / "bin/git-stream")))
        shutil.rmtree(box.repo / ".git/stream/bin")
        self.assertIn(f"#!{self.prefix}/bin/git-stream --hook", (box.hooks / "pre-commit").read_text())
        self.doctor()
        self.judges()
        self.assertIn("installed", box.stream("install"))
        shutil.rmtree(self.prefix)
        self.use(None)
        self.judges()

    def test_killed_at_each_change(self):
        if subprocess.run(["strace", "-o/dev/null", "true"], check=False, capture_output=True).returncode != 0:
            self.skipTest("strace may not trace here")
        box, other = self.box, self.other_build()
        box.enrol()
        former = self.copies()[0]
        environment = {**box.environment, "ASAN_OPTIONS": "detect_leaks=0"}
        killed = 0
        for call, numbers in (("rename", range(1, 12)), ("fsync", (1, 2, 3)), ("fchmod", (1,)), ("openat", range(1, 80, 9)),
                              ("copy_file_range", (1, 2)), ("unlink", (1, 2))):
            for number in numbers:
                self.use(self.prefix)
                box.stream("install", "--prune")
                result = subprocess.run(
                    ["strace", "-f", "-o/dev/null", f"-einject=?{call}:signal=SIGKILL:when={number}",
                     other / "bin/git-stream", "install"], cwd=box.repo, env=environment, capture_output=True, check=False)
                killed += result.returncode != 0
                with self.subTest(f"{call} {number}"):
                    self.judges()
                    programs = {self.program_in(hook) for hook in box.hooks.glob("p*") if "sample" not in hook.name}
                    self.assertTrue(all(os.access(program, os.X_OK) for program in programs))
        self.assertGreater(killed, 10)
        self.use(other)
        box.stream("install", "--prune")
        self.assertFalse(former.exists())
        self.assertEqual(os.listdir(box.repo / ".git/stream/bin"), [self.copies()[0].parent.name], "no leftovers")

    def test_the_hooks_that_are_there_are_proved(self):
        box = self.box
        box.enrol()
        copy, ran = self.copies()[0], box.folder / "ran"
        real = box.folder / "real"
        copy.rename(real)
        box.write(copy, f'#!/bin/sh\necho "$1" >>"{ran}"\nexec "{real}" "$@"\n')
        box.run("git", "stream", "doctor", "--prove", "--way", "commit --no-verify")
        self.assertTrue({"install", "init"} & set(box.lines(ran)), box.lines(ran))


class Damage(ProgramCase):
    def setUp(self):
        super().setUp()
        self.box.enrol()
        self.copy = self.copies()[0]

    def repaired(self, message, put_back=True):
        self.assertIn(message, self.doctor(1))
        self.assertIn("NOT IN PLACE: pre-commit", self.box.stream("status"))
        said = self.box.stream("install")
        if put_back:
            self.assertEqual(said, f"put the hooks' program back: {self.copy}\n")
        self.doctor()
        self.judges()

    def test_emptied_and_cut_short(self):
        """The kernel does not run it, and git gives the script to sh: which blocks."""
        for size in (0, 100):
            self.copy.chmod(0o755)
            os.truncate(self.copy, size)
            result = self.box.commit("a/x")
            self.assertNotEqual(result.returncode, 0)
            self.assertRegex(result.stderr, BLOCKED)
            self.repaired("is damaged: its bytes are not those of")

    def test_one_byte_changed(self):
        self.copy.chmod(0o755)
        with open(self.copy, "r+b") as file:
            file.seek(-1, os.SEEK_END)
            last = file.read(1)
            file.seek(-1, os.SEEK_END)
            file.write(bytes([last[0] ^ 1]))
        self.repaired("is damaged: its bytes are not those of")

    def test_missing(self):
        shutil.rmtree(self.copy.parent)
        self.assertRegex(self.box.commit("a/x").stderr, "cannot (run|exec)")
        self.repaired("is missing: git refuses to commit")

    def test_not_executable(self):
        self.copy.chmod(0o444)
        self.assertRegex(self.box.commit("a/x").stderr, "cannot (run|exec)")
        self.repaired("cannot be executed: git refuses to commit")

    def test_foreign(self):
        self.copy.unlink()
        self.box.write(self.copy, "#!/bin/sh\necho somebody else\n")
        self.repaired("is damaged")
        hook = self.box.hooks / "pre-commit"
        foreign = self.box.folder / "git-stream"
        self.box.write(foreign, "#!/bin/sh\necho somebody else\n")
        hook.write_text(hook.read_text().replace(str(self.copy), str(foreign)))
        self.repaired("is not git-stream's", put_back=False)

    def test_uninstalled(self):
        box = self.box
        box.write(self.copy.parent / "mine", "somebody's\n")
        box.stream("uninstall")
        self.assertEqual([file.name for file in self.copy.parent.iterdir()], ["mine"])
        shutil.rmtree(self.copy.parent)
        box.enrol()
        box.add_worktree()
        box.enrol()
        box.stream("uninstall")
        self.assertTrue(self.copy.exists(), "the other worktree's hooks start it")
        box.stream("uninstall", "--all")
        self.assertFalse(self.copy.parent.parent.exists())


class Places(ProgramCase):
    def test_a_moved_repository_blocks_until_it_is_repaired(self):
        box = self.box
        box.enrol()
        for command in (["git", "stream", "install"], ["sh", "-c", ".git/stream/bin/*/git-stream install"]):
            moved = box.folder / ("moved" + str(len(command[0])))
            box.repo.rename(moved)
            box.repo = moved
            result = box.commit("a/x")
            self.assertNotEqual(result.returncode, 0)
            self.assertRegex(result.stderr, "cannot (run|exec)")
            self.assertIn("is missing: git refuses to commit", self.doctor(1))
            if command[0] == "sh":
                shutil.rmtree(self.prefix)
                self.use(None)
            self.assertIn("installed", box.must(*command).stdout)
            self.judges()

    def test_where_no_first_line_can_name_the_copy(self):
        for name in ("with space", "long-" * 20):
            with self.subTest(name):
                box = self.sandbox(name=name)
                box.home = pathlib.Path(tempfile.mkdtemp(prefix="h", dir="/tmp"))  # short, wherever TMPDIR is
                self.addCleanup(shutil.rmtree, box.home)
                box.environment["HOME"] = str(box.home)
                self.use(self.prefix, box)
                box.enrol()
                program = self.program_in(box.hooks / "pre-commit")
                self.assertTrue(program.is_relative_to(box.home / ".local/share/git-stream/bin"), program)
                self.assertTrue((box.hooks / "pre-commit").read_text().startswith(f"#!{program} --hook=pre-commit\n"))
                self.assertEqual(self.copies(box), [])
                self.judges(box)
                self.is_no_agents(program, box)
                # Data elsewhere, and where that does not fit either, sh starts the copy in the repository.
                box.environment["XDG_DATA_HOME"] = str(box.folder / "data")
                box.stream("install")
                self.assertTrue(self.program_in(box.hooks / "pre-commit").is_relative_to(box.folder / "data/git-stream/bin"))
                box.environment["XDG_DATA_HOME"] = str(box.folder / "my data")
                box.stream("install")
                self.assertEqual([self.program_in(box.hooks / "pre-commit")], self.copies(box))
                self.assertTrue((box.hooks / "pre-commit").read_text().startswith("#!/bin/sh\n"))
                self.judges(box)
                copy = self.copies(box)[0]
                copy.chmod(0o755)
                for damage in (lambda: os.truncate(copy, 0), copy.unlink):
                    damage()
                    result = box.commit("a/x")
                    self.assertEqual(result.returncode, 1)
                    self.assertIn(f"git-stream: cannot run {copy}; next: git stream install\n", result.stderr)
                box.stream("uninstall", "--all")
                self.assertTrue(program.exists(), "the user's other repositories may start it")

    def is_no_agents(self, program, box):
        """Edits of the program that judges are refused, those of what stands beside it are not."""
        for path, refused in ((program, True), (program.parent / "git", True), (box.home / ".local/share/notes", False)):
            event = json.dumps({"hook_event_name": "PreToolUse", "cwd": str(box.repo), "tool_name": "Write",
                                "tool_input": {"file_path": str(path), "content": ""}})
            said = box.run(program, "agent-hook", "--dialect", "claude", stdin=event)
            self.assertEqual(said.stderr, "")
            self.assertEqual("is git's own" in said.stdout, refused, said.stdout)

    def test_a_copy_that_cannot_be_written(self):
        box = self.box
        before = box.snapshot()
        (box.repo / ".git/stream").mkdir()
        (box.repo / ".git/stream/bin").write_text("no folder\n")
        result = box.run("git", "stream", "install")
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, r"^git-stream: cannot copy the program to \S+: Not a directory\n  next: .*\n$")
        self.assertEqual({name for name in box.snapshot() if name.startswith("hooks")},
                         {name for name in before if name.startswith("hooks")})

    def mounted(self, commands):
        """The box's shell lines among mounts of their own, as root in a container has them."""
        if not may_mount():
            self.skipTest("this process may not mount a file system")
        return self.box.run("unshare", "-m", "sh", "-ec", commands)

    def test_mounted_where_nothing_is_executed(self):
        result = self.mounted("""
            mount -t tmpfs -o noexec none .git/hooks
            mkdir -p .git/stream; mount -t tmpfs -o noexec none .git/stream
            git stream install --agent A1 --agents claude
            sed -n 1p .git/hooks/pre-commit; ls .git/stream/bin
            grep -o '"command": *"[^ ]* agent-hook' .claude/settings.local.json | sort -u
            git stream doctor ||:
            mkdir -p "$HOME/.local/share"; mount -t tmpfs -o noexec none "$HOME/.local/share"
            git stream install
            sed -n 1p .git/hooks/pre-commit
            """)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        users = f"{self.box.home}/.local/share/git-stream/bin/"
        self.assertRegex(result.stdout, rf"\n#!{users}[^/]+/git-stream --hook=pre-commit\n")
        self.assertRegex(result.stdout, rf'"command": *"{users}[^/]+/git-stream agent-hook\n')
        self.assertIn("is not executable: git passes over it", result.stdout)
        self.assertIn(f"no copy of the program can be executed below {self.box.repo}/.git or the home: the hooks end with "
                      f"{self.prefix}/bin/git-stream\n", result.stdout)
        self.assertTrue(result.stdout.endswith(f"\n#!{self.prefix}/bin/git-stream --hook=pre-commit\n"), result.stdout)

    def test_a_container_that_sees_it_under_another_path(self):
        box = self.box
        box.enrol()
        shutil.rmtree(self.prefix)
        (box.folder / "seen").mkdir()
        result = self.mounted(f"""
            mount --bind "$PWD" ../seen; mount -t tmpfs none "$PWD"; cd ../seen
            echo 1 >a; git add a
            git commit -m x && exit 9
            .git/stream/bin/*/git-stream doctor && exit 9
            .git/stream/bin/*/git-stream install
            git commit -qm x
            mkdir b; echo 1 >b/x; git add b
            git commit -qm x && exit 9
            exit 0
            """)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stderr, "cannot (run|exec)")
        self.assertIn("is missing: git refuses to commit", result.stdout)
        self.assertIn("scope: belongs to", result.stderr)

    def test_another_user(self):
        box = self.box
        if os.geteuid() != 0:
            self.skipTest("only root may be somebody else")
        box.enrol()
        box.folder.chmod(0o755)
        as_nobody = lambda *argv: subprocess.run(argv, cwd=box.repo, env=box.environment, text=True, capture_output=True,
                                                 check=False, user=NOBODY, group=NOBODY)
        if as_nobody("git", "--version").returncode != 0 or as_nobody("ls").returncode != 0:
            self.skipTest("another user cannot reach the repository")
        (box.repo / "b").mkdir()
        (box.repo / "b/x").write_text("1\n")
        # git itself refuses a repository of another user, until its owner is trusted: no hook is asked.
        refused = as_nobody("git", "commit", "-m", "x")
        self.assertIn("dubious ownership", refused.stderr)
        box.write(box.home / ".gitconfig", f"[safe]\n\tdirectory = {box.repo}\n", 0o644)
        box.home.chmod(0o755)
        subprocess.run(["chmod", "-R", "a+rwX", str(box.repo)], check=True)
        self.copies()[0].chmod(0o555)
        as_nobody("git", "add", "b/x")
        judged = as_nobody("git", "commit", "-m", "x")
        self.assertEqual(judged.returncode, 1, judged.stdout + judged.stderr)
        self.assertIn("scope: belongs to", judged.stderr)


if __name__ == "__main__":
    unittest.main()
