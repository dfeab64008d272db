#!/usr/bin/env python3
"""Every command that changes something is killed (SIGKILL) between any two of its steps, alone or with all that it
has started, in a repository whose stream F has three branches. Whatever the moment: no commit, no uncommitted file
and no worktree is lost, nothing is called complete or merged that is not, the state can be read; and the same
command, called again, gets to the end that it has undisturbed, or says what to do, and does so then.

A sample; GITSTREAM_LONG=1 kills at every step. usage: kill_between.py KILL_AT BUILD [COMMAND...]"""
import difflib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

LONG = bool(os.environ.get("GITSTREAM_LONG"))
SECONDS = float(os.environ.get("GS_STRESS_SECONDS", 0 if LONG else 8))  # 0: until all is tried
SEED = int(os.environ.get("GS_STRESS_SEED", 0)) or random.SystemRandom().randrange(1, 1 << 31)
DATE = "2025-12-06T10:00:00Z"
CANNOT_TRACE, KILLED = 77, 137
POLICY = """version: 1
streams:
  A: {name: Base, agents: {A1: {files: ["config/*.py"]}}}
  F:
    name: LLM
    agents:
      F1: {scope: Sentiment, files: ["llm/sentiment*.py"]}
      F2: {scope: News, files: ["llm/news*.py"]}
  H: {name: Apps, depends_on: [A, F], agents: {H1: {files: ["api/*.py"]}}}
validate: [{name: t, run: ["true"]}]
agent_command: [sh, -c, "echo 1 >>llm/sentiment_new.py"]
tasks: [{title: "Join them", stream: F, agent: F1, status: todo}]
"""
COMMIT = "git add -A && git -c core.hooksPath=/dev/null commit -qm"
# What a scene is made of, one on top of the other: shell lines in the owner's worktree.
SCENES = {
    "plain": ["git init -q -b develop", "mkdir config; echo 1 >config/base.py", f"{COMMIT} Start"],
    "fresh": ["git-stream init"],
    "working": [
        "git-stream start A", "git-stream start F --per-agent",
        "git worktree add -q ../extra -b feature/stream-F-extra", "cd ../extra; git-stream install --agent F1",
        "cd ../repo-stream-A; echo 'def base(): ...' >config/a.py; git add -A; git commit -qm a",
        "cd ../repo-stream-F-sentiment; mkdir llm; echo 'def one(): ...' >llm/sentiment.py; git add -A; git commit -qm f1",
        "cd ../repo-stream-F-news; mkdir llm; echo 'def two(): ...' >llm/news.py; git add -A; git commit -qm f2",
        "cd ../extra; mkdir llm; echo 'three = 3' >llm/sentiment_more.py; git add -A; git commit -qm f3",
        "cd ../repo-stream-F-sentiment; git-stream lock llm/sentiment.py docs/guide.md"],
    "completed": ["git-stream complete A F", "echo later >later.txt", f"{COMMIT} Later"],
    "merged": ["git-stream merge A F"],
    "dirty": ["cd ../repo-stream-F-news; echo 'import json' >>llm/news.py; echo 1 >llm/news_all.py; echo 1 >free.py; "
              "git add -A"],
    "no hooks": ["rm .git/hooks/pre-* .git/hooks/post-commit; echo 'echo mine' >.git/hooks/pre-push; chmod +x .git/hooks/*"],
    "other build": ["mkdir ../other; cp \"$(command -v git-stream)\" ../other; echo >>../other/git-stream; "
                    "../other/git-stream install; rm -r ../other"],
    "damaged": ["echo '{' >.git/stream/state/handoffs.json"],
}
BELOW = {"plain": None, "fresh": "plain", "working": "fresh", "completed": "working", "merged": "completed",
         "dirty": "working", "no hooks": "working", "other build": "working", "damaged": "working"}
