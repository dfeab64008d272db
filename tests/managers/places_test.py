#!/usr/bin/env python3
"""Repositories, hooks folders and prefixes in unusual places."""

import os
import shutil
import subprocess
import unittest

from sandbox import MANAGERS, Case, copy_programs, tool


class Names(Case):
    def works(self, box):
        box.write(box.hooks / "pre-commit", f'#!/bin/sh\necho existing >>"{box.witness}"\n')
        box.add_worktree()
        before = box.snapshot()
        box.enrol()
        doctor = box.run("git", "stream", "doctor")
        self.assertEqual(doctor.returncode, 0, doctor.stdout)
        for cwd, mine, other in ((box.repo, "a/x", "b/x"), (box.linked, "b/x", "a/x")):
            self.assertEqual(box.commit(mine, cwd=cwd).returncode, 0)
            self.assertEqual(box.commit(other, cwd=cwd).returncode, 1)
        self.assertEqual(box.lines(), ["existing"] * 2)
        self.assertEqual(box.actions("committed"), 2)
        box.stream("uninstall", "--all")
        self.assertEqual(box.snapshot(), before)

    def test_repository_with_spaces_and_letters_of_the_world(self):
        self.works(self.sandbox(name="my répo 'q\" 日本"))

    def test_repository_with_spaces_and_redirected_hooks(self):
        box = self.sandbox(name="my répo 日本")
        box.git("config", "core.hooksPath", "my hooks")
        box.write(box.repo / "my hooks" / "pre-commit", '#!/bin/sh\necho existing >>"$WITNESS"\n')
        box.environment["WITNESS"] = str(box.witness)
        box.git("add", "-A")
        box.git("commit", "-qm", "hooks", env={"WITNESS": "/dev/null"})
        self.works_redirected(box)

    def works_redirected(self, box):
        box.add_worktree()
        before = box.snapshot()
        box.enrol()
        for cwd, mine, other in ((box.repo, "a/x", "b/x"), (box.linked, "b/x", "a/x")):
            self.assertEqual(box.commit(mine, cwd=cwd).returncode, 0)
            self.assertEqual(box.commit(other, cwd=cwd).returncode, 1)
        self.assertEqual(box.lines(), ["existing"] * 2)
        self.assertEqual(box.run("git", "stream", "doctor").returncode, 0)
        box.stream("uninstall", "--all")
        self.assertEqual(box.snapshot(), before)

    def test_prefixes_of_any_name(self):
        """Hooks start the repository's copy, which is the same from everywhere."""
        for name in ("pre fix 'ü\"", "long-" * 40):
            with self.subTest(name):
                box = self.sandbox()
                prefix = copy_programs(box.folder / name)
                box.environment["PATH"] = f"{prefix / 'bin'}:{os.environ['PATH']}"
                self.works(box)
                box.enrol()
                self.assertTrue((box.hooks / "pre-commit").read_text().startswith(f"#!{box.repo}/.git/stream/bin/"))
                box.environment["PATH"] = f"{box.bin}:{os.environ['PATH']}"
                self.assertEqual(box.stream("install"), "everything is in place\n")


