// git stream start: the next step that it prints, taken as it stands; what spawn makes of streams
// that were not started; `.aiignore`; scopes of folders.

#include <regex>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string policy(const std::string& more = {}) {
  return R"(version: 1
streams:
  A: {name: Base, agents: {A1: {files: ["config/*.py"]}}}
  F:
    name: LLM
    depends_on: [A]
    agents:
      F1: {scope: Sentiment, files: ["llm/sentiment*.py"]}
      F2: {scope: News desk, files: ["llm/news*.py"], after: [F1]}
  S:
    name: SDK
    agents:
      SDK1: {scope: Subagents, files: [".claude/ag*"]}
      SDK2: {scope: Skills, files: [".claude/sk*"]}
shared: ["docs/**"]
validate: []
)" + more;
}

constexpr char kWhere[] =
    "agent_command: [sh, -c, 'git stream status --json | python3 -c \"import json, sys; i = "
    "json.load(sys.stdin)[\\\"identity\\\"]; print(i[\\\"agent\\\"], i[\\\"stream\\\"])\" >>"
    "\"$OUT\"; pwd >>\"$OUT\"']\n";

// The commands that were printed after this word, as they stand.
std::vector<std::string> steps(const std::string& text, const std::string& word) {
  std::vector<std::string> found;
  const std::regex line("\n  " + word + ": ([^\n]*)");
  for (auto at = std::sregex_iterator(text.begin(), text.end(), line); at != std::sregex_iterator();
       ++at)
    found.push_back((*at)[1]);
  return found;
}

class Steps : public testing::Test {
 protected:
  explicit Steps(const std::string& more = kWhere) : repo(policy(more)) {}
  // What the agent's command saw: who it is, and where.
  std::string ran(const std::string& command) const {
    const auto out = repo.folder() / "out";
    std::filesystem::remove(out);
    owner.with("OUT=" + out.string()).must(command);
    return std::regex_replace(owner.must("cat ../out"), std::regex(repo.folder().string()), "");
  }

  const StreamRepo repo;
  const Place owner = repo.owner();
};

TEST_F(Steps, OfAStreamAreRunAsTheyStand) {
  const std::string said = owner.must("git stream start A");
  EXPECT_THAT(said,
              testing::EndsWith(
                  "\n  next: git stream spawn A1\n  or: cd ../repo-stream-A\n  identity "
                  "there: stream A; as one of its agents: export GIT_STREAM_AGENT=agent-A1\n"));
  EXPECT_EQ(ran(steps(said, "next").at(0)), "agent-A1 A\n/repo-stream-A\n");
  EXPECT_EQ(
      owner.must(steps(said, "or").at(0) + "; git stream status --json | python3 -c 'import "
                                           "json, sys; print(json.load(sys.stdin)[\"identity\"])'"),
      "{'agent': None, 'stream': 'A'}\n");
}

TEST_F(Steps, OfEachAgentAreRunAsTheyStand) {
  const std::string said = owner.must("git stream start S --per-agent");
  EXPECT_THAT(steps(said, "next"), ElementsAre("git stream spawn SDK1", "git stream spawn SDK2"));
  EXPECT_THAT(steps(said, "identity there"),
              ElementsAre("agent-SDK1 (stream S)", "agent-SDK2 (stream S)"));
  EXPECT_EQ(ran(steps(said, "next").at(1)), "agent-SDK2 S\n/repo-stream-S-skills\n");
  EXPECT_EQ(owner.must(steps(said, "or").at(0) + "; pwd"),
            (repo.folder() / "repo-stream-S-subagents\n").string());
  EXPECT_EQ(json_of(owner, "start S",
                    "[s['spawn'][0]['command'] for s in d['streams']], "
                    "[s['identity']['agent'] for s in d['streams']]"),
            "['git stream spawn SDK1', 'git stream spawn SDK2'] ['agent-SDK1', 'agent-SDK2']\n");
}

TEST_F(Steps, OfAnAgentThatWaitsSayForWhom) {
  owner.must("git stream start A; git stream complete A --empty");
  const std::string said = owner.must("git stream start F --per-agent");
  EXPECT_THAT(steps(said, "next"),
              ElementsAre("git stream spawn F1", "cd ../repo-stream-F-news-desk"));
  EXPECT_THAT(said, HasSubstr("\n  once agent-F1 is complete: git stream spawn F2\n"));
  const Place one = owner.in("../repo-stream-F-sentiment");
  one.commit("llm/sentiment.py");
  owner.must("git stream complete F1");
  EXPECT_EQ(steps(owner.must("git stream start F"), "next").at(1), "git stream spawn F2");
}

