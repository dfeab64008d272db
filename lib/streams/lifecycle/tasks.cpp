#include "lib/streams/lifecycle/tasks.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "lib/core/text.h"
#include "lib/state/tasks.h"

namespace gs::streams {

using core::TaskSpec;
using state::TaskNote;

namespace {

std::string status_or_todo(const std::string& text) {
  return std::string(task_status(text).value_or("todo"));
}

// The policy's tasks, each with its note; the notes that stand alone are tasks that were added, and
// those of tasks that the policy does not have now.
struct Overlay {
  std::vector<Task> tasks;
  std::vector<TaskNote> unused;
};

// Of several tasks with one title in one stream, the first has the first note, and so on.
std::optional<TaskNote> take_note(std::vector<TaskNote>& notes, const TaskSpec& spec) {
  const auto found = std::find_if(notes.begin(), notes.end(), [&](const TaskNote& note) {
    return note.task.title == spec.title && note.task.stream == spec.stream;
  });
  if (found == notes.end()) return std::nullopt;
  TaskNote note = std::move(*found);
  notes.erase(found);
  return note;
}

Overlay lay_over(const core::Policy& policy, std::vector<TaskNote> notes) {
  Overlay overlay;
  for (const TaskSpec& spec : policy.tasks) {
    Task task{overlay.tasks.size() + 1, spec, false};
    if (const auto note = take_note(notes, spec)) {
      if (note->task.agent) task.task.agent = note->task.agent;
      if (!note->task.status.empty()) task.task.status = note->task.status;
    }
    overlay.tasks.push_back(std::move(task));
  }
  for (TaskNote& note : notes) {
    if (note.added) {
      overlay.tasks.push_back({overlay.tasks.size() + 1, std::move(note.task), true});
    } else {
      overlay.unused.push_back(std::move(note));
    }
  }
  for (Task& task : overlay.tasks) task.task.status = status_or_todo(task.task.status);
  return overlay;
}

// Only what is not as the policy says: what the policy changes later is seen.
TaskNote note_of(const TaskSpec& task, const TaskSpec& spec) {
  TaskNote note;
  note.task.title = spec.title;
  note.task.stream = spec.stream;
  if (task.agent != spec.agent) note.task.agent = task.agent;
  if (task.status != status_or_todo(spec.status)) note.task.status = task.status;
  return note;
}

bool says_nothing(const TaskNote& note) {
  return !note.task.agent && note.task.status.empty();
}

std::vector<TaskNote> notes_of(const core::Policy& policy, const std::vector<Task>& tasks,
                               std::vector<TaskNote> unused) {
  std::vector<TaskNote> notes;
  for (std::size_t i = 0; i < policy.tasks.size(); ++i) {
    const TaskSpec& spec = policy.tasks[i];
    TaskNote note = note_of(tasks.at(i).task, spec);
    const bool namesake =
        std::any_of(policy.tasks.begin(), policy.tasks.end(), [&](const TaskSpec& other) {
          return &other != &spec && other.title == spec.title && other.stream == spec.stream;
        });
    if (namesake || !says_nothing(note)) notes.push_back(std::move(note));
  }
  for (std::size_t i = policy.tasks.size(); i < tasks.size(); ++i)
    notes.push_back({tasks[i].task, true});
  std::move(unused.begin(), unused.end(), std::back_inserter(notes));
  return notes;
}

bool same_tasks(const std::vector<Task>& a, const std::vector<Task>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Task& x, const Task& y) { return x.task == y.task; });
}

}  // namespace

std::vector<Task> task_list(session::Session& session) {
  return lay_over(session.policy(), state::read_task_notes(session.state())).tasks;
}

std::vector<TaskSpec> tasks_of(session::Session& session, const core::AgentId& agent) {
  std::vector<TaskSpec> tasks;
  for (Task& task : task_list(session)) {
    if (task.task.agent == agent) tasks.push_back(std::move(task.task));
  }
  return tasks;
}

std::vector<Task> change_tasks(session::Session& session,
                               const std::function<void(std::vector<Task>&)>& change) {
  const core::Policy& policy = session.policy();
  const auto after = state::change_task_notes(session.state(), [&](std::vector<TaskNote>& notes) {
    Overlay overlay = lay_over(policy, notes);
    const std::vector<Task> before = overlay.tasks;
    change(overlay.tasks);
    if (!same_tasks(before, overlay.tasks))
      notes = notes_of(policy, overlay.tasks, std::move(overlay.unused));
  });
  return lay_over(policy, after).tasks;
}

void begin_task(session::Session& session, const core::AgentId& agent) {
  const auto begins = [&](const std::vector<Task>& tasks) {
    std::size_t first = tasks.size();
    for (std::size_t i = tasks.size(); i-- > 0;) {
      const TaskSpec& task = tasks[i].task;
      if (task.agent != agent || !is_open(task)) continue;
      if (task.status == "in_progress") return tasks.size();
      first = i;
    }
    return first;
  };
  const std::vector<Task> now = task_list(session);
  if (begins(now) == now.size()) return;
  change_tasks(session, [&](std::vector<Task>& tasks) {
    const std::size_t first = begins(tasks);
    if (first < tasks.size()) tasks[first].task.status = "in_progress";
  });
}

