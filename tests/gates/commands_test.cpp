// git stream COMMAND: exit codes, streams, JSON. (lock and unlock: lock_commands_test.cpp)

#include <algorithm>
#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

TEST(Usage, IsExitTwoInOneLine) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  for (const char* command :
       {"git stream lock", "git stream lock --ttl soon a", "git stream lock --ttl 0s a",
        "git stream lock --ttl -5m a", "git stream lock --wait never a", "git stream unlock",
        "git stream unlock --all a", "git stream log --since tomorrowish", "git stream log -n x",
        "git stream warnings --severity", "git stream warnings extra",
        "git stream locks --nonsense", "git stream status extra", "git stream install --agent",
        "git stream install --agent X9", "git stream install --stream Q",
        "git stream install --agent F1 --stream E", "git stream init --fix",
        "git-stream --bogus"}) {
    EXPECT_THAT(f1.sh(command), Complains(2, "git-stream: ")) << command;
  }
  EXPECT_EQ(repo.locks(), "");
}

TEST(Usage, AnUnknownCommandNamesTheNearest) {
  const StreamRepo repo;
  const Said said = repo.owner().sh("git stream lokcs");
  EXPECT_THAT(said, Complains(2, "there is no command 'lokcs'"));
  EXPECT_THAT(said.errors, EndsWith("  next: git stream locks\n"));
  EXPECT_THAT(repo.owner().sh("git stream \"$(printf 'x\\033[31m')\""),
              Complains(2, "there is no command 'x?[31m'"));
}

TEST(Usage, HelpAndVersionAreData) {
  const TempRepo repo;
  const Place place(repo, repo.folder());
  for (const char* command : {"git stream -h", "git stream lock -h", "git-stream --version"}) {
    const Said said = place.sh(command);
    EXPECT_EQ(said.status, 0) << command;
    EXPECT_EQ(said.errors, "") << command;
    EXPECT_NE(said.output, "") << command;
  }
}

// What cmake/Commit.cmake, which every build runs, says of a folder of sources.
std::string commit_of(const Place& place, const std::string& folder) {
  place.must("cmake -D SOURCE=" + folder +
             " -D OUTPUT=\"$PWD/commit.cpp\" -P " GS_SOURCE_DIR "/cmake/Commit.cmake");
  return place.must("sed -n 's/.*kCommit.. = \"\\(.*\\)\";/\\1/p' commit.cpp; rm commit.cpp");
}

TEST(Version, NamesTheCommitOfItsOwnCheckout) {
  const StreamRepo repo;
  const Place top = repo.owner();
  EXPECT_EQ(commit_of(top, "."), top.must("git rev-parse --short=10 HEAD"));
  top.must("mkdir unpacked");
  EXPECT_EQ(commit_of(top, "unpacked"), "\n") << "an archive unpacked in a repository";
  EXPECT_EQ(commit_of(top, ".."), "\n") << "an archive";
}

TEST(Version, StandsUnchangedUntilTheCommitIsAnother) {
  const StreamRepo repo;
  const Place top = repo.owner();
  const std::string write =
      "cmake -D SOURCE=. -D OUTPUT=\"$PWD/commit.cpp\" -P " GS_SOURCE_DIR "/cmake/Commit.cmake\n";
  const std::string time = "stat -c %y%i commit.cpp\n";
  const std::string first = top.must(write + time);
  EXPECT_EQ(top.must(write + time), first);
  top.must("git commit -q --allow-empty -m more");
  EXPECT_NE(top.must(write + time), first);
}

TEST(Version, IsTheVersionAndTheCommit) {
  const TempRepo repo;
  const Place place(repo, repo.folder());
  EXPECT_THAT(place.sh("git-stream --version").output,
              testing::MatchesRegex("git-stream [0-9]+\\.[0-9]+\\.[0-9]+( \\([0-9a-f]{10}\\))?\n"));
}

TEST(Usage, OutsideARepository) {
  const TempRepo repo;
  const Place outside(repo, repo.folder());
  for (const char* command : {"locks", "init", "install", "status", "doctor", "log", "lock a"})
    EXPECT_THAT(outside.sh(std::string("git stream ") + command), Complains(3, "no")) << command;
}

