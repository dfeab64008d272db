// What agents' programs are told, where the recorded calls (tests/agents) do not reach: sessions
// that share a worktree, locks that end, settings.

#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string call(const Place& place, const std::string& path, const std::string& session) {
  return R"({"hook_event_name": "PreToolUse", "tool_name": "Write", "session_id": ")" + session +
         R"(", "cwd": ")" + place.path().string() + R"(", "tool_input": {"file_path": ")" + path +
         "\"}}";
}

// An edit that a session of Claude Code is about to make.
Said edit(const Place& place, const std::string& path, const std::string& session = "s1") {
  return place.sh("printf '%s' " + word(call(place, path, session)) +
                  " | " GS_BUILD_DIR "/libexec/git-stream/agent-hook --dialect claude");
}

MATCHER_P(Denies, part, "denies") {
  return arg.status == 0 && arg.errors.empty() &&
         arg.output.find("\"permissionDecision\": \"deny\"") != std::string::npos &&
         arg.output.find(part) != std::string::npos;
}

Place stream_place(const StreamRepo& repo) {
  const Place place = repo.worktree("F", "work-F");
  place.must("git stream install --stream F");
  return place;
}

TEST(AgentHook, TwoSessionsInOneWorktreeAreTwoAgents) {
  const StreamRepo repo;
  const Place f = stream_place(repo);
  EXPECT_THAT(edit(f, "docs/guide.md", "one"), Silent());  // binds nobody
  EXPECT_THAT(edit(f, "llm/sentiment.py", "one"), Silent());
  EXPECT_THAT(edit(f, "llm/sentiment_more.py", "two"), Denies("another session works as it"));
  EXPECT_THAT(edit(f, "llm/news.py", "two"), Silent());
  EXPECT_THAT(edit(f, "llm/news.py", "one"), Denies("belongs to agent-F2 (stream F)"));
  EXPECT_THAT(edit(f, "llm/sentiment.py", "one"), Silent());
  EXPECT_THAT(edit(f, "models/risk.py", "three"), Denies("blocked for stream F"));
}

TEST(AgentHook, ACommitIsTheBoundAgents) {
  const StreamRepo repo;
  const Place f = stream_place(repo);
  EXPECT_THAT(edit(f, "llm/sentiment.py", "one"), Silent());
  const Place one = f.with("CLAUDE_CODE_SESSION_ID=one");
  EXPECT_THAT(one.commit("llm/news.py"),
              Blocks(kF1, Findings{"llm/news.py: scope: belongs to agent-F2 (stream F)"}));
  one.must("git restore --staged --worktree llm/news.py");
  EXPECT_THAT(one.commit("llm/sentiment.py"), Commits());
  EXPECT_THAT(f.commit("llm/news.py"), Commits());  // no session: the stream
}

TEST(AgentHook, ASessionCanWorkAsTheWholeStream) {
  const StreamRepo repo;
  const Place f = stream_place(repo);
  EXPECT_THAT(edit(f, "llm/sentiment.py", "one"), Silent());
  EXPECT_THAT(edit(f, "llm/news.py", "one"), Denies("agent-F2"));
  const Place one = f.with("CLAUDE_CODE_SESSION_ID=one");
  EXPECT_THAT(one.must("git stream agent-hook --bind F"), HasSubstr("works as stream F"));
  EXPECT_THAT(edit(f, "llm/news.py", "one"), Silent());
  EXPECT_THAT(one.sh("git stream agent-hook --bind E1"), Complains(2, "does not belong"));
  EXPECT_THAT(f.sh("git stream agent-hook --bind F1"), Complains(2, "which session?"));
}

TEST(AgentHook, ALockThatIsHalfOverIsRenewedByAnEdit) {
  const StreamRepo repo;
  const Place f2 = repo.agent("F2");
  EXPECT_THAT(edit(f2, "setup.py"), Silent());
  const std::string first = repo.state("file_locks.json");
  EXPECT_THAT(edit(f2, "setup.py"), Silent());
  EXPECT_EQ(repo.state("file_locks.json"), first);
  repo.owner().must(
      "soon=$(date -u -d '+20 minutes' +%Y-%m-%dT%H:%M:%SZ); "
      "sed -i \"s/\\(expires\\\": \\\"\\)[^\\\"]*/\\1$soon/\" .claude/state/file_locks.json");
  EXPECT_NE(repo.state("file_locks.json"), first);
  EXPECT_THAT(edit(f2, "setup.py"), Silent());
  EXPECT_THAT(repo.log("--action renewed"), HasSubstr("setup.py"));
}

