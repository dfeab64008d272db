#!/usr/bin/env python3
"""Completion of `git stream` in the real shells, with the scripts as they are installed."""

import fcntl
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

from shells import ALL, Bash, Zsh, fish

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GITSTREAM_BUILD", ROOT / "build" / "dev"))

POLICY = r"""
version: 1
streams:
  F:
    name: News
    agents:
      F1: {scope: sentiment, files: ["llm/sentiment*.py"]}
      F2: {scope: news, files: ["llm/news*.py"]}
  A:
    name: Foundation
    agents:
      A1: {files: ["config/**"]}
validate: [{name: unit tests, run: ["true"]}]
tasks:
  - {title: 'Split "news": it''s big', stream: F}
  - {title: Übersetzen, stream: A}
  - {title: 'Paths\like: this', stream: A}
"""
LOCKED = ["docs/a b.md", "docs/it's.md", "docs/x:y.md", "docs/ä.md", "docs/new\nline.md", "docs/$HOME.md", "docs/latin \udcff.md"]


def make_repository(folder, environment):
    def git(*arguments):
        subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True)

    folder.mkdir()
    git("init", "-q", "-b", "develop")
    (folder / "docs").mkdir()
    for path in LOCKED:
        (folder / path).write_text("x\n")
    (folder / ".streams.yaml").write_text(POLICY)
    git("add", "-A")
    git("commit", "-qm", "policy")
    git("tag", "v1.0")
    git("stream", "init")
    git("branch", "feature/stream-F-news")
    git("stream", "lock", *LOCKED)
    git("worktree", "add", "-q", "../work tree", "feature/stream-F-news")


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="git-stream-shells-")).resolve()
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.prefix = cls.folder / "prefix"
        subprocess.run(["cmake", "--install", BUILD, "--component", "git-stream", "--prefix", cls.prefix], check=True,
                       capture_output=True)
        cls.environment = {
            "PATH": f"{cls.prefix}/bin:/usr/bin:/bin", "HOME": str(cls.folder), "LC_ALL": "C.UTF-8",
            "XDG_DATA_DIRS": f"{cls.prefix}/share:/usr/share", "XDG_DATA_HOME": str(cls.folder / "data"),
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "a@b",
        }
        cls.repo = cls.folder / "repo"
        make_repository(cls.repo, cls.environment)


