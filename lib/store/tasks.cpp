#include "lib/store/tasks.h"

#include <algorithm>

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

void set_or_remove(Json& entry, std::string_view name, const std::string& text) {
  if (text.empty()) {
    remove_member(entry, name);
  } else {
    set_member(entry, name, text);
  }
}

void write_note(Json& entry, const TaskNote& note) {
  set_member(entry, "title", note.task.title);
  set_or_remove(entry, "stream", note.task.stream ? note.task.stream->str() : "");
  set_or_remove(entry, "agent", note.task.agent ? note.task.agent->short_name() : "");
  set_or_remove(entry, "priority", note.task.priority);
  set_or_remove(entry, "status", note.task.status);
  if (note.added) {
    set_member(entry, "added", true);
  } else {
    remove_member(entry, "added");
  }
}

// A note and where it stands; what has no title is none.
struct Placed {
  TaskNote note;
  std::size_t place = 0;
  bool kept = false;
};

std::vector<Placed> notes_in(const Json& tree) {
  std::vector<Placed> notes;
  std::size_t place = 0;
  for (const Json& entry : *find_member(tree, "tasks")) {
    TaskNote note = read_note(entry);
    if (!note.task.title.empty()) notes.push_back({std::move(note), place, false});
    ++place;
  }
  return notes;
}

std::vector<TaskNote> notes_of(const std::vector<Placed>& placed) {
  std::vector<TaskNote> notes;
  for (const Placed& entry : placed) notes.push_back(entry.note);
  return notes;
}

// The entry that the note was read from, with what we do not know of it.
Json old_entry(const Json& list, std::vector<Placed>& before, const TaskNote& note) {
  const auto found = std::find_if(before.begin(), before.end(), [&](const Placed& old) {
    return !old.kept && old.note.task.title == note.task.title &&
           old.note.task.stream == note.task.stream;
  });
  if (found == before.end()) return Json::object();
  found->kept = true;
  return list.at(found->place);
}

Json written(const Json& list, std::vector<Placed> before, const std::vector<TaskNote>& notes) {
  Json fresh = Json::array();
  for (const TaskNote& note : notes) {
    Json entry = old_entry(list, before, note);
    if (read_note(entry) != note) write_note(entry, note);
    fresh.push_back(std::move(entry));
  }
  for (const Json& entry : list) {
    if (text_of(entry, "title").empty()) fresh.push_back(entry);
  }
  return fresh;
}

}  // namespace

std::vector<TaskNote> read_task_notes(const StateDir& state) {
  return notes_of(notes_in(load_state_json(state.tasks(), state_file("tasks.json"))));
}

std::vector<TaskNote> change_task_notes(const StateDir& state,
                                        const std::function<void(std::vector<TaskNote>&)>& change) {
  std::vector<TaskNote> after;
  change_state_json(state, state.tasks(), state_file("tasks.json"), [&](Json& tree) {
    const std::vector<Placed> before = notes_in(tree);
    after = notes_of(before);
    change(after);
    if (after == notes_of(before)) return false;
    set_member(tree, "tasks", written(*find_member(tree, "tasks"), before, after));
    after = notes_of(notes_in(tree));
    return true;
  });
  return after;
}

}  // namespace gs::store
