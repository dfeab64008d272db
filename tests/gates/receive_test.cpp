// pre-receive: what arrives at a bare repository, from clones that no gate of ours stands in.

#include <gtest/gtest.h>

#include "tests/gates/push_scene.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const char* const kPushHead = "git push -q origin HEAD";

struct Receive : testing::Test {
  PushScene repo;
  Place clone = repo.clone("clone");

  void SetUp() override {
    repo.server().must("git stream install --server");
    clone.must("git checkout -q -b " + std::string(kNewsBranch));
  }
};

std::string refused(const std::string& who, const std::string& findings) {
  return "git-stream: push blocked for " + who + "\n" + findings;
}
TEST_F(Receive, LetsAStreamsWorkInAndKeepsTheRestOut) {
  commit_unjudged(clone, "llm/news.py");
  EXPECT_THAT(clone.sh(kPushHead), Silent());
  EXPECT_NE(repo.at_server(kNewsBranch), "");
  commit_unjudged(clone, "models/risk.py");
  const std::string before = repo.at_server(kNewsBranch);
  const Said said = clone.sh(kPushHead);
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(block_of(said), refused("stream F", kRiskInCommit));
  EXPECT_THAT(said.errors, HasSubstr("remote: git-stream: push blocked for stream F"));
  EXPECT_EQ(repo.at_server(kNewsBranch), before);
}

TEST_F(Receive, ATrailerSaysWhichAgentsScopeCounts) {
  commit_unjudged(clone, "llm/sentiment.py", "1\n", "Agent: agent-F1\nStream: F\n");
  EXPECT_THAT(clone.sh(kPushHead), Silent());
  commit_unjudged(clone, "llm/sentiment.py", "2\n", "Agent: agent-F2\nStream: F\n");
  EXPECT_EQ(block_of(clone.sh(kPushHead)),
            refused("stream F",
                    "  llm/sentiment.py: scope: belongs to agent-F1 (stream F) (in COMMIT)\n"
                    "    next: git reset --soft COMMIT^\n"));
}

TEST_F(Receive, ATrailerOfAnotherStreamIsAFinding) {
  commit_unjudged(clone, "docs/guide.md", "1\n", "Agent: agent-E1\n");
  EXPECT_EQ(block_of(clone.sh(kPushHead)),
            refused("stream F",
                    "  scope: its trailers say agent-E1 (stream E), not stream F (in COMMIT)\n"
                    "    next: git reset --soft COMMIT^\n"));
}

TEST_F(Receive, ATrailerThatNamesNobodySaysNothing) {
  commit_unjudged(clone, "llm/news.py", "1\n", "Agent: some-tool/1.0\nStream: Gulf\n");
  EXPECT_THAT(clone.sh(kPushHead), Silent());
}

TEST_F(Receive, AScratchBranchIsNoExcuseForASignedCommit) {
  commit_unjudged(clone, "models/risk.py", "1\n", "Agent: agent-F1\n");
  EXPECT_EQ(block_of(clone.sh("git push -q origin HEAD:refs/heads/scratch HEAD:refs/tags/one")),
            refused("an outsider", kRiskInCommit));
  clone.must("git -c core.hooksPath=/dev/null commit -q --amend -m Unsigned");
  EXPECT_THAT(clone.sh("git push -q origin HEAD:refs/heads/scratch"), Silent())
      << "nobody can know whose this is";
  EXPECT_EQ(block_of(clone.sh(kPushHead)), refused("stream F", kRiskInCommit))
      << "until it is the stream's";
}

TEST_F(Receive, OneBadRefRefusesAll) {
  commit_unjudged(clone, "llm/news.py");
  clone.must("git checkout -q -b feature/stream-E-x origin/develop");
  commit_unjudged(clone, "llm/news.py", "mine = 1\n");
  for (const char* how : {"", "--atomic "}) {
    const Said said = clone.sh("git push -q " + std::string(how) + "--all origin");
    EXPECT_EQ(block_of(said), refused("stream E",
                                      "  llm/news.py: scope: belongs to agent-F2 (stream F) "
                                      "(in COMMIT)\n    next: git reset --soft COMMIT^\n"));
    EXPECT_EQ(repo.at_server(kNewsBranch), "");
  }
}

TEST_F(Receive, AnotherStreamsWorkComesWithItsOwnBranch) {
  clone.must("git checkout -q -b feature/stream-E-x");
  commit_unjudged(clone, "models/risk.py");
  clone.must("git checkout -q " + std::string(kNewsBranch) +
             "; git merge -q --no-ff --no-edit feature/stream-E-x");
  EXPECT_EQ(block_of(clone.sh(kPushHead)),
            refused("stream F",
                    "  models/risk.py: scope: belongs to agent-E1 (stream E) (in COMMIT)\n"
                    "    next: git show --stat COMMIT  # stream E's? push its branch, or develop, "
                    "first, or rebase onto what it is now; yours? commit without it\n"))
      << "as F's own doing";
  EXPECT_THAT(clone.sh("git push -q origin HEAD feature/stream-E-x"), Silent());
}

TEST_F(Receive, PeopleMergeAndTheIntegrationBranchStays) {
  commit_unjudged(clone, "llm/news.py");
  clone.must("git checkout -q develop; git merge -q --no-ff --no-edit " + std::string(kNewsBranch));
  EXPECT_THAT(clone.sh("git push -q origin develop"), Silent());
  EXPECT_THAT(block_of(clone.sh("git push -q origin :develop")),
              HasSubstr("refs/heads/develop: protected: is the integration branch, and the policy "
                        "stands on it\n"));
  EXPECT_NE(repo.at_server("develop"), "");
  EXPECT_THAT(clone.sh(kPushHead + std::string(":refs/heads/") + kNewsBranch), Silent());
  EXPECT_THAT(clone.sh("git push -q origin :" + std::string(kNewsBranch)), Silent());
}