TEST(Log, Filters) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), e1 = repo.agent("E1");
  ASSERT_THAT(f1.commit("llm/sentiment.py"), Commits());
  ASSERT_THAT(e1.commit("models/risk.py"), Commits());
  f1.must("git stream lock docs/guide.md");
  const auto lines = [&](const std::string& filter) {
    const std::string log = repo.log(filter);
    return std::count(log.begin(), log.end(), '\n');
  };
  EXPECT_EQ(lines(""), 3);
  EXPECT_EQ(lines("--agent agent-F1"), 2);
  EXPECT_EQ(lines("--agent F1"), 2);
  EXPECT_EQ(lines("--stream E"), 1);
  EXPECT_EQ(lines("--action committed"), 2);
  EXPECT_EQ(lines("--agent F1 --action committed"), 1);
  EXPECT_EQ(lines("--since 1h"), 3);
  EXPECT_EQ(lines("--since 2099-01-01"), 0);
  EXPECT_EQ(lines("-n 1"), 1);
  EXPECT_THAT(repo.log("-n 1"), HasSubstr("docs/guide.md"));
  EXPECT_EQ(json_of(f1, "log", "[l[\"action\"] for l in d[\"lines\"]], d[\"torn\"]"),
            "['committed', 'committed', 'locked'] 0\n");
}

TEST(Log, AnUnknownWordIsAnError) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  ASSERT_THAT(f1.commit("llm/sentiment.py"), Commits());
  EXPECT_THAT(f1.sh("git stream log --action commited"),
              Complains(2, "the log knows no 'commited'"));
  EXPECT_THAT(f1.sh("git stream log --action commited").errors,
              HasSubstr("next: --action committed"));
  for (const char* quiet : {"--action merged", "--agent F2", "--stream E", "--agent outsider",
                            "--action committed --since 2100-01-01"})
    EXPECT_THAT(f1.sh(std::string("git stream log ") + quiet), Silent()) << quiet;
  repo.owner().must(
      "echo '{\"timestamp\": \"2025-12-06T10:00:00Z\", \"agent\": \"robot\", \"action\": "
      "\"danced\"}' >>.claude/state/agent_activity.jsonl");
  EXPECT_EQ(f1.sh("git stream log --action danced").status, 0) << "other programs write there, too";
  EXPECT_THAT(f1.sh("git stream log --agent robot --action merged"), Silent());
}

TEST(Names, UnknownOnesAreAnsweredWithThoseThereAre) {
  const StreamRepo repo;
  const Place owner = repo.owner();
  const std::string agents = " in the policy (there are: E1, F1, F2)\n";
  const std::string streams = " in the policy (there are: E, F)\n";
  for (const char* command : {"install --agent F7", "spawn F7", "tasks --agent F7",
                              "tasks add T --agent F7", "log --agent F7", "warnings --agent F7"}) {
    const Said answer = owner.sh(std::string("git stream ") + command);
    EXPECT_THAT(answer, Complains(2, "no agent 'F7'" + agents)) << command;
    EXPECT_THAT(answer.errors, HasSubstr("next: did you mean 'F1'?")) << command;
  }
  for (const char* command :
       {"install --stream Q", "start Q", "start --streams E,Q", "start E Q", "merge Q", "merge E,Q",
        "order Q", "conflicts Q", "conflicts E Q", "conflicts --stream Q", "complete --stream Q",
        "tasks --stream Q", "tasks add T --stream Q", "log --stream Q"})
    EXPECT_THAT(owner.sh(std::string("git stream ") + command),
                Complains(2, "no stream 'Q'" + streams))
        << command;
  for (const char* command :
       {"complete Q", "complete E,Q", "handoff --to Q", "handoff --from Q", "ask Q why"})
    EXPECT_THAT(owner.sh(std::string("git stream ") + command),
                Complains(2,
                          "no agent or stream 'Q' in the policy (agents: E1, F1, F2; streams: "
                          "E, F)\n"))
        << command;
  EXPECT_THAT(owner.with("GIT_STREAM_AGENT=F7").sh("git stream lock docs/x"),
              Complains(2, "GIT_STREAM_AGENT: no agent 'F7'" + agents));
}

TEST(Log, FollowsWhatIsWritten) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  ASSERT_THAT(f1.commit("llm/sentiment.py"), Commits());
  const std::string seen = repo.owner().must(
      "git stream log --follow >../seen & follower=$!; wait_for 'grep -q committed ../seen';"
      "(cd ../F1; git stream lock docs/guide.md >/dev/null); wait_for 'grep -q locked ../seen';"
      "kill $follower; wait $follower 2>/dev/null || true; cat ../seen");
  EXPECT_THAT(seen, HasSubstr("docs/guide.md"));
}

