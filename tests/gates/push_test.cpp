// pre-push: what leaves a clone, and whose it is.

#include <gtest/gtest.h>

#include "tests/gates/push_scene.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// The scene's F2 on stream F's branch, with a commit that its gate let through.
struct Push : testing::Test {
  PushScene repo;
  Place f2 = repo.enrolled("F2", kNewsBranch);

  void SetUp() override { ASSERT_THAT(f2.commit("llm/news.py"), Commits()); }
  std::string pushed() const { return repo.log("--action pushed"); }
};

std::string blocked(const std::string& who, const std::string& findings) {
  return "git-stream: push blocked for " + who + "\n" + findings;
}

TEST_F(Push, GoesThroughSilentlyAndIsLoggedOnce) {
  EXPECT_THAT(f2.sh("git push -q origin HEAD"), Silent());
  EXPECT_EQ(repo.at_server(kNewsBranch), repo.at_server("refs/heads/" + std::string(kNewsBranch)));
  EXPECT_NE(repo.at_server(kNewsBranch), "");
  EXPECT_EQ(json_of(repo.owner(), "log --action pushed",
                    "[(e[\"agent\"], e[\"ref\"], e[\"remote\"]) for e in d[\"lines\"]]"),
            "[('agent-F2', 'refs/heads/feature/stream-F-news', 'origin')]\n");
  EXPECT_THAT(f2.sh("git push -q origin HEAD"), Silent()) << "there is nothing to push";
}

TEST_F(Push, ACommitOutOfScopeStopsIt) {
  commit_unjudged(f2, "models/risk.py");
  commit_unjudged(f2, "llm/news_more.py");
  const Said said = f2.sh("git push -q origin HEAD");
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(block_of(said), blocked(kF2, kRiskInCommit));
  EXPECT_EQ(repo.at_server(kNewsBranch), "");
  EXPECT_EQ(pushed(), "");
  EXPECT_THAT(repo.log("--action blocked"), HasSubstr("pre-push"));
}

TEST_F(Push, TheNextCommandLeadsOut) {
  commit_unjudged(f2, "models/risk.py");
  const std::string errors = f2.sh("git push -q origin HEAD").errors;
  const std::size_t at = errors.find("next: ") + 6;
  f2.must(errors.substr(at, errors.find('\n', at) - at));
  f2.must("git restore --staged --worktree models/risk.py");
  EXPECT_THAT(f2.sh("git push -q origin HEAD"), Silent());
}

TEST_F(Push, ALockOfAnotherStopsIt) {
  repo.owner().must("git stream lock llm/news.py --task Mine");
  const Said said = f2.sh("git push -q origin HEAD");
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(
      block_of(said),
      blocked(kF2,
              "  llm/news.py: lock: held by Ada Lovelace (owner) until TIME: Mine (in COMMIT)\n"
              "    next: git stream lock --wait LONG llm/news.py\n"));
}

TEST_F(Push, WhatIsOverThereWasJudgedThen) {
  commit_unjudged(f2, "models/risk.py");
  f2.must("git -c core.hooksPath=/dev/null push -q origin HEAD");
  ASSERT_THAT(f2.commit("llm/news.py", "again = 1\n"), Commits());
  EXPECT_THAT(f2.sh("git push -q origin HEAD"), Silent());
}

TEST_F(Push, AForcedUpdateIsJudgedByWhatItBrings) {
  f2.must("git push -q origin HEAD");
  commit_unjudged(f2, "models/risk.py");
  f2.must("git -c core.hooksPath=/dev/null commit -q --amend -m again");
  EXPECT_EQ(block_of(f2.sh("git push -q -f origin HEAD")), blocked(kF2, kRiskInCommit));
  f2.must("git -c core.hooksPath=/dev/null reset -q --hard develop");
  EXPECT_THAT(f2.sh("git push -q -f origin HEAD"), Silent());
  EXPECT_EQ(repo.at_server(kNewsBranch), repo.at_server("develop"));
}

