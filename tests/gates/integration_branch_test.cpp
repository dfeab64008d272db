// Nothing that an agent can move with ordinary git changes the policy: not the integration branch,
// nor what stands in for it.

#include <gtest/gtest.h>

#include "tests/gates/known_findings.h"
#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string wide_open() {
  std::string policy = two_streams();
  policy.replace(policy.find("models/**"), 9, "**");
  return policy;
}

// E1's worktree; develop is checked out nowhere. $W is a commit on develop with a wider policy, $N
// one that changes a file of nobody.
struct IntegrationBranch : testing::Test {
  StreamRepo repo;
  Place owner = repo.owner(), e1 = repo.agent("E1");
  std::string wide, harmless;

  void SetUp() override {
    repo.set_policy(two_streams() + "# once more\n");
    owner.must("git checkout -q -b elsewhere");
    const std::string make =
        "export GIT_INDEX_FILE=../index; git read-tree develop;"
        "git update-index --add --cacheinfo 100644,$(git hash-object -w --stdin <../text),";
    owner.write("../text", wide_open());
    wide = owner.must(make + ".streams.yaml; git commit-tree -p develop -m wide $(git write-tree)");
    harmless = owner.must(make + "misc.txt; git commit-tree -p develop -m more $(git write-tree)");
    wide.pop_back();
    harmless.pop_back();
    owner.must("rm ../index");
  }
  Said run(const Place& place, const std::string& script) const {
    return place.sh("W=" + wide + " N=" + harmless + "; " + script);
  }
  std::string develop() const {
    return owner.sh("git rev-parse -q --verify refs/heads/develop^{commit}").output;
  }
  void expect_the_old_policy() const {
    e1.must(
        "for c in merge rebase cherry-pick; do git $c --abort 2>/dev/null || true; done;"
        "git checkout -q -f work-E1; git reset -q --hard work-E1");
    const Said said = e1.commit("llm/news.py");
    EXPECT_FALSE(said.moved);
    EXPECT_THAT(said, Blocks(kE1, kNews));
  }
};

struct AgentMoves : IntegrationBranch, testing::WithParamInterface<const char*> {};

TEST_P(AgentMoves, DoNotChangeThePolicy) {
  const std::string before = develop();
  const Said said = run(e1, GetParam());
  const bool tables = std::filesystem::exists(repo.path() / ".git/reftable");
  if (tables && std::string_view(GetParam()) == "git branch -m develop old") {
    // There git renames without asking any hook: nothing is judged by no policy after it.
    EXPECT_EQ(said.status, 0);
    EXPECT_THAT(e1.sh("git commit -q --allow-empty -m x").errors,
                testing::HasSubstr("the integration branch develop is gone"));
    return;
  }
  EXPECT_NE(said.status, 0);
  EXPECT_EQ(develop(), before) << said.errors;
  EXPECT_THAT(said.errors,
              testing::ContainsRegex("git-stream: (ref update|push) blocked for |told to "
                                     "work for another"));
  expect_the_old_policy();
}