TEST_F(Steps, OfWhatIsDoneAlready) {
  owner.must("git stream start A; git stream complete A --empty");
  EXPECT_THAT(steps(owner.must("git stream start A"), "next"), ElementsAre("git stream merge A"));
}

TEST_F(Steps, FromAFolderBelow) {
  owner.must("mkdir -p 'a b'");
  const std::string said = owner.in("a b").must("git stream start A");
  EXPECT_EQ(owner.in("a b").must(steps(said, "or").at(0) + "; pwd"),
            (repo.folder() / "repo-stream-A\n").string());
}

class NoCommand : public Steps {
 protected:
  NoCommand() : Steps("worktree: \"../it's {repo} {stream}\"\n") {}
};

TEST_F(NoCommand, OnlyTheWordsAfterTheDashesAreLeftOpen) {
  const std::string said = owner.must("git stream start A");
  EXPECT_THAT(steps(said, "or"), ElementsAre("git stream spawn A1 -- COMMAND"));
  EXPECT_EQ(owner.must(steps(said, "next").at(0) + "; pwd"),
            (repo.folder() / "it's repo A\n").string());
  const std::string status = owner.must("git stream status");
  const std::regex column("\n  A +Base [^\n]*  ('[^\n]*)  [^\n]+\n");
  std::smatch found;
  ASSERT_TRUE(std::regex_search(status, found, column)) << status;
  EXPECT_EQ(owner.must("cd " + found[1].str() + "; pwd"),
            (repo.folder() / "it's repo A\n").string())
      << status;
}

TEST_F(Steps, StatusKeepsThePathOfEachWorktree) {
  owner.must("git stream start A S; git stream start S --per-agent");
  const std::string status = owner.must("git stream status");
  for (const char* path : {"  ../repo-stream-A  ", "in ../repo-stream-S\n",
                           "in ../repo-stream-S-subagents\n", "in ../repo-stream-S-skills\n"})
    EXPECT_THAT(status, HasSubstr(path));
  EXPECT_EQ(json_of(owner, "status",
                    "[w for s in d['streams'] for b in s['branches'] for w in "
                    "b['worktrees']][3].rsplit('/', 1)[1], "
                    "d['streams'][0]['worktree']['path'].rsplit('/', 1)[1]"),
            "repo-stream-S-subagents repo-stream-A\n");
}

// ---- spawn where nothing was started

class NotStarted : public Steps {
 protected:
  std::string everything() const {
    return owner.must(
        "git for-each-ref; git worktree list; cat .git/stream/state/*.json*; ls "
        ".git/stream .git/stream/state/logs");
  }
};

TEST_F(NotStarted, NamesWhatStartsItAndLeavesNothing) {
  const std::string before = everything();
  const Said said = owner.sh("git stream spawn A1");
  EXPECT_THAT(said, Complains(1, "stream A was not started"));
  EXPECT_THAT(said.errors, HasSubstr("next: git stream start A\n"));
  EXPECT_EQ(everything(), before);
  owner.must("git stream start A; git stream spawn A1 -- true");
}

TEST_F(NotStarted, NamesWhatItWaitsFor) {
  const std::string before = everything();
  const Said said = owner.sh("git stream spawn F1 -- true");
  EXPECT_THAT(said, Complains(1, "stream F was not started, and waits for A"));
  EXPECT_THAT(said.errors, HasSubstr("next: git stream start A\n"));
  EXPECT_EQ(everything(), before);
  owner.must("git stream start A");
  EXPECT_THAT(owner.sh("git stream spawn F1 -- true").errors,
              HasSubstr("next: git stream complete A\n"));
  owner.must("git stream complete A --empty");
  EXPECT_THAT(owner.sh("git stream spawn F1 -- true").errors,
              HasSubstr("next: git stream start F\n"));
}

TEST_F(NotStarted, OfAStreamItsAgentsAreNamed) {
  const Said said = owner.sh("git stream spawn S -- true");
  EXPECT_THAT(said, Complains(2, "S is a stream; it has SDK1, SDK2"));
  EXPECT_THAT(said.errors, HasSubstr("next: git stream spawn SDK1\n"));
}

