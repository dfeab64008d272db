"""Real repositories whose reports are worth looking at: worked in with the command, then asked for their pages.

Each scene yields a page and the names that it has to show.
"""

import json
import os
import pathlib
import subprocess

# What a name may hold that a page could mistake for its own: tags, entities, quotes of both kinds, letters that run
# from right to left, an override that turns round what follows, and characters of four bytes, joined and wide.
NAME = '<img src=x onerror=alert(1)> &amp; "q" \'a\' שלום \u202eevil 👩\u200d💻 名前'
# As much of it as a name of git's may hold.
REFERENCE = '<b>&"q"\'-שלום-🎉'

HOSTILE_POLICY = {
    "version": 1,
    "integration_branch": "main-" + REFERENCE,
    "streams": {
        "A": {"name": "Foundation " + NAME, "agents": {"A1": {"files": ["config/**"]}}},
        "E": {"name": "名前名前名前名前名前名前", "depends_on": ["A"], "agents": {"E1": {"files": ["models/**"]}}},
        "F": {"name": "WWWWWWWWWWWWWWWWWWWWWW", "depends_on": ["A"], "agents": {"F1": {"files": ["llm/**"]}}},
        "a-stream-with-a-long-id": {"name": "שלום עולם", "depends_on": ["E", "F"],
                                    "agents": {"an-agent-with-a-long-id": {"files": ["ui/**"]}}},
    },
    "layers": [{"name": "low " + NAME, "modules": ["config", "models"]},
               {"name": "high " + NAME, "modules": ["llm", "ui"]}],
    "validate": [
        {"name": "fails " + NAME, "run": ["sh", "-c", "printf '%s\\n' \"$0\" \"$0$0$0$0\"; exit 1", NAME]},
        {"name": "passes", "run": ["true"]},
        {"name": "is missing", "run": ["no-such-program-here", NAME]},
    ],
}


class Repository:
    def __init__(self, folder, build, policy):
        self.path, self.bin, self.policy = pathlib.Path(folder), pathlib.Path(build) / "bin", policy
        self.path.mkdir(parents=True)
        self.run("git", "init", "-q", "-b", policy.get("integration_branch", "develop"))
        self.write(".streams.yaml", json.dumps(policy, ensure_ascii=False))  # JSON is YAML

    def run(self, *words, cwd=None, **environment):
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("GIT_") or name.startswith("GIT_DEFAULT_")}
        kept.update(PATH=f"{self.bin}:{kept['PATH']}", HOME=str(self.path.parent), GIT_CONFIG_NOSYSTEM="1",
                    GIT_CONFIG_GLOBAL="/dev/null", GIT_AUTHOR_NAME="Ada", GIT_AUTHOR_EMAIL="ada@example.org",
                    GIT_COMMITTER_NAME="Ada", GIT_COMMITTER_EMAIL="ada@example.org", LC_ALL="C.UTF-8", TZ="UTC")
        kept.update(environment)
        return subprocess.run(words, cwd=cwd or self.path, env=kept, check=True, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE).stdout

    def write(self, name, text, root=None):
        file = (root or self.path) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, subject, cwd=None, **environment):
        self.run("git", "add", "-A", cwd=cwd)
        self.run("git", "commit", "-qm", subject, cwd=cwd, **environment)

    def worktree(self, stream):
        listed = self.run("git", "worktree", "list", "--porcelain", "-z").split("\0")
        return next(pathlib.Path(line[9:]) for line in listed
                    if line.startswith("worktree ") and line.endswith(f"-stream-{stream}"))

    def log(self, lines):
        with open(self.path / ".claude/state/agent_activity.jsonl", "a") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)

    def page(self, name):
        file = self.path.parent / f"{name}.html"
        self.run("git", "stream", "report", "--html", str(file))
        return file


def shown(name):
    """As the page has it: what would turn round the text after it is named instead."""
    return name.replace("\u202e", "[U+202E]")


