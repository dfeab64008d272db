#include "lib/store/tasks.h"

#include "lib/store/state_json.h"

namespace gs::store {

namespace {

TaskNote read_note(const Json& entry) {
  TaskNote note;
  note.task.title = text_of(entry, "title");
  note.task.priority = text_of(entry, "priority");
  note.task.status = text_of(entry, "status");
  if (const std::string stream = text_of(entry, "stream"); core::valid_id(stream))
    note.task.stream = core::StreamId(stream);
  note.task.agent = core::AgentId::parse(text_of(entry, "agent"));
  const Json* added = find_member(entry, "added");
  note.added = added != nullptr && added->is_boolean() && added->get<bool>();
  return note;
}

Json written(const TaskNote& note) {
  Json entry = Json::object();
  set_member(entry, "title", note.task.title);
  if (note.task.stream) set_member(entry, "stream", note.task.stream->str());
  if (note.task.agent) set_member(entry, "agent", note.task.agent->short_name());
  if (!note.task.priority.empty()) set_member(entry, "priority", note.task.priority);
  set_member(entry, "status", note.task.status);
  if (note.added) set_member(entry, "added", true);
  return entry;
}

std::vector<TaskNote> read_list(const Json& tree) {
  std::vector<TaskNote> notes;
  for (const Json& entry : *find_member(tree, "tasks")) notes.push_back(read_note(entry));
  return notes;
}

}  // namespace

std::vector<TaskNote> read_task_notes(const StateDir& state) {
  return read_list(load_state_json(state.tasks(), state_file("tasks.json")));
}

std::vector<TaskNote> change_task_notes(const StateDir& state,
                                        const std::function<void(std::vector<TaskNote>&)>& change) {
  std::vector<TaskNote> after;
  change_state_json(state, state.tasks(), state_file("tasks.json"), [&](Json& tree) {
    const std::vector<TaskNote> before = read_list(tree);
    after = before;
    change(after);
    if (after == before) return false;
    Json list = Json::array();
    for (const TaskNote& note : after) list.push_back(written(note));
    set_member(tree, "tasks", std::move(list));
    return true;
  });
  return after;
}

}  // namespace gs::store