INSTANTIATE_TEST_SUITE_P(
    Ways, AgentMoves,
    testing::Values(
        "git update-ref refs/heads/develop $W", "git branch -f develop $W",
        "git push -q . $W:develop", "git push -q --no-verify --force . $W:refs/heads/develop",
        "git push -q ../repo $W:develop", "git fetch -q . +$W:develop",
        "git checkout -q -B develop $W", "git checkout -q develop; git reset -q --hard $W",
        "git checkout -q develop; git merge -q $W",
        "git checkout -q develop; git cherry-pick $W >/dev/null",
        "git checkout -q develop; git rebase -q $W",
        "git worktree add -q ../x develop; cd ../x; git merge -q --ff-only $W",
        "git worktree add -q ../x develop; cd ../x; cat ../text >.streams.yaml; git commit -q -a "
        "-m m",
        "git worktree add -q ../x develop; cd ../x; cat ../text >.streams.yaml; git commit -q -n "
        "-a -m m",
        "git worktree add -q --detach ../x; cd ../x; git update-ref refs/heads/develop $W",
        "git worktree add -q --detach ../x; cd ../x; git stream init; git branch -f develop $W",
        "git worktree add -q -B develop ../x $W", "git -C ../repo update-ref refs/heads/develop $W",
        "GIT_DIR=../repo/.git git update-ref refs/heads/develop $W",
        "git --git-dir=../repo/.git branch -f develop $W",
        "GIT_DIR=../repo/.git GIT_WORK_TREE=../repo git update-ref refs/heads/develop $W",
        "mkdir ../y; cd ../y; git --git-dir=../repo/.git --work-tree=../E1 branch -f develop $W",
        "printf 'update refs/heads/develop %s\\n' $W | git update-ref --stdin",
        "printf 'reset refs/heads/develop\\nfrom %s\\n\\n' $W | git fast-import --quiet --force",
        "git symbolic-ref refs/heads/alias refs/heads/develop; git update-ref refs/heads/alias $W",
        "git branch -f develop develop~1", "git update-ref refs/heads/develop develop~1",
        "git update-ref -d refs/heads/develop", "git branch -q -D develop",
        "git branch -m develop old", "git branch -f mine $W; git branch -M mine develop",
        "git push -q . :develop", "git pack-refs --all; git branch -q -D develop",
        "git tag wide $W; git fetch -q . +refs/tags/wide:refs/heads/develop"));

struct AgentSays : IntegrationBranch, testing::WithParamInterface<const char*> {};

// What git lets an agent do, and nobody reads the policy from.
TEST_P(AgentSays, AreNotBelieved) {
  const std::string before = develop();
  run(e1, GetParam());
  EXPECT_EQ(develop(), before);
  expect_the_old_policy();
  EXPECT_THAT(e1.must("git stream status"),
              HasSubstr("policy   develop:.streams.yaml (2 streams)"));
}

INSTANTIATE_TEST_SUITE_P(
    Ways, AgentSays,
    testing::Values(
        "git tag wide $W; git config branch.develop.remote .;"
        "git config branch.develop.merge refs/tags/wide",
        "git branch wide $W; git config branch.develop.remote .;"
        "git config branch.develop.merge refs/heads/wide",
        "git remote add origin ../repo; git update-ref refs/remotes/origin/develop $W;"
        "git branch -q -u origin/develop develop",
        "git update-ref refs/remotes/origin/develop $W", "git tag develop $W",
        "git tag heads/develop $W", "git replace $(git rev-parse develop) $W",
        "git update-ref refs/stash $W; git config --worktree branch.develop.merge x || true",
        "git symbolic-ref refs/remotes/origin/HEAD refs/heads/mine",
        "git update-ref refs/heads/refs/heads/develop $W",
        "git config stream.integration wide; git branch wide $W || true", "git stream install",
        "git stream init", "cat ../text >.streams.yaml; git stream install; git stream init"));

TEST_F(IntegrationBranch, ThatBecomesANameOfAnotherIsNotFollowed) {
  run(e1, "git tag wide $W; git update-ref refs/heads/zz $(git rev-parse develop)");
  const std::string before = develop();
  e1.must("git symbolic-ref refs/heads/develop refs/heads/zz");
  const Said said = e1.commit("models/risk.py");
  EXPECT_THAT(said, Complains(1, "develop has become a name of refs/heads/zz"));
  EXPECT_FALSE(said.moved);
  const std::size_t next = said.errors.find("next: ");
  ASSERT_NE(next, said.errors.npos);
  owner.must(said.errors.substr(next + 6));
  EXPECT_EQ(develop(), before) << "the repair puts it back";
  EXPECT_THAT(e1.sh("git commit -q -m m"), Commits());
}

TEST(IntegrationBranches, MayBeNamesOfAnotherWhereTheOwnerHasItSo) {
  const TempRepo repo;
  repo.write(".streams.yaml", two_streams());
  repo.commit_all("Start");
  const Place owner(repo, repo.path());
  owner.must(
      "git branch -m trunk; git symbolic-ref refs/heads/develop refs/heads/trunk;"
      "git stream init; git worktree add -q -b work ../f1");
  const Place f1(repo, repo.folder() / "f1");
  f1.must("git stream install --agent F1");
  EXPECT_THAT(f1.commit("llm/sentiment.py"), Commits());
}

