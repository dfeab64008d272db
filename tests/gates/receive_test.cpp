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

TEST_F(Receive, AnotherStreamsWorkComesAfterItsOwnBranch) {
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
  EXPECT_THAT(block_of(clone.sh("git push -q origin HEAD feature/stream-E-x")),
              HasSubstr("models/risk.py: scope: belongs to agent-E1 (stream E) (in COMMIT)\n"))
      << "what arrives beside it is no excuse";
  EXPECT_THAT(clone.sh("git push -q origin feature/stream-E-x"), Silent());
  EXPECT_THAT(clone.sh(kPushHead), Silent());
}

// ---- Refs that go back or go away.

struct ReceiveLoss : Receive {
  const std::string branch = "refs/heads/" + std::string(kNewsBranch);

  void SetUp() override {
    Receive::SetUp();
    commit_unjudged(clone, "llm/news.py");
    commit_unjudged(clone, "llm/sentiment.py");
    clone.must(kPushHead);
  }
  std::string said(const std::string& push) const {
    return block_of(clone.sh("git push -q origin " + push));
  }
};

TEST_F(ReceiveLoss, WorkThatIsNowhereElseStays) {
  const std::string before = repo.at_server(kNewsBranch);
  EXPECT_EQ(said("+develop:" + branch),
            refused("stream F",
                    "  refs/heads/feature/stream-F-news: scope: would lose what stream F has "
                    "changed: llm/news.py and 1 other file\n"
                    "    next: git pull --rebase origin feature/stream-F-news\n"));
  EXPECT_THAT(said("+HEAD~1:" + branch), HasSubstr("has changed: llm/sentiment.py\n"));
  EXPECT_THAT(said(":" + branch), HasSubstr("    next: git stream merge F\n"));
  EXPECT_THAT(said(":" + branch + " HEAD:refs/heads/feature/stream-E-mine"),
              HasSubstr("would lose"))
      << "another stream's branch keeps nothing for it";
  EXPECT_EQ(repo.at_server(kNewsBranch), before);
}

TEST_F(ReceiveLoss, TheIntegrationBranchOnlyGoesOn) {
  clone.must("git checkout -q develop");
  commit_unjudged(clone, "docs/guide.md");
  clone.must("git push -q origin develop");
  EXPECT_EQ(said("+develop~1:refs/heads/develop"),
            refused("an outsider",
                    "  refs/heads/develop: protected: is the integration branch, and would lose 1 "
                    "commit\n    next: git pull --rebase origin develop\n"));
  clone.must("git -c core.hooksPath=/dev/null commit -q --amend -m again");
  EXPECT_THAT(said("+develop"), HasSubstr("would lose 1 commit"));
}

TEST_F(ReceiveLoss, WhatIsRewrittenOrMergedIsNotLost) {
  clone.must("git commit -q --amend -m again");
  EXPECT_EQ(said("-f HEAD"), "");
  commit_unjudged(clone, "llm/news.py", "more = 1\n");
  clone.must("git reset -q --soft develop; git commit -q -m Squashed");
  EXPECT_EQ(said("-f HEAD"), "");
  repo.owner().must(
      "echo 2 >> docs/guide.md; git commit -q -a -m Moved; git push -q origin develop");
  clone.must("git fetch -q; git rebase -q origin/develop");
  EXPECT_EQ(said("-f HEAD"), "");
  EXPECT_EQ(said(":" + branch + " HEAD:refs/heads/feature/stream-F-renamed"), "")
      << "a branch of the stream keeps it";
  clone.must("git checkout -q develop; git pull -q; git merge -q --squash " +
             std::string(kNewsBranch) +
             " >/dev/null; git commit -q -m Squashed; git push -q origin develop");
  EXPECT_EQ(said(":refs/heads/feature/stream-F-renamed"), "") << "a squash merge has it";
}

TEST_F(ReceiveLoss, NobodysBranchesAndTagsComeAndGo) {
  EXPECT_EQ(said("HEAD:refs/heads/scratch HEAD:refs/tags/t"), "");
  EXPECT_EQ(said("+develop:refs/heads/scratch"), "");
  EXPECT_EQ(said(":refs/heads/scratch :refs/tags/t"), "");
}

// ---- Who may push as whom.

std::string with_pushers() {
  std::string policy = two_streams();
  for (const auto& [files, who] : {std::pair{"[\"models/**\"]", "[eve, ada]"},
                                   std::pair{"[\"llm/news*.py\"]", "[fay, ada]"}}) {
    const std::string text = files;
    policy.replace(policy.find(text), text.size(), text + ", pushers: " + who);
  }
  return policy;
}

struct ReceivePushers : testing::Test {
  PushScene repo{with_pushers()};
  Place clone = repo.clone("clone");