class Answers(Completion):
    """What the program itself says, in whichever shell."""

    def ask(self, *words, cwd=None, **environment):
        result = subprocess.run(["git-stream", "--completions=words", *words], cwd=cwd or self.repo,
                                env={**self.environment, **environment}, capture_output=True, timeout=10, check=False)
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stderr, b"")
        texts = result.stdout.decode(errors="surrogateescape").split("\0")[:-1]
        return texts[0], dict(zip(texts[1::2], texts[2::2]))

    def words(self, *words, **options):
        who, found = self.ask(*words, **options)
        self.assertEqual(who, "words")
        return set(found)

    def test_every_command_and_option_of_the_help(self):
        text = subprocess.run(["git-stream", "-h"], env=self.environment, capture_output=True, text=True, check=True).stdout
        commands = re.findall(r"^  ([a-z][a-z-]*) ", text, re.MULTILINE)
        self.assertEqual(self.words(""), set(commands))
        self.assertEqual(self.words("-"), {"-h", "--help", "--version"})
        for command in commands:
            text = subprocess.run(["git-stream", command, "-h"], env=self.environment, capture_output=True, text=True,
                                  check=True).stdout
            lines = text.split("Options:\n")[1].split("\n\n")[0].splitlines()
            options = {name for line in lines if line.startswith("  -") for name in line.split()[0].split(",")}
            self.assertEqual(self.words(command, "-") - {"--"}, options, command)

    def test_values(self):
        formats = {"text", "json", "sarif", "junit", "github", "gitlab"}
        self.assertEqual(self.words("check", "--format", ""), formats)
        self.assertEqual(self.words("check", "--format=j"), {f"--format={one}" for one in formats})
        self.assertEqual(self.words("spawn", ""), {"F1", "F2", "A1"})
        self.assertEqual(self.words("start", ""), {"F", "A"})
        self.assertEqual(self.words("start", "F", ""), {"A"})
        self.assertEqual(self.words("complete", "--streams", "F,"), {"F,A"})
        self.assertEqual(self.words("complete", ""), {"F", "A", "F1", "F2", "A1"})
        self.assertEqual(self.words("install", "--agents", "codex,"),
                         {f"codex,{one}" for one in ("claude", "gemini", "cursor", "copilot")})
        self.assertEqual(self.words("merge", ""), {"F"}, "only streams with a branch")
        self.assertEqual(self.words("conflicts", "--stream", ""), {"F"})
        self.assertEqual(self.words("tasks", ""), {"add", "assign", "set"})
        self.assertEqual(self.words("tasks", "set", ""), {"Split \"news\": it's big", "Übersetzen", "Paths\\like: this"})
        self.assertIn("2", self.words("tasks", "set", "2"))
        self.assertEqual(self.words("tasks", "set", "2", ""), {"todo", "in_progress", "done", "blocked", "dropped"})
        self.assertEqual(self.words("tasks", "assign", "2", ""), {"F1", "F2", "A1"})
        self.assertIn("--json", self.words("tasks", "add", "-"))
        self.assertEqual(self.words("validate", "--step", ""), {"unit tests"})
        self.assertIn("bypassed", self.words("log", "--action", ""))
        self.assertEqual(self.words("check", "--range", ""), {"develop", "feature/stream-F-news", "HEAD", "v1.0"})
        self.assertIn("HEAD..v1.0", self.words("check", "--range", "HEAD.."))
        self.assertEqual(self.words("check", "--range", "develop..HEAD", "--as-branch", ""),
                         {"develop", "feature/stream-F-news"})
        self.assertIn("../work tree", self.words("uninstall", ""))

    def test_what_does_not_go_together_is_not_offered(self):
        options = self.words("check", "--all", "-")
        self.assertIn("--at", options)
        self.assertFalse(options & {"--all", "--staged", "--range", "--why"})
        self.assertIn("--step", self.words("validate", "--step", "unit tests", "-"))
        self.assertEqual(self.words("imports", "--all", "x", "y", "z"), set())

    def test_what_the_shell_knows(self):
        for words in (("lock", ""), ("imports", "x"), ("spawn", "F1", "--task-file", ""), ("report", "--html="),
                      ("spawn", "F1", "--", "make", "")):
            self.assertEqual(self.ask(*words), ("files", {}), words)
        self.assertEqual(self.ask("spawn", "F1", "--", ""), ("commands", {}))
        self.assertEqual(self.words("lock", "--task", ""), set())
        self.assertEqual(self.words("nonsense", ""), set())
        self.assertEqual(self.ask("lock", "--", "-"), ("files", {}))

    def test_locks_of_this_agent_and_with_force_of_all(self):
        self.assertEqual(self.words("unlock", ""), set(LOCKED))
        self.assertEqual(self.words("unlock", LOCKED[0], ""), set(LOCKED[1:]))
        self.assertEqual(self.words("unlock", "--all", "-") & {"--all"}, set())
        self.assertEqual(self.words("unlock", "", GIT_STREAM_AGENT="F1"), set())
        self.assertEqual(self.words("unlock", "--force", "", GIT_STREAM_AGENT="F1"), set(LOCKED))
        below = self.words("unlock", "", cwd=self.repo / "docs")
        self.assertEqual(below, {path.removeprefix("docs/") for path in LOCKED})

    def test_silent_where_there_is_nothing_to_know(self):
        empty = self.folder / "empty"
        empty.mkdir()
        self.assertEqual(self.words("start", "", cwd=empty), set())
        self.assertIn("start", self.words("", cwd=empty))
        damaged = self.folder / "damaged"
        shutil.copytree(self.repo, damaged)
        (damaged / ".git/stream/state/file_locks.json").write_text("{")
        self.assertEqual(self.words("unlock", "", cwd=damaged), set())
        (damaged / ".git/config").write_text("[core\n")
        self.assertEqual(self.words("start", "", cwd=damaged), set())

    def test_a_locked_state_keeps_nobody_waiting(self):
        with open(self.repo / ".git/stream/state/file_locks.json", "rb+") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            result = subprocess.run(["git-stream", "--completions=words", "unlock", ""], cwd=self.repo, env=self.environment,
                                    capture_output=True, timeout=8, check=True)  # locks are waited for 10 s
        self.assertEqual(result.stdout, b"")