TEST_F(Push, AnotherStreamsBranchIsNotToBePushedOrDeleted) {
  const std::string theirs = "feature/stream-E-risk";
  const Said said = f2.sh("git push -q origin HEAD:refs/heads/" + theirs);
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(block_of(said),
            blocked(kF2,
                    "  refs/heads/feature/stream-E-risk: scope: is stream E's branch\n"
                    "    next: git push origin HEAD:feature/stream-F-news\n"));
  repo.owner().must("git -c core.hooksPath=/dev/null push -q origin develop:refs/heads/" + theirs);
  EXPECT_THAT(block_of(f2.sh("git push -q origin :" + theirs)),
              HasSubstr("refs/heads/feature/stream-E-risk: scope: is stream E's branch\n"));
  EXPECT_NE(repo.at_server(theirs), "");
  EXPECT_THAT(repo.owner().sh("git push -q origin :" + theirs), Silent()) << "people may";
}

TEST_F(Push, ItsOwnBranchMayBeDeleted) {
  f2.must("git push -q origin HEAD");
  EXPECT_THAT(f2.sh("git push -q origin :" + std::string(kNewsBranch)), Silent());
  EXPECT_EQ(repo.at_server(kNewsBranch), "");
}

TEST_F(Push, ANameThatFollowsNoRuleStopsAStream) {
  f2.must("git branch -q attempt/two");
  const Said said = f2.sh("git push -q origin attempt/two");
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(block_of(said), blocked(kF2,
                                    "  refs/heads/attempt/two: branch-name: is no branch of stream "
                                    "F, whose are called feature/stream-F-{slug}\n"
                                    "    next: git push origin "
                                    "attempt/two:feature/stream-F-attempt-two\n"));
  EXPECT_THAT(repo.owner().sh("git push -q origin attempt/two"), Silent()) << "people may";
}

TEST(PushPolicy, MayOnlyWarnOfNames) {
  const PushScene repo(two_streams("rules: {branch-name: warn}\n"));
  const Place f2 = repo.enrolled("F2", "attempt");
  const Said said = f2.sh("git push -q origin attempt");
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(block_of(said), HasSubstr("refs/heads/attempt: warning: branch-name: "));
}

TEST_F(Push, TheIntegrationBranchIsForMerges) {
  const Said said = f2.sh("git push -q origin HEAD:develop");
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(block_of(said), blocked(kF2,
                                    "  refs/heads/develop: protected: is the integration branch, "
                                    "onto which streams are merged\n"
                                    "    next: git stream merge F\n"));
  EXPECT_THAT(block_of(f2.sh("git push -q origin :develop")), HasSubstr("protected: "));
  repo.write("setup.py", "owner = 1\n");
  repo.commit_all("Owner");
  EXPECT_THAT(repo.owner().sh("git push -q origin develop"), Silent());
  EXPECT_EQ(repo.owner().sh("git push -q origin :develop").status, 1) << "the policy stands on it";
}

TEST(PushDependencies, AreMergedFirst) {
  const PushScene repo(R"(version: 1
integration_branch: develop
streams:
  E: {name: Models, agents: {E1: {files: ["models/**"]}}}
  F: {name: LLM, depends_on: [E], agents: {F1: {files: ["llm/**"]}}}
)");
  const Place e1 = repo.enrolled("E1", "feature/stream-E-risk");
  const Place f1 = repo.enrolled("F1", "feature/stream-F-llm");
  ASSERT_THAT(e1.commit("models/risk.py"), Commits());
  ASSERT_THAT(f1.commit("llm/news.py"), Commits());
  const std::string finding =
      "policy: stream F depends on stream E, which is not merged\n"
      "    next: git stream merge E\n";
  EXPECT_THAT(block_of(f1.sh("git push -q origin HEAD:develop")), HasSubstr(finding));
  repo.owner().must("git -c core.hooksPath=/dev/null merge -q feature/stream-F-llm 2>/dev/null");
  const Said people = repo.owner().sh("git push -q origin develop");
  EXPECT_EQ(people.status, 0) << "a person is told";
  EXPECT_THAT(people.errors, HasSubstr("warning: " + finding));
  repo.owner().must("git -c core.hooksPath=/dev/null merge -q feature/stream-E-risk 2>/dev/null");
  EXPECT_THAT(block_of(f1.sh("git push -q origin HEAD:develop")), Not(HasSubstr("depends")));
}