TEST_F(NotStarted, AnAgentIsNotPutIntoAnothersWorktree) {
  owner.must("git stream start S --per-agent");
  // As an interrupted start leaves it, or an agent that the policy got later.
  owner.must("git worktree remove ../repo-stream-S-skills; git branch -D feature/stream-S-skills");
  owner.must(
      "python3 -c 'import json, sys; f = sys.argv[1]; d = json.load(open(f)); "
      "del d[\"streams\"][\"S\"][\"branches\"][\"feature/stream-S-skills\"]; json.dump(d, open(f, "
      "\"w\"))' .git/stream/state/orchestrator_state.json");
  const Said said = owner.sh("git stream spawn SDK2 -- true");
  EXPECT_THAT(said, Complains(1, "agent-SDK2 has no worktree: another agent is enrolled in"));
  owner.must(steps("\n" + said.errors, "next").at(0) + "; git stream spawn SDK2 -- true");
  owner.must("rm -rf ../repo-stream-S-skills");
  EXPECT_THAT(owner.sh("git stream spawn SDK2 -- true"),
              Complains(1, "the worktree of agent-SDK2 is gone"));
}

// ---- .aiignore, and scopes that name folders

class Unowned : public Steps {
 protected:
  Unowned() : Steps(std::string(kWhere) + "rules: {unowned: block}\n") {
    for (const char* path : {"config/a.py", "llm/sentiment.py", "llm/news.py", "README.md",
                             "docs/a.md", ".claude/agents/a.md", ".claude/skills/x/y.md"})
      owner.write(path, "x = 1\n");
    owner.must("git add -A; git -c core.hooksPath=/dev/null commit -qm files");
  }
  // What `.aiignore` in that worktree leaves to be changed.
  static std::string free(const Place& place) {
    return place.must(
        "git ls-files >../all; git ls-files -ci -X .aiignore >../ignored; grep -vxFf ../ignored "
        "../all | tr '\\n' ' '");
  }
};

TEST_F(Unowned, EverythingButItsOwnIsListed) {
  owner.must("git stream start S A");
  EXPECT_EQ(free(owner.in("../repo-stream-A")), "config/a.py docs/a.md docs/guide.md ");
  EXPECT_EQ(free(owner.in("../repo-stream-S")),
            ".claude/agents/a.md .claude/skills/x/y.md docs/a.md docs/guide.md ");
}

TEST_F(Unowned, InAnAgentsWorktreeOnlyTheAgentsOwnIsLeft) {
  owner.must("git stream start S --per-agent");
  EXPECT_EQ(free(owner.in("../repo-stream-S-subagents")),
            ".claude/agents/a.md docs/a.md docs/guide.md ");
  EXPECT_EQ(free(owner.in("../repo-stream-S-skills")),
            ".claude/skills/x/y.md docs/a.md docs/guide.md ");
}

TEST_F(Unowned, SpawnRenewsIt) {
  owner.must("git stream start S --per-agent");
  const Place skills = owner.in("../repo-stream-S-skills");
  repo.set_policy(policy(kWhere));
  owner.must("git stream spawn SDK2 -- true");
  EXPECT_THAT(free(skills), AllOf(HasSubstr("README.md"), Not(HasSubstr(".claude/agents"))));
  const Place hand = repo.worktree("hand", "feature/stream-S-hand");
  hand.must("git stream install --agent SDK1; git stream spawn SDK1 -- true; git add -A");
  EXPECT_THAT(hand.must("cat .aiignore; git status --porcelain"), HasSubstr("agent-SDK1 may not"));
}

TEST_F(Unowned, AScopeThatNamesFoldersIsKeptAsWritten) {
  owner.must("git stream start S --per-agent");
  const Place one = owner.in("../repo-stream-S-subagents"),
              two = owner.in("../repo-stream-S-skills");
  EXPECT_THAT(one.commit(".claude/agents/deep/review.md"), Commits());
  EXPECT_THAT(one.commit(".claude/agents.md"), Commits());
  EXPECT_THAT(two.commit(".claude/skills/x/z.md"), Commits());
  EXPECT_THAT(two.commit(".claude/agents/deep/review.md").errors,
              HasSubstr("scope: belongs to agent-SDK1"));
  EXPECT_THAT(two.commit(".claude/other/a.md").errors, HasSubstr("unowned"));
  EXPECT_THAT(owner.must("git stream check --all 2>&1 || true"), Not(HasSubstr("matches nothing")));
}

}  // namespace
}  // namespace gs::test
