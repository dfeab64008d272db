#include <gmock/gmock.h>

#include "lib/conflicts/stream_branches.h"
#include "lib/conflicts/stream_work.h"
#include "lib/streams/lifecycle/handoff_derivation.h"
#include "lib/streams/validation/steps.h"
#include "tests/unit/streams/stream_fixture.h"

namespace gs::streams {
namespace {

class StepRuns : public StreamFixture {
 protected:
  void validated(const std::string& commit, const std::string& more,
                 const std::string& outcome) const {
    std::ofstream(state().activity(), std::ios::app)
        << R"({"timestamp": "2025-12-06T10:00:00Z", "agent": "outsider", "stream": "", "action": )"
        << R"("validated", "commit": ")" << commit << R"(", "passed": false, )" << more
        << R"("steps": [{"name": "types", "outcome": "ok", "exit_code": 0, "duration": 3}, {"name": )"
        << R"("tests", "outcome": ")" << outcome << R"(", "exit_code": 1, "duration": 61}]})"
        << "\n";
  }
  std::string status(const std::string& commit) const {
    session::Session session = open();
    return test_status(session, core::ObjectId::from_hex(commit).value());
  }
};

TEST_F(StepRuns, TheStatusIsThatOfTheLastValidationOfThisCommit) {
  const std::string one(test::id_digits(), '1'), two(test::id_digits(), '2');
  EXPECT_EQ(status(one), "");
  validated(one, "", "failed");
  EXPECT_EQ(status(one), "FAILED: tests (exit 1); passed: types");
  validated(two, "", "timed_out");
  EXPECT_EQ(status(two), "FAILED: tests (timed out); passed: types");
  EXPECT_EQ(status(one), "FAILED: tests (exit 1); passed: types")
      << "another commit's says nothing";
  validated(one, "", "ok");
  EXPECT_EQ(status(one), "passed: types, tests");
  validated(one, "\"dirty\": true, ", "failed");
  EXPECT_EQ(status(one), "passed: types, tests") << "what it saw was not the commit";
  validated(one, "", "missing");
  EXPECT_EQ(status(one), "passed: types; not run: tests (missing program)");
}

TEST_F(StepRuns, HandoffsCarryItUnlessSomebodySaysSomethingElse) {
  start("F");
  const std::string tip = commit_in("F", "llm/news.py", "def headlines(): ...\n");
  validated(tip, "", "failed");
  session::Session session = open();
  const core::StreamSpec& stream = *session.policy().find_stream(core::StreamId("F"));
  const auto work_now = [&] {
    const auto now = conflicts::streams_now(session);
    return conflicts::work_on(session.repository(), now.branches.of(stream.id).at(0)).value();
  };
  const auto work = work_now();
  const auto handed = [&](const std::string& tests) {
    return handoffs_of(session, stream, work, {"agent-F1"}, tests).at(0).test_status;
  };
  EXPECT_EQ(handed(""), "FAILED: tests (exit 1); passed: types");
  EXPECT_EQ(handed("12 passing"), "12 passing");
  commit_in("F", "llm/news.py", "def headlines(n): ...\n");
  const auto later = work_now();
  EXPECT_EQ(handoffs_of(session, stream, later, {"agent-F1"}, "").at(0).test_status, "");
}

}  // namespace
}  // namespace gs::streams
