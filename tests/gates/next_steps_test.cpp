// The next command that each gate names is followed to the letter, in the state in which it is
// named: then nobody's work is gone, and the way is free.

#include <gtest/gtest.h>
#include <ostream>
#include <set>
#include <sstream>

#include "tests/gates/push_scene.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

std::string next_of(const std::string& text) {
  constexpr std::string_view kNext = "next: ";
  const std::size_t at = text.find(kNext);
  if (at == std::string::npos) return {};
  std::string line = text.substr(at + kNext.size(), text.find('\n', at) - at - kNext.size());
  while (line.ends_with(' ')) line.pop_back();  // as a server's line is filled up
  return line;
}

std::set<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::set<std::string> all;
  for (std::string word; in >> word;) all.insert(word);
  return all;
}

// The ids of what stands in a worktree and its index, and of what refs have.
std::set<std::string> work_in(const Place& place) {
  return words(
      place.must("git ls-files -s | cut -d' ' -f2; git for-each-ref --format='%(objectname)'; "
                 "git ls-files --cached --others --exclude-standard | sort -u | "
                 "while read -r f; do if [ -f \"$f\" ]; then git hash-object \"$f\"; fi; done"));
}

// Follows the command and names what is nowhere any more: in no file, index, ref, stash or reflog.
std::set<std::string> lost_by(const Place& place, const std::string& command) {
  std::set<std::string> before = work_in(place);
  const Said said = place.with("GIT_EDITOR=true").sh(command);
  EXPECT_THAT(said.errors, testing::Not(HasSubstr("fatal:"))) << command;
  const std::set<std::string> now = work_in(place);
  const std::set<std::string> kept =
      words(place.must("git rev-list --all --reflog --objects | cut -d' ' -f1"));
  std::erase_if(before, [&](const auto& id) { return now.contains(id) || kept.contains(id); });
  return before;
}

struct Step {
  const char* title;
  const char* script;     // what is blocked, in F1's worktree
  const char* next;       // a regular expression
  const char* then;       // goes through once the step is followed
  bool keeps_all = true;  // no: an attempt at what is another's to settle is given up
};
void PrintTo(const Step& step, std::ostream* out) {
  *out << step.title;
}

// F1 has work of its own, and F2's in its branch; develop has E1's. What is
// not committed is in docs/.
class NextStep : public testing::TestWithParam<Step> {
 protected:
  NextStep() {
    const Place f2 = repo.agent("F2");
    f2.must("echo two = 2 > llm/news.py; git add -A; git commit -q -m Two");
    f1.must(
        "echo ours = 1 >> llm/sentiment.py; git commit -q -a -m Ours; git merge -q -m stacked "
        "work-F2; mkdir -p docs; echo draft > docs/draft.md");
    repo.write("models/risk.py", "theirs = 1\n");
    repo.write("models/new.py", "new = 1\n");
    repo.commit_all("Theirs");
  }
  StreamRepo repo;
  Place f1 = repo.agent("F1");
};

TEST_P(NextStep, LosesNobodysWork) {
  const Step& step = GetParam();
  Said said = f1.sh(step.script);
  EXPECT_NE(said.status, 0);
  std::string next = next_of(said.errors);
  EXPECT_THAT(next, MatchesRegex(step.next));
  const std::set<std::string> lost = lost_by(f1, next);
  EXPECT_TRUE(lost.empty() || !step.keeps_all) << next;
  EXPECT_EQ(f1.read("docs/draft.md"), "draft\n");
  const Said then = f1.sh(step.then);
  EXPECT_EQ(then.status, 0) << then.errors;
  EXPECT_EQ(repo.owner().must("git status --short"), "");
}

