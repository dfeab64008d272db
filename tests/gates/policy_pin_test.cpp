// The policy that judges is the integration branch's, whatever stands in a stream's worktree.

#include <gtest/gtest.h>

#include "tests/gates/known_findings.h"
#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

const Findings kProtected{".streams.yaml: protected: nobody in a stream may change it"};

std::string wide_open() {
  std::string policy = two_streams();
  policy.replace(policy.find("llm/sentiment*.py"), 17, "**");
  return policy;
}

TEST(PinnedPolicy, AnAgentCannotCommitThePolicy) {
  const StreamRepo repo;
  EXPECT_THAT(repo.agent("F1").commit(".streams.yaml", wide_open()), Blocks(kF1, kProtected));
}

TEST(PinnedPolicy, AnAgentsEditOfThePolicyHasNoEffect) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write(".streams.yaml", wide_open());
  EXPECT_THAT(f1.commit("models/risk.py"), Blocks(kF1, kRisk));
  f1.unjudged("commit -a -m sneaky");
  f1.write("models/risk.py", "more\n");
  EXPECT_THAT(f1.sh("git commit -q -a -m m"), Blocks(kF1, kRisk)) << "nor has its commit";
}

TEST(PinnedPolicy, ABrokenCopyInAWorktreeHasNoEffect) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write(".streams.yaml", "{");
  EXPECT_THAT(f1.commit("llm/sentiment.py"), Commits());
}

TEST(PinnedPolicy, WithoutTheFileInTheWorktree) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.must("rm .streams.yaml");
  EXPECT_THAT(f1.commit("llm/sentiment.py"), Commits());
  EXPECT_THAT(f1.commit("models/risk.py"), Blocks(kF1, kRisk));
}

TEST(PinnedPolicy, AChangeOnDevelopHoldsAtOnce) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  EXPECT_THAT(f1.commit("models/risk.py"), Blocks(kF1, kRisk));
  repo.set_policy(wide_open());
  f1.must("git restore --staged models/risk.py");
  EXPECT_THAT(f1.commit("setup.py"), Commits());
  EXPECT_THAT(repo.locks(), testing::IsEmpty()) << "it is in scope now";
}

TEST(PinnedPolicy, OnlyInTheWorktreeUntilDevelopHasOne) {
  const TempRepo repo;
  repo.write("models/risk.py", "1\n");
  repo.commit_all("Start");
  const Place owner(repo, repo.path());
  owner.write(".streams.yaml", two_streams());
  owner.must("git stream init");
  EXPECT_THAT(owner.must("git stream status"),
              HasSubstr("this worktree's copy, until develop has one"));
  const Place f1 = owner.with("GIT_STREAM_AGENT=F1");
  EXPECT_THAT(f1.commit("models/risk.py"), Blocks(kF1, kRisk));
  owner.must("git restore --staged models/risk.py");
  EXPECT_THAT(owner.sh("git add .streams.yaml; git commit -q -m Policy"), Commits());
  EXPECT_THAT(owner.must("git stream status"), HasSubstr("policy   develop:.streams.yaml"));
}

TEST(PinnedPolicy, OfTheLocalBranchUntilItIsBroughtUp) {
  const StreamRepo repo;
  const Place folder(repo, repo.folder());
  folder.must("git clone -q repo clone; git -C clone worktree add -q -b work ../f1 develop");
  const Place f1 = folder.in("f1");
  f1.must("git stream install --agent F1");
  repo.set_policy(wide_open());
  EXPECT_THAT(f1.commit("models/fresh.py"),
              Blocks(kF1, Findings{"models/fresh.py: scope: belongs to agent-E1 (stream E)"}));
  f1.must("git restore --staged models");
  const Place clone = folder.in("clone");
  clone.must("git fetch -q");
  const std::string next = "git -C " + clone.path().string() + " merge --ff-only origin/develop";
  EXPECT_THAT(f1.must("git stream status"),
              HasSubstr("warning  develop is behind origin/develop, which has another policy\n"
                        "         next: " +
                        next + "\n"));
  EXPECT_THAT(f1.commit("setup.py"), Commits());
  EXPECT_THAT(f1.must("git stream locks"), HasSubstr("setup.py")) << "it is nobody's yet";
  f1.must("git stream unlock --all");
  clone.must(next);
  EXPECT_THAT(f1.must("git stream status"), testing::Not(HasSubstr("warning")));
  EXPECT_THAT(f1.commit("setup.py", "more\n"), Commits());
  EXPECT_EQ(f1.must("git stream locks"), "") << "it is F1's now";
}

