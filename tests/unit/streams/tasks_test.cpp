#include "lib/streams/lifecycle/tasks.h"

#include <filesystem>
#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/state/tasks.h"
#include "tests/support/temp_repo.h"

namespace gs::streams {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kTaskPolicy[] = R"(version: 1
streams:
  E:
    name: Models
    agents:
      E1: {files: ["models/**"]}
  F:
    name: LLM
    agents:
      F1: {files: ["llm/sentiment*.py"]}
      F2: {files: ["llm/news*.py"]}
tasks:
)";

class TaskListTest : public testing::Test {
 protected:
  void policy(const std::string& tasks) {
    repo.write(".streams.yaml", kTaskPolicy + tasks);
    repo.commit_all("policy");
    session.emplace(git::Repository::discover(repo.path()));
    session->state().create();
  }
  // "1 F1 todo: Title" each.
  static std::vector<std::string> lines(const std::vector<Task>& tasks) {
    std::vector<std::string> told;
    for (const Task& task : tasks) {
      told.push_back(std::to_string(task.number) + " " +
                     (task.task.agent ? task.task.agent->short_name() : "-") + " " +
                     task.task.status + ": " + task.task.title + (task.added ? " (added)" : ""));
    }
    return told;
  }
  std::vector<std::string> list() { return lines(task_list(*session)); }
  void set(std::size_t number, const std::string& status) {
    change_tasks(*session,
                 [&](std::vector<Task>& tasks) { tasks.at(number - 1).task.status = status; });
  }

  test::TempRepo repo;
  std::optional<session::Session> session;
  const core::AgentId f1 = *core::AgentId::parse("F1"), f2 = *core::AgentId::parse("F2");
};

TEST_F(TaskListTest, ThePolicysTasksWithoutNotes) {
  policy(R"(  - {title: Sentiment, stream: F, agent: F1, priority: P0}
  - {title: News, agent: F2, status: completed}
  - {title: Old, stream: E, status: cancelled}
  - {title: Anything, status: in_progress}
)");
  EXPECT_THAT(list(), ElementsAre("1 F1 todo: Sentiment", "2 F2 done: News", "3 - dropped: Old",
                                  "4 - in_progress: Anything"));
  EXPECT_FALSE(std::filesystem::exists(session->state().tasks()));
}

TEST_F(TaskListTest, ChangesAndAddedTasksAreKeptBesideThePolicy) {
  policy("  - {title: Sentiment, stream: F, agent: F1}\n  - {title: News, agent: F2}\n");
  const auto after = change_tasks(*session, [&](std::vector<Task>& tasks) {
    tasks[0].task.status = "blocked";
    tasks[1].task.agent = f1;
    tasks.push_back({0, {"Extra", "P2", "todo", core::StreamId("E"), std::nullopt}, true});
  });
  EXPECT_THAT(lines(after),
              ElementsAre("1 F1 blocked: Sentiment", "2 F1 todo: News", "3 - todo: Extra (added)"));
  EXPECT_EQ(lines(after), list());
  set(3, "done");
  set(1, "todo");
  EXPECT_THAT(list(),
              ElementsAre("1 F1 todo: Sentiment", "2 F1 todo: News", "3 - done: Extra (added)"));
  EXPECT_EQ(state::read_task_notes(session->state()).size(), 2U);  // Sentiment is as it was
}

TEST_F(TaskListTest, WhatThePolicyChangesLaterIsSeen) {
  policy("  - {title: Sentiment, stream: F, agent: F1, priority: P1}\n");
  set(1, "in_progress");
  policy(
      "  - {title: New, stream: E}\n"
      "  - {title: Sentiment, stream: F, agent: F2, priority: P0}\n");
  EXPECT_THAT(list(), ElementsAre("1 - todo: New", "2 F2 in_progress: Sentiment"));
  EXPECT_EQ(task_list(*session)[1].task.priority, "P0");
}

TEST_F(TaskListTest, NotesOfTasksThatThePolicyDroppedAreKeptForLater) {
  policy("  - {title: Sentiment, stream: F}\n");
  set(1, "done");
  policy("  - {title: News, stream: F}\n");
  EXPECT_THAT(list(), ElementsAre("1 - todo: News"));
  set(1, "blocked");
  policy("  - {title: News, stream: F}\n  - {title: Sentiment, stream: F}\n");
  EXPECT_THAT(list(), ElementsAre("1 - blocked: News", "2 - done: Sentiment"));
}

