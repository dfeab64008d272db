#!/usr/bin/env python3
"""Hooks that were there go on running as git runs them: arguments, stdin, exit code, everything."""

import os
import unittest

from sandbox import BEFORE, Case

# Those of a working repository that a test can make git run.
HOOKS = ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "pre-merge-commit", "post-merge", "pre-rebase",
         "post-checkout", "post-rewrite", "pre-push", "reference-transaction", "applypatch-msg", "pre-applypatch",
         "post-applypatch"]
READS_STDIN = ["post-rewrite", "pre-push", "reference-transaction"]

RECORDER = """\
#!/bin/sh
{{
  printf '%s' {name}
  for argument in "$@"; do printf ' [%s]' "$argument"; done
  printf ' %s\\n' "$(pwd)"
  sed -n 's/^SigIgn:.*\\(.......\\)$/\\1/p' /proc/$$/status  # POSIX's own; the C library ignores its internal ones
  {stdin}
}} >>"$WITNESS"
[ ! -e "$WITNESS-{name}" ] || exit 9
"""


def in_place(box):
    return box.hooks


def redirected_for_all(box):
    """A person's own core.hooksPath for every repository."""
    folder = box.home / "my hooks"
    (box.home / ".gitconfig").write_text("[core]\n\thooksPath = ~/my hooks\n")
    return folder


def tracked(box):
    box.git("config", "core.hooksPath", ".githooks")
    return box.repo / ".githooks"


def behind_link(box):
    folder = box.folder / "elsewhere"
    folder.mkdir()
    for file in box.hooks.iterdir():
        file.unlink()
    box.hooks.rmdir()
    box.hooks.symlink_to(folder)
    return folder


PLACES = [in_place, redirected_for_all, tracked, behind_link]


class EveryHook(Case):
    def setUp(self):
        pass

    def record(self, place, ours):
        box = self.sandbox()
        box.environment["WITNESS"] = str(box.witness)
        folder = place(box)
        for name in HOOKS:
            stdin = "cat" if name in READS_STDIN else ":"
            box.write(folder / name, RECORDER.format(name=name, stdin=stdin))
        if place is tracked:
            box.git("add", "-A")
            box.git("commit", "-qm", "hooks")
        box.add_worktree()
        # git itself is asked for the changes then, and the pipe to it is no concern of the hooks.
        box.git("config", "core.splitIndex", "true")
        box.git("init", "-q", "--bare", "../remote")
        if ours:
            box.enrol()
            self.assertEqual(box.run("git", "stream", "doctor").returncode, 0)
        box.witness.unlink(missing_ok=True)
        self.work(box, box.repo, "a/x")
        if place is tracked:  # the one whose folder is another in each worktree
            self.work(box, box.linked, "b/x")
        codes = self.failures(box)
        return [line.replace(str(box.folder), "FOLDER") for line in box.lines()], codes

    @staticmethod
    def work(box, cwd, path):
        git = lambda *arguments: box.git(*arguments, cwd=cwd)
        for _ in range(2):
            assert box.commit(path, cwd=cwd).returncode == 0
        git("commit", "-q", "--amend", "-m", "amended")
        first = git("branch", "--show-current").strip()
        git("checkout", "-q", "-b", f"side-{path[0]}", "HEAD~1")
        assert box.commit(f"{path}-side", cwd=cwd).returncode == 0
        git("merge", "-q", "--no-edit", first)
        git("checkout", "-q", first)
        assert box.commit(f"{path}-main", cwd=cwd).returncode == 0
        git("rebase", "-q", f"side-{path[0]}")
        git("push", "-q", str(box.folder / "remote"), f"HEAD:refs/heads/feature/stream-{path[0].upper()}-x")
        patch = git("format-patch", "-1", "--stdout")
        git("reset", "-q", "--hard", "HEAD~1")
        box.must("git", "am", "-q", cwd=cwd, stdin=patch)

    @staticmethod
    def failures(box):
        codes = {}
        for name, command in {
            "commit-msg": ["commit", "--allow-empty", "-m", "x"],
            "prepare-commit-msg": ["commit", "--allow-empty", "-m", "x"],
            "pre-commit": ["commit", "--allow-empty", "-m", "x"],
            "post-commit": ["commit", "--allow-empty", "-m", "x"],
            "pre-rebase": ["rebase", "-f", "HEAD~1"],
            "pre-push": ["push", "-q", str(box.folder / "remote"), "HEAD:refs/heads/feature/stream-A-other"],
            "post-checkout": ["checkout", "-q", "-b", "another"],
            "reference-transaction": ["branch", "never"],
        }.items():
            marker = box.folder / f"witness-{name}"
            marker.touch()
            codes[name] = box.run("git", *command).returncode
            marker.unlink()
        return codes

    def test_they_see_what_git_gives_them(self):
        for place in PLACES:
            with self.subTest(place.__name__):
                alone, codes_alone = self.record(place, ours=False)
                beside, codes_beside = self.record(place, ours=True)
                self.assertEqual(beside, alone)
                self.assertEqual(codes_beside, codes_alone)
                seen = {line.split()[0] for line in alone}
                self.assertEqual([name for name in HOOKS if name not in seen], [])