TEST(PinnedPolicy, OfTheUpstreamInACloneWithoutTheBranch) {
  const StreamRepo repo;
  const Place folder(repo, repo.folder());
  folder.must(
      "git clone -q repo clone; git -C clone checkout -q -b work;"
      "git -C clone branch -q -D develop");
  const Place clone = folder.in("clone");
  clone.must("git stream install --agent F1");
  EXPECT_THAT(clone.commit("models/risk.py"), Blocks(kF1, kRisk));
}

TEST(PinnedPolicy, ALocalCommitOnDevelopIsNotOverruledByAnUpstreamBehind) {
  const StreamRepo repo;
  const Place folder(repo, repo.folder());
  folder.must("git clone -q repo clone");
  const Place clone = folder.in("clone");
  clone.write(".streams.yaml", wide_open());
  clone.must("git commit -q -a -m Policy; git stream init");
  folder.must("git -C clone worktree add -q -b work ../f1 develop");
  folder.in("f1").must("git stream install --agent F1");
  EXPECT_THAT(folder.in("f1").commit("setup.py"), Commits());
  EXPECT_EQ(clone.must("git stream locks"), "");
}

TEST(PinnedPolicy, WithAnotherIntegrationBranch) {
  std::string policy = two_streams();
  policy.replace(policy.find("develop"), 7, "trunk");
  const TempRepo repo;
  repo.write(".streams.yaml", policy);
  repo.git({"checkout", "-q", "-b", "trunk"});
  repo.commit_all("Start");
  const Place owner(repo, repo.path());
  owner.must("git stream init; git worktree add -q -b work ../f1");
  const Place f1(repo, repo.folder() / "f1");
  f1.must("git stream install --agent F1");
  f1.write(".streams.yaml", wide_open());
  f1.must("git checkout -q -b develop; git add -A");
  f1.unjudged("commit -m 'my own develop'");
  EXPECT_THAT(f1.commit("models/risk.py"), Blocks(kF1, kRisk))
      << "a branch that an agent makes does not become the integration branch";
}

TEST(BrokenPolicy, BlocksAndSaysWhereAndWhatToDo) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  repo.set_policy("version: 1\nstreems: {}\n");
  const Said said = f1.commit("llm/sentiment.py");
  EXPECT_THAT(said,
              Complains(1, "git-stream: pre-commit cannot judge: develop:.streams.yaml:2:1: "));
  EXPECT_THAT(said.errors, HasSubstr("streams")) << "with the nearest word";
  EXPECT_FALSE(said.moved);
  EXPECT_EQ(f1.sh("git hook run pre-commit").status, 3);
  EXPECT_EQ(f1.sh("git stream lock setup.py").status, 2);
  EXPECT_EQ(f1.sh("git stream locks").status, 0) << "who holds what is asked of no policy";
}

TEST(BrokenPolicy, TheOwnersRepairPasses) {
  const StreamRepo repo;
  repo.set_policy("{");
  EXPECT_THAT(repo.owner().commit("setup.py"), Complains(1, "cannot judge"));
  repo.owner().must("git restore --staged setup.py");
  EXPECT_THAT(repo.owner().commit(".streams.yaml", "still: [broken\n"),
              Complains(1, "cannot judge"));
  EXPECT_THAT(repo.owner().commit(".streams.yaml", two_streams()), Commits());
  EXPECT_THAT(repo.owner().commit("setup.py"), Commits());
}