struct PushDependenciesMet : testing::Test {
  PushScene repo{R"(version: 1
integration_branch: develop
streams:
  E: {name: Models, agents: {E1: {files: ["models/**"]}}}
  F: {name: LLM, depends_on: [E], agents: {F1: {files: ["llm/**"]}}}
shared: ["docs/**"]
)"};
  Place owner = repo.owner();
  Place e1 = repo.enrolled("E1", "feature/stream-E-risk");
  Place f1 = repo.enrolled("F1", "feature/stream-F-llm");

  void SetUp() override { ASSERT_THAT(e1.commit("models/risk.py"), Commits()); }
  // The owner's command, and a push of develop that says nothing.
  void expect_quiet(const std::string& command) {
    owner.must("exec 2>&1; " + command);
    const Said said = owner.sh("git push -q origin develop");
    EXPECT_EQ(said.status, 0) << command << said.errors;
    EXPECT_THAT(said.errors, Not(HasSubstr("depends"))) << command;
  }
  void expect_told() {
    const Said said = owner.sh("git push -q origin develop");
    EXPECT_THAT(said.errors, HasSubstr("warning: policy: stream F depends on stream E, "));
  }
};
constexpr char kUnjudged[] = "git -c core.hooksPath=/dev/null ";

TEST_F(PushDependenciesMet, AStreamWithoutWorkArrivesNowhere) {
  expect_quiet("echo 1 >README; git add README; git commit -q -m r");
  expect_quiet("echo 2 >README; git commit -q -a -m r; git branch feature/stream-F-next");
  expect_quiet("git branch feature/stream-F-stacked feature/stream-E-risk;" +
               std::string(kUnjudged) + "merge -q --no-ff --no-edit feature/stream-E-risk");
  expect_quiet(
      "git branch -f feature/stream-F-next develop; echo 3 >README; git commit -q -a -m r");
}

TEST_F(PushDependenciesMet, WorkThatCameInByASquashOrCherryPickIsThere) {
  ASSERT_THAT(e1.commit("models/more.py"), Commits());
  ASSERT_THAT(f1.commit("llm/news.py"), Commits());
  const std::string git = kUnjudged;
  expect_quiet(git + "merge -q --squash feature/stream-E-risk >/dev/null; " + git +
               "commit -q -m squashed; " + git + "merge -q --no-edit feature/stream-F-llm");
  ASSERT_THAT(e1.commit("models/last.py"), Commits());
  ASSERT_THAT(f1.commit("llm/last.py"), Commits());
  expect_quiet(git + "cherry-pick feature/stream-E-risk; echo later >models/last.py; " + git +
               "commit -q -a -m later; " + git + "merge -q --no-edit feature/stream-F-llm");
  ASSERT_THAT(e1.commit("models/risk.py", "new = 1\n"), Commits());
  ASSERT_THAT(f1.commit("llm/new.py"), Commits());
  owner.must(git + "merge -q --no-edit feature/stream-F-llm");
  expect_told();
}

TEST_F(PushDependenciesMet, ABranchWithoutWorkOfItsOwnIsWaitedForByNobody) {
  ASSERT_THAT(f1.commit("llm/news.py"), Commits());
  const std::string git = kUnjudged;
  expect_quiet(git + "merge -q --no-edit --no-ff feature/stream-E-risk;" + git +
               "merge -q --no-edit --no-ff feature/stream-F-llm;"
               "git checkout -q -b aside; echo 1 >README; git add README; git commit -q -m r;"
               "git branch feature/stream-E-empty; git checkout -q develop");
  e1.must("git merge -q develop; git commit -q --allow-empty -m nothing");
  ASSERT_THAT(f1.commit("llm/more.py"), Commits());
  expect_quiet(git + "merge -q --no-edit feature/stream-F-llm");
}