class Settings(Case):
    def global_hooks(self, box):
        box.write(box.home / "hooks" / "pre-commit", f'#!/bin/sh\necho existing >>"{box.witness}"\n')
        config = box.home / ".gitconfig"
        config.write_text("[core]\n\thooksPath = ~/hooks\n")
        return config

    def test_global_hooks_path_is_never_written_to(self):
        box = self.box
        config = self.global_hooks(box)
        text, before = config.read_bytes(), box.snapshot()
        hooks = sorted(os.listdir(box.home / "hooks"))
        box.enrol()
        self.assertEqual(box.commit("a/x").returncode, 0)
        self.assertEqual(box.commit("b/x").returncode, 1)
        self.assertEqual(box.lines(), ["existing"])
        self.assertEqual(box.stream("install"), "everything is in place\n")
        box.stream("uninstall")
        self.assertEqual(config.read_bytes(), text)
        self.assertEqual(sorted(os.listdir(box.home / "hooks")), hooks)
        self.assertEqual(box.snapshot(), before)

    def test_worktree_config(self):
        box = self.box
        box.git("config", "extensions.worktreeConfig", "true")
        self.global_hooks(box)
        box.add_worktree()
        before = box.snapshot()
        box.enrol()
        for cwd, mine, other in ((box.repo, "a/x", "b/x"), (box.linked, "b/x", "a/x")):
            self.assertEqual(box.commit(mine, cwd=cwd).returncode, 0)
            self.assertEqual(box.commit(other, cwd=cwd).returncode, 1)
        self.assertEqual(box.lines(), ["existing"] * 2)
        box.stream("uninstall", "--all", cwd=box.linked)
        self.assertEqual(box.snapshot(), before)

    def test_worktree_config_switched_on_later(self):
        box = self.box
        self.global_hooks(box)
        before = box.snapshot()
        box.enrol()
        box.git("config", "extensions.worktreeConfig", "true")
        self.assertEqual(box.stream("install"), "everything is in place\n")
        self.assertEqual(box.commit("a/x").returncode, 0)
        self.assertEqual(box.lines(), ["existing"])
        box.git("config", "--unset", "extensions.worktreeConfig")
        box.stream("uninstall")
        self.assertNotIn("hookspath", box.git("config", "--local", "--list"))
        self.assertEqual(set(box.snapshot()), set(before))

    def test_a_hook_that_a_branch_brings_runs(self):
        box = self.box
        box.git("config", "core.hooksPath", ".githooks")
        box.enrol()
        box.write(box.repo / ".githooks/commit-msg", f'#!/bin/sh\necho "$1" >>"{box.witness}"\n')
        self.assertEqual(box.run("git", "commit", "--allow-empty", "-qm", "x").returncode, 0)
        self.assertEqual(box.lines(), [".git/COMMIT_EDITMSG"])
        box.write(box.repo / ".githooks/post-index-change", "#!/bin/sh\n")
        doctor = box.run("git", "stream", "doctor")
        self.assertEqual(doctor.returncode, 1)
        self.assertIn("post-index-change: your own hook is new and does not run yet", doctor.stdout)
        box.stream("install")
        self.assertEqual(box.run("git", "stream", "doctor").returncode, 0)

    def test_a_moved_repository(self):
        box = self.box
        box.git("config", "core.hooksPath", ".githooks")
        before = box.snapshot()
        box.enrol()
        moved = box.folder / "moved"
        box.repo.rename(moved)
        box.repo = moved
        doctor = box.run("git", "stream", "doctor")
        self.assertEqual(doctor.returncode, 1)
        self.assertIn("pre-commit: is not installed", doctor.stdout)
        box.stream("install")
        self.assertEqual(box.run("git", "stream", "doctor").returncode, 0)
        self.assertEqual(box.commit("b/x").returncode, 1)
        box.stream("uninstall")
        self.assertEqual(box.snapshot(), before)

    def test_hooks_switched_off(self):
        box = self.box
        box.git("config", "core.hooksPath", "/dev/null")
        before = box.snapshot()
        box.enrol()
        self.assertEqual(box.commit("a/x").returncode, 0)
        self.assertEqual(box.commit("b/x").returncode, 1)
        box.stream("uninstall")
        self.assertEqual(box.snapshot(), before)

    def test_prek_puts_its_hook_into_our_folder(self):
        if tool("prek") is None:
            self.skipTest("prek is not installed")
        box = self.box
        self.global_hooks(box)
        manager = MANAGERS["prek"]()
        manager.prepare(box)
        box.enrol()
        manager.install(box)
        self.assertEqual(box.run("git", "stream", "doctor").returncode, 0)
        for _ in range(2):
            box.witness.unlink(missing_ok=True)
            self.assertEqual(box.commit("a/x").returncode, 0)
            self.assertEqual(sorted(box.lines()), ["existing", "tool"])
            self.assertEqual(box.commit("b/x").returncode, 1)
            box.stream("install")
        self.assertIn("another tool has put hooks there", box.stream("uninstall"))
        self.assertNotIn("hookspath", box.git("config", "--local", "--list"))


class Folders(Case):
    def test_a_folder_behind_a_link(self):
        box = self.box
        target = box.folder / "shared-hooks"
        shutil.move(box.hooks, target)
        box.hooks.symlink_to(target)
        box.write(target / "pre-commit", f'#!/bin/sh\necho existing >>"{box.witness}"\n')
        listing, before = sorted(os.listdir(target)), box.snapshot()
        box.enrol()
        self.assertEqual(sorted(os.listdir(target)), listing)
        self.assertEqual(box.commit("a/x").returncode, 0)
        self.assertEqual(box.commit("b/x").returncode, 1)
        self.assertEqual(box.lines(), ["existing"])
        box.stream("uninstall")
        self.assertEqual(box.snapshot(), before)
        self.assertEqual(sorted(os.listdir(target)), listing)

    def test_no_folder_at_all(self):
        shutil.rmtree(self.box.hooks)
        self.box.enrol()
        self.assertEqual(self.box.commit("b/x").returncode, 1)

    def test_a_file_in_its_place(self):
        shutil.rmtree(self.box.hooks)
        self.box.hooks.write_text("no folder\n")
        result = self.box.run("git", "stream", "install")
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, r"git-stream: cannot install hooks in .*hooks: ")
        self.assertEqual(self.box.hooks.read_text(), "no folder\n")

    def test_a_folder_that_cannot_be_written(self):
        nobody = 65534
        box = self.box
        before = box.snapshot()
        box.hooks.chmod(0o555)
        options = {}
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", str(nobody), str(box.folder)], check=True)
            box.folder.chmod(0o755)
            options = {"user": nobody, "group": nobody}
            if subprocess.run(["test", "-x", str(box.bin / "git-stream")], check=False, **options).returncode != 0:
                self.skipTest("another user cannot reach the build")
        result = subprocess.run(["git", "stream", "install"], cwd=box.repo, env=box.environment, text=True,
                                capture_output=True, check=False, **options)
        self.assertEqual(result.returncode, 3, result.stdout + result.stderr)
        self.assertIn("Permission denied", result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 2, result.stderr)
        box.hooks.chmod(0o755)
        self.assertEqual(set(box.snapshot()), set(before))

    def test_bare_repository_with_worktrees(self):
        box = self.box
        bare = box.folder / "bare.git"
        box.git("clone", "-q", "--bare", str(box.repo), str(bare))
        box.git("worktree", "add", "-q", "-b", "feature/stream-A-alpha", str(box.folder / "one"), cwd=bare)
        one = box.folder / "one"
        box.stream("install", "--agent", "A1", cwd=one)
        self.assertEqual(box.commit("a/x", cwd=one).returncode, 0)
        self.assertEqual(box.commit("b/x", cwd=one).returncode, 1)
        box.stream("uninstall", cwd=one)
        self.assertEqual(box.commit("b/x", "-q", cwd=one).returncode, 0)


if __name__ == "__main__":
    unittest.main()