TEST_F(IntegrationBranch, GoneWithTheHooksOffLeavesNoOther) {
  e1.must("cp ../text .streams.yaml; git -c core.hooksPath=/dev/null branch -D develop");
  EXPECT_THAT(e1.commit("llm/news.py"), Complains(1, "the integration branch develop is gone"));
}

struct EverydayMoves : IntegrationBranch, testing::WithParamInterface<const char*> {};

TEST_P(EverydayMoves, GoesThrough) {
  const Said said = run(e1, std::string("exec >/dev/null; ") + GetParam());
  EXPECT_EQ(said.status, 0) << said.errors;
  EXPECT_THAT(said.errors, Not(HasSubstr("git-stream")));
  expect_the_old_policy();
}

INSTANTIATE_TEST_SUITE_P(
    Everyday, EverydayMoves,
    testing::Values(
        "git branch -f develop $N", "git fetch -q . $N:develop",
        "git worktree add -q ../x develop; cd ../x; git merge -q --ff-only $N",
        "git worktree add -q ../x develop; cd ../x; echo 1 >new.txt; git add -A; git commit -q -m "
        "m",
        "git branch -f develop $N; git branch -f develop develop~1", "git pack-refs --all",
        "git pack-refs --all; git gc -q --prune=now", "git branch x; git branch -q -D x",
        "git branch x; git branch -m x y; git branch -M y z", "git tag develop; git tag -d develop",
        "git branch -q -u develop; git branch --unset-upstream",
        "git config branch.develop.description text", "git remote add up ../repo; git fetch -q up",
        "git checkout -q develop; git checkout -q work-E1", "git checkout -q --detach develop",
        "git stream status", "git stream check --range develop..HEAD",
        "git update-ref refs/remotes/x/y $N; git update-ref -d refs/remotes/x/y"));

TEST_F(IntegrationBranch, IsTheOwnersToChange) {
  owner.must("git checkout -q develop");
  EXPECT_THAT(run(owner, "git merge -q --ff-only $W 2>&1"), Commits());
  e1.must("git reset -q --hard work-E1");
  EXPECT_THAT(e1.commit("llm/news.py"), Commits()) << "the new policy holds";
  EXPECT_THAT(owner.sh("git reset -q --hard HEAD~1"), testing::Field(&Said::moved, true));
  e1.must("git reset -q --hard work-E1~1");
  expect_the_old_policy();
  EXPECT_THAT(owner.sh("git branch -m old; git branch develop; git checkout -q develop"), Silent());
  EXPECT_THAT(owner.sh("git checkout -q old; git branch -q -D develop; git branch develop"),
              Silent());
}

TEST_F(IntegrationBranch, ATagOfItsNameHidesNoCommit) {
  e1.unjudged("commit --allow-empty -m x");
  e1.write("llm/news.py", "1\n");
  e1.unjudged("commit -a -m evil");
  const Said before = e1.sh("git stream check --range develop..HEAD");
  EXPECT_EQ(before.status, 1);
  e1.must("git tag develop");
  EXPECT_EQ(e1.sh("git stream check --range develop..HEAD").output, before.output);
  EXPECT_EQ(e1.sh("git stream check --range develop~0..HEAD").output, before.output);
}

TEST_F(IntegrationBranch, AKeptPolicyCountsForItsTextAlone) {
  ASSERT_THAT(e1.commit("models/risk.py"), Commits());
  const std::string truth = repo.read(".git/stream/policy.cache");
  owner.must(
      "git checkout -q develop; cp ../text .streams.yaml; git commit -q -a -m Wide;"
      "git stream status; git reset -q --hard HEAD~1");
  const std::string forged = truth.substr(0, 40) + repo.read(".git/stream/policy.cache").substr(40);
  ASSERT_NE(forged, truth);
  repo.write(".git/stream/policy.cache", forged);
  expect_the_old_policy();
}

