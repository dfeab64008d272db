// Merging, ended with SIGKILL between any two steps: the same call again gets to the same end.

#include "lib/streams/merge/merge.h"

#include <gmock/gmock.h>
#include <memory>
#include <regex>

#include "tests/support/interrupted.h"
#include "tests/unit/streams/merge_support.h"

namespace gs::streams {
namespace {

using core::StreamId;
using core::StreamStatus;
using test::MergeScene;
using testing::ElementsAre;
using testing::HasSubstr;
using MergeOutcome = MergeReport::Outcome;

constexpr char kChainPolicy[] = R"(version: 1
streams:
  E:
    name: Models
    agents:
      E1: {files: ["models/**"]}
  F:
    name: LLM
    depends_on: [E]
    agents:
      F1: {files: ["llm/**"]}
  G:
    name: Gate
    depends_on: [F]
    agents:
      G1: {files: ["gate/**"]}
)";

std::unique_ptr<MergeScene> two_completed() {
  auto scene = std::make_unique<MergeScene>(kChainPolicy);
  scene->commit({{"models/risk.py", "first = 1\n"}, {"llm/news.py", "first = 1\n"}});
  scene->complete("E", {{"models/limits.py", "second = 2\n"}});
  scene->complete("F", {{"llm/feed.py", "second = 2\n"}});
  scene->commit({{"readme.txt", "develop goes on\n"}});
  return scene;
}

std::vector<MergeReport> merge(const MergeScene& scene, const std::vector<std::string>& streams,
                               const MergeOptions& options = {}, const StepWatch& watch = {}) {
  session::Session session = scene.session();
  std::vector<StreamId> ids;
  for (const std::string& stream : streams) ids.emplace_back(stream);
  return merge_streams(session, ids, options, watch);
}

// All that a merge leaves behind, without times and temporary names.
std::string picture(const MergeScene& scene) {
  const auto shell = [&](const std::string& script) {
    return script + "\n" + scene.repo.run_in(scene.repo.path(), {"sh", "-c", script}).output;
  };
  std::string text = shell("git for-each-ref") + shell("git worktree list") +
                     shell("git log --format='%H %P %s' develop") +
                     shell("git ls-tree -r develop") + shell("git status --short --branch") +
                     shell("ls .. | grep -v '^[.]'") +
                     shell("git config --local --list | grep ^branch") +
                     shell("cat .git/stream/state/orchestrator_state.json") +
                     shell("cat .git/stream/state/agent_activity.jsonl");
  static const std::regex kTime(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)");
  text = std::regex_replace(text, kTime, "TIME");
  const std::string folder = scene.repo.folder().string();
  for (std::size_t at = 0; (at = text.find(folder, at)) != std::string::npos;)
    text.replace(at, folder.size(), "FOLDER");
  return text;
}

// Ends it after each step in turn; `prepare` makes the scene anew.
void expect_same_end(const std::function<std::unique_ptr<MergeScene>()>& prepare,
                     const std::vector<std::string>& streams, std::vector<std::string>* steps) {
  std::string expected;
  {
    const auto whole = prepare();
    merge(*whole, streams);
    expected = picture(*whole);
    EXPECT_EQ(merge(*whole, streams).back().outcome, MergeOutcome::already);
    EXPECT_EQ(picture(*whole), expected) << "merging again changes nothing";
  }
  for (std::size_t count = 1;; ++count) {
    const auto scene = prepare();
    const test::Interruption end = test::interrupt_after(
        count, [&](const test::StepWatch& watch) { merge(*scene, streams, {}, watch); });
    if (!end.killed) {
      EXPECT_EQ(end.status, 0);
      break;
    }
    steps->push_back(end.step);
    for (const MergeReport& report : merge(*scene, streams))
      EXPECT_FALSE(report.stopped()) << end.step << ": " << report.reason;
    EXPECT_EQ(picture(*scene), expected) << "ended after: " << end.step;
  }
}

const std::vector<std::string> kSteps{"merge commit made", "integration branch moved",
                                      "log written",       "state written",
                                      "worktree removed",  "branch removed"};

TEST(MergeFaults, CheckedOut) {
  std::vector<std::string> steps, twice = kSteps;
  twice.insert(twice.end(), kSteps.begin(), kSteps.end());
  expect_same_end(two_completed, {"F", "E"}, &steps);
  EXPECT_EQ(steps, twice);
}

TEST(MergeFaults, CheckedOutNowhere) {
  std::vector<std::string> steps;
  const auto prepare = [] {
    auto scene = two_completed();
    scene->repo.git({"checkout", "-q", "-b", "elsewhere"});
    return scene;
  };
  expect_same_end(prepare, {"E"}, &steps);
  EXPECT_EQ(steps, kSteps);
}

TEST(MergeFaults, NothingToMerge) {
  std::vector<std::string> steps;
  const auto prepare = [] {
    auto scene = two_completed();
    scene->repo.git({"merge", "-q", "--ff-only", "HEAD"});
    scene->repo.git({"reset", "-q", "--hard", "feature/stream-E"});
    return scene;
  };
  expect_same_end(prepare, {"E"}, &steps);
  EXPECT_THAT(steps,
              ElementsAre("log written", "state written", "worktree removed", "branch removed"));
}

TEST(Merge, LeavesAMergeCommitAndTheRecord) {
  const auto scene = two_completed();
  const std::string develop = scene->rev("develop"), tip = scene->rev("feature/stream-E");
  const MergeReport report = merge(*scene, {"E"}).at(0);
  EXPECT_EQ(report.outcome, MergeOutcome::merged);
  EXPECT_EQ(scene->repo.git({"log", "-1", "--format=%P%n%B", "develop"}),
            develop + " " + tip + "\nMerge stream E: Models\n\n");
  const state::Streams streams = state::read_streams(scene->session().state());
  const state::StreamRecord& record = *streams.find(StreamId("E"));
  EXPECT_EQ(record.status, StreamStatus::merged);
  EXPECT_EQ(record.merge->hex(), scene->rev("develop"));
  EXPECT_TRUE(record.merged_at);
  EXPECT_FALSE(std::filesystem::exists(scene->worktree("E")));
  EXPECT_EQ(scene->repo.read("models/limits.py"), "second = 2\n");
}

TEST(Merge, InDependencyOrderWhateverWasSaid) {
  const auto scene = two_completed();
  const auto reports = merge(*scene, {"F", "E"});
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0].stream, StreamId("E"));
  EXPECT_THAT(reports[1].ready, ElementsAre(StreamId("G")));
}

