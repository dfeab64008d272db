#include "lib/streams/validation/validate.h"

#include <csignal>
#include <gmock/gmock.h>

#include "lib/platform/process_id.h"
#include "tests/unit/streams/agent_repo.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::ExitCode;
using testing::ElementsAre;

class Validate : public AgentRepo {
 protected:
  void steps(const std::string& list) const {
    repo.write(".streams.yaml", agents_policy("validate:\n" + list));
    repo.commit_all("Steps");
  }
  Validation validate(const std::vector<std::string>& names = {},
                      const ValidationWatch& watch = {}) const {
    session::Session opened = session();
    return streams::validate(opened, {names, {}}, watch);
  }
  static std::vector<std::string> told(const Validation& validation) {
    std::vector<std::string> lines;
    for (const StepResult& step : validation.steps) lines.push_back(step.name + ": " + step.text());
    return lines;
  }
};

TEST_F(Validate, AllStepsRunInOrderAndEachHasItsLog) {
  steps(
      "  - {name: a, run: [sh, -c, \"echo first; pwd; echo x >../order\"]}\n"
      "  - {name: b, run: [sh, -c, \"echo bad >&2; exit 2\"]}\n"
      "  - {name: c, run: [sh, -c, \"kill -9 $$\"]}\n"
      "  - {name: d, run: [test, -f, ../order]}\n");
  const Validation validation = validate();
  EXPECT_THAT(told(validation),
              ElementsAre("a: ok", "b: FAILED (exit 2)", "c: FAILED (signal 9)", "d: ok"));
  EXPECT_EQ(validation.exit_code(), ExitCode::findings);
  EXPECT_EQ(state_text("reports/validate-a.log"), "first\n" + repo.path().string() + "\n");
  EXPECT_EQ(state_text("reports/validate-b.log"), "bad\n");
  EXPECT_EQ(logged("validated", "passed"), "false");
  EXPECT_THAT(logged("validated", "steps"), testing::HasSubstr("\"outcome\":\"failed\""));
  EXPECT_EQ(logged("validated", "commit").size(), 40U);
  EXPECT_THAT(actions(), ElementsAre(testing::HasSubstr(" (owner) validated")));
}

TEST_F(Validate, ALogHoldsOneRunOnly) {
  steps("  - {name: a, run: [sh, -c, \"echo once\"]}\n");
  validate();
  const Validation again = validate();
  EXPECT_EQ(again.exit_code(), ExitCode::clean);
  EXPECT_EQ(logged("validated", "passed"), "true");
  EXPECT_EQ(state_text("reports/validate-a.log"), "once\n");
}

TEST_F(Validate, AMissingProgramIsNoFailureOfTheCode) {
  steps(
      "  - {name: a, run: [no-such-program, x]}\n"
      "  - {name: b, run: [\"true\"]}\n");
  const Validation validation = validate();
  EXPECT_THAT(told(validation), ElementsAre("a: missing program", "b: ok"));
  EXPECT_EQ(validation.exit_code(), ExitCode::usage);
  EXPECT_THAT(validation.steps[0].why, testing::HasSubstr("no-such-program"));
  steps(
      "  - {name: a, run: [no-such-program, x]}\n"
      "  - {name: b, run: [\"false\"]}\n");
  EXPECT_EQ(validate().exit_code(), ExitCode::findings) << "what is wrong weighs more";
}

TEST_F(Validate, AStepHasItsTime) {
  steps(
      "  - {name: a, run: [sleep, \"300\"], timeout: 1s}\n"
      "  - {name: b, run: [\"true\"]}\n");
  const Validation validation = validate();
  EXPECT_THAT(told(validation), ElementsAre("a: timed out", "b: ok"));
  EXPECT_EQ(validation.exit_code(), ExitCode::findings);
}