TEST(MergeOfAStream, BringsNoProtectedChange) {
  const StreamRepo repo;
  const Place owner = repo.owner(), e = owner.in("../repo-stream-E");
  owner.must("git stream start E >/dev/null 2>&1");
  e.write(".streams.yaml", wide_open());
  e.unjudged("commit -a -m wide");
  EXPECT_THAT(e.sh("git stream complete E --anyway").errors, HasSubstr(".streams.yaml: protected"));
  const std::string before = owner.must("git rev-parse develop");
  for (const Place& place : {owner, e}) {
    const Said said = place.sh("git stream merge E");
    EXPECT_NE(said.status, 0);
    EXPECT_EQ(owner.must("git rev-parse develop"), before);
  }
}

TEST(MergeOfAStream, FromItsOwnWorktreeIsInnocent) {
  for (const char* elsewhere : {"true", "git checkout -q -b elsewhere"}) {
    const StreamRepo repo;
    const Place owner = repo.owner(), e = owner.in("../repo-stream-E");
    owner.must("git stream start E >/dev/null 2>&1; " + std::string(elsewhere));
    ASSERT_THAT(e.commit("models/risk.py"), Commits());
    e.must("git stream complete E >/dev/null 2>&1");
    EXPECT_EQ(e.sh("git stream merge E >/dev/null").status, 0) << elsewhere;
    EXPECT_THAT(owner.must("git show develop:models/risk.py"), HasSubstr("changed"));
  }
}

// ---- Moves that git shows to no hook: `git branch -C`, and -M where refs are in tables.

struct UnseenMoves : IntegrationBranch {
  std::string before;

  void SetUp() override {
    IntegrationBranch::SetUp();
    owner.must("git -c core.hooksPath=/dev/null branch wide " + wide);
    before = develop();
  }
  bool in_tables() const { return std::filesystem::exists(repo.path() / ".git/reftable"); }
  // What is said to take the move back, from any worktree.
  static std::string taking_back(const std::string& text) {
    const std::size_t start = text.find("next: ", text.find(kPast)) + 6;
    return text.substr(start, text.find("; or, if it is meant so: ", start) - start);
  }
  static constexpr char kPast[] = " past the gates";
};

TEST_F(UnseenMoves, ACopiedBranchBringsNoPolicy) {
  for (const char* hide : {"true", "git reflog delete develop@{0}",
                           "git reflog expire --expire=all --all; git gc -q --prune=now"}) {
    e1.must(std::string("git branch -C wide develop; ") + hide);
    const Said said = e1.commit("llm/news.py");
    EXPECT_FALSE(said.moved) << hide;
    EXPECT_THAT(said.errors,
                testing::AllOf(HasSubstr("llm/news.py: scope: belongs to agent-F2"),
                               HasSubstr("warning: develop was moved from "), HasSubstr(kPast)));
    e1.must("git reset -q --hard");
    EXPECT_THAT(e1.commit("models/risk.py", hide).errors, HasSubstr(kPast)) << "and goes through";
    EXPECT_THAT(e1.must("git stream status"), HasSubstr(kPast));
    const Said doctor = owner.sh("git stream doctor");
    EXPECT_NE(doctor.status, 0);
    EXPECT_THAT(e1.sh(taking_back(doctor.output)), Silent());
    EXPECT_EQ(develop(), before);
    e1.must("git reset -q --hard work-E1~1");
    expect_the_old_policy();
  }
}

TEST_F(UnseenMoves, AnOlderOneIsNoneEither) {
  repo.set_policy(two_streams("# twice more\n"));
  owner.must("git branch -f develop elsewhere; git branch old develop~1");
  e1.must("git branch -C old develop");
  EXPECT_THAT(e1.must("git stream status"), HasSubstr(kPast));
}

TEST_F(UnseenMoves, OnlyTheOwnerMakesThemCount) {
  e1.must("git branch -C wide develop; git stream install; git stream init");
  EXPECT_FALSE(e1.commit("llm/news.py").moved);
  EXPECT_THAT(owner.must("git stream install"), HasSubstr("recorded that develop is at "));
  EXPECT_THAT(e1.commit("llm/news.py"), Commits());
}