TEST(BrokenPolicy, AnAgentMayNotRepairIt) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  repo.set_policy("{");
  EXPECT_THAT(f1.commit(".streams.yaml", wide_open()), Complains(1, "cannot judge"));
  EXPECT_THAT(
      repo.worktree("x", "x").with("GIT_STREAM_AGENT=F1").commit(".streams.yaml", wide_open()),
      Complains(1, "cannot judge"));
}

TEST(BrokenPolicy, IsRefusedToAnOutsiderToo) {
  const StreamRepo repo;
  const Said said = repo.owner().commit(".streams.yaml", two_streams("shared_: []\n"));
  EXPECT_FALSE(said.moved);
  EXPECT_THAT(said.errors, HasSubstr("git-stream: commit blocked for Ada Lovelace (owner)\n"
                                     "  .streams.yaml:15: policy: unknown key"));
  EXPECT_THAT(said.errors, HasSubstr("shared")) << "with the nearest word";
}

TEST(BrokenPolicy, ASymlinkIsNoPolicy) {
  const StreamRepo repo;
  const Place owner = repo.owner();
  owner.must("mv .streams.yaml docs/policy.yaml; ln -s docs/policy.yaml .streams.yaml; git add -A");
  const Said said = owner.sh("git commit -q -m m");
  EXPECT_FALSE(said.moved);
  EXPECT_THAT(said.errors, HasSubstr(".streams.yaml: policy: is no regular file\n"));
}

TEST(BrokenPolicy, HostileOnesEndInOneLine) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  std::string deep(100000, '['), laughs = "version: 1\na: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    const std::string p(1, static_cast<char>(c - 1)), n(1, c);
    laughs += n + ": &" + n + " [*" + p + ", *" + p + ", *" + p + ", *" + p + ", *" + p + ", *" +
              p + "]\n";
  }
  const std::string hostile[] = {
      deep,
      laughs,
      std::string("\0\0\0\0", 4),
      "\xff\xfe\x00v",
      std::string("version: 1\n\x1b[31mred: 1\n"),
      "version: 99999999999999999999\n",
      "- 1\n- 2\n",
      "",
      two_streams("rules: {scope: perhaps}\n"),
      two_streams("state_dir: ../../outside\n"),
      two_streams("state_dir: /etc\n"),
      two_streams("locks: {ttl: -1}\n"),
      two_streams("shared: ['[']\n"),
  };
  for (const std::string& policy : hostile) {
    repo.set_policy(policy);
    const Said said = f1.commit("llm/sentiment.py", policy.substr(0, 99) + "\n");
    EXPECT_THAT(said, Complains(1, "pre-commit cannot judge: develop:.streams.yaml"))
        << policy.substr(0, 200);
    EXPECT_FALSE(said.moved);
    EXPECT_LT(said.errors.size(), 2000U);
    EXPECT_EQ(said.errors.find('\x1b'), std::string::npos);
  }
}

TEST(BrokenPolicy, AHugeOneIsRefusedByItsSize) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  repo.set_policy(two_streams("# " + std::string(50 << 20, 'x') + "\n"));
  EXPECT_THAT(f1.commit("llm/sentiment.py"),
              Complains(1, "pre-commit cannot judge: develop:.streams.yaml"));
}

TEST(BrokenPolicy, ADamagedCacheIsJustReadAgain) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  ASSERT_THAT(f1.commit("llm/sentiment.py"), Commits());
  ASSERT_TRUE(repo.owner().has(".git/stream/policy.cache"));
  std::string cache = repo.read(".git/stream/policy.cache");
  for (const std::size_t at : {std::size_t{0}, cache.size() / 2, cache.size() - 1}) {
    std::string bad = cache;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    repo.write(".git/stream/policy.cache", bad);
    EXPECT_THAT(f1.commit("models/risk.py"), Blocks(kF1, kRisk));
  }
  repo.write(".git/stream/policy.cache", cache.substr(0, cache.size() / 2));
  EXPECT_THAT(f1.sh("git commit -q -m m"), Blocks(kF1, kRisk));
}

}  // namespace
}  // namespace gs::test
