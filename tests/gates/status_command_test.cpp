// git stream status: what people and programs are shown, and --watch on a terminal.

#include <algorithm>
#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// The state that `start` leaves: F in progress in FOLDER/F on feature/stream-F-llm.
Place start_f(const StreamRepo& repo, const std::string& more = {}) {
  const Place f = repo.worktree("F", "feature/stream-F-llm");
  f.must("git stream install --stream F");
  repo.write_state("orchestrator_state.json",
                   R"({"streams": {"F": {"status": "in_progress", "worktree": "../F",
                       "started_at": "2025-12-06T10:00:00Z", "agents": ["F1", "F2"],
                       "branch": "feature/stream-F-llm")" +
                       more + "}}, \"started_at\": null}\n");
  return f;
}

TEST(StatusCommand, AStreamsLine) {
  const StreamRepo repo;
  const Place f = start_f(repo);
  f.must(
      "mkdir -p llm; echo 1 > llm/news.py; git add llm; git commit -qm m; echo 2 > x; echo 3 > y");
  f.with("GIT_STREAM_AGENT=F1").must("git stream lock docs/a.md");
  const std::string text = f.must("git stream status");
  EXPECT_THAT(text, testing::StartsWith("streams  2: 1 in progress, 1 ready\npolicy   develop:"));
  EXPECT_THAT(text,
              ContainsRegex("\n  +stream +state +phase +commits +files +locks +worktree +last\n"));
  EXPECT_THAT(text, ContainsRegex("\n  E +Models +ready +1\n"));
  EXPECT_THAT(text, ContainsRegex("\n\\* F +LLM +in progress +1 +\\+1 +2 +1 +\\. +F1 locked "));
  EXPECT_THAT(text, Not(ContainsRegex("/F +feature"))) << "its worktree is shown with it";
  EXPECT_THAT(text, ContainsRegex("\n  [^\n]*/repo +develop +no stream\n"));
  EXPECT_THAT(text, testing::EndsWith("\n  next: git stream start E  (E can start)\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << "no terminal";
}

TEST(StatusCommand, WhatNeedsAttention) {
  const StreamRepo repo;
  start_f(repo, R"(, "runs": {"F1": {"pid": 1, "started_at": "2025-12-06T10:00:00Z",
      "ended_at": "2025-12-06T10:05:00Z", "exit_code": 7}, "F2": {"pid": 99, "boot_id": "another",
      "started_at": "2025-12-06T10:00:00Z"}})");
  repo.owner().must("rm -rf ../F");
  EXPECT_THAT(repo.owner().must("git stream status"),
              ContainsRegex("\n      ! F1 failed with exit 7 [^;]* ago; F2 is gone, started [^;]* "
                            "ago; its worktree is gone [^\n]*\n"));
}

TEST(StatusCommand, Json) {
  const StreamRepo repo;
  const Place f = start_f(repo);
  f.must("echo 2 > x");
  EXPECT_EQ(json_of(f, "status",
                    "d['schema'], [s['state'] for s in d['streams']], d['can_start'], "
                    "d['streams'][1]['worktree']['uncommitted'], d['streams'][1]['branch'], "
                    "[a['run'] for a in d['streams'][1]['agents']], d['damage'], "
                    "len(d['worktrees'])"),
            "1 ['ready', 'in_progress'] ['E'] {'files': 1, 'tracked': 0, 'untracked': 1} "
            "{'name': 'feature/stream-F-llm', 'exists': True, 'ahead': 0, 'behind': 0, "
            "'changed_since_completed': False} ['none', 'none'] [] 2\n");
}

TEST(StatusCommand, DamageIsExitThreeWithTheRest) {
  const StreamRepo repo;
  start_f(repo);
  repo.write_state("file_locks.json", "{");
  for (const char* command : {"git stream status", "git stream status --json"}) {
    const Said said = repo.owner().sh(command);
    EXPECT_EQ(said.status, 3) << command;
    EXPECT_THAT(said.output, HasSubstr("LLM")) << command;
    EXPECT_THAT(said.errors, AllOf(HasSubstr("file_locks.json is damaged"),
                                   HasSubstr("next: git stream init --repair\n")));
  }
}