TEST(Log, HostileLinesStayOnTheirLine) {
  const StreamRepo repo;
  repo.write_state(
      "agent_activity.jsonl",
      "{\"timestamp\":\"2025-12-06T10:00:00Z\",\"agent\":\"F1\\u001b[31m\\nx\",\"stream\":\"F\","
      "\"action\":\"commit\\rted\",\"file\":\"a\\nb\"}\nrubbish\n");
  const Said said = repo.owner().sh("git stream log");
  EXPECT_EQ(said.output.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(said.output.begin(), said.output.end(), '\n'), 1);
  EXPECT_THAT(said.errors, HasSubstr("1 torn lines skipped"));
}

TEST(Status, SaysWhoAndWhere) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  repo.agent("E1");
  f1.must("git stream lock docs/guide.md");
  const std::string text = f1.must("git stream status");
  EXPECT_THAT(text, HasSubstr("policy   develop:.streams.yaml (2 streams)\n"));
  EXPECT_THAT(
      text,
      HasSubstr("gates    pre-commit, pre-merge-commit, prepare-commit-msg, reference-transaction, "
                "post-commit, post-merge, pre-push\n"));
  EXPECT_THAT(text, HasSubstr("locks    1 held\n"));
  EXPECT_THAT(text, HasSubstr("you are  agent-F1 (stream F)\n"));
  EXPECT_THAT(text,
              testing::ContainsRegex("\\* [^\n]*/F1 +work-F1 +agent-F1 \\(stream F\\), 1 lock\n"));
  EXPECT_THAT(text, testing::ContainsRegex("  [^\n]*/repo +develop +no stream\n"));
  EXPECT_EQ(
      json_of(
          f1, "status",
          "d[\"identity\"][\"agent\"], d[\"locks_held\"], "
          "[w[\"agent\"] for w in d[\"worktrees\"]], all(g[\"in_place\"] for g in d[\"gates\"])"),
      "agent-F1 1 [None, 'agent-E1', 'agent-F1'] True\n");
}

TEST(Status, SaysWhenAGateIsNotInPlace) {
  const StreamRepo repo;
  repo.owner().must("rm .git/hooks/pre-commit");
  EXPECT_THAT(repo.owner().must("git stream status"),
              HasSubstr("NOT IN PLACE: pre-commit (git stream doctor)"));
}

TEST(Doctor, IsContentWithAFreshInstallation) {
  const StreamRepo repo;
  const Said said = repo.agent("F1").sh("git stream doctor");
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.errors, "");
  EXPECT_THAT(said.output, Not(testing::AnyOf(HasSubstr("warning"), HasSubstr("FAILED"))));
  EXPECT_EQ(json_of(repo.owner(), "doctor", "{c[\"level\"] for c in d[\"checks\"]}"), "{'ok'}\n");
}

TEST(Doctor, NamesWhatIsBrokenAndWhatMendsIt) {
  const StreamRepo repo;
  const Place owner = repo.owner();
  repo.write_state("file_locks.json", "{");
  repo.agent("F1");
  repo.write(".git/worktrees/F1/stream/identity", "rubbish\n");
  owner.must("chmod -x .git/hooks/post-commit");
  const Said said = owner.sh("git stream doctor");
  EXPECT_EQ(said.status, 3);
  EXPECT_THAT(said.output, HasSubstr("post-commit: "));
  EXPECT_THAT(said.output, HasSubstr("not executable"));
  EXPECT_THAT(said.output, HasSubstr("file_locks.json"));
  EXPECT_THAT(said.output, HasSubstr("next: git stream init --repair"));
  EXPECT_THAT(said.output, HasSubstr("worktrees/F1/stream/identity is damaged"));
  EXPECT_EQ(owner.sh("git stream doctor --json | python3 -m json.tool >/dev/null").errors, "");
}

TEST(Doctor, SpeaksEvenOfABrokenPolicy) {
  const StreamRepo repo;
  repo.set_policy("{");
  const Said said = repo.owner().sh("git stream doctor");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.output, testing::ContainsRegex("FAILED +policy +develop:.streams.yaml:"));
}

// Makes FOLDER/git-stream of this script.
Place command_in(const StreamRepo& repo, const std::string& folder, const std::string& script) {
  const Place place = repo.owner();
  place.must("mkdir -p " + folder);
  place.write(folder + "/git-stream", "#!/bin/sh\n" + script + "\n");
  place.must("chmod +x " + folder + "/git-stream");
  return place;
}
constexpr char kOwn[] = GS_BUILD_DIR "/bin/git-stream";