TEST_F(UnseenMoves, WhereTheCommitIsGoneTheOwnerIsAsked) {
  repo.write(".git/stream/integration-tip", std::string(before.size() - 1, '1') + "\n");
  EXPECT_THAT(e1.commit("models/risk.py"), Complains(1, "1111111111, is gone"));
  EXPECT_THAT(owner.must("git stream install"), HasSubstr("recorded that develop is at "));
  EXPECT_THAT(e1.sh("git commit -q -m x"), Commits());
}

TEST_F(UnseenMoves, ExcuseNothing) {
  owner.must(
      "git checkout -q -b scratch develop; echo 1 >>llm/news.py;"
      "git -c core.hooksPath=/dev/null commit -q -am Scratch; git checkout -q elsewhere");
  e1.must("git branch -C scratch develop");
  const Said said = e1.sh("git merge -q --ff-only develop");
  EXPECT_FALSE(said.moved);
  EXPECT_THAT(said.errors, testing::AllOf(HasSubstr("llm/news.py: scope: belongs to agent-F2"),
                                          HasSubstr(kPast)));
}

TEST_F(UnseenMoves, ThoseOfAnOwnerWhoHasLeftTheBranchSinceCount) {
  const std::string git = "git -c core.hooksPath=/dev/null ";
  owner.must("git checkout -q develop");
  for (const char* leave :
       {"checkout -q elsewhere", "switch -q --detach", "checkout -q -b aside"}) {
    owner.must("git checkout -q develop; date >>setup.py; git add -A; " + git + "commit -q -m 1;" +
               "date >>setup.py; " + git + "commit -q -am 2; " + git + leave);
    EXPECT_THAT(e1.commit("models/risk.py", leave), Commits());
    EXPECT_THAT(e1.must("git stream status"), testing::Not(HasSubstr(kPast)));
  }
}

TEST_F(UnseenMoves, ARenamedBranchIsTakenBackWithItsWork) {
  if (!in_tables()) GTEST_SKIP() << "git asks the hook there";
  EXPECT_THAT(e1.commit("models/risk.py"), Commits());
  const std::string work = e1.must("git rev-parse HEAD");
  e1.must("git branch -M develop");
  EXPECT_EQ(develop(), work);
  const Said said = e1.commit("models/risk.py", "more");
  EXPECT_THAT(said.errors, HasSubstr(kPast));
  e1.must(taking_back(e1.must("git stream status")));
  EXPECT_EQ(develop(), before);
  EXPECT_EQ(e1.must("git symbolic-ref HEAD"), "refs/heads/work-E1\n");
  EXPECT_EQ(e1.must("git rev-list --count " + before.substr(0, before.size() - 1) + "..HEAD"),
            said.moved ? "2\n" : "1\n");
  expect_the_old_policy();
}

TEST_F(UnseenMoves, OneThatIsGoneComesBackByWhatIsSaid) {
  e1.must("git -c core.hooksPath=/dev/null branch -m develop old");
  const Said said = e1.commit("models/risk.py");
  EXPECT_THAT(said, Complains(1, "the integration branch develop is gone"));
  e1.must(said.errors.substr(said.errors.find("next: ") + 6));
  EXPECT_EQ(develop(), before);
  expect_the_old_policy();
}

// git packs what it has read before, and tells the hook of it as of a move.
TEST_F(UnseenMoves, PackingAnOldValueIsNone) {
  if (in_tables()) GTEST_SKIP() << "git packs no refs there";
  owner.must("git branch -f develop " + harmless + "; printf '%040d %s refs/heads/develop\\n' 0 " +
             before.substr(0, before.size() - 1) + " | .git/hooks/reference-transaction prepared");
  EXPECT_THAT(e1.commit("models/risk.py"), Commits());
}

// ---- A clone without the branch: what the recorded remote has, when somebody says so who is no
// agent.

struct CloneWithoutBranch : testing::Test {
  StreamRepo repo;
  Place folder{repo, repo.folder()};
  Place owner = folder.in("clone"), e1 = folder.in("e1");

  void SetUp() override {
    folder.must(
        "git clone -q repo clone; git -C clone checkout -q -b mine;"
        "git -C clone branch -q -D develop");
    owner.must("git stream init; git worktree add -q -b work ../e1");
    e1.must("git stream install --agent E1");
  }
  void widen() const { repo.set_policy(wide_open()); }
  bool is_wide() const {
    e1.must("git reset -q --hard work");
    return e1.commit("llm/news.py", "wide = True\n").status == 0;
  }
};