# The command, the scene, where it is called; and the parts of the end that may differ: what was under way is logged
# once it has happened, and who is killed between the two logs nothing.
COMMANDS = {
    "init": ("plain", "repo", "git-stream init", ()),
    "start": ("fresh", "repo", "git-stream start A F", ()),
    "start an agent each": ("fresh", "repo", "git-stream start F --per-agent", ()),
    "start again": ("merged", "repo", "git-stream start --again F", ()),
    "spawn": ("working", "repo", "git-stream spawn F1", ("log", "files")),
    "lock": ("working", "repo-stream-F-news", "git-stream lock llm/news.py docs/news.md", ("log",)),
    "unlock": ("working", "repo-stream-F-sentiment", "git-stream unlock --all", ("log",)),
    "commit": ("dirty", "repo-stream-F-news", "git diff --cached --quiet || exec git commit -qm more", ("log",)),
    "complete an agent": ("working", "repo", "git-stream complete F1", ()),
    "complete": ("working", "repo", "git-stream complete F", ()),
    "merge": ("completed", "repo", "git-stream merge A F", ()),
    "install": ("no hooks", "repo", "git-stream install", ("log",)),
    "upgrade": ("other build", "repo", "git-stream install --prune", ("log",)),
    "enrol": ("working", "repo", "git-stream install --agent F2 ../extra", ("log",)),
    "uninstall": ("working", "repo", "git-stream uninstall ../extra", ("log",)),
    "uninstall all": ("working", "repo", "git-stream uninstall --all", ("log",)),
    "repair": ("damaged", "repo", "git-stream init --repair", ("log", "state")),
    "handoff": ("working", "repo-stream-F-sentiment", "git-stream handoff add --to F2 --breaking gone", ("log",)),
    "ask": ("working", "repo-stream-F-sentiment", "git-stream ask F2 'Which mood?'", ("log",)),
    "tasks": ("working", "repo", "git-stream tasks set 1 done", ("log",)),
}


class Failure(Exception):
    pass