TEST(Doctor, NamesAnotherCommandThatComesFirst) {
  const StreamRepo repo;
  const Place place = command_in(repo, "../other", "echo git-stream 4.0.0");
  const std::string other = (repo.path() / "../other").lexically_normal().string();
  const Said said = place.sh("PATH=" + word(other) + ":$PATH " + kOwn + " doctor");
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.output,
              HasSubstr("command    `git stream` starts " + other + "/git-stream, not " + kOwn));
  EXPECT_THAT(said.output, HasSubstr("next: remove " + other +
                                     "/git-stream, or put " GS_BUILD_DIR "/bin first on PATH\n"));
}

TEST(Doctor, NamesOneInGitsOwnFolder) {
  const StreamRepo repo;
  const Place place = command_in(repo, "../core", "echo git-stream 4.0.0");
  place.must("ln -s \"$(git --exec-path)\"/* ../core/");
  const std::string core = (repo.path() / "../core").lexically_normal().string();
  const Said said = place.sh("GIT_EXEC_PATH=" + word(core) + " " + kOwn + " doctor");
  EXPECT_THAT(said.output, HasSubstr("next: remove " + core + "/git-stream\n"));
}

TEST(Doctor, TakesAScriptThatStartsItForTheSameCommand) {
  const StreamRepo repo;
  const Place place = command_in(repo, "../npm", std::string("exec ") + kOwn + " \"$@\"");
  EXPECT_THAT(place.must("PATH=\"$PWD/../npm:$PATH\" git stream doctor"),
              Not(HasSubstr("warning")));
}

TEST(Init, CanBeRunTwice) {
  const StreamRepo repo;
  repo.agent("F1").must("git stream lock docs/guide.md");
  const std::string list =
      "find .git/hooks .git/info .git/config .git/stream/state -type f -exec sha256sum {} + | sort";
  const std::string before = repo.owner().must(list);
  repo.owner().must("git stream init; git stream init");
  EXPECT_EQ(repo.owner().must(list), before);
}

TEST(Init, AndInstallSayInJsonWhatTheyDid) {
  const StreamRepo repo;
  const Place owner = repo.owner();
  EXPECT_EQ(json_of(owner, "init", "d[\"schema\"], \"state files in\" in d[\"done\"][0]"),
            "1 True\n");
  EXPECT_EQ(json_of(owner, "init --detect", "d[\"policy\"].count(\"version: 1\")"), "1\n");
  EXPECT_EQ(json_of(owner, "init --repair", "d[\"done\"][0]"), "no state file is damaged\n");
  EXPECT_EQ(json_of(owner, "install", "d[\"done\"]"), "['everything is in place']\n");
  EXPECT_EQ(json_of(owner, "uninstall", "len(d[\"done\"]) > 1"), "True\n");
}

TEST(Init, DetectChangesNothing) {
  const TempRepo repo;
  repo.write("pkg/a.py", "1\n");
  const Place owner(repo, repo.path());
  const Said said = owner.sh("git stream init --detect");
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.output, HasSubstr("version: 1"));
  EXPECT_EQ(owner.must("git status --porcelain -uall; ls .git/hooks | grep -v sample || true"),
            "?? pkg/a.py\n");
}

TEST(Init, WritesAStarterThatGitStreamReads) {
  const TempRepo repo;
  repo.write("alpha/a.py", "1\n");
  repo.write("beta/b.py", "1\n");
  repo.commit_all("Start");
  const Place owner(repo, repo.path());
  const std::string said = owner.must("git stream init");
  EXPECT_THAT(said, HasSubstr("wrote .streams.yaml: "));
  EXPECT_THAT(owner.must("git add .streams.yaml; git commit -q -m Policy; git stream doctor"),
              HasSubstr("develop:.streams.yaml"));
}

TEST(Install, CanBeRunTwice) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  EXPECT_THAT(f1.must("git stream install --agent F1"), HasSubstr("as agent-F1 (stream F)\n"));
  EXPECT_EQ(f1.must("git stream install"), "everything is in place\n");
  EXPECT_THAT(f1.must("git stream status"), HasSubstr("you are  agent-F1"))
      << "and it stays enrolled";
}

TEST(Install, AnUnknownAgentChangesNothing) {
  const StreamRepo repo;
  const Place place = repo.worktree("x", "x");
  const Said said = place.sh("git stream install --agent agent-F7");
  EXPECT_THAT(said, Complains(2, "no agent 'agent-F7' in the policy"));
  EXPECT_THAT(said.errors, HasSubstr("did you mean 'F1'?"));
  EXPECT_THAT(place.must("git stream status"), HasSubstr("you are  an outsider"));
}

