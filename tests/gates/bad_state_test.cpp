// State files that somebody or something has spoilt: the gate stops with one clear line, and the
// repair loses nothing.

#include <algorithm>
#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

constexpr char kCannotJudge[] = "stream/state/file_locks.json is damaged: ";

std::string one_lock(const std::string& path, const std::string& members) {
  return "{\"locks\": {\"" + path + "\": {" + members + "}}, \"version\": 1}\n";
}

std::string held_by_f1(const std::string& acquired, const std::string& expires) {
  return one_lock("docs/guide.md", "\"agent\": \"agent-F1\", \"stream\": \"F\", \"acquired\": \"" +
                                       acquired + "\", \"expires\": \"" + expires +
                                       "\", \"task\": \"t\"");
}

// The gate blocks naming file and repair; the repair keeps the bad bytes; then commits work.
void stops_and_is_repaired(const std::string& content, const std::string& part = kCannotJudge) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  repo.write_state("file_locks.json", content);
  const Said said = f1.commit("llm/sentiment.py");
  EXPECT_THAT(said, Complains(1, part)) << content.substr(0, 200);
  EXPECT_THAT(said.errors, testing::EndsWith("  next: git stream init --repair\n"));
  EXPECT_FALSE(said.moved);
  EXPECT_EQ(f1.sh("git hook run pre-commit").status, 3);
  EXPECT_EQ(repo.state("file_locks.json"), content) << "never silently replaced";
  for (const char* command :
       {"git stream locks", "git stream lock docs/a.md", "git stream unlock --all"})
    EXPECT_THAT(f1.sh(command), Complains(3, part)) << command;
  EXPECT_THAT(f1.sh("git stream doctor").output, HasSubstr("next: git stream init --repair"));
  for (const char* command : {"doctor", "status", "locks", "check --staged"})
    EXPECT_EQ(f1.sh(std::string("git stream ") + command).status, 3) << command;
  f1.must("git stream init --repair");
  EXPECT_EQ(f1.must("cat ../repo/.claude/state/file_locks.json.bad-*"), content);
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits());
  EXPECT_THAT(f1.commit("setup.py"), Commits());
}

TEST(BadState, Empty) {
  stops_and_is_repaired("");
}
TEST(BadState, Zeros) {
  stops_and_is_repaired(std::string(512, '\0'));
}
TEST(BadState, NoJson) {
  stops_and_is_repaired("<<<<<<< HEAD\n");
}
TEST(BadState, NoObject) {
  stops_and_is_repaired("[]");
}
TEST(BadState, NoLocks) {
  stops_and_is_repaired("{\"version\": 1}");
}
TEST(BadState, AnotherVersion) {
  stops_and_is_repaired("{\"locks\": {}, \"version\": 2}");
}
TEST(BadState, TwoDocuments) {
  stops_and_is_repaired("{\"locks\": {}}{\"locks\": {}}");
}
TEST(BadState, ALockWithoutAgent) {
  stops_and_is_repaired(one_lock("a", "\"expires\": \"x\""));
}
TEST(BadState, ALockThatIsText) {
  stops_and_is_repaired("{\"locks\": {\"a\": \"F1\"}}");
}
TEST(BadState, NoTime) {
  stops_and_is_repaired(held_by_f1("yesterday", "tomorrow"));
}
TEST(BadState, NoDate) {
  stops_and_is_repaired(held_by_f1("2025-02-30T10:00:00Z", "2025-13-01T00:00:00Z"));
}
TEST(BadState, ANamelessLock) {
  stops_and_is_repaired(one_lock("", R"("agent": "agent-F1", "acquired": "2025-12-06T10:00:00Z",)"
                                     R"("expires": "2099-12-06T10:00:00Z")"));
}
TEST(BadState, OnePathTwice) {
  const std::string lock =
      "\"setup.py\": {\"agent\": \"agent-F1\", \"acquired\": \"2025-12-06T10:00:00Z\","
      " \"expires\": \"2025-12-06T11:00:00Z\"}";
  stops_and_is_repaired("{\"locks\": {" + lock + ", " + lock + "}, \"version\": 1}");
}
TEST(BadState, DeepNesting) {
  stops_and_is_repaired("{\"locks\": " + std::string(200000, '[') + "}");
}
TEST(BadState, AnAgentWithControlCharacters) {
  const StreamRepo repo;
  repo.write_state(
      "file_locks.json",
      one_lock("docs/guide.md",
               R"("agent": "\u001b[31mF1\n", "acquired": "2025-12-06T10:00:00Z",)"
               R"("expires": "2099-12-06T10:00:00Z", "task": "\u0007\r\n  fake: lock")"));
  const Said said = repo.agent("F2").commit("docs/guide.md");
  EXPECT_FALSE(said.moved);
  EXPECT_THAT(without_times(said.errors),
              HasSubstr("  docs/guide.md: lock: held by ?[31mF1? until TIME: ???  fake: lock\n"));
}

TEST(BadState, HalfWritten) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  f1.must("git stream lock docs/guide.md tests/x.py");
  const std::string whole = repo.state("file_locks.json");
  const std::string half = whole.substr(0, whole.find("tests/x.py") + 20);
  repo.write_state("file_locks.json", half);
  EXPECT_THAT(f2.commit("llm/news.py"), Complains(1, kCannotJudge));
  f2.must("git stream init --repair");
  EXPECT_THAT(repo.locks(), HasSubstr("docs/guide.md  agent-F1  until TIME"))
      << "what could be read is still held";
  EXPECT_THAT(f2.sh("git commit -q -m m"), Commits());
}