TEST(Merge, ADryRunOfSeveralSeesThoseBefore) {
  const auto scene = two_completed();
  const std::string before = picture(*scene);
  const auto reports = merge(*scene, {"F", "E"}, {true, false, {}});
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0].outcome, MergeOutcome::mergeable);
  EXPECT_EQ(reports[1].outcome, MergeOutcome::mergeable) << reports[1].reason;
  EXPECT_EQ(reports[1].files, 1U) << "only its own";
  EXPECT_EQ(picture(*scene), before);
}

TEST(Merge, AHumanHadMergedIt) {
  const auto scene = two_completed();
  scene->repo.git({"merge", "-q", "--no-ff", "-m", "By hand", "feature/stream-E"});
  scene->commit({{"readme.txt", "and on\n"}});
  const MergeReport report = merge(*scene, {"E"}).at(0);
  EXPECT_EQ(report.outcome, MergeOutcome::merged);
  EXPECT_EQ(report.commit->hex(), scene->rev("develop~")) << "theirs is the merge";
}

TEST(Merge, TheBranchWasDeletedAfterwards) {
  const auto scene = two_completed();
  scene->repo.git({"merge", "-q", "--no-ff", "-m", "By hand", "feature/stream-E"});
  scene->repo.git({"worktree", "remove", "--force", scene->worktree("E").string()});
  scene->repo.git({"branch", "-q", "-D", "feature/stream-E"});
  EXPECT_EQ(merge(*scene, {"E"}).at(0).outcome, MergeOutcome::merged);
}

TEST(Merge, TheBranchIsLost) {
  const auto scene = two_completed();
  const std::string tip = scene->rev("feature/stream-E").substr(0, 10);
  scene->repo.git({"worktree", "remove", "--force", scene->worktree("E").string()});
  scene->repo.git({"branch", "-q", "-D", "feature/stream-E"});
  const MergeReport report = merge(*scene, {"E"}).at(0);
  EXPECT_EQ(report.reason, "its branch feature/stream-E does not exist");
  EXPECT_EQ(report.next, "git branch feature/stream-E " + tip);
}

TEST(Merge, NotWhileADetachedWorktreeHasCommitsOfItsOwn) {
  const auto scene = two_completed();
  scene->repo.git_in(scene->worktree("E"), {"checkout", "-q", "--detach"});
  scene->commit({{"models/late.py", "1\n"}}, scene->worktree("E"));
  const MergeReport report = merge(*scene, {"E"}).at(0);
  EXPECT_EQ(report.outcome, MergeOutcome::refused);
  EXPECT_EQ(report.reason, "a detached HEAD in " + scene->worktree("E").string() +
                               " has commits of it, and is no branch of it by the naming rule");
  EXPECT_EQ(report.next,
            "git -C " + scene->worktree("E").string() + " switch -c feature/stream-E-models");
  EXPECT_TRUE(std::filesystem::exists(scene->worktree("E")));
}

TEST(Merge, AWorktreeWhoseFolderIsGoneHoldsNothingBack) {
  const auto scene = two_completed();
  std::filesystem::remove_all(scene->worktree("E"));
  const MergeReport report = merge(*scene, {"E"}).at(0);
  EXPECT_EQ(report.outcome, MergeOutcome::merged);
  EXPECT_THAT(report.removed, ElementsAre("branch feature/stream-E"));
}

TEST(Merge, WhoeverMovesTheBranchMeanwhileLosesNothing) {
  const auto scene = two_completed();
  int moved = 0;
  const auto reports = merge(*scene, {"E"}, {}, [&](std::string_view step) {
    if (step == "merge commit made" && ++moved <= 3)
      scene->commit({{"readme.txt", std::to_string(moved)}});
  });
  EXPECT_EQ(reports.at(0).outcome, MergeOutcome::merged);
  EXPECT_EQ(scene->repo.read("readme.txt"), "3");
  EXPECT_EQ(scene->repo.git({"log", "--first-parent", "--format=%s", "-5", "develop"}),
            "Merge stream E: Models\nChange\nChange\nChange\nChange\n");
}

TEST(Merge, GivesUpOnABranchThatNeverRests) {
  const auto scene = two_completed();
  scene->repo.git({"checkout", "-q", "-b", "elsewhere"});
  const auto reports = merge(*scene, {"E"}, {}, [&](std::string_view) {
    const std::string next =
        scene->repo.git({"commit-tree", "-p", "develop", "-m", "Again", "develop^{tree}"});
    scene->repo.git({"update-ref", "refs/heads/develop", next.substr(0, test::id_digits())});
  });
  EXPECT_EQ(reports.at(0).reason, "develop kept moving while the merge was made");
  EXPECT_EQ(state::read_streams(scene->session().state()).status(StreamId("E")),
            StreamStatus::completed);
}

}  // namespace
}  // namespace gs::streams
