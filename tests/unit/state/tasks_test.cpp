#include "lib/state/tasks.h"

#include <gmock/gmock.h>
#include <thread>

#include "lib/core/json.h"
#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TaskNote note(const std::string& title, const char* stream, const std::string& status,
              bool added = false) {
  return {{title, "", status, core::StreamId(stream), std::nullopt}, added};
}

class TasksTest : public StateTest {
 protected:
  std::vector<TaskNote> add(const TaskNote& fresh) const {
    return change_task_notes(state, [&](std::vector<TaskNote>& notes) { notes.push_back(fresh); });
  }
};

TEST_F(TasksTest, WhatIsWrittenIsRead) {
  TaskNote whole = note("Sentiment consolidation (5→1)", "F", "done");
  whole.task.priority = "P0";
  whole.task.agent = core::AgentId::parse("F1");
  const TaskNote bare{{"No stream", "", "", std::nullopt, std::nullopt}, true};
  EXPECT_THAT(read_task_notes(state), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(state.tasks()));
  add(whole);
  EXPECT_THAT(add(bare), ElementsAre(whole, bare));
  EXPECT_THAT(read_task_notes(state), ElementsAre(whole, bare));
  EXPECT_THAT(state.check(), IsEmpty());
}

TEST_F(TasksTest, WhatWeDoNotKnowStays) {
  spill(state.tasks(), R"({"tasks": [{"status": "odd one"}, {"title": "A", "due": "Monday",
      "stream": "no id!", "agent": 3}, {"title": "B", "status": "todo", "x": 1}], "made": "by hand"})");
  ASSERT_THAT(read_task_notes(state), SizeIs(2));
  change_task_notes(state, [](std::vector<TaskNote>& notes) {
    notes[0].task.status = "done";
    notes.push_back(note("C", "F", "todo", true));
  });
  const core::Json wanted =
      core::parse_json(R"({"tasks": [{"title": "A", "due": "Monday", "status": "done"},
      {"title": "B", "status": "todo", "x": 1},
      {"title": "C", "stream": "F", "status": "todo", "added": true},
      {"status": "odd one"}], "made": "by hand"})");
  EXPECT_EQ(core::parse_json(slurp(state.tasks())), wanted) << slurp(state.tasks());
}

TEST_F(TasksTest, NothingIsWrittenWhenNothingChanges) {
  change_task_notes(state, [](std::vector<TaskNote>&) {});
  EXPECT_FALSE(std::filesystem::exists(state.tasks()));
  add(note("A", "F", "done"));
  spill(state.tasks(), slurp(state.tasks()) + "\n\n");
  const std::string before = slurp(state.tasks());
  change_task_notes(state, [](std::vector<TaskNote>&) {});
  EXPECT_EQ(slurp(state.tasks()), before);
}

TEST_F(TasksTest, DamageIsAnErrorAndRepairMendsIt) {
  for (const char* bad : {"", "{}", "{\"tasks\": {}}", "{\"tasks\": [\"A\"]}"}) {
    spill(state.tasks(), bad);
    const core::Error error = error_of([&] { read_task_notes(state); });
    EXPECT_THAT(error.what(), HasSubstr("tasks.json is damaged")) << bad;
    EXPECT_EQ(error.hint(), "git stream init --repair");
    EXPECT_THROW(add(note("A", "F", "done")), core::Error);
    ASSERT_THAT(state.check(), SizeIs(1));
    const auto kept = state.repair();
    ASSERT_THAT(kept, SizeIs(1));
    EXPECT_THAT(kept[0].filename().native(), HasSubstr("tasks.json.bad-"));
    EXPECT_EQ(slurp(kept[0]), bad);
    EXPECT_THAT(read_task_notes(state), IsEmpty());
  }
}

TEST_F(TasksTest, ThoseWhoChangeItAtOnceLoseNothing) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i)
        add(note(std::to_string(t) + "." + std::to_string(i), "F", "todo", true));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(read_task_notes(state), SizeIs(80));
}

}  // namespace
}  // namespace gs::state
