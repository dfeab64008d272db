// What the system tells about processes.

#include "lib/platform/process_info.h"

#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/platform/process_arguments.h"
#include "tests/support/comes_true.h"
#include "tests/support/temp_repo.h"

namespace gs::platform {
namespace {

// `sleep 60` in a process group of its own and another folder, with one variable.
class Sleep {
 public:
  explicit Sleep(const std::filesystem::path& folder) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    char* const words[] = {program_.data(), seconds_.data(), nullptr};
    char* const variables[] = {longer_.data(), variable_.data(), nullptr};
    EXPECT_EQ(posix_spawnp(&pid_, "sleep", &actions, &attributes, words, variables), 0);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    // The parent goes on a moment before the new program's arguments are in their place.
    EXPECT_TRUE(test::comes_true([&] { return !variable_of(pid_, "AGENT").empty(); }));
  }
  ~Sleep() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Sleep(const Sleep&) = delete;
  Sleep& operator=(const Sleep&) = delete;

  pid_t pid() const { return pid_; }

 private:
  std::string program_ = "sleep", seconds_ = "60", longer_ = "AGENTS=2", variable_ = "AGENT=F1=a";
  pid_t pid_ = -1;
};

class ProcessInfoTest : public testing::Test {
 protected:
  Liveness state() const {
    const auto info = process_info(sleep_.pid());
    return info ? info->state : Liveness::ended;
  }

  test::TempFolder folder_;
  Sleep sleep_{folder_.path()};
};

TEST_F(ProcessInfoTest, NamesProgramParentAndGroup) {
  const auto info = process_info(sleep_.pid());
  ASSERT_TRUE(info);
  EXPECT_EQ(info->name, "sleep");
  EXPECT_EQ(info->parent, getpid());
  EXPECT_EQ(info->group, sleep_.pid());
  EXPECT_EQ(info->state, Liveness::running);
  EXPECT_GE(info->start_time, process_info(getpid())->start_time);
}

TEST_F(ProcessInfoTest, TellsStoppedAndEndedApart) {
  kill(sleep_.pid(), SIGSTOP);
  EXPECT_TRUE(test::comes_true([&] { return state() == Liveness::stopped; }));
  kill(sleep_.pid(), SIGKILL);  // and nobody waits for it
  EXPECT_TRUE(test::comes_true([&] { return state() == Liveness::ended; }));
  EXPECT_TRUE(process_info(sleep_.pid())) << "a zombie is known still";
}

TEST_F(ProcessInfoTest, KnowsHowItWasStarted) {
  EXPECT_EQ(arguments_of(sleep_.pid()), (std::vector<std::string>{"sleep", "60"}));
  EXPECT_EQ(variable_of(sleep_.pid(), "AGENT"), "F1=a");
  EXPECT_EQ(variable_of(sleep_.pid(), "AGEN"), "");
  EXPECT_EQ(folder_of(sleep_.pid()), std::filesystem::canonical(folder_.path()));
}

TEST_F(ProcessInfoTest, KnowsItsOwnProgram) {
  EXPECT_TRUE(std::filesystem::is_regular_file(own_program_file()));
  EXPECT_TRUE(runs_own_program(getpid()));
  EXPECT_FALSE(runs_own_program(sleep_.pid()));
}

TEST_F(ProcessInfoTest, AGroupRunsUntilItsLastHasEnded) {
  EXPECT_TRUE(group_runs(sleep_.pid()));
  kill(sleep_.pid(), SIGKILL);
  EXPECT_TRUE(test::comes_true([&] { return !group_runs(sleep_.pid()); })) << "zombies do not run";
}

TEST(ProcessInfo, OfNobodyIsNothing) {
  constexpr pid_t kNobody = 0x7fffffff;
  EXPECT_FALSE(process_info(kNobody));
  EXPECT_TRUE(arguments_of(kNobody).empty());
  EXPECT_EQ(variable_of(kNobody, "PATH"), "");
  EXPECT_FALSE(folder_of(kNobody));
  EXPECT_FALSE(runs_own_program(kNobody));
  EXPECT_FALSE(group_runs(kNobody));
}

// The bytes of macOS's KERN_PROCARGS2 with this many arguments.
std::string handed_over(int count, std::string_view rest) {
  std::string bytes(reinterpret_cast<const char*>(&count), sizeof count);
  return bytes.append(rest);
}

TEST(ProcessArguments, AreReadFromWhatTheKernelKeeps) {
  using namespace std::string_view_literals;
  const auto found =
      parse_process_arguments(handed_over(3, "/bin/sh\0\0\0\0sh\0-c\0\0A=1\0B=\0\0ptr_munge=\0"sv));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->arguments, (std::vector<std::string>{"sh", "-c", ""}));
  EXPECT_EQ(found->environment, (std::vector<std::string>{"A=1", "B="}));
}

TEST(ProcessArguments, MayBeWithoutVariables) {
  using namespace std::string_view_literals;
  const auto found = parse_process_arguments(handed_over(1, "/bin/ls\0\0ls\0"sv));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->arguments, std::vector<std::string>{"ls"});
  EXPECT_TRUE(found->environment.empty());
}

TEST(ProcessArguments, AreNotMadeUp) {
  using namespace std::string_view_literals;
  EXPECT_FALSE(parse_process_arguments("\1\0"sv));
  EXPECT_FALSE(parse_process_arguments(handed_over(2, "/bin/ls\0ls\0"sv)));
}

}  // namespace
}  // namespace gs::platform
