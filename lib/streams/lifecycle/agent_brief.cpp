#include "lib/streams/lifecycle/agent_brief.h"

#include <algorithm>
#include <array>

#include "lib/core/text.h"
#include "lib/streams/lifecycle/tasks.h"

namespace gs::streams {

namespace {

using core::AgentId;
using core::printable;
using core::TaskSpec;
using store::Handoff;

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

std::string agent_brief(const core::Policy& policy, const store::StreamRecord& record,
                        const core::AgentSpec& agent, const std::vector<TaskSpec>& tasks,
                        const std::vector<Handoff>& handoffs) {
  const core::StreamSpec* stream = policy.stream_of(agent.id);
  const std::string name = stream != nullptr ? stream->name : "";
  std::string text = "# " + agent.id.full();
  if (!agent.scope.empty()) text += ": " + printable(agent.scope);
  text += "\n\nStream " + record.id.str() + (name.empty() ? "" : " (" + printable(name) + ")") +
          ", branch `" + printable(record.branch.str()) + "`, merged into `" +
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
  if (!handoffs.empty()) text += "## Handed over to you\n\n";
  for (const Handoff& handoff : handoffs) text += handoff_text(handoff);
  return text + "## When all is done\n\nCommit your work, then `git stream complete " +
         agent.id.short_name() + "`.\n";
}

}  // namespace gs::streams