TEST(AgentHook, AnOutsiderIsJudgedByLocksAlone) {
  const StreamRepo repo;
  repo.agent("F1").must("git stream lock docs/guide.md");
  EXPECT_THAT(edit(repo.owner(), "models/risk.py"), Silent());
  EXPECT_THAT(edit(repo.owner(), "docs/guide.md"), Denies("held by agent-F1"));
  EXPECT_THAT(edit(repo.owner(), ".claude/state/file_locks.json"), Denies("shared state"));
}

TEST(AgentHook, WhatIsWarnedOfIsSaidBesideTheCall) {
  const StreamRepo repo(two_streams("rules: {scope: warn}\n"));
  const Said said = edit(repo.agent("F2"), "models/risk.py");
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.output, HasSubstr("additionalContext"));
  EXPECT_THAT(said.output, Not(HasSubstr("permissionDecision")));
}

TEST(AgentHook, OutsideOfRepositoriesNothingIsSaid) {
  const TempRepo repo;
  const Place outside(repo, repo.folder());
  EXPECT_THAT(edit(outside, "a.py"), Silent());
  EXPECT_THAT(edit(Place(repo, repo.path()), "a.py"), Silent());  // no policy
}

TEST(AgentHook, TwentyMegabytesOfContentAreJudged) {
  const StreamRepo repo;
  const Place f2 = repo.agent("F2");
  const Said said = f2.sh(
      "{ printf '{\"hook_event_name\": \"PreToolUse\", \"tool_name\": \"Write\", \"tool_input\": "
      "{\"content\": \"'; head -c 20000000 /dev/zero | tr '\\0' x; printf '\", \"file_path\": "
      "\"models/risk.py\"}}'; } | " GS_BUILD_DIR "/libexec/git-stream/agent-hook --dialect claude");
  EXPECT_THAT(said, Denies("models/risk.py"));
}

TEST(AgentSettings, ComeAndGoWithTheInstallation) {
  const StreamRepo repo;
  const Place f2 = repo.worktree("F2", "work-F2");
  const std::string theirs = "{\n  // mine\n  \"model\": \"m\"\n}\n";
  f2.write(".claude/settings.local.json", theirs);
  EXPECT_THAT(f2.must("git stream install --agent F2 --agents claude,codex"),
              HasSubstr("codex: asks git stream"));
  EXPECT_THAT(f2.must("git stream install --agents claude,codex"), HasSubstr("everything is in"));
  EXPECT_EQ(f2.must("git status --porcelain"), "");
  EXPECT_THAT(f2.read(".claude/settings.local.json"), HasSubstr("--dialect claude"));
  EXPECT_TRUE(repo.owner().has(".codex/hooks.json"));
  EXPECT_THAT(edit(f2, ".codex/hooks.json"), Denies("nobody in a stream may change it"));
  repo.owner().must("git stream uninstall --all");
  EXPECT_EQ(f2.read(".claude/settings.local.json"), theirs);
  EXPECT_FALSE(f2.has(".codex"));
  EXPECT_FALSE(repo.owner().has(".codex"));
}

TEST(AgentSettings, StandInANewStreamsWorktree) {
  const StreamRepo repo(two_streams("agent_hooks: [claude]\n"));
  EXPECT_THAT(repo.owner().must("git stream start F"), HasSubstr("claude: asks git stream"));
  const Place started(repo, repo.folder() / "repo-stream-F");
  EXPECT_THAT(started.read(".claude/settings.local.json"), HasSubstr("--dialect claude"));
  EXPECT_THAT(edit(started, "models/risk.py"), Denies("belongs to agent-E1 (stream E)"));
}

TEST(AgentSettings, AreProtectedAtTheCommitToo) {
  const StreamRepo repo;
  const Place f2 = repo.worktree("F2", "work-F2");
  f2.must("git stream install --agent F2 --agents gemini && git add -f .gemini");
  const Findings said{".gemini/settings.json: protected: nobody in a stream may change it"};
  EXPECT_THAT(f2.sh("git commit -q -m x"), Blocks(kF2, said));
}

TEST(AgentSettings, WhatCannotBeAddedToIsLeftAlone) {
  const StreamRepo repo;
  const Place f2 = repo.agent("F2");
  f2.write(".gemini/settings.json", "{\"hooks\": ");
  EXPECT_THAT(f2.sh("git stream install --agents gemini"), Complains(2, "no JSON object"));
  EXPECT_EQ(f2.read(".gemini/settings.json"), "{\"hooks\": ");
  EXPECT_THAT(f2.sh("git stream install --agents gemeni"), Complains(2, "gemeni"));
  f2.must(
      "rm .gemini/settings.json; echo '{}' > ../theirs; ln -s ../../theirs .gemini/settings.json");
  EXPECT_THAT(f2.sh("git stream install --agents gemini"), Complains(2, "symbolic link"));
}

}  // namespace
}  // namespace gs::test