TEST_F(TaskListTest, AnAddedTaskThatThePolicyTakesOverIsOne) {
  policy("  - {title: News, stream: F}\n");
  change_tasks(*session, [&](std::vector<Task>& tasks) {
    tasks.push_back({0, {"Extra", "", "in_progress", core::StreamId("F"), f2}, true});
  });
  policy("  - {title: Extra, stream: F}\n");
  EXPECT_THAT(list(), ElementsAre("1 F2 in_progress: Extra"));
}

TEST_F(TaskListTest, OfOneAgentAsTheyStandNow) {
  policy(
      "  - {title: One, agent: F1}\n  - {title: Two, agent: F1, status: completed}\n"
      "  - {title: Three, stream: F, agent: F2}\n  - {title: Nobody's, stream: F}\n");
  change_tasks(*session, [&](std::vector<Task>& tasks) {
    tasks.at(2).task.agent = f1;
    tasks.at(0).task.status = "in_progress";
    tasks.push_back({5, {"Four", "", "todo", core::StreamId("F"), f1}, true});
    tasks.push_back({6, {"Another's", "", "todo", core::StreamId("F"), f2}, true});
  });
  const auto shown = [&](const core::AgentId& agent) {
    std::vector<std::string> lines;
    for (const core::TaskSpec& task : tasks_of(*session, agent))
      lines.push_back(task.title + " " + task.status);
    return lines;
  };
  EXPECT_THAT(shown(f1), ElementsAre("One in_progress", "Two done", "Three todo", "Four todo"));
  EXPECT_THAT(shown(f2), ElementsAre("Another's todo"));
}

TEST_F(TaskListTest, NamesakesAreToldApart) {
  policy(
      "  - {title: Clean up, stream: F, agent: F1}\n"
      "  - {title: Clean up, stream: F, agent: F2}\n  - {title: Clean up, stream: E}\n");
  set(2, "done");
  EXPECT_THAT(list(),
              ElementsAre("1 F1 todo: Clean up", "2 F2 done: Clean up", "3 - todo: Clean up"));
  set(1, "blocked");
  set(2, "todo");
  EXPECT_THAT(list(),
              ElementsAre("1 F1 blocked: Clean up", "2 F2 todo: Clean up", "3 - todo: Clean up"));
}

TEST_F(TaskListTest, FinishingAnAgentsTasks) {
  policy(R"(  - {title: One, stream: F, agent: F1}
  - {title: Two, stream: F, agent: F1, status: cancelled}
  - {title: Three, stream: F, agent: F1, status: completed}
  - {title: Four, stream: F, agent: F2}
  - {title: Five, stream: F, agent: F1, status: in_progress}
)");
  EXPECT_THAT(finish_tasks(*session, f1), ElementsAre("One", "Five"));
  EXPECT_THAT(finish_tasks(*session, f1), IsEmpty());
  EXPECT_THAT(list(), ElementsAre("1 F1 done: One", "2 F1 dropped: Two", "3 F1 done: Three",
                                  "4 F2 todo: Four", "5 F1 done: Five"));
}

TEST_F(TaskListTest, AnAgentWithoutTasksNeedsNoState) {
  repo.write(".streams.yaml",
             std::string(kTaskPolicy) + "  - {title: One, stream: F, agent: F1}\n");
  repo.commit_all("policy");
  session::Session fresh(git::Repository::discover(repo.path()));
  EXPECT_THAT(finish_tasks(fresh, f2), IsEmpty());
  EXPECT_THROW(finish_tasks(fresh, f1), core::Error);
}

TEST_F(TaskListTest, WordsForStatuses) {
  EXPECT_EQ(task_status("doing"), "in_progress");
  EXPECT_EQ(task_status("completed"), "done");
  EXPECT_EQ(task_status("cancelled"), "dropped");
  EXPECT_EQ(task_status("blocked"), "blocked");
  EXPECT_EQ(task_status("TODO"), std::nullopt);
  policy("  - {title: One, stream: F}\n");
  repo.write(".git/stream/state/tasks.json",
             R"({"tasks": [{"title": "One", "stream": "F", "status": "no such word"}]})");
  EXPECT_THAT(list(), ElementsAre("1 - todo: One"));
}

}  // namespace
}  // namespace gs::streams