class InBash(Completion):
    def setUp(self):
        self.shell = Bash(self.repo, self.environment)
        self.addCleanup(self.shell.close)

    def all(self, typed):
        """The words that all completions are, as bash reads them."""
        line = self.shell.line_after(typed, ALL)
        printed = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True, env={"HOME": "/h"})
        return printed.stdout.decode(errors="surrogateescape").split("\0")[:-1]

    def test_in_gits_own_completion(self):
        self.assertEqual(self.shell.line_after("git stre"), "git stream ")
        self.assertEqual(self.shell.line_after("git stream conf"), "git stream conflicts ")
        self.assertEqual(self.shell.line_after("git stream check --sta"), "git stream check --staged ")
        self.assertEqual(self.shell.line_after("git stream check --format=sa"), "git stream check --format=sarif ")
        self.assertEqual(self.all("git stream spawn "), ["git", "stream", "spawn", "A1", "F1", "F2"])

    def test_as_a_program(self):
        self.assertEqual(self.shell.line_after("git-stream conf"), "git-stream conflicts ")
        self.assertEqual(self.shell.line_after("git-stream check --format=sa"), "git-stream check --format=sarif ")
        self.assertEqual(self.shell.line_after(f"{self.prefix}/bin/git-stream spawn A"),
                         f"{self.prefix}/bin/git-stream spawn A1 ")

    def test_in_another_repository_and_by_an_alias(self):
        self.shell.send(b"cd /\n")
        self.assertEqual(self.shell.line_after(f"git -C {self.repo} stream spawn A"), f"git -C {self.repo} stream spawn A1 ")
        subprocess.run(["git", "config", "alias.st", "stream"], cwd=self.repo, env=self.environment, check=True)
        self.shell.send(b"cd " + str(self.repo).encode() + b"\n")
        self.assertEqual(self.shell.line_after("git st conf"), "git st conflicts ")

    def test_words_that_the_shell_would_read_otherwise(self):
        for program in ("git stream", "git-stream"):
            self.assertEqual(sorted(self.all(f"{program} unlock ")[2 if " " in program else 1:]), sorted(["unlock", *LOCKED]))
        for typed, line in (
                ("unlock docs/a", "unlock docs/a\\ b.md "), ("unlock docs/x", "unlock docs/x:y.md "),
                ("unlock docs/x:", "unlock docs/x:y.md "), ("unlock docs/x\\:", "unlock docs/x:y.md "),
                ("unlock 'docs/a", "unlock 'docs/a b.md' "), ("unlock \"docs/x:", "unlock \"docs/x:y.md\" "),
                ("unlock \"docs/$", "unlock \"docs/\\$HOME.md\" "), ("unlock docs/it", "unlock docs/it\\'s.md "),
                ("unlock docs/ä", "unlock docs/ä.md "), ("unlock docs/new", "unlock docs/new$'\\n'line.md "),
                ("unlock docs/la", "unlock docs/latin\\ \udcff.md "),
                ("tasks set Sp", "tasks set Split\\ \\\"news\\\":\\ it\\'s\\ big "),
                ("tasks set Paths\\\\", "tasks set Paths\\\\like:\\ this "), ("tasks set 'Über", "tasks set 'Übersetzen' "),
                ("unlock docs/a\\ b.md docs/i", "unlock docs/a\\ b.md docs/it\\'s.md "),
        ):
            with self.subTest(typed):
                self.assertEqual(self.shell.line_after(f"git stream {typed}"), f"git stream {line}")
                self.assertEqual(self.shell.line_after(f"git-stream {typed}"), f"git-stream {line}")

    def test_files_where_a_path_is_meant(self):
        self.assertEqual(self.shell.line_after("git stream lock doc"), "git stream lock docs/")
        self.assertEqual(self.shell.line_after("git-stream lock docs/a"), "git-stream lock docs/a\\ b.md ")
        self.assertEqual(self.shell.line_after("git stream spawn F1 --task-file docs/ä"),
                         "git stream spawn F1 --task-file docs/ä.md ")
        self.assertEqual(self.shell.line_after("git stream log --agent doc"), "git stream log --agent doc", "no files there")
        self.assertEqual(self.shell.line_after("git stream spawn F1 -- git-strea"), "git stream spawn F1 -- git-stream ")

    def test_the_function_alone(self):
        """Without bash-completion and git's completion, called as bash calls it."""
        script = self.prefix / "share/bash-completion/completions/git-stream"
        program = f"""
. {shlex.quote(str(script))}
compopt() {{ :; }}
COMP_WORDS=(git-stream check --format = sa) COMP_CWORD=4 COMP_LINE='git-stream check --format=sa --all' COMP_POINT=28
__git_stream_program git-stream sa =
printf '%s|' "${{COMPREPLY[@]}}"
"""
        result = subprocess.run(["bash", "--norc", "-c", program], cwd=self.repo, env=self.environment, capture_output=True,
                                text=True, check=True)
        self.assertEqual((result.stdout, result.stderr), ("sarif|", ""))


