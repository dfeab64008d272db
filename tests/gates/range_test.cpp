// check --range in CI: a plain clone without state, and the same findings as at every other gate.

#include <gtest/gtest.h>
#include <sstream>
#include <vector>

#include "tests/gates/push_scene.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

// The server has a bad commit of stream F, and a good one.
struct Range : testing::Test {
  PushScene repo;
  Place f2 = repo.enrolled("F2", kNewsBranch);

  void SetUp() override {
    commit_unjudged(f2, "models/risk.py", "1\n", "Agent: agent-F2\n");
    commit_unjudged(f2, "llm/news.py", "1\n", "Agent: agent-F2\n");
    f2.must("git -c core.hooksPath=/dev/null push -q origin HEAD");
  }
  Place ci(const std::string& options = {}) const {
    const Place place = repo.clone("ci", options);
    place.must("git checkout -q --detach origin/" + std::string(kNewsBranch));
    return place;
  }
};

// The lines about findings, as every gate has them.
std::string findings_in(const std::string& text) {
  std::istringstream lines(without_times(text));
  std::string found, line;
  while (std::getline(lines, line)) {
    if (line.starts_with("remote: ")) line.erase(0, 8);
    while (!line.empty() && line.back() == ' ') line.pop_back();
    if (line.starts_with("  ")) found += line + "\n";
  }
  return found;
}

TEST_F(Range, ACheckedOutCommitIsJudgedAsTheBranchThatIsNamed) {
  const Place place = ci();
  const std::string range = "git stream check --range origin/develop..HEAD";
  EXPECT_EQ(place.sh(range).status, 1) << "it is the tip of that branch";
  const Said said = place.sh(range + " --as-branch " + kNewsBranch);
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.output, HasSubstr("models/risk.py: scope: belongs to agent-E1 (stream E)"));
  EXPECT_EQ(place.with("GIT_STREAM_BRANCH=" + std::string(kNewsBranch)).sh(range).output,
            said.output);
  EXPECT_EQ(place.sh(range + " --as-branch refs/heads/" + kNewsBranch).output, said.output);
  EXPECT_EQ(place.sh("git stream check --range origin/develop..origin/" + std::string(kNewsBranch))
                .output,
            said.output);
}

TEST_F(Range, EveryGateSaysTheSame) {
  const std::string pushed = findings_in(f2.sh("git init -q --bare ../other.git;"
                                               "git push -q ../other.git HEAD")
                                             .errors);
  EXPECT_THAT(pushed, HasSubstr("models/risk.py: scope: "));
  const std::string checked =
      findings_in(ci().sh("git stream check --range origin/develop..HEAD --as-branch " +
                          std::string(kNewsBranch))
                      .output);
  repo.server().must("git update-ref -d refs/heads/" + std::string(kNewsBranch) +
                     "; git stream install --server");
  const std::string received =
      findings_in(f2.sh("git -c core.hooksPath=/dev/null push -q origin HEAD").errors);
  // What is next depends on where one is.
  const auto finding = [](const std::string& text) { return text.substr(0, text.find('\n')); };
  EXPECT_EQ(finding(checked), finding(pushed));
  EXPECT_EQ(finding(received), finding(pushed));
  EXPECT_THAT(pushed, HasSubstr("next: git reset --soft COMMIT^\n"));
  EXPECT_THAT(received, HasSubstr("next: git show --stat COMMIT  # stream E's? "));
  const std::string committed = f2.sh("git reset -q --soft HEAD~2; git commit -q -m again").errors;
  EXPECT_THAT(committed, HasSubstr("  models/risk.py: scope: belongs to agent-E1 (stream E)\n"));
}

TEST_F(Range, AnotherStreamsBranchCountsAsJudged) {
  const Place e1 = repo.enrolled("E1", "feature/stream-E-risk");
  commit_unjudged(e1, "models/risk.py");
  e1.must("git -c core.hooksPath=/dev/null push -q origin HEAD");
  f2.must(
      "git -c core.hooksPath=/dev/null reset -q --hard develop;"
      "git -c core.hooksPath=/dev/null merge -q --no-ff --no-edit feature/stream-E-risk;"
      "git -c core.hooksPath=/dev/null push -q -f origin HEAD");
  EXPECT_EQ(ci().sh("git stream check --range origin/develop..HEAD --as-branch " +
                    std::string(kNewsBranch))
                .status,
            0);
}

TEST_F(Range, AShallowCloneSaysSo) {
  const Place place = ci("--depth 1 --no-local --no-single-branch");
  const Said said = place.sh("git stream check --range origin/develop..HEAD --as-branch " +
                             std::string(kNewsBranch));
  EXPECT_THAT(said, Complains(3, "this clone is shallow: what commit "));
  EXPECT_THAT(place.sh("git stream check --range develop~1..HEAD"),
              Complains(2, "'develop~1' names no commit"));
}