TEST_F(Receive, TheEnvironmentOfAPusherCountsForNothing) {
  commit_unjudged(clone, "models/risk.py");
  EXPECT_EQ(
      block_of(clone.with("GIT_STREAM_BYPASS=because").with("GIT_STREAM_AGENT=E1").sh(kPushHead)),
      refused("stream F", kRiskInCommit));
}

TEST_F(Receive, NoPolicyGetsInThatCannotBeRead) {
  clone.must("git checkout -q develop");
  commit_unjudged(clone, ".streams.yaml", "version: 1\nstreans: {}\n");
  EXPECT_THAT(block_of(clone.sh("git push -q origin develop")),
              HasSubstr(".streams.yaml:2: policy: unknown key 'streans'"));
}

TEST_F(Receive, ABrokenPolicyStopsAllButItsRepair) {
  clone.must("git checkout -q develop");
  commit_unjudged(clone, ".streams.yaml", "version: 1\nstreans: {}\n");
  repo.server().must("mv hooks/pre-receive away");
  clone.must("git push -q origin develop");
  repo.server().must("mv away hooks/pre-receive");
  clone.must("git checkout -q " + std::string(kNewsBranch));
  commit_unjudged(clone, "llm/news.py");
  const Said said = clone.sh(kPushHead);
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.errors, HasSubstr("remote: git-stream: pre-receive cannot judge: develop:"));
  clone.must("git checkout -q develop");
  commit_unjudged(clone, ".streams.yaml", two_streams());
  EXPECT_EQ(clone.sh("git push -q origin develop " + std::string(kNewsBranch)).status, 1);
  EXPECT_THAT(clone.sh("git push -q origin develop"), Silent());
  EXPECT_THAT(clone.sh("git push -q origin " + std::string(kNewsBranch)), Silent());
}

TEST(ReceiveFirst, ThePolicyArrivesWithTheFirstPush) {
  const StreamRepo repo;
  repo.owner().must(
      "git init -q --bare -b develop ../empty.git; cd ../empty.git;"
      "git stream install --server");
  repo.owner().must("git remote add origin ../empty.git");
  EXPECT_THAT(repo.owner().sh("git push -q origin develop"), Silent());
  const Place f = repo.worktree("F", kNewsBranch);
  commit_unjudged(f, "models/risk.py");
  EXPECT_EQ(block_of(f.sh("git -c core.hooksPath=/dev/null push -q origin HEAD")),
            refused("stream F", kRiskInCommit));
}

TEST(ReceiveFirst, AMainBranchOfAnotherNameIsFound) {
  std::string policy = two_streams();
  policy.replace(policy.find("develop"), 7, "trunk");
  const StreamRepo repo(policy);
  repo.owner().must(
      "git branch -q -m trunk; git init -q --bare -b trunk ../empty.git;"
      "git remote add origin ../empty.git; git push -q origin trunk; cd ../empty.git;"
      "git stream install --server");
  repo.owner().must("git worktree add -q -b " + std::string(kNewsBranch) + " ../F trunk");
  const Place f = Place(repo, repo.folder() / "F");
  commit_unjudged(f, "models/risk.py");
  EXPECT_EQ(block_of(f.sh("git -c core.hooksPath=/dev/null push -q origin HEAD")),
            refused("stream F", kRiskInCommit));
}

TEST_F(Receive, InstallsItsOneHookBesideWhatIsThere) {
  const Place server = repo.server();
  EXPECT_EQ(server.must("ls hooks | grep -v sample"), "pre-receive\n");
  EXPECT_THAT(server.must("git stream doctor || true"),
              AllOf(HasSubstr("pre-receive: "), Not(HasSubstr("pre-commit"))));
  server.must("git stream uninstall");
  EXPECT_FALSE(server.has("hooks/pre-receive"));
  server.must(
      "printf '%s\\n' '#!/bin/sh' 'cat >got' >hooks/pre-receive; chmod +x hooks/pre-receive;"
      "git stream install --server");
  commit_unjudged(clone, "llm/news.py");
  clone.must(kPushHead);
  EXPECT_THAT(server.read("got"), HasSubstr(" refs/heads/feature/stream-F-news\n"));
  server.must("git stream uninstall");
  EXPECT_THAT(server.read("hooks/pre-receive"), HasSubstr("cat >got"));
  EXPECT_THAT(repo.owner().sh("git stream install --server"), Complains(2, "bare repository"));
}

TEST_F(Receive, LocksThatAreKeptThereCount) {
  repo.server().must(
      "mkdir -p stream; printf '%s' '{\"locks\": {\"llm/news.py\": {\"agent\": "
      "\"agent-F1\", \"stream\": \"F\", \"acquired\": \"2025-12-06T10:00:00Z\", "
      "\"expires\": \"2999-01-01T00:00:00Z\", \"task\": \"Mine\"}}, \"version\": 1}' "
      ">stream/file_locks.json");
  commit_unjudged(clone, "llm/news.py");
  EXPECT_THAT(block_of(clone.sh(kPushHead)), HasSubstr("llm/news.py: lock: held by agent-F1 "));
  repo.server().must("printf '{' >stream/file_locks.json");
  EXPECT_THAT(clone.sh(kPushHead).errors, HasSubstr("pre-receive cannot judge: "));
}

}  // namespace
}  // namespace gs::test
