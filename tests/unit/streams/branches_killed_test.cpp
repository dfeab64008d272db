// kill -9 after every step of completing and merging a stream of several branches: at no moment is
// it called complete or merged too early, nothing is lost, and the same command gets to the same
// end.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/conflicts/stream_branches.h"
#include "lib/state/locks.h"
#include "lib/streams/lifecycle/complete.h"
#include "lib/streams/merge/merge.h"
#include "tests/support/interrupted.h"
#include "tests/unit/streams/merge_support.h"
#include "tests/unit/streams/stream_fixture.h"

namespace gs::streams {
namespace {

namespace fs = std::filesystem;
using core::StreamId;
using core::StreamStatus;
using testing::ElementsAre;

class TwoBranches : public StreamFixture {
 public:
  TwoBranches() {
    start("E");
    commit_in("E", "models/risk_manager.py", "class RiskManager:\n  def check(self): ...\n");
    repo.git({"worktree", "add", "-q", "--no-track", "-b", "feature/stream-E-anomaly",
              tree("other"), "develop"});
    commit_in("other", "models/anomaly.py", "def detect(series, limit): ...\n");
    state::LockRequest request;
    request.agent = "agent-E2";
    request.stream = "E";
    request.paths = {"models/anomaly.py"};
    state::acquire(state(), request, state::now());
  }
  void TestBody() override {}

  void run(const StepWatch& watch = {}) const {
    session::Session session = open();
    complete(session, {StreamId("E"), {}, "", false, false}, watch);
  }
  // Everything that holds in between.
  void check(const std::string& step) const {
    const state::Streams streams = state::read_streams(state());
    const state::StreamRecord* record = streams.find(StreamId("E"));
    ASSERT_NE(record, nullptr);
    if (record->status == StreamStatus::completed) {
      EXPECT_EQ(record->branches.size(), 2U) << step;
      return;
    }
    EXPECT_EQ(state::read_locks(state()).size(), 1U) << "freed too early, after: " << step;
  }
  std::string end() const {
    static const std::regex kFolder("gs-[A-Za-z0-9]+");
    return std::regex_replace(all_state(), kFolder, "FOLDER");
  }
};

TEST(BranchesKilled, AnywhereInACompletion) {
  TwoBranches undisturbed;
  undisturbed.run();
  const std::string expected = undisturbed.end();
  EXPECT_THAT(expected, testing::HasSubstr("feature/stream-E-anomaly"));
  std::size_t steps = 0;
  for (std::size_t count = 1;; ++count) {
    TwoBranches scene;
    const test::Interruption end =
        test::interrupt_after(count, [&](const test::StepWatch& watch) { scene.run(watch); });
    if (!end.killed) {
      EXPECT_EQ(end.status, 0);
      break;
    }
    ++steps;
    scene.check(end.step);
    scene.run();
    EXPECT_EQ(scene.end(), expected) << "killed after: " << end.step;
  }
  EXPECT_GE(steps, 7U);
}

constexpr char kOneStream[] = R"(version: 1
streams:
  E: {name: Models, agents: {E1: {files: ["models/**"]}, E2: {files: ["more/**"], after: [E1]}}}
rules: {unowned: allow}
)";

struct MergedScene : test::MergeScene {
  MergedScene() : test::MergeScene(kOneStream) {
    commit({{"models/risk.py", "first = 1\n"}});
    complete("E", {{"models/limits.py", "second = 2\n"}});
    for (const char* name : {"more", "part"}) {
      const fs::path folder = repo.folder() / (std::string("stream-E-") + name);
      repo.git({"worktree", "add", "-q", "--no-track", "-b",
                std::string("feature/stream-E-") + name, folder.string(), "develop"});
      commit({{std::string(name) + "/feed.py", "third = 3\n"}}, folder);
    }
    // A host has squashed one of them.
    repo.git({"merge", "-q", "--squash", "feature/stream-E-part"});
    repo.git({"commit", "-q", "-m", "Squashed"});
    state::change_streams(session().state(), [&](state::Streams& streams) {
      state::StreamRecord& record = *streams.find(StreamId("E"));
      record.branches.push_back({record.branch, record.worktree, {}, record.completed_tip});
      for (const char* name : {"more", "part"}) {
        const std::string branch = std::string("feature/stream-E-") + name;
        record.branches.push_back(
            {core::BranchName(branch), "", {}, core::ObjectId::from_hex(rev(branch))});
      }
    });
  }

  std::vector<MergeReport> merge(const StepWatch& watch = {}) const {
    session::Session now = session();
    return merge_streams(now, {StreamId("E")}, {}, watch);
  }
  bool has(const std::string& path) const {
    return repo.try_git({"cat-file", "-e", "develop:" + path}).status == 0;
  }
  bool all_in() const {
    return has("models/limits.py") && has("more/feed.py") && has("part/feed.py");
  }
  void check(const std::string& step) const {
    session::Session now = session();
    const state::Streams streams = state::read_streams(now.state());
    const bool merged = streams.status(StreamId("E")) == StreamStatus::merged;
    EXPECT_TRUE(!merged || all_in()) << "called merged too early, after: " << step;
    const bool gone = !fs::exists(worktree("E")) || !fs::exists(repo.folder() / "stream-E-more") ||
                      !fs::exists(repo.folder() / "stream-E-part");
    EXPECT_TRUE(!gone || (all_in() && merged)) << "removed too early, after: " << step;
  }
  std::string end() const {
    const auto shell = [&](const std::string& script) {
      return repo.run_in(repo.path(), {"sh", "-c", script}).output;
    };
    const std::string text = shell(
        "git for-each-ref --format='%(refname)'; git worktree list | wc -l; git ls-tree -r develop;"
        "git status --short; git log --format=%s develop; cat .claude/state/*.json*; ls "
        ".git/stream");
    static const std::regex kTime(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"), kId("[0-9a-f]{40,64}");
    return std::regex_replace(std::regex_replace(text, kTime, "TIME"), kId, "ID");
  }
};

TEST(BranchesKilled, AnywhereInAMerge) {
  MergedScene undisturbed;
  const MergeReport report = undisturbed.merge().at(0);
  EXPECT_EQ(report.outcome, MergeReport::Outcome::merged) << report.reason;
  EXPECT_EQ(report.branches.size(), 3U);
  const std::string expected = undisturbed.end();
  EXPECT_TRUE(undisturbed.all_in());
  EXPECT_EQ(undisturbed.repo.git({"branch"}), "* develop\n");
  std::vector<std::string> steps;
  for (std::size_t count = 1;; ++count) {
    const MergedScene scene;
    const test::Interruption end =
        test::interrupt_after(count, [&](const test::StepWatch& watch) { scene.merge(watch); });
    if (!end.killed) {
      EXPECT_EQ(end.status, 0);
      break;
    }
    steps.push_back(end.step);
    scene.check(end.step);
    EXPECT_FALSE(scene.merge().at(0).stopped()) << end.step;
    EXPECT_EQ(scene.end(), expected) << "killed after: " << end.step;
  }
  EXPECT_THAT(steps,
              ElementsAre("merge commit made", "integration branch moved", "merge commit made",
                          "integration branch moved", "log written", "log written", "log written",
                          "state written", "worktree removed", "branch removed", "worktree removed",
                          "branch removed", "worktree removed", "branch removed"));
}

}  // namespace
}  // namespace gs::streams