const std::vector<Step>& steps() {
  static const std::string merging = "git merge -q --no-commit develop >/dev/null 2>&1 || true; ";
  // The owner has changed F2's file too.
  static const std::string undecided =
      "(cd ../repo; echo other = 1 > llm/news.py; git add -A; git -c core.hooksPath=/dev/null "
      "commit "
      "-q -m News); " +
      merging;
  static const std::vector<std::string> scripts{
      merging + "echo mine = 1 > models/risk.py; git add models; git commit -q -m m",
      merging + "git checkout -q HEAD -- models/risk.py; git commit -q -m m",
      merging + "git rm -q -f models/new.py; git commit -q -m m",
      undecided + "echo both > llm/news.py; git add llm; git commit -q -m m",
      undecided + "git checkout -q HEAD -- llm/news.py; git commit -q -m m",
      merging + "git checkout -q HEAD -- models; git commit -q -n -m m",
  };
  static const std::vector<Step> all{
      {"Index", "echo mine > models/risk.py; git add models; git commit -q -m m",
       "git restore --staged -- models/risk.py", "git add docs; git commit -q -m m"},
      {"MergeEdit", scripts[0].c_str(),
       "git restore --source=MERGE_HEAD --staged -- models/risk.py",
       "grep -q mine models/risk.py; git diff --cached --quiet develop -- models"},
      {"MergeSetBack", scripts[1].c_str(),
       "git restore --source=MERGE_HEAD --staged --worktree -- models/risk.py",
       "git diff --quiet develop -- models"},
      {"MergeRemoves", scripts[2].c_str(),
       "git restore --source=MERGE_HEAD --staged --worktree -- models/new.py",
       "git diff --quiet develop -- models"},
      {"MergeUndecided", scripts[3].c_str(),
       "git merge --abort  # then ask agent-F2 to merge llm/news.py",
       "grep -q 'two = 2' llm/news.py; git diff --quiet HEAD", false},
      {"MergeTakesASide", scripts[4].c_str(),
       "git merge --abort  # then ask agent-F2 to merge llm/news.py",
       "grep -q 'two = 2' llm/news.py; git diff --quiet HEAD", false},
      {"MergeOfNothing", "git merge -q -s ours -m m develop",
       "git restore --source=MERGE_HEAD --staged --worktree -- .*", "true"},
      {"RefOfTheIndex", "echo mine > models/risk.py; git add models; git commit -q -n -m m",
       "git commit  # pre-commit says what to do",
       "git restore --staged -- models/risk.py; grep -q mine models/risk.py"},
      {"RefOfFiles", "echo mine > models/risk.py; git commit -q -a -n -m m",
       "git show [0-9a-f]{10} -- models/risk.py", "grep -q mine models/risk.py"},
      {"RefOfAMerge", scripts[5].c_str(),
       "git restore --source=MERGE_HEAD --staged --worktree -- .*", "true"},
      {"RefOfPlumbing",
       "git update-ref HEAD $(git commit-tree -m m -p HEAD -p develop HEAD^{tree})",
       "git diff [0-9a-f]{10}\\^2 [0-9a-f]{10} -- .*", "git diff --quiet HEAD"},
      {"RefOfACherryPick",
       "git checkout -q --detach; echo evil > models/risk.py; git -c core.hooksPath=/dev/null "
       "commit -q -a -m evil; id=$(git rev-parse HEAD); git checkout -q work-F1; git cherry-pick "
       "$id",
       "git cherry-pick --abort", "git diff --quiet HEAD"},
      {"RefOfARevert", "git merge -q -m m develop; git revert --no-edit develop",
       "git commit  # pre-commit says what to do", "git diff --quiet; git restore --staged models"},
  };
  return all;
}

INSTANTIATE_TEST_SUITE_P(Gates, NextStep, testing::ValuesIn(steps()),
                         [](const auto& test) { return std::string(test.param.title); });

// Pushes: E1 works on a branch that is pushed.
struct NextAtPush : testing::Test {
  PushScene repo;
  Place e1 = repo.enrolled("E1", "feature/stream-E-models");
  Place f1 = repo.enrolled("F1", "feature/stream-F-llm");

  NextAtPush() {
    e1.must(
        "mkdir -p docs; echo draft > docs/draft.md; echo more = 1 >> models/risk.py; git commit "
        "-q -a -m Work");
  }
  // Pushes, follows the command, and says what it was.
  std::string follow(const Place& place) const {
    const Said said = place.sh("git push -q origin HEAD");
    EXPECT_NE(said.status, 0);
    const std::string next = next_of(said.errors);
    EXPECT_THAT(lost_by(place, next), IsEmpty()) << next;
    EXPECT_EQ(e1.read("docs/draft.md"), "draft\n");
    return next;
  }
  static constexpr char kEvil[] =
      "echo evil > llm/news.py; git add llm; git -c core.hooksPath=/dev/null commit -q -m Evil";
};

TEST_F(NextAtPush, OfTheLastCommits) {
  e1.must(kEvil);
  e1.must("echo last = 1 >> models/risk.py; git commit -q -a -m Last");
  EXPECT_THAT(follow(e1), MatchesRegex("git reset --soft [0-9a-f]{10}\\^"));
  e1.must("git restore --staged llm; git commit -q -m Again");
  EXPECT_THAT(e1.sh("git push -q origin HEAD"), Silent());
}

