// git itself is killed in the midst of a merge, or goes on when we are: the next merge gets to the
// same end.

#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "lib/streams/merge/merge.h"
#include "tests/support/comes_true.h"
#include "tests/unit/streams/merge_support.h"

namespace gs::streams {
namespace {

namespace fs = std::filesystem;
using core::StreamId;
using test::MergeScene;
using testing::HasSubstr;
using MergeOutcome = MergeReport::Outcome;

constexpr char kRules[] = R"(version: 1
streams:
  F: {name: LLM, agents: {F1: {files: ["llm/**"]}}}
rules: {unowned: allow}
)";

class MergeMend : public testing::Test {
 protected:
  MergeMend() {
    scene.commit({{".gitattributes", "*.slow filter=trap\n"},
                  {"llm/a.txt", "one\n"},
                  {"llm/gone.txt", "one\n"},
                  {"llm/z.slow", "one\n"}});
    scene.complete("F", {{"llm/a.txt", "two\n"},
                         {"llm/gone.txt", "-"},
                         {"llm/new.txt", "two\n"},
                         {"llm/z.slow", "two\n"}});
    before = scene.rev("develop");
  }

  MergeReport merge(const MergeOptions& options = {}) const {
    session::Session session = scene.session();
    return merge_streams(session, {StreamId("F")}, options).front();
  }
  fs::path beside(const char* name) const { return scene.repo.folder() / name; }
  // What git runs while it writes llm/z.slow, once.
  void trap(const std::string& does) const {
    scene.repo.git({"config", "filter.trap.smudge",
                    "if rm '" + beside("trap").string() + "' 2>&-; then " + does + "; fi; cat"});
    std::ofstream(beside("trap")) << "";
  }
  std::string content(const char* path) const { return scene.repo.read(path); }
  std::string status() const { return scene.repo.git({"status", "--porcelain"}); }
  void expect_merged() const {
    const MergeReport report = merge();
    EXPECT_EQ(report.outcome, MergeOutcome::merged) << report.reason;
    EXPECT_EQ(status(), "");
    EXPECT_EQ(content("llm/a.txt") + content("llm/new.txt") + content("llm/z.slow"),
              "two\ntwo\ntwo\n");
    EXPECT_FALSE(fs::exists(scene.repo.path() / "llm/gone.txt"));
    EXPECT_EQ(scene.rev("develop^1"), before);
    EXPECT_EQ(scene.repo.git({"branch"}), "* develop\n");
    EXPECT_FALSE(fs::exists(scene.worktree("F")));
    EXPECT_FALSE(fs::exists(scene.repo.path() / ".git/stream/merge.lock"));
  }