std::vector<std::string> finish_tasks(session::Session& session, const core::AgentId& agent) {
  std::vector<std::string> titles;
  // Most agents have none, and then nothing need be there to be changed.
  const auto concerns = [&](const Task& task) {
    return task.task.agent == agent && is_open(task.task);
  };
  const std::vector<Task> now = task_list(session);
  if (std::none_of(now.begin(), now.end(), concerns)) return titles;
  change_tasks(session, [&](std::vector<Task>& tasks) {
    for (Task& task : tasks) {
      if (!concerns(task)) continue;
      task.task.status = "done";
      titles.push_back(task.task.title);
    }
  });
  return titles;
}

std::optional<std::string_view> task_status(std::string_view text) {
  if (text == "doing") return "in_progress";
  if (text == "completed") return "done";
  if (text == "cancelled") return "dropped";
  const auto* const found = std::find(std::begin(kTaskStatuses), std::end(kTaskStatuses), text);
  if (found == std::end(kTaskStatuses)) return std::nullopt;
  return *found;
}

bool is_open(const TaskSpec& task) {
  const auto status = task_status(task.status);
  return status != "done" && status != "dropped";
}

namespace {

using core::AgentId;
using core::printable;
using core::TaskSpec;
using state::Handoff;

void add_list(std::string& text, const std::string& title, const std::vector<std::string>& items) {
  if (items.empty()) return;
  text += "- " + title + ":\n";
  for (const std::string& item : items) text += "  - " + printable(item) + "\n";
}

void add_patterns(std::string& text, const std::string& title,
                  const std::vector<std::string>& patterns) {
  if (patterns.empty()) return;
  text += title + ":\n\n";
  for (const std::string& pattern : patterns) text += "- `" + printable(pattern) + "`\n";
  text += "\n";
}

std::string task_line(const TaskSpec& task) {
  std::string line = "- [" + std::string(is_open(task) ? " " : "x") + "] " + printable(task.title);
  const std::string priority = task.priority.empty() ? "" : task.priority + ", ";
  return line + " (" + printable(priority + task.status) + ")\n";
}

std::string handoff_text(const Handoff& handoff) {
  std::string text = "### From " + printable(handoff.from_agent) + ", " +
                     core::format_utc(handoff.timestamp) + "\n\n";
  add_list(text, "Done", handoff.completed_tasks);
  add_list(text, "New interfaces", handoff.new_interfaces);
  add_list(text, "Breaking changes", handoff.breaking_changes);
  if (!handoff.test_status.empty()) text += "- Tests: " + printable(handoff.test_status) + "\n";
  if (!handoff.commit.empty()) text += "- Commit: " + printable(handoff.commit) + "\n";
  return text + "\n";
}

}  // namespace

std::string current_task(const std::vector<TaskSpec>& tasks) {
  const TaskSpec* current = nullptr;
  for (const TaskSpec& task : tasks) {
    if (!is_open(task)) continue;
    if (task.status == "in_progress") return task.title;
    if (current == nullptr) current = &task;
  }
  return current != nullptr ? current->title : "";
}

std::vector<Handoff> handed_to(const std::vector<Handoff>& handoffs, const core::StreamId& stream,
                               const AgentId& agent) {
  std::vector<Handoff> found;
  std::copy_if(handoffs.begin(), handoffs.end(), std::back_inserter(found), [&](const auto& one) {
    return std::any_of(one.to_agents.begin(), one.to_agents.end(), [&](const std::string& to) {
      return core::same_holder(to, agent.full()) || to == "stream-" + stream.str();
    });
  });
  return found;
}

std::string agent_brief(const core::Policy& policy, const state::StreamRecord& record,
                        const core::AgentSpec& agent, const std::vector<TaskSpec>& tasks,
                        const std::vector<Handoff>& handoffs,
                        const std::vector<state::Request>& requests) {
  const core::StreamSpec* stream = policy.stream_of(agent.id);
  const std::string name = stream != nullptr ? stream->name : "";
  core::BranchName branch = record.branch;
  for (const state::BranchRecord& own : record.branches) {
    if (own.agent == agent.id) branch = own.branch;
  }
  std::string text = "# " + agent.id.full();
  if (!agent.scope.empty()) text += ": " + printable(agent.scope);
  text += "\n\nStream " + record.id.str() + (name.empty() ? "" : " (" + printable(name) + ")") +
          ", branch `" + printable(branch.str()) + "`, merged into `" +
          printable(policy.integration_branch.str()) + "`.\n\n## Tasks\n\n";
  for (const TaskSpec& task : tasks) text += task_line(task);
  if (tasks.empty()) text += "None are listed.\n";
  text += "\n## Files\n\n";
  add_patterns(text, "Yours to change", agent.files);
  if (agent.files.empty()) text += "None are yours alone.\n\n";
  add_patterns(text, "Everyone's to change", policy.shared);
  add_patterns(text, "Nobody's to change", policy.protect);
  text +=
      "What is in another agent's scope is not yours; what is in nobody's needs a lock:\n"
      "`git stream lock PATH`.\n\n";
  if (!requests.empty()) text += "## Asked of you\n\n";
  for (const state::Request& request : requests)
    text += "- " + printable(request.from) + ": " + printable(request.text) +
            " (when done: `git stream ask --done " + std::to_string(request.number) + "`)\n";
  if (!requests.empty()) text += "\n";
  if (!handoffs.empty()) text += "## Handed over to you\n\n";
  for (const Handoff& handoff : handoffs) text += handoff_text(handoff);
  return text + "## When all is done\n\nCommit your work, then `git stream complete " +
         agent.id.short_name() + "`.\n";
}

}  // namespace gs::streams