// What is missing is fetched by the one command that is named.
TEST_F(Range, APartialCloneNamesWhatFetchesAll) {
  repo.server().must("git config uploadpack.allowFilter true");
  for (const std::string filter : {"blob:none", "tree:0"}) {
    const Place folder(repo, repo.folder()), place = folder.in("ci-" + filter);
    folder.must("git clone -q --filter=" + filter + " file://$PWD/server.git ci-" + filter);
    const std::string range =
        "git stream check --range origin/develop..origin/" + std::string(kNewsBranch);
    const Said first = place.sh(range);
    EXPECT_EQ(first.status, 3) << filter;
    EXPECT_THAT(first.errors, HasSubstr("`git fetch --refetch --no-filter` fetches all"));
    place.must("git fetch -q --refetch --no-filter");
    EXPECT_EQ(place.sh(range).status, 1) << filter;
  }
}

TEST_F(Range, ANameThatBreaksTheRuleIsNobodys) {
  const Said said = ci().with("GIT_STREAM_AGENT=F2")
                        .sh("git stream check --range origin/" + std::string(kNewsBranch) +
                            "..HEAD --as-branch attempt");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.output, HasSubstr("refs/heads/attempt: branch-name: is no branch of stream F"));
  EXPECT_EQ(f2.sh("git stream check --as-branch x").status, 2) << "of which commits?";
}

// ---- By which policy: a range is not judged by what it changes in the policy itself.

struct RangePolicy : testing::Test {
  StreamRepo repo;
  Place folder{repo, repo.folder()};

  void SetUp() override {
    const Place e1 = repo.agent("E1");
    std::string wide = two_streams();
    wide.replace(wide.find("models/**"), 9, "**");
    e1.write(".streams.yaml", wide);
    e1.write("llm/news.py", "evil = 1\n");
    e1.unjudged("commit -a -m evil");
    repo.git({"update-ref", "refs/pull/1/head", "refs/heads/work-E1"});
  }
  // The findings of stream E's range in a checkout of CI that these lines make.
  std::string found(const std::string& checkout, const std::string& options = "") const {
    folder.must("rm -rf ci; git clone -q repo ci; cd ci; A=$(git rev-parse origin/develop);" +
                checkout + "; echo $A >../a");
    return folder.in("ci")
        .sh("git stream check --range $(cat ../a)..HEAD --as-branch feature/stream-E-x" + options)
        .output;
  }
};

TEST_F(RangePolicy, IsThatOfTheMergeBaseInCi) {
  const std::string drop_refs =
      "git for-each-ref --format='delete %(refname)' refs/remotes refs/heads |"
      " git update-ref --no-deref --stdin";
  for (const std::string& checkout : std::vector<std::string>{
           "git checkout -q --detach origin/work-E1",
           "git checkout -q work-E1; git branch -q -D develop", "git checkout -q work-E1",
           "git fetch -q origin refs/pull/1/head; git checkout -q --detach FETCH_HEAD; " +
               drop_refs,
           "git checkout -q --detach origin/work-E1; git tag develop"}) {
    const std::string said = found(checkout);
    EXPECT_THAT(said, HasSubstr("llm/news.py: scope: belongs to agent-F2 (stream F)")) << checkout;
    EXPECT_THAT(said, HasSubstr(".streams.yaml: protected: ")) << checkout;
  }
}

TEST_F(RangePolicy, IsTheIntegrationBranchsWhereThatIsHere) {
  repo.set_policy(two_streams("rules: {scope: off}\n"));
  EXPECT_THAT(found("git checkout -q work-E1; A=$(git merge-base origin/develop HEAD)"),
              testing::Not(HasSubstr("llm/news.py: scope")));
  EXPECT_THAT(found("git checkout -q --detach origin/work-E1; git branch -q -D develop"),
              HasSubstr("llm/news.py: scope"));
}

TEST_F(RangePolicy, CanBeNamed) {
  EXPECT_THAT(found("git checkout -q --detach origin/work-E1", " --policy HEAD"),
              testing::Not(HasSubstr("llm/news.py")));
  EXPECT_THAT(found("git checkout -q --detach origin/work-E1", " --policy origin/develop"),
              HasSubstr("llm/news.py"));
  EXPECT_THAT(folder.in("ci").sh("git stream check --policy nowhere"),
              Complains(2, "'nowhere' names no commit"));
}

TEST_F(RangePolicy, IsNobodysBeforeThereIsOne) {
  const TempRepo fresh;
  fresh.write("a.py", "1\n");
  fresh.commit_all("Start");
  fresh.write("b.py", "1\n");
  fresh.commit_all("More");
  EXPECT_EQ(Place(fresh, fresh.path()).sh("git stream check --range HEAD~1..HEAD").status, 0);
}

}  // namespace
}  // namespace gs::test