TEST_F(PushDependenciesMet, ANewRemoteHadNothingBefore) {
  ASSERT_THAT(f1.commit("llm/news.py"), Commits());
  const std::string git = kUnjudged;
  expect_quiet(git + "merge -q --no-edit --no-ff feature/stream-E-risk;" + git +
               "merge -q --no-edit --no-ff feature/stream-F-llm");
  ASSERT_THAT(e1.commit("models/next.py"), Commits());
  const Said said = owner.sh(
      "git init -q --bare ../other.git; git remote add other ../other.git;"
      "git push -q other develop");
  EXPECT_THAT(said.errors, Not(HasSubstr("depends")));
}

TEST_F(Push, TagsAndNotesThatSmuggleAreStopped) {
  f2.must("git tag good; git notes add -m fine HEAD");
  EXPECT_THAT(f2.sh("git push -q origin good refs/notes/commits"), Silent());
  commit_unjudged(f2, "models/risk.py");
  f2.must(
      "git tag bad; git tag -a -m annotated worse; git update-ref refs/notes/bad HEAD;"
      "git update-ref refs/odd/place HEAD");
  for (const char* ref : {"bad", "worse", "refs/notes/bad", "refs/odd/place"})
    EXPECT_EQ(block_of(f2.sh("git push -q origin " + std::string(ref))),
              blocked(kF2, kRiskInCommit))
        << ref;
  f2.must("git tag blob $(git rev-parse HEAD:llm/news.py)");
  EXPECT_THAT(f2.sh("git push -q origin blob"), Silent());
}

TEST_F(Push, SeveralRefsAreJudgedTogether) {
  const Place e = repo.worktree("E", "feature/stream-E-risk");
  commit_unjudged(e, "llm/news.py", "theirs = 1\n");
  const Said said = repo.owner().sh("git push -q --all origin");
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(block_of(said), blocked("stream E",
                                    "  llm/news.py: scope: belongs to agent-F2 (stream F) "
                                    "(in COMMIT)\n    next: git show --stat COMMIT  # stream F's? "
                                    "push its branch, or develop, first, or rebase onto what it is "
                                    "now; yours? commit without it\n"));
  EXPECT_EQ(repo.at_server(kNewsBranch), "") << "nothing of it is sent";
  EXPECT_EQ(pushed(), "");
}

TEST_F(Push, ToAnUrlOrAnotherRemote) {
  repo.owner().must("git init -q --bare ../other.git; git remote add other ../other.git");
  EXPECT_THAT(f2.sh("git push -q other HEAD"), Silent());
  EXPECT_THAT(f2.sh("git push -q \"file://$PWD/../server.git\" HEAD"), Silent());
  commit_unjudged(f2, "models/risk.py");
  EXPECT_EQ(block_of(f2.sh("git push -q ../other.git HEAD")), blocked(kF2, kRiskInCommit));
}

TEST_F(Push, AnotherStreamsMergedWorkIsItsOwn) {
  const Place e1 = repo.enrolled("E1", "feature/stream-E-risk");
  ASSERT_THAT(e1.commit("models/risk.py"), Commits());
  f2.must("git merge -q --no-edit feature/stream-E-risk 2>&1");
  EXPECT_THAT(f2.sh("git push -q origin HEAD"), Silent());
}