TEST(BadState, FiftyMegabytes) {
  stops_and_is_repaired("{\"locks\": {}, \"note\": \"" + std::string(50 << 20, 'x') + "\"}",
                        "file_locks.json is larger than ");
}

TEST(BadState, ABypassGetsAPersonPastIt) {
  const StreamRepo repo;
  repo.write_state("file_locks.json", "{");
  const Said said = repo.agent("F1").with("GIT_STREAM_BYPASS=disk died").commit("llm/sentiment.py");
  EXPECT_TRUE(said.moved);
  EXPECT_THAT(said.errors, HasSubstr("git-stream: bypassed (disk died), not judged: "));
}

TEST(BadState, ASymlinkIsNotFollowed) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  repo.owner().must(
      "echo precious >precious; ln -sf ../../../precious .claude/state/file_locks.json");
  EXPECT_THAT(f1.commit("setup.py"), Complains(1, "is a symbolic link"));
  f1.must("git stream init --repair");
  EXPECT_THAT(f1.sh("git commit -q -m m"), Commits());
  EXPECT_EQ(repo.read("precious"), "precious\n");
}

TEST(BadState, AFolderInItsPlace) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  repo.owner().must("rm .claude/state/file_locks.json; mkdir .claude/state/file_locks.json");
  EXPECT_THAT(f1.commit("setup.py"), Complains(1, "file_locks.json is not a regular file"));
}

TEST(BadState, AFifoDoesNotHangTheGate) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  repo.owner().must("rm .claude/state/file_locks.json; mkfifo .claude/state/file_locks.json");
  EXPECT_THAT(f1.commit("setup.py"), Complains(1, "file_locks.json is not a regular file"));
}

// `git clean -fdx` and `rm -rf .claude` take a link, and no state.
TEST(BadState, CleaningAWorktreeTakesNoLock) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  f1.must("git stream lock docs/guide.md");
  repo.owner().must("git clean -fdxq; rm -rf .claude");
  f2.must("git clean -fdxq; rm -rf .claude");
  EXPECT_THAT(f2.commit("docs/guide.md"),
              Blocks(kF2, Findings{"docs/guide.md: lock: held by agent-F1 until TIME"}));
  EXPECT_FALSE(f2.has(".claude")) << "no hook makes the link";
  EXPECT_THAT(f2.sh("git stream doctor").output, HasSubstr(".claude/state is missing: "));
  f2.must("git stream install");
  EXPECT_TRUE(f2.has(".claude/state/file_locks.json"));
  EXPECT_TRUE(repo.owner().has(".claude/state/file_locks.json")) << "those of all worktrees";
}

// What was there and is gone is no beginning: nobody goes on as if nothing had ever been locked.
void gone_blocks_and_is_repaired(const std::string& gone, const std::string& named) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  f1.must("git stream lock docs/guide.md");
  const auto generation = [&] {
    return std::stoull(repo.owner().must(
        "python3 -c 'import json; "
        "print(json.load(open(\".claude/state/file_locks.json\"))[\"generation\"])'"));
  };
  const auto before = generation();
  repo.owner().must("cd .git/stream; " + gone);
  for (const char* file : {"docs/guide.md", "setup.py", "llm/news.py"}) {
    EXPECT_THAT(f2.commit(file), Complains(1, named)) << file;
    f2.must("git restore --staged " + std::string(file));
  }
  for (const char* command : {"git stream locks", "git stream lock docs/a.md", "git stream init",
                              "git stream install", "git stream unlock --all"}) {
    const Said said = f2.sh(command);
    EXPECT_THAT(said, Complains(3, named)) << command;
    EXPECT_THAT(said.errors, testing::EndsWith("  next: git stream init --repair\n")) << command;
  }
  EXPECT_THAT(f2.sh("git stream doctor").output, HasSubstr("next: git stream init --repair"));
  f2.must("git stream init --repair");
  EXPECT_THAT(f2.commit("setup.py"), Commits());
  EXPECT_GT(generation(), before);
}

// A damaged file costs what it holds, and nothing else.
TEST(BadState, StatusShowsWhatItKnowsWithoutTheRecordOfStreams) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  repo.write_state("orchestrator_state.json", "{\"streams\": [\n");
  const Said said = f1.sh("git stream status");
  EXPECT_EQ(said.status, 3);
  EXPECT_THAT(said.output, testing::AllOf(HasSubstr("locks    "), HasSubstr("you are  agent-F1")));
  EXPECT_THAT(said.output + said.errors,
              testing::AllOf(HasSubstr("orchestrator_state.json is damaged: "),
                             HasSubstr("next: git stream init --repair")));
  EXPECT_THAT(f1.sh("git stream doctor").output, HasSubstr("orchestrator_state.json: "));
}