TEST(StatusCommand, ChangesNothing) {
  const StreamRepo repo;
  const Place f = start_f(repo);
  f.must("echo 2 > x; touch .streams.yaml");
  const std::string list =
      "find . ../repo -type f ! -path '*/stream/policy.cache*' -printf '%p %s %T@\\n' | sort";
  const std::string before = f.must(list);
  f.must("git stream status; git stream status --json");
  EXPECT_EQ(f.must(list), before);
}

TEST(StatusCommand, ADamagedEnrolmentElsewhereHidesNothing) {
  const StreamRepo repo;
  repo.agent("E1");
  repo.owner().must("echo rubbish > .git/worktrees/E1/stream/identity");
  const Said said = repo.owner().sh("git stream status");
  EXPECT_EQ(said.status, 3);
  EXPECT_THAT(said.output, HasSubstr("/E1"));
  EXPECT_THAT(said.errors, HasSubstr("is damaged"));
}

TEST(StatusCommand, WatchNeedsATerminal) {
  const StreamRepo repo;
  EXPECT_THAT(repo.owner().sh("git stream status --watch"), Complains(2, "needs a terminal"));
  for (const char* option : {"--watch 0", "--watch soon", "--watch=-1", "--watch --json"})
    EXPECT_THAT(repo.owner().sh(std::string("git stream status ") + option),
                Complains(2, "git-stream: "))
        << option;
}

// A terminal of ROWS and COLUMNS with the command on it.
constexpr char kTerminal[] = R"(
import fcntl, os, pty, select, signal, struct, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    time.sleep(0.2)
    os.execvp("git-stream", ["git-stream", "status", "--watch", "60"])
def resize(rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
def until(text):
    out, end = b"", time.time() + 20
    while text not in out and time.time() < end:
        if select.select([fd], [], [], 0.1)[0]:
            try: out += os.read(fd, 65536)
            except OSError: break
    if text not in out: sys.exit(f"{text} is not in {out}")
    return out
def ended():
    until(b"\x1b[?25h\x1b[?1049l")
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
resize(40, 120)
)";

std::string on_a_terminal(const Place& place, const std::string& script) {
  place.write("../terminal.py", kTerminal + script);
  return place.with("TERM=xterm").must("python3 ../terminal.py");
}

TEST(StatusWatch, ShowsChangesAndQuits) {
  const StreamRepo repo;
  const Place f = start_f(repo);
  EXPECT_EQ(on_a_terminal(f, R"(
first = until(b"next:")
assert first.startswith(b"\x1b[?1049h\x1b[?25l\x1b[H"), first
assert b"\x1b[36min progress" in first, first
assert b"\x1b[2J" not in first, "it would flicker"
os.system("git stream lock docs/a.md --task t >/dev/null")
until(b"locked ")
os.system("git commit -q --allow-empty -m more")
until(b"+1")
resize(5, 30)
small = until(b"more lines")
assert "…".encode() in small, small
os.write(fd, b"q")
print(ended())
)"),
            "0\n");
}

TEST(StatusWatch, SignalsLeaveTheTerminalAsItWas) {
  const StreamRepo repo;
  const Place owner = repo.owner();
  for (const auto& [signal, exit] :
       {std::pair{"SIGINT", "130"}, {"SIGTERM", "-15"}, {"SIGHUP", "-1"}}) {
    EXPECT_EQ(
        on_a_terminal(owner, std::string("before = termios.tcgetattr(fd)\nuntil(b'next:')\n") +
                                 "assert termios.tcgetattr(fd) != before\nos.kill(pid, signal." +
                                 signal +
                                 ")\nuntil(b'1049l')\nprint(os.waitstatus_to_exitcode("
                                 "os.waitpid(pid, 0)[1]), termios.tcgetattr(fd) == before)"),
        std::string(exit) + " True\n");
  }
}

TEST(StatusWatch, NoColour) {
  const StreamRepo repo;
  on_a_terminal(repo.owner().with("NO_COLOR=1"),
                "text = until(b'next:')\nassert b'\\x1b[2m' not in text and b'\\x1b[1m' not in "
                "text, text\nos.write(fd, b'q')\nprint(ended())");
}

}  // namespace
}  // namespace gs::test