TEST_F(Push, AColleaguesCommitOnASharedBranchIsJudgedAsTheirs) {
  const Place f1 = repo.enrolled("F1", "feature/stream-F-sentiment");
  f1.must("git reset -q --hard " + std::string(kNewsBranch));
  ASSERT_THAT(f1.commit("llm/sentiment.py"), Commits());
  f2.must("git merge -q --ff-only feature/stream-F-sentiment");
  EXPECT_THAT(f2.sh("git push -q origin HEAD"), Silent()) << "the log says who committed it";
  commit_unjudged(f2, "llm/sentiment.py", "mine = 1\n");
  EXPECT_EQ(block_of(f2.sh("git push -q origin HEAD")),
            blocked(kF2,
                    "  llm/sentiment.py: scope: belongs to agent-F1 (stream F) (in COMMIT)\n"
                    "    next: git reset --soft COMMIT^\n"));
}

TEST_F(Push, WithoutAnIdentityTheBranchSaysWhose) {
  const Place clone = repo.clone("clone");
  clone.must("git stream install; git checkout -q -b feature/stream-F-more");
  commit_unjudged(clone, "models/risk.py");
  EXPECT_EQ(block_of(clone.sh("git push -q origin HEAD")), blocked("stream F", kRiskInCommit));
  EXPECT_THAT(block_of(clone.sh("git push -q origin HEAD:develop")),
              HasSubstr("refs/heads/develop: protected: "));
  EXPECT_EQ(clone.sh("git push -q origin HEAD:refs/heads/free").status, 1);
}

TEST_F(Push, AShallowCloneSaysWhatItCannotKnow) {
  f2.must("git push -q origin HEAD");
  const Place clone = repo.clone("clone", "--depth 1 --no-single-branch --no-local");
  clone.must("git stream install --agent F2; git checkout -q -b feature/stream-F-z origin/develop");
  ASSERT_THAT(clone.commit("llm/news_z.py"), Commits());
  EXPECT_THAT(clone.sh("git push -q origin HEAD"), Silent()) << "its history is all here";
  clone.must("git -c core.hooksPath=/dev/null checkout -q -b feature/stream-F-y origin/" +
             std::string(kNewsBranch));
  const Said said = clone.sh("git push -q origin HEAD 2>&1");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.output, HasSubstr("this clone is shallow: what commit "));
  EXPECT_THAT(said.output, HasSubstr("next: git fetch --unshallow"));
}

TEST_F(Push, AReasonLetsAPersonThrough) {
  commit_unjudged(f2, "models/risk.py");
  const Said said = f2.with("GIT_STREAM_BYPASS=agreed with Ada").sh("git push -q origin HEAD");
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.errors, HasSubstr("git-stream: bypassed for " + std::string(kF2)));
  EXPECT_THAT(repo.log("--action bypassed"), HasSubstr("agreed with Ada"));
}

TEST_F(Push, TheHookThatWasThereGetsWhatGitSays) {
  repo.owner().must(
      "git stream uninstall --all; cd .git/hooks; printf '%s\\n' '#!/bin/sh' "
      "'echo \"$@\" >\"$PWD/../args\"; cat >\"$PWD/../stdin\"' >pre-push;"
      "chmod +x pre-push");
  f2.must("git stream install --agent F2");
  commit_unjudged(f2, "models/risk.py");
  EXPECT_EQ(f2.sh("git push -q origin HEAD").status, 1);
  EXPECT_FALSE(f2.has("../args")) << "not after a verdict that blocks";
  f2.must("git -c core.hooksPath=/dev/null reset -q --hard HEAD~; git push -q origin HEAD");
  EXPECT_EQ(f2.read("../args"), "origin ../server.git\n");
  const std::string head = f2.must("git rev-parse HEAD | tr -d '\\n'");
  EXPECT_EQ(f2.read("../stdin"), "HEAD " + head + " refs/heads/feature/stream-F-news " +
                                     std::string(id_digits(), '0') + "\n");
}

TEST_F(Push, DamagedStateStopsIt) {
  repo.write_state("file_locks.json", "{");
  const Said said = f2.sh("git push -q origin HEAD");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.errors, HasSubstr("git-stream: pre-push cannot judge: "));
  EXPECT_THAT(said.errors, HasSubstr("git stream init --repair"));
}

}  // namespace
}  // namespace gs::test