class InZsh(Completion):
    def setUp(self):
        self.shell = Zsh(self.repo, self.environment, self.prefix / "share/zsh/site-functions")
        self.addCleanup(self.shell.close)

    def all(self, typed):
        line = self.shell.line_after(typed, ALL)
        printed = subprocess.run(["zsh", "-fc", f"printf '%s\\0' {line}"], capture_output=True, check=True, env={"HOME": "/h"})
        return printed.stdout.decode(errors="surrogateescape").split("\0")[:-1]

    def test_commands_options_and_values(self):
        for program in ("git stream", "git-stream"):
            self.assertEqual(self.shell.line_after(f"{program} conf"), f"{program} conflicts ")
            self.assertEqual(self.shell.line_after(f"{program} check --sta"), f"{program} check --staged ")
            self.assertEqual(self.shell.line_after(f"{program} check --format=sa"), f"{program} check --format=sarif ")
            self.assertEqual(self.shell.line_after(f"{program} spawn A"), f"{program} spawn A1 ")
            self.assertEqual(sorted(self.all(f"{program} spawn ")[-3:]), ["A1", "F1", "F2"])
        self.assertEqual(self.shell.line_after("git stre"), "git stream ")
        self.assertEqual(self.shell.line_after("git stream lock doc"), "git stream lock docs/")
        self.shell.send(b"cd /\n")
        self.assertEqual(self.shell.line_after(f"git -C {self.repo} stream spawn A"), f"git -C {self.repo} stream spawn A1 ")

    def test_words_that_the_shell_would_read_otherwise(self):
        for program in ("git stream", "git-stream"):
            found = self.all(f"{program} unlock ")
            self.assertEqual(sorted(found[found.index("unlock") + 1:]), sorted(LOCKED))
            for typed, line in (
                    ("unlock docs/a", "unlock docs/a\\ b.md "), ("unlock docs/x", "unlock docs/x:y.md "),
                    ("unlock docs/x:", "unlock docs/x:y.md "), ("unlock 'docs/a", "unlock 'docs/a b.md' "),
                    ("unlock docs/it", "unlock docs/it\\'s.md "), ("unlock docs/ä", "unlock docs/ä.md "),
                    ("unlock docs/la", "unlock docs/latin\\ $'\\377'.md "),
                    ("tasks set Pa", "tasks set Paths\\\\like:\\ this "),
                    ("tasks set Sp", "tasks set Split\\ \\\"news\\\":\\ it\\'s\\ big ")):
                with self.subTest(typed):
                    self.assertEqual(self.shell.line_after(f"{program} {typed}"), f"{program} {line}")


class InFish(Completion):
    def words(self, line):
        return {word for word, _ in fish(line, self.repo, self.environment)}

    def test_commands_options_and_values(self):
        for program in ("git stream", "git-stream"):
            self.assertIn(("conflicts", "show what would conflict if the streams were merged now"),
                          fish(f"{program} conf", self.repo, self.environment))
            self.assertEqual(self.words(f"{program} check --sta"), {"--staged"})
            self.assertEqual(self.words(f"{program} check --format=sa"), {"--format=sarif"})
            self.assertEqual(self.words(f"{program} spawn "), {"F1", "F2", "A1"})
            self.assertIn("docs/", self.words(f"{program} lock doc"))
            self.assertEqual(self.words(f"{program} unlock docs/x:"), {"docs/x:y.md"})
            self.assertEqual(self.words(f"{program} unlock docs/a"), {"docs/a b.md"})
            self.assertEqual(self.words(f"{program} unlock docs/la"), {"docs/latin \udcff.md"})
            self.assertEqual(self.words(f"{program} tasks set Sp"), {"Split \"news\": it's big"})
            self.assertEqual(self.words(f"{program} tasks set Pa"), {"Paths\\like: this"})
            self.assertEqual(self.words(f"{program} unlock 'docs/a"), {"docs/a b.md"})
            self.assertEqual(self.words(f"{program} unlock docs/a\\ b.md docs/i"), {"docs/it's.md"})
        self.assertIn("stream", self.words("git stre"))
        self.assertEqual(self.words(f"git -C {self.repo} stream spawn A"), {"A1"})


if __name__ == "__main__":
    missing = [name for name in ("bash", "zsh", "fish") if not shutil.which(name)]
    if missing or not os.path.exists("/usr/share/bash-completion/bash_completion"):
        print(f"not here: {', '.join(missing) or 'bash-completion'}")
        sys.exit(77)
    unittest.main()