TEST(Uninstall, TakesOneWorktreeOutAndLeavesTheOthersGuarded) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), e1 = repo.agent("E1");
  EXPECT_THAT(repo.owner().must("git stream uninstall ../F1"),
              HasSubstr("F1 belongs to no stream any more"));
  EXPECT_THAT(f1.commit("models/risk.py"), Commits()) << "an outsider now";
  EXPECT_THAT(e1.commit("llm/news.py"),
              Blocks(kE1, Findings{"llm/news.py: scope: belongs to agent-F2 (stream F)"}));
}

TEST(Uninstall, LeavesNothingThatRuns) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  EXPECT_THAT(repo.owner().must("git stream uninstall"),
              HasSubstr("the hooks stay: 1 other worktree enrolled"));
  repo.owner().must("git stream uninstall --all");
  EXPECT_EQ(repo.owner().must("ls .git/hooks | grep -v sample || true"), "");
  EXPECT_THAT(f1.commit("models/risk.py"), Commits());
  EXPECT_THAT(repo.owner().must("git stream uninstall"),
              HasSubstr("no hooks of git-stream are installed"));
}

TEST(Uninstall, NamesWhatItLeavesAndPurgeTakesWhatIsOurs) {
  const StreamRepo repo;
  const Place owner = repo.owner();
  owner.must("git stream start F >/dev/null; git branch feature/stream-E-old; git branch other");
  const Place worktree(repo, owner.must("git worktree list --porcelain | sed -n "
                                        "'s/^worktree \\(.*stream-F\\)$/\\1/p' | tr -d '\\n'"));
  worktree.write("llm/sentiment.py", "uncommitted = 1\n");
  worktree.write("notes.txt", "untracked\n");
  const std::string said = owner.must("git stream uninstall --all");
  for (const char* part :
       {"/.git/stream", "/.git/worktrees/", "/.aiignore", "worktrees of streams", "stream-F",
        "branches of streams (git branch -d): feature/stream-E-old, feature/stream-F-llm\n",
        "left: the policy: .streams.yaml\n", "git stream uninstall --all --purge removes"})
    EXPECT_THAT(said, HasSubstr(part));
  EXPECT_THAT(said, testing::Not(HasSubstr("other")));
  EXPECT_TRUE(owner.has(".git/stream/state/file_locks.json"));
  const std::string refs = owner.must("git for-each-ref; git worktree list");
  EXPECT_THAT(worktree.with("GIT_STREAM_AGENT=F1").sh("git stream uninstall --all --purge").status,
              1)
      << "not an agent's to say";
  EXPECT_THAT(owner.must("git stream uninstall --all --purge"), HasSubstr("removed "));
  EXPECT_EQ(
      owner.must("find .git -path '*stream*' ! -path '*refs/*' ! -name 'repo-stream*' ! -path "
                 "'.git/worktrees/*' ! -path '.git/logs/*'"),
      "");
  EXPECT_EQ(owner.must("find .git/worktrees -name stream; grep -c git-stream .git/info/exclude || "
                       "true"),
            "0\n");
  EXPECT_EQ(owner.must("git for-each-ref; git worktree list"), refs);
  EXPECT_EQ(worktree.read("llm/sentiment.py"), "uncommitted = 1\n");
  EXPECT_EQ(worktree.must("git status --porcelain -uall"), " M llm/sentiment.py\n?? notes.txt\n");
  EXPECT_THAT(owner.sh("git stream uninstall --all --purge").status, 0) << "once more";
  EXPECT_THAT(owner.must("git stream init"), HasSubstr("state")) << "and from the beginning";
  EXPECT_THAT(repo.agent("E1").commit("models/risk.py"), Commits());
}

TEST(Uninstall, PurgesADamagedStateAndSaysWhatItIsFor) {
  const StreamRepo repo;
  repo.write_state("file_locks.json", "{");
  EXPECT_THAT(repo.owner().sh("git stream uninstall --purge"), Complains(2, "--all --purge"));
  EXPECT_EQ(repo.owner().sh("git stream uninstall --all --purge").status, 0);
  EXPECT_FALSE(repo.owner().has(".git/stream"));
  EXPECT_EQ(json_of(repo.owner(), "uninstall --all", "'hooks' in str(d['done'])"), "True\n");
}

TEST(Errors, AreNeverOnStdout) {
  const StreamRepo repo;
  repo.write_state("file_locks.json", "{");
  for (const char* command : {"locks --json", "lock a --json", "unlock --all --json"})
    EXPECT_THAT(repo.owner().sh(std::string("git stream ") + command),
                Complains(3, "file_locks.json"));
}

}  // namespace
}  // namespace gs::test