TEST_F(NextAtPush, OfWhatOthersWorkStandsOn) {
  e1.must(kEvil);
  ASSERT_THAT(f1.commit("llm/sentiment.py"), Commits());
  e1.must("git merge -q -m stacked feature/stream-F-llm");
  EXPECT_THAT(follow(e1), MatchesRegex("git rebase -i --rebase-merges [0-9a-f]{10}\\^"));
  EXPECT_EQ(e1.must("git log -1 --format=%s"), "stacked\n");
}

TEST_F(NextAtPush, OfAMergeThatUndoes) {
  repo.write("llm/news.py", "good = 1\n");
  repo.commit_all("Good");
  repo.owner().must("git push -q origin develop");
  e1.unjudged("merge -s ours -m m develop");
  EXPECT_THAT(follow(e1), MatchesRegex("git reset --keep .* && git merge .*"));
  EXPECT_EQ(e1.read("llm/news.py"), "good = 1\n");
  EXPECT_THAT(e1.sh("git push -q origin HEAD"), Silent());
}

// F rewrote what E1 had merged: E1 made none of it.
TEST_F(NextAtPush, OfABaseThatWasForcePushed) {
  f1.must("echo one = 1 >> llm/sentiment.py; git commit -q -a -m One; git push -q origin HEAD");
  e1.must(
      "git merge -q --no-ff -m stacked feature/stream-F-llm; echo top = 1 >> models/risk.py; git "
      "commit -q -a -m Top");
  f1.must(
      "echo two = 2 >> llm/sentiment.py; git commit -q -a --amend -m One; git push -q -f origin "
      "HEAD");
  const Said said = e1.sh("git push -q origin HEAD");
  if (said.status == 0) return;  // a record says whose it is
  EXPECT_THAT(
      follow(e1),
      MatchesRegex("git rebase --onto feature/stream-F-llm [0-9a-f]{10}  # .*rewritten it"));
  EXPECT_THAT(
      e1.must("cat models/risk.py llm/sentiment.py"),
      testing::AllOf(HasSubstr("more = 1\n"), HasSubstr("top = 1\n"), HasSubstr("two = 2\n")));
  EXPECT_THAT(e1.sh("git push -q origin HEAD"), Silent());
}

TEST_F(NextAtPush, OnAnUnpushedIntegrationBranch) {
  repo.write("config/base.py", "own = 1\n");
  repo.commit_all("Own");
  e1.must("git rebase -q develop");
  repo.server().must("git stream install --server");
  const Said said = e1.sh("git push -q origin HEAD");
  EXPECT_THAT(said.errors,
              HasSubstr("stands on 1 commit of develop that origin does not have: push "
                        "develop first\n    next: git push origin develop\n"));
  EXPECT_THAT(said.errors, testing::Not(HasSubstr("reset --soft")));
  EXPECT_THAT(
      repo.owner()
          .sh("git push -q --dry-run origin develop " + std::string("feature/stream-E-models"))
          .errors,
      testing::Not(HasSubstr("stands on")))
      << "both at once";
  repo.owner().must(next_of(said.errors) + " -q");
  EXPECT_THAT(e1.sh("git push -q origin HEAD"), Silent());
}

TEST_F(NextAtPush, WhereItArrives) {
  repo.server().must("git stream install --server");
  ASSERT_THAT(f1.commit("llm/sentiment.py"), Commits());
  e1.must("git merge -q --no-ff -m stacked feature/stream-F-llm");
  EXPECT_THAT(follow(e1),
              MatchesRegex("git show --stat [0-9a-f]{10}  # stream F's[?] push its branch,.*"));
  f1.must("git push -q origin HEAD");
  EXPECT_THAT(e1.sh("git push -q origin HEAD"), Silent());
}

// Said where the integration branch is checked out: it is not for that place to go back.
TEST_F(NextAtPush, OfACheckElsewhere) {
  e1.must(kEvil);
  const Said said = repo.owner().sh("git stream check --range develop..feature/stream-E-models");
  const std::string next = next_of(said.output);
  EXPECT_THAT(next, MatchesRegex("git show --stat .*"));
  EXPECT_THAT(lost_by(repo.owner(), next), IsEmpty());
  EXPECT_EQ(repo.owner().must("git status --short"), "");
}

TEST_F(NextAtPush, OfConflicts) {
  repo.write("llm/news.py", "good = 1\n");
  repo.commit_all("Good");
  e1.unjudged("merge -s ours -m m develop");
  const Said said = repo.owner().sh("git stream conflicts E");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(lost_by(e1, next_of(said.output)), IsEmpty()) << said.output;
  EXPECT_EQ(repo.owner().sh("git stream conflicts E").status, 0);
}

}  // namespace
}  // namespace gs::test