class Kinds(Case):
    def setUp(self):
        pass

    def each_place(self):
        for place in (in_place, redirected_for_all):
            box = self.sandbox()
            yield box, place(box) / "pre-commit"

    def test_without_interpreter_line(self):
        for box, hook in self.each_place():
            box.write(hook, f'echo "ran $#" >>"{box.witness}"\n')
            box.enrol()
            self.assertEqual(box.commit("a/x").returncode, 0)
            self.assertEqual(box.lines(), ["ran 0"])

    def test_not_executable_is_passed_over_as_git_does(self):
        for box, hook in self.each_place():
            box.write(hook, f'#!/bin/sh\necho ran >>"{box.witness}"\n', 0o644)
            before = box.snapshot()
            box.enrol()
            self.assertEqual(box.commit("a/x").returncode, 0)
            self.assertNotEqual(box.commit("b/x").returncode, 0)
            self.assertEqual(box.lines(), [])
            box.stream("uninstall")
            self.assertEqual(box.snapshot(), before)

    def test_interpreter_is_missing(self):
        for box, hook in self.each_place():
            box.write(hook, "#!/nonexistent/interpreter\n")
            box.enrol()
            result = box.commit("a/x")
            self.assertNotEqual(result.returncode, 0)
            self.assertIn("pre-commit", result.stderr)

    def test_forwarded_interpreter_is_missing(self):
        box = self.sandbox()
        box.write(redirected_for_all(box) / "commit-msg", "#!/nonexistent/interpreter\n")
        box.enrol()
        result = box.commit("a/x")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("git-stream: commit-msg: cannot run", result.stderr)

    def test_a_link_is_moved_and_never_written_through(self):
        for box, hook in self.each_place():
            script = box.repo / "tools" / "check"
            box.write(script, f'#!/bin/sh\necho ran >>"{box.witness}"\n')
            box.git("add", "-A")
            box.git("commit", "-qm", "tools")
            content = script.read_bytes()
            hook.parent.mkdir(exist_ok=True)
            hook.symlink_to(os.path.relpath(script, hook.parent))
            before = box.snapshot()
            box.enrol()
            self.assertEqual(box.commit("a/x").returncode, 0)
            self.assertEqual(box.lines(), ["ran"])
            self.assertEqual(script.read_bytes(), content)
            box.stream("uninstall")
            self.assertEqual(box.snapshot(), before)
            self.assertTrue(hook.is_symlink())

    def test_dangling_link(self):
        box = self.sandbox()
        (box.hooks / "pre-commit").symlink_to("nowhere")
        before = box.snapshot()
        box.enrol()
        self.assertEqual(box.commit("a/x").returncode, 0)
        self.assertFalse((box.hooks / "nowhere").exists())
        box.stream("uninstall")
        self.assertEqual(box.snapshot(), before)

    def test_an_older_kept_hook_is_not_overwritten(self):
        box = self.sandbox()
        box.write(box.hooks / f"pre-commit{BEFORE}", "#!/bin/sh\nexit 0\n# older\n")
        box.write(box.hooks / "pre-commit", f'#!/bin/sh\necho ran >>"{box.witness}"\n')
        box.enrol()
        box.commit("a/x")
        self.assertEqual(box.lines(), ["ran"])
        self.assertIn("older", (box.hooks / f"pre-commit{BEFORE}.1").read_text())