class Scene:
    """The repository in FOLDER/now, which is made anew for each moment from the one that was made once."""

    def __init__(self, folder, killer, build):
        self.folder, self.now, self.killer = folder, folder / "now", killer
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("GIT_") or name.startswith("GIT_DEFAULT_")}
        options = os.environ.get("ASAN_OPTIONS", "")
        self.environment = kept | {
            "HOME": str(folder), "PATH": f"{build / 'bin'}:{kept['PATH']}", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_AUTHOR_DATE": DATE,
            "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org", "GIT_COMMITTER_DATE": DATE,
            # Neither leaks nor what is mapped can be looked for in a process that is traced.
            "ASAN_OPTIONS": f"{options}:detect_leaks=0"}

    def sh(self, line, place="repo", check=True):
        done = subprocess.run(["sh", "-ec", line], cwd=self.now / place, env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace")
        if check and done.returncode != 0:
            raise Failure(f"{line}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def copy(self, name, to):
        shutil.rmtree(to, ignore_errors=True)
        subprocess.run(["cp", "-a", self.folder / name, to], check=True)

    def enter(self, name):
        """Goes to the scene of this name; it is made when it is first entered."""
        if (self.folder / name).exists():
            return self.copy(name, self.now)
        if BELOW[name] is None:
            shutil.rmtree(self.now, ignore_errors=True)
            (self.now / "repo").mkdir(parents=True)
            (self.now / "repo/.streams.yaml").write_text(POLICY)
        else:
            self.enter(BELOW[name])
        for line in SCENES[name]:
            self.sh(line)
        (self.now / "repo/notes.txt").write_text("nobody has committed this\n")
        self.copy("now", self.folder / name)

    def kill(self, line, place, moment, whom):
        """Before its step of this number; returns the steps there were and what the last one would have been."""
        report = self.folder / "report"
        done = subprocess.run([self.killer, self.now, str(moment), whom, report, "sh", "-ec", "exec " + line
                               if line.startswith("git-stream") else line], cwd=self.now / place, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
        if done.returncode == CANNOT_TRACE:
            print("processes cannot be traced here", file=sys.stderr)
            sys.exit(CANNOT_TRACE)
        steps, _, what = report.read_text().strip().partition(" ")
        return int(steps), what, done

    # ---- What holds at every moment

    def tips(self):
        lines = self.sh("git for-each-ref --format='%(refname) %(objectname)' refs/heads").stdout.splitlines()
        return dict(line.split() for line in lines)

    def check_held(self, before, worktrees, readable=True):
        if (self.now / "repo/notes.txt").read_text() != "nobody has committed this\n":
            raise Failure("an uncommitted file is lost")
        tips = self.tips()
        develop = tips["refs/heads/develop"]
        merged = set(self.sh(f"git rev-list {develop}").stdout.split())
        kept = merged.union(*(self.sh(f"git rev-list {tip} ^{develop}").stdout.split() for tip in tips.values()))
        for ref, tip in before.items():
            if tip not in kept:
                raise Failure(f"{ref} is lost")
        if before["refs/heads/develop"] not in merged:
            raise Failure("develop went back")
        for place, tip in worktrees.items():
            if not (self.now / place / ".git").exists() and tip not in merged:
                raise Failure(f"{place} is gone, and its work is not merged")
        if readable:
            json.loads(self.sh("git-stream status --json").stdout)
        state = self.now / "repo/.git/stream/state/orchestrator_state.json"
        if not state.exists() or not state.read_text():
            return
        for name, record in json.loads(state.read_text())["streams"].items():
            of_stream = [tip for ref, tip in before.items() if f"stream-{name}-" in ref]
            if record["status"] == "merged" and not all(tip in merged for tip in of_stream):
                raise Failure(f"stream {name} is called merged")
            recorded = [branch.get("commit") for branch in record.get("branches", {}).values()] or [record.get("commit")]
            if record["status"] == "completed" and not set(of_stream) <= set(recorded) | merged:
                raise Failure(f"stream {name} is called complete without all its branches: {recorded}")

    # ---- The end

    def end(self, but=()):
        """Everything that the command can have changed, without times and process ids."""
        script = {
            "refs": "git for-each-ref --format='%(refname) %(objectname)'; git worktree list --porcelain",
            "config": "git config --local --list | sort; cat .git/info/exclude",
            "hooks": "cd .git/hooks; for f in *; do echo \"$f $(cksum <\"$f\")\"; done",
            "programs": "ls -A .git/stream/bin .git/stream/bin/* 2>&- || true",
            "state": "cd .git/stream/state 2>&- || exit 0; cat *.json; ls | grep -v '\\.made$'",
            "log": "cat .git/stream/state/agent_activity.jsonl .git/stream/state/conflict_warnings.jsonl 2>&- || true",
            "stream": "ls .git/stream 2>&- | grep -vE 'cache|facts|judged|report|results|turn.lock|made|redo' || true",
            "files": "for w in .. $(git worktree list --porcelain | sed -n 's/^worktree //p'); do echo \"== $w\"; cd \"$w\"; "
                     "ls -A | grep -vx now; git status --porcelain -uall 2>&- || true; cat .aiignore "
                     "\"$(git rev-parse --git-dir 2>&-)/stream/identity\" 2>&- || true; done"}
        text = "".join(f"### {name}\n" + self.sh(line).stdout for name, line in script.items() if name not in but)
        text = re.sub(r"\n\n+", "\n", text)  # what is written in place may be followed by blanks for a time
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
        text = re.sub(r'"(pid|start_time|duration|generation)": ?\d+', r'"\1": N', text)
        text = re.sub(r'"(boot_id|report)": ?"[^"]*"', r'"\1": ID', text)
        # Who is killed while the report is written has validated, and does it again.
        return re.sub(r'(\n[^\n]*"action": "validated"[^\n]*)(?=\1\n)', "", text)

    def call_again(self, line, place):
        """Until it is done; what it asks for is done for it. Returns whether it asked."""
        asked = False
        for _ in range(5):
            done = self.sh(line, place, check=False)
            said = done.stdout + done.stderr
            lock = re.search(r"Unable to create '([^']+\.lock)'", said) or re.search(r"could not lock config file (\S+)", said)
            if done.returncode == 0 and not lock:
                return asked
            asked = True
            next_step = re.search(r"\n  next: ([^\n]+)", said)
            if lock and (" file" in said):
                path = lock[1] if lock[1].endswith(".lock") else lock[1] + ".lock"
                (self.now / place / path).unlink(missing_ok=True)
            elif next_step:
                self.sh(next_step[1].split("; or --")[0], place, check=False)
            else:
                raise Failure(f"called again it failed, and did not say what to do: exit {done.returncode}\n{said}")
        raise Failure(f"what it said did not help:\n{said}")


def difference(expected, got):
    return "\n".join(list(difflib.unified_diff(expected.splitlines(), got.splitlines(), "undisturbed", "killed",
                                               lineterm="", n=1))[:40])


class Trial:
    """A command that is killed again and again."""

    def __init__(self, scene, name):
        self.scene, self.name = scene, name
        self.where, self.place, self.line, self.but = COMMANDS[name]
        scene.enter(self.where)
        self.before = scene.tips()
        lines = scene.sh("git worktree list --porcelain").stdout
        self.worktrees = dict(re.findall(rf"worktree {re.escape(str(scene.now))}/(\S+)\nHEAD (\w+)", lines))
        steps, _, done = scene.kill(self.line, self.place, 0, "all")
        if done.returncode != 0:
            raise Failure(f"{self.line}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        self.steps = steps
        self.expected = scene.end(self.but)
        self.done = self.asked = 0

    def at(self, moment, whom):
        scene = self.scene
        scene.enter(self.where)
        _, what, killed = scene.kill(self.line, self.place, moment, whom)
        try:
            scene.check_held(self.before, self.worktrees, self.where not in ("plain", "damaged"))
            self.asked += scene.call_again(self.line, self.place)
            scene.check_held(self.before, self.worktrees)
            end = scene.end(self.but)
            if end != self.expected:
                raise Failure(difference(self.expected, end))
        except (Failure, ValueError, KeyError) as failure:
            raise Failure(f"{self.name}: {self.line}\nkilled ({whom}) before step {moment} of {self.steps}: {what}\n"
                          f"{failure}") from failure
        self.done += 1


def main():
    killer, build = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    chosen = sys.argv[3:] or list(COMMANDS)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gs-kill-")).resolve()
    chance, failures = random.Random(SEED), []
    try:
        scene = Scene(folder, killer, build)
        trials = [Trial(scene, name) for name in chosen]
        moments = []
        for trial in trials:  # each in its turn
            own = [(trial, moment, whom) for moment in range(1, trial.steps + 1) for whom in ("all", "first")]
            chance.shuffle(own)
            moments += list(enumerate(own))
        moments = [moment for _, moment in sorted(moments, key=lambda one: one[0])]
        begin = time.monotonic()
        for trial, moment, whom in moments:
            if SECONDS and time.monotonic() - begin > SECONDS:
                break
            try:
                trial.at(moment, whom)
            except Failure as failure:
                failures.append(str(failure))
                print(failure, end="\n\n", file=sys.stderr)
                if not LONG:
                    break
        for trial in trials:
            print(f"{trial.name}: {trial.done} of {2 * trial.steps} moments, {trial.asked} times it asked for something")
    finally:
        if not os.environ.get("GS_STRESS_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
    if failures:
        sys.exit(f"{len(failures)} failures (GS_STRESS_SEED={SEED})")


if __name__ == "__main__":
    main()