  MergeScene scene{kRules};
  std::string before;
};

TEST_F(MergeMend, KilledWhileItWritesFiles) {
  trap("kill -9 $PPID");
  EXPECT_EQ(merge().outcome, MergeOutcome::refused);
  EXPECT_EQ(content("llm/a.txt"), "two\n") << "it had begun";
  EXPECT_EQ(scene.rev("develop"), before);
  ASSERT_TRUE(fs::exists(scene.repo.path() / ".git/index.lock"));
  MergeOptions look;
  look.dry_run = true;
  merge(look);
  EXPECT_EQ(content("llm/a.txt"), "two\n") << "a dry run touches nothing";
  expect_merged();
}

TEST_F(MergeMend, WhatSomebodyHasWrittenSinceStays) {
  trap("kill -9 $PPID");
  EXPECT_EQ(merge().outcome, MergeOutcome::refused);
  scene.repo.write("llm/a.txt", "by hand\n");
  EXPECT_THAT(merge().reason, HasSubstr("uncommitted changes in"));
  EXPECT_EQ(content("llm/a.txt"), "by hand\n");
  EXPECT_EQ(scene.rev("develop"), before);
}

TEST_F(MergeMend, KilledBeforeItWroteAny) {
  const std::string lock = (scene.repo.path() / ".git/index.lock").string();
  fs::create_directories(scene.repo.path() / ".git/stream");
  std::ofstream(scene.repo.path() / ".git/stream/merge.lock")
      << before + ' ' + scene.rev("feature/stream-F") + '\0' + scene.repo.path().string() + '\0';
  std::ofstream{lock} << "";
  expect_merged();
  EXPECT_FALSE(fs::exists(lock));
}

TEST_F(MergeMend, KilledBeforeTheBranchFollows) {
  const fs::path hook = scene.repo.path() / ".git/hooks/reference-transaction";
  std::ofstream(hook) << "#!/bin/sh\n[ \"$1\" = prepared ] && grep -q refs/heads/develop && rm '"
                      << beside("trap").string() << "' 2>&- && kill -9 $PPID\nexit 0\n";
  fs::permissions(hook, fs::perms::owner_all);
  std::ofstream(beside("trap")) << "";
  EXPECT_EQ(merge().outcome, MergeOutcome::refused);
  EXPECT_EQ(scene.rev("develop"), before);
  EXPECT_THAT(status(), HasSubstr("M  llm/a.txt")) << "its index is ahead";
  for (const char* left : {"refs/heads/develop.lock", "HEAD.lock"})
    fs::remove(scene.repo.path() / ".git" /
               left);  // of a git that was killed: the user's to remove
  expect_merged();
}

TEST_F(MergeMend, GoesOnWhenWeAreKilled) {
  // Its git goes on when it is dead already, and ends while the next merge waits for it, mostly.
  trap("touch '" + beside("reached").string() + "'; n=0; until [ -e '" + beside("go").string() +
       "' ] || [ $n -gt 3000 ]; do sleep 0.02; n=$((n+1)); done");
  const pid_t child = fork();
  if (child == 0) {
    merge();
    _exit(0);
  }
  EXPECT_TRUE(test::comes_true([&] { return fs::exists(beside("reached")); }));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::ofstream(beside("go")) << "";
  });
  expect_merged();
  later.join();
}

class HalfRemoved : public MergeMend {
 protected:
  HalfRemoved() {
    MergeOptions keep;
    keep.keep = true;
    EXPECT_EQ(merge(keep).outcome, MergeOutcome::merged);
    fs::create_directories(scene.repo.path() / ".git/stream");
    std::ofstream(mark) << scene.rev("feature/stream-F") + '\0' + git_dir.string() + '\0' +
                               tree.string() + '\0';
    fs::remove(tree / "llm/a.txt");
  }
  void expect_gone() {
    EXPECT_THAT(merge().removed, testing::SizeIs(2));
    EXPECT_FALSE(fs::exists(tree));
    EXPECT_FALSE(fs::exists(git_dir));
    EXPECT_FALSE(fs::exists(mark));
    EXPECT_EQ(scene.repo.git({"branch"}), "* develop\n");
  }
  const fs::path tree = scene.worktree("F"),
                 git_dir = scene.repo.path() / ".git/worktrees/stream-F",
                 mark = scene.repo.path() / ".git/stream/remove-F.lock";
};

TEST_F(HalfRemoved, TheRestGoes) {
  expect_gone();
}

TEST_F(HalfRemoved, AlsoWhenItHasLostItsTie) {
  fs::remove(tree / ".git");
  expect_gone();
}

TEST_F(HalfRemoved, AlsoWhenOnlyItsEntryIsLeft) {
  fs::remove_all(tree);
  fs::remove(git_dir / "index");
  expect_gone();
}

TEST_F(HalfRemoved, NotWhatSomebodyHasWrittenSince) {
  std::ofstream(tree / "notes.txt") << "mine\n";
  EXPECT_THAT(merge().kept, testing::ElementsAre(HasSubstr("it has uncommitted work")));
  EXPECT_TRUE(fs::exists(tree / "notes.txt"));
}

TEST_F(HalfRemoved, NotWithoutTheMark) {
  fs::remove(mark);
  EXPECT_THAT(merge().kept, testing::ElementsAre(HasSubstr("it has uncommitted work")));
  EXPECT_TRUE(fs::exists(tree / "llm/z.slow"));
}

}  // namespace
}  // namespace gs::streams
