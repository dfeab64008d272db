// Folders that cannot be written, crowds of locks, logs of 50 MB.

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/state/journal.h"
#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Nobody may write there: by permissions, or for root, whom they do not stop, by a read-only mount.
class ReadOnly {
 public:
  explicit ReadOnly(fs::path folder) : folder_(std::move(folder)) {
    if (geteuid() != 0) {
      done_ = chmod(folder_.c_str(), 0555) == 0;
    } else if (mount(folder_.c_str(), folder_.c_str(), nullptr, MS_BIND, nullptr) == 0) {
      mounted_ = true;
      done_ =
          mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
    }
  }
  ~ReadOnly() {
    if (mounted_) umount2(folder_.c_str(), MNT_DETACH);
    if (geteuid() != 0) chmod(folder_.c_str(), 0755);
  }
  ReadOnly(const ReadOnly&) = delete;
  ReadOnly& operator=(const ReadOnly&) = delete;

  bool done() const { return done_; }

 private:
  fs::path folder_;
  bool done_ = false, mounted_ = false;
};

TEST_F(StateTest, AReadOnlyFolderIsReadAndRefusedWithItsName) {
  acquire(state, request("agent-F1", {"a.py"}), now());
  const std::string before = slurp(state.locks());
  const ReadOnly read_only(state.root());
  if (!read_only.done()) GTEST_SKIP() << "no read-only mount here";
  EXPECT_THAT(read_locks(state), SizeIs(1));
  EXPECT_THAT(acquire(state, request("agent-F2", {"a.py"}), now()).held, SizeIs(1));
  for (const core::Error& error :
       {error_of([&] { acquire(state, request("agent-F2", {"b.py"}), now()); }),
        error_of([&] { release(state, {}, "agent-F1", false, now()); }), error_of([&] {
          acquire_waiting(state, request("agent-F2", {"a.py"}), now() + core::Seconds{30});
        })}) {
    EXPECT_EQ(error.code(), core::ExitCode::broken);
    EXPECT_THAT(error.what(), HasSubstr(state.root().native()));
  }
  EXPECT_EQ(slurp(state.locks()), before);
  if (geteuid() != 0) return;  // the log itself may be written, only nothing new be made
  EXPECT_THAT(error_of([&] {
                append(state.activity(), {ten, "agent-F1", "F", "locked", {}});
              }).what(),
              HasSubstr("agent_activity.jsonl"));
}

TEST_F(StateTest, RenewingLeavesAnotherWhatItTookMeanwhile) {
  acquire(state, request("agent-F1", {"llm", "docs/a.md", "x.py"}), ten);
  acquire(state, request("agent-F2", {"llm/a.py"}), eleven);
  const auto renewed = renew(state, "agent-F1", core::Seconds{3600}, eleven);
  ASSERT_THAT(renewed, SizeIs(2));
  for (const core::Lock& lock : renewed) EXPECT_NE(lock.path, "llm");
  const auto locks = read_locks(state);
  const auto is_live_llm = [&](const core::Lock& lock) {
    return lock.path.starts_with("llm") && lock.live(eleven);
  };
  EXPECT_EQ(std::count_if(locks.begin(), locks.end(), is_live_llm), 1);
}

TEST_F(StateTest, TenThousandLocksAndAsManyWishes) {
  std::vector<std::string> paths, others, folders;
  for (int i = 0; i < 10000; ++i) {
    const std::string package = "src/pkg_" + std::to_string(i % 100);
    paths.push_back(package + "/module_" + std::to_string(i) + ".py");
    others.push_back(package + "/other_" + std::to_string(i) + ".py");
  }
  for (int i = 0; i < 100; ++i) folders.push_back("src/pkg_" + std::to_string(i));
  EXPECT_THAT(acquire(state, request("agent-F1", paths), ten).taken, SizeIs(10000));
  EXPECT_THAT(acquire(state, request("agent-F2", paths), ten).held, SizeIs(10000));
  EXPECT_THAT(acquire(state, request("agent-F2", folders), ten).held, SizeIs(10000));
  EXPECT_THAT(acquire(state, request("agent-F2", {"src/*/module_77*.py"}), ten).held, SizeIs(111));
  EXPECT_THAT(acquire(state, request("agent-F2", others), ten).taken, SizeIs(10000));
  EXPECT_THAT(read_locks_for(state, paths, false), SizeIs(10000));
}

TEST_F(StateTest, TheLastOfFiftyMegabytes) {
  std::string block;
  for (int i = 0; i < 10000; ++i) {
    block +=
        "{\"timestamp\": \"2025-12-06T10:00:00Z\", \"agent\": \"agent-F1\", \"stream\": \"F\", "
        "\"action\": \"locked\"}\n";
  }
  {
    std::ofstream log(state.activity(), std::ios::binary);
    for (std::size_t size = 0; size < (std::size_t{50} << 20); size += block.size()) log << block;
  }
  append(state.activity(), {eleven, "agent-F2", "F", "released", {}});
  LogFilter filter;
  filter.last = 10;
  const LogRead read = read_log(state.activity(), filter);
  ASSERT_THAT(read.lines, SizeIs(10));
  EXPECT_EQ(read.lines.back().activity.agent, "agent-F2");
  EXPECT_EQ(read.lines.front().activity.agent, "agent-F1");
  EXPECT_EQ(read.torn, 0U);
  EXPECT_EQ(read.end, fs::file_size(state.activity()));
}

}  // namespace
}  // namespace gs::state
