// main() of all GoogleTest programs. Many tests share a process: each starts with the environment
// that the process had, less git's variables but GIT_DEFAULT_HASH and GIT_DEFAULT_REF_FORMAT, and
// one that leaves the process in another state fails.

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace {

std::vector<std::string> environment() {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!text.starts_with("GIT_") || text.starts_with("GIT_DEFAULT_")) all.emplace_back(text);
  }
  return all;
}

void set_environment(const std::vector<std::string>& all) {
  clearenv();
  for (const std::string& variable : all) {
    const std::size_t end = variable.find('=');
    setenv(variable.substr(0, end).c_str(), variable.substr(end + 1).c_str(), 1);
  }
}

mode_t current_umask() {
  const mode_t mask = umask(0);
  umask(mask);
  return mask;
}

// Which signals are blocked, ignored, or caught, but for the two that the libraries see to once a
// process.
std::string signals() {
  std::string text;
  sigset_t blocked;
  sigprocmask(SIG_BLOCK, nullptr, &blocked);
  for (int number = 1; number < SIGRTMIN; ++number) {
    struct sigaction action {};
    if (number == SIGPIPE || number == SIGXFSZ || sigaction(number, nullptr, &action) != 0)
      continue;
    if (sigismember(&blocked, number) == 1) text += std::to_string(number) + " blocked ";
    if (action.sa_handler == SIG_IGN) text += std::to_string(number) + " ignored ";
    if (action.sa_handler != SIG_IGN && action.sa_handler != SIG_DFL)
      text += std::to_string(number) + " caught ";
  }
  return text;
}

class ProcessState : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo& /*test*/) override {
    folder_ = std::filesystem::current_path();
    umask_ = current_umask();
    signals_ = signals();
  }

  void OnTestEnd(const testing::TestInfo& /*test*/) override {
    set_environment(environment_);
    std::error_code gone;
    EXPECT_EQ(std::filesystem::current_path(gone), folder_) << "left by this test";
    EXPECT_EQ(current_umask(), umask_) << "left by this test";
    EXPECT_EQ(signals(), signals_) << "left by this test";
    std::filesystem::current_path(folder_);
    umask(umask_);
  }

  const std::vector<std::string> environment_ = environment();
  std::filesystem::path folder_;
  mode_t umask_ = 0;
  std::string signals_;
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  set_environment(environment());
  testing::UnitTest::GetInstance()->listeners().Append(new ProcessState);
  return RUN_ALL_TESTS();
}