TEST(BadState, TheWholeStateIsGone) {
  gone_blocks_and_is_repaired("rm -rf state", "stream/state is gone: ");
}
TEST(BadState, ItsMarkIsGoneAsWell) {
  gone_blocks_and_is_repaired("rm -rf state state.made", "stream/state is gone: ");
}
TEST(BadState, TheLockFileIsGone) {
  gone_blocks_and_is_repaired("rm state/file_locks.json", "file_locks.json is gone: ");
}

TEST(BadState, LocksOnWhatIsNoPathHereBlockNobody) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  for (const std::string key : {"../x", "/etc/passwd", "[", "!docs/**", "..", "docs//guide.md"}) {
    repo.write_state("file_locks.json",
                     one_lock(key, R"("agent": "agent-F1", "acquired": "2025-12-06T10:00:00Z",)"
                                   R"("expires": "2099-12-06T10:00:00Z")"));
    EXPECT_THAT(f2.commit("docs/guide.md", key), Commits()) << key;
    EXPECT_THAT(f2.commit("setup.py", std::string("# ") + key), Commits()) << key;
    f2.must("git stream unlock --all");
    EXPECT_EQ(f1.sh("git stream unlock --all").output, "unlocked " + key + "\n");
  }
}

TEST(BadState, TimesOfThePastAndTheEnd) {
  const StreamRepo repo;
  const Place f2 = repo.agent("F2");
  repo.write_state("file_locks.json", held_by_f1("0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"));
  EXPECT_THAT(f2.commit("docs/guide.md", "1\n"), Commits());
  repo.write_state("file_locks.json", held_by_f1("2025-12-06T10:00:00Z", "9999-12-31T23:59:59Z"));
  EXPECT_THAT(f2.commit("docs/guide.md", "2\n"),
              Blocks(kF2, Findings{"docs/guide.md: lock: held by agent-F1 until TIME: t"}));
  EXPECT_THAT(f2.sh("git stream locks").output, HasSubstr("until 9999-12-31 23:59"));
}

TEST(BadState, ATimeWithoutAZoneIsLocal) {
  const StreamRepo repo;
  const Place f2 = repo.agent("F2");
  const std::string in_an_hour =
      repo.owner().must("TZ=UTC date -d '+1 hour' +%Y-%m-%dT%H:%M:%S").substr(0, 19);
  repo.write_state("file_locks.json", held_by_f1("2025-12-06T10:00:00", in_an_hour));
  EXPECT_THAT(f2.commit("docs/guide.md"),
              Blocks(kF2, Findings{"docs/guide.md: lock: held by agent-F1 until TIME: t"}));
  EXPECT_THAT(f2.with("TZ=Asia/Tokyo").sh("git commit -q -m m"), Commits())
      << "there, that was eight hours ago";
}

// As the reference design's own scripts write it: datetime.isoformat(), json.dump(indent=2).
TEST(BadState, TheReferenceDesignsOwnFileIsReadAsItIs) {
  const StreamRepo repo;
  const Place f2 = repo.agent("F2");
  f2.must(R"(cat >../acquire.py <<'END'
import json, sys
from datetime import datetime, timedelta
locks = {"locks": {}, "version": 1}
now = datetime.now()
locks["locks"]["docs/guide.md"] = {
    "agent": "agent-F1", "stream": "F", "acquired": now.isoformat(),
    "expires": (now + timedelta(minutes=60)).isoformat(), "task": "Größe → paket"}
with open(sys.argv[1], "w") as f:
    json.dump(locks, f, indent=2)
END
python3 ../acquire.py ../repo/.claude/state/file_locks.json)");
  EXPECT_THAT(
      f2.commit("docs/guide.md"),
      Blocks(kF2, Findings{"docs/guide.md: lock: held by agent-F1 until TIME: Größe → paket"}));
  f2.must("git stream lock setup.py");
  EXPECT_THAT(f2.must("python3 -c 'import json; print(*json.load(open(\"../repo/.claude/state/"
                      "file_locks.json\"))[\"locks\"])'"),
              "docs/guide.md setup.py\n")
      << "and theirs can read ours";
}

TEST(BadState, ATornLogLineIsSkippedAndSaid) {
  const StreamRepo repo;
  ASSERT_THAT(repo.agent("F1").commit("llm/sentiment.py"), Commits());
  repo.write_state("agent_activity.jsonl",
                   repo.state("agent_activity.jsonl") + "{\"timestamp\": \"20");
  const Said said = repo.owner().sh("git stream log");
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.errors, HasSubstr("git-stream: 1 torn lines skipped in "));
  ASSERT_THAT(Place(repo, repo.folder() / "F1").commit("llm/sentiment.py", "2\n"), Commits());
  const std::string log = repo.log("--action committed");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << "the next line is not lost in it";
}

}  // namespace
}  // namespace gs::test