def hostile(folder, build):
    """An afternoon of four streams, with trouble in every name, a broken tree and a step that fails."""
    bot = Repository(folder / f"bot {REFERENCE}", build, HOSTILE_POLICY)
    for package in ("config", "models", "llm", "ui"):
        bot.write(f"{package}/__init__.py", "")
    bot.write("models/risk.py", f"from llm import news  # {NAME} {'so long a line ' * 30}\n")
    bot.write("llm/news.py", "from models.risk import LIMIT\n")
    bot.write(f"llm/{REFERENCE}.py", "from models.risk import NOTHING\n")
    bot.commit("Start")
    bot.run("git", "stream", "init")
    bot.run("git", "stream", "start", "A")
    inside, later = bot.worktree("A"), {"GIT_COMMITTER_DATE": "@4102444800 +0000"}  # certainly after the start
    bot.write("config/limits.py", "LIMIT = 100\n", inside)
    bot.commit("Limit it: " + NAME, inside, GIT_STREAM_AGENT="A1", GIT_AUTHOR_NAME="Eve " + NAME, **later)
    bot.run("git", "merge", "-q", "--no-ff", "-m", "Merge " + NAME, "feature/stream-A-" + slug(bot, "A"),
            GIT_STREAM_BYPASS="an afternoon", **later)
    bot.log({"timestamp": f"2025-12-0{6 + i // 24}T{i % 24:02}:10:00Z", "agent": f"agent-{i % 5} {NAME}",
             "stream": "F " + NAME, "action": ("committed", "blocked", "merged", "validated", "started")[i % 5]}
            for i in range(40))
    # What git merge left there has the steps' output, too.
    left = folder / "hostile-merge.html"
    left.write_bytes(max(bot.path.glob(".claude/state/reports/*/report.html")).read_bytes())
    yield left, [shown(name) for name in (NAME, "fails " + NAME, NAME * 4, "Merge " + NAME,
                                              "1 import was wrong before it")]
    yield bot.page("hostile"), [shown(name) for name in (
        NAME, REFERENCE, "Foundation " + NAME, "Limit it: " + NAME, "Merge " + NAME, f"agent-3 {NAME}", "F " + NAME,
        "fails " + NAME, "low " + NAME, "WWWWWWWWWWWWWWWWWWWWWW", "名前名前名前名前名前名前", "an-agent-with-a-long-id")]


def slug(repository, stream):
    name = repository.run("git", "for-each-ref", "--format=%(refname:short)", f"refs/heads/feature/stream-{stream}-*")
    return name.strip().removeprefix(f"feature/stream-{stream}-")


def large(folder, build):
    """The complete policy, and 100,000 lines of log from fifty agents in three weeks."""
    import yaml
    example = pathlib.Path(__file__).resolve().parents[2] / "config/trading-bot.yaml"
    policy = yaml.safe_load(example.read_text())
    bot = Repository(folder / "trading-bot", build, {**policy, "validate": []})
    for package in ("config", "models", "llm"):
        bot.write(f"{package}/__init__.py", "")
    bot.commit("Start")
    bot.run("git", "stream", "init")
    actions = ("committed", "blocked", "merged", "validated", "started", "locked", "released")
    bot.log({"timestamp": f"2025-12-{1 + i // 4800:02}T{i // 200 % 24:02}:{i // 4 % 60:02}:00Z",
             "agent": f"agent-{'ABCDEFGH'[i % 8]}{i % 50}", "stream": "ABCDEFGH"[i % 8],
             "action": actions[i * i % 7], "file": f"models/m{i % 9}.py",
             "expires": f"2025-12-{1 + i // 4800:02}T23:59:00Z"} for i in range(100_000))
    page = bot.page("large")
    assert page.stat().st_size < 2 << 20, f"a page of {page.stat().st_size} bytes"
    yield page, ["agent-A0", "Foundation"]


def small(folder, build):
    """Nothing but one stream that has just been started."""
    bot = Repository(folder / "desk", build, {"version": 1, "streams": {"A": {"agents": {"A1": {"files": ["a/**"]}}}}})
    bot.commit("Start")
    bot.run("git", "stream", "init")
    bot.run("git", "stream", "start", "A")
    yield bot.page("small"), ["develop is sound", "desk"]


SCENES = (hostile, large, small)