  void SetUp() override {
    repo.server().must("git stream install --server");
    clone.must("git checkout -q -b " + std::string(kNewsBranch));
    commit_unjudged(clone, "llm/news.py");
  }
  std::string said(const std::string& who, const std::string& push) const {
    return block_of(clone.with(who).sh("git push -q origin " + push));
  }
};

TEST_F(ReceivePushers, OnlyWhoIsListedMovesAStreamsBranches) {
  EXPECT_EQ(said("GL_USERNAME=eve", "HEAD"),
            refused("agent-E1 (stream E)",
                    "  refs/heads/feature/stream-F-news: scope: is stream F's branch\n"
                    "    next: git push origin HEAD:feature/stream-E-feature-stream-F-news\n"
                    "  llm/news.py: scope: belongs to agent-F2 (stream F) (in COMMIT)\n"
                    "    next: git reset --soft COMMIT^\n"));
  EXPECT_THAT(said("REMOTE_USER=bob", "HEAD"),
              HasSubstr("scope: is stream F's branch, and bob is none of its pushers\n"));
  for (const char* variable : {"GL_USERNAME", "GITEA_PUSHER_NAME", "GL_USER", "BB_USER_NAME",
                               "REMOTE_USER", "GIT_STREAM_PUSHER"}) {
    EXPECT_EQ(said(std::string(variable) + "=fay", "HEAD"), "") << variable;
    EXPECT_EQ(said(std::string(variable) + "=fay", "+develop:" + std::string(kNewsBranch)), "")
        << "their own work";
    EXPECT_EQ(said(std::string(variable) + "=fay", ":" + std::string(kNewsBranch)), "");
  }
  EXPECT_EQ(said("GL_USERNAME=ada", "HEAD"), "");
  EXPECT_THAT(said("GL_USERNAME=eve", ":" + std::string(kNewsBranch)), HasSubstr("is stream F's"));
  EXPECT_THAT(said("GL_USERNAME=bob", "+develop:" + std::string(kNewsBranch)),
              HasSubstr("none of its pushers"));
}

TEST_F(ReceivePushers, WhoIsListedInOneStreamIsThatStreamEverywhere) {
  clone.must("git checkout -q -b scratch develop");
  commit_unjudged(clone, "models/risk.py");
  EXPECT_THAT(said("GL_USERNAME=fay", "HEAD:refs/tags/t"), HasSubstr("models/risk.py: scope: "));
  EXPECT_THAT(said("GL_USERNAME=fay", "HEAD:refs/heads/develop"),
              HasSubstr("is the integration branch, onto which streams are merged"));
  EXPECT_EQ(said("GL_USERNAME=ada", "HEAD:refs/heads/develop"), "") << "a person";
}

TEST_F(ReceivePushers, WhereTheHostSaysNothingTheBranchDoes) {
  EXPECT_THAT(clone.sh(kPushHead), Silent());
}

// ---- The pusher's own configuration.

TEST_F(Receive, APushersHooksPathDoesNotTakeTheGateAway) {
  commit_unjudged(clone, "models/risk.py");
  clone.must("mkdir ../none; printf '[core]\\nhooksPath = %s\\n' \"$PWD/../none\" >../gitconfig");
  const Place pusher = clone.with("GIT_CONFIG_GLOBAL=" + (repo.folder() / "gitconfig").string());
  EXPECT_EQ(block_of(pusher.sh(kPushHead)), refused("stream F", kRiskInCommit));
  repo.server().must("git stream install --server");
  clone.must("mv ../server.git ../moved.git");
  EXPECT_EQ(block_of(pusher.sh("git push -q ../moved.git HEAD")),
            refused("stream F", kRiskInCommit));
  const Place moved(repo, repo.folder() / "moved.git");
  EXPECT_THAT(moved.must("git stream doctor || true"), HasSubstr("pre-receive: "));
  moved.must("git stream uninstall");
  EXPECT_EQ(moved.sh("git config --local core.hooksPath").status, 1);
}

TEST(ReceiveHub, AHubWithWorktreesKeepsBothGates) {
  const PushScene repo;
  const Place hub = repo.server();
  hub.must("git stream install --server; git worktree add -q ../main develop");
  const Place main(repo, repo.folder() / "main");
  main.must("git stream install; git worktree add -q -b feature/stream-F-hub ../hubF");
  const Place f(repo, repo.folder() / "hubF");
  f.must("git stream install --agent F2");
  EXPECT_THAT(f.commit("models/risk.py"), Not(Commits()));
  const Place clone = repo.clone("clone");
  clone.must("git checkout -q -b " + std::string(kNewsBranch));
  commit_unjudged(clone, "models/risk.py");
  EXPECT_EQ(block_of(clone.sh(kPushHead)), refused("stream F", kRiskInCommit));
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
  EXPECT_THAT(clone.sh("git push -q origin :" + std::string(kNewsBranch)), Silent()) << "merged";
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