TEST_F(Validate, OnlyTheNamedSteps) {
  steps(
      "  - {name: types, run: [\"true\"]}\n"
      "  - {name: tests, run: [\"false\"]}\n");
  EXPECT_THAT(told(validate({"types"})), ElementsAre("types: ok"));
  EXPECT_THAT(told(validate({"tests", "types", "tests"})),
              ElementsAre("types: ok", "tests: FAILED (exit 1)"));
  const core::Error unknown = error_of([&] { validate({"type"}); });
  EXPECT_EQ(unknown.code(), ExitCode::usage);
  EXPECT_EQ(unknown.hint(), "did you mean 'types'?");
}

TEST_F(Validate, WithoutStepsThereIsNothingToDo) {
  const Validation validation = validate();
  EXPECT_THAT(validation.steps, testing::IsEmpty());
  EXPECT_EQ(validation.exit_code(), ExitCode::clean);
  EXPECT_THAT(actions(), testing::IsEmpty());
}

TEST_F(Validate, StepsKnowNothingOfOurRepository) {
  steps("  - {name: a, run: [sh, -c, \"env | grep -c ^GIT_DIR= ; cat; true\"]}\n");
  setenv("GIT_DIR", (repo.path() / ".git").c_str(), 1);
  validate();
  unsetenv("GIT_DIR");
  EXPECT_EQ(state_text("reports/validate-a.log"), "0\n");
}

TEST_F(Validate, LogsHaveSafeNamesOfTheirOwn) {
  const std::vector<core::ValidateStep> odd{{"a/b", {}, {}}, {"a b", {}, {}},
                                            {"A_b", {}, {}}, {"../../x", {}, {}},
                                            {"té", {}, {}},  {std::string(300, 'l'), {}, {}}};
  std::vector<std::string> names;
  for (const fs::path& log : step_logs("/reports", odd)) {
    EXPECT_EQ(log.parent_path(), "/reports");
    names.push_back(log.filename().string());
  }
  EXPECT_THAT(names, ElementsAre("validate-a_b.log", "validate-a_b-2.log", "validate-A_b-3.log",
                                 "validate-.._.._x.log", "validate-t__.log",
                                 "validate-" + std::string(100, 'l') + ".log"));
}

TEST_F(Validate, AnInterruptionEndsEverythingAndIsLogged) {
  steps(
      "  - {name: a, run: [sh, -c, \"sleep 300 & echo $! >../pid; wait\"]}\n"
      "  - {name: b, run: [\"true\"]}\n");
  sigset_t held, before;
  sigemptyset(&held);
  sigaddset(&held, SIGINT);
  pthread_sigmask(SIG_BLOCK, &held, &before);  // for the thread
  const auto sleeper = [&] {
    std::ifstream in(repo.folder() / "pid");
    pid_t pid = 0;
    in >> pid;
    return pid;
  };
  std::thread sender([&] {
    EXPECT_TRUE(comes_true([&] { return sleeper() > 0; }));
    kill(getpid(), SIGINT);
  });
  const Validation validation = validate();
  sender.join();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_THAT(told(validation), ElementsAre("a: interrupted"));
  EXPECT_THAT(validation.not_run, ElementsAre("b"));
  EXPECT_EQ(validation.exit_code(), ExitCode::interrupted);
  EXPECT_EQ(logged("validated", "passed"), "false");
  EXPECT_TRUE(comes_true([&] {
    return platform::liveness(platform::process_id_of(sleeper())) == platform::Liveness::ended;
  }));
}

TEST_F(Validate, TellsHowFarItIs) {
  steps("  - {name: a, run: [\"true\"]}\n");
  std::vector<std::string> order;
  ValidationWatch watch;
  watch.begins = [&](const core::ValidateStep& step) { order.push_back("begins " + step.name); };
  watch.ended = [&](const StepResult& step) { order.push_back("ended " + step.name); };
  validate({}, watch);
  EXPECT_THAT(order, ElementsAre("begins a", "ended a"));
}

}  // namespace

}  // namespace gs::streams