TEST_F(CloneWithoutBranch, FollowsWhatTheOwnerFetches) {
  EXPECT_FALSE(is_wide());
  EXPECT_THAT(e1.must("git stream status"), HasSubstr("policy   origin/develop:.streams.yaml"));
  widen();
  EXPECT_FALSE(is_wide());
  EXPECT_THAT(owner.sh("git fetch -q"), Silent());
  EXPECT_TRUE(is_wide());
}

TEST_F(CloneWithoutBranch, BelievesNoRefThatAnAgentMoves) {
  e1.must("printf '%s' " + word(wide_open()) +
          " >../text; export GIT_INDEX_FILE=../i; git read-tree HEAD;"
          "git update-index --cacheinfo 100644,$(git hash-object -w ../text),.streams.yaml;"
          "git update-ref refs/remotes/origin/develop"
          " $(git commit-tree -p HEAD -m wide $(git write-tree))");
  EXPECT_FALSE(is_wide());
  EXPECT_THAT(e1.must("git stream status"),
              HasSubstr("origin/develop was moved by somebody who is no owner"));
  e1.must("git stream install");
  EXPECT_FALSE(is_wide()) << "the remote does not say so";
  for (const char* way :
       {"git branch develop origin/develop", "git checkout -q develop",
        "git config remote.origin.url ../evil; git stream install",
        "git config url.../evil.insteadOf ../repo; git stream install",
        "git remote add evil ../evil; git config branch.develop.remote evil; git stream install"}) {
    e1.sh(way);
    EXPECT_FALSE(is_wide()) << way;
  }
  owner.must(
      "git config remote.origin.url $PWD/../repo; git config --remove-section url.../evil;"
      "git fetch -q origin");
  EXPECT_FALSE(is_wide()) << "the remote has it as it was";
}

TEST_F(CloneWithoutBranch, AnAgentsFetchIsBelievedWhenTheRemoteSaysTheSame) {
  widen();
  EXPECT_THAT(e1.sh("git fetch -q"), Silent());
  EXPECT_FALSE(is_wide());
  EXPECT_THAT(e1.must("git stream status"), HasSubstr("next: git stream install\n"));
  EXPECT_THAT(e1.must("git stream install"), HasSubstr("asked the remote"));
  EXPECT_TRUE(is_wide());
}

TEST_F(CloneWithoutBranch, TheOwnersInstallAsksAboutWhatAnAgentMoved) {
  e1.must(
      "git update-ref refs/remotes/origin/develop $(git commit-tree -m x HEAD^{tree});"
      "git remote add evil ../repo; git config branch.develop.remote evil; git fetch -q evil");
  EXPECT_THAT(owner.must("git stream install"), HasSubstr("recorded the remote evil: "));
  EXPECT_THAT(e1.must("git stream status"), HasSubstr("policy   origin/develop:.streams.yaml"));
  EXPECT_FALSE(is_wide());
}

TEST_F(CloneWithoutBranch, MayMakeTheBranchFromIt) {
  EXPECT_THAT(e1.sh("git branch -q develop origin/develop"), Silent());
  widen();
  EXPECT_THAT(e1.sh("git fetch -q"), Silent());
  EXPECT_NE(e1.sh("git fetch -q . refs/remotes/origin/develop:develop").status, 0)
      << "nobody but an agent has said that the remote has this";
  e1.must("git stream install");
  EXPECT_THAT(e1.sh("git fetch -q . refs/remotes/origin/develop:develop"), Silent());
  EXPECT_TRUE(is_wide());
}

TEST_F(CloneWithoutBranch, AnotherNameOfTheRemoteIsRecordedToo) {
  folder.must(
      "git clone -q -o upstream repo other; git -C other checkout -q -b mine;"
      "git -C other branch -q -D develop");
  const Place other = folder.in("other");
  other.must("git stream install");
  EXPECT_THAT(other.must("git stream status"),
              HasSubstr("policy   upstream/develop:.streams.yaml"));
}

}  // namespace
}  // namespace gs::test