class Acting(Case):
    """Hooks that change what is being committed, or commit themselves."""

    def hook(self, text):
        self.box.write(self.box.hooks / "pre-commit", "#!/bin/sh\n" + text)
        self.box.add_worktree()
        self.box.enrol()

    def test_staging_further_files_is_judged(self):
        self.hook('mkdir -p b && echo x >b/sneaked && git add b/sneaked\n')
        result = self.box.commit("a/x")
        self.assertEqual(result.returncode, 1)
        self.assertIn("b/sneaked: scope:", result.stderr)

    def test_staging_in_scope_goes_in(self):
        self.hook('echo x >a/formatted && git add a/formatted\n')
        self.assertEqual(self.box.commit("a/x").returncode, 0)
        self.assertIn("a/formatted", self.box.git("show", "--name-only"))

    NESTED = """\
[ -z "$NESTED" ] || exit 0
NESTED=1; export NESTED
{cd}
mkdir -p b a; echo x >b/nested; echo x >a/nested
git add {add}; {commit} -qm nested; echo "$?" >>"{witness}"
"""

    def nested(self, **options):
        options = {"cd": "", "commit": "git commit", "witness": self.box.witness, **options}
        self.hook(self.NESTED.format(**options))
        return self.box.commit("a/x")

    def test_a_commit_of_its_own_is_judged(self):
        for commit in ("git commit", '"$(git --exec-path)"/git-commit', "git -c alias.c=commit c"):
            with self.subTest(commit):
                self.box = self.sandbox()
                result = self.nested(add="b/nested", commit=commit)
                self.assertEqual(self.box.lines(), ["1"])
                self.assertIn("b/nested: scope:", result.stderr)
                self.assertNotIn("b/nested", self.box.git("log", "--name-only"))

    def test_a_commit_of_its_own_in_another_worktree_is_judged(self):
        cd = f'unset $(git rev-parse --local-env-vars); cd "{self.box.linked}"'
        result = self.nested(add="a/nested", cd=cd)
        self.assertEqual(self.box.lines(), ["1"])
        self.assertIn("a/nested: scope:", result.stderr)

    def test_a_commit_of_its_own_in_another_repository_is_judged(self):
        other = self.sandbox()
        other.enrol()
        cd = f'unset $(git rev-parse --local-env-vars); cd "{other.repo}"'
        self.nested(add="b/nested", cd=cd)
        self.assertEqual(self.box.lines(), ["1"])
        self.assertNotIn("b/nested", other.git("log", "--name-only"))

    def test_the_guard_cannot_be_faked(self):
        self.hook("exit 0\n")
        for value in ("1", "0", "-1", "x", "", str(os.getpid()), str(os.getppid())):
            result = self.box.commit("b/x", env={"GIT_STREAM_IN_PRE_COMMIT": value})
            self.assertEqual(result.returncode, 1, value)
        # The process that believes it is asked by the shell that has become it.
        script = 'export GIT_STREAM_IN_PRE_COMMIT=$$; exec git commit -m x'
        self.box.write(self.box.repo / "b/x", "x\n")
        self.box.git("add", "-A")
        self.assertEqual(self.box.run("sh", "-c", script).returncode, 1)


if __name__ == "__main__":
    unittest.main()
