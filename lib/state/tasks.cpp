#include "lib/state/tasks.h"

#include <algorithm>

#include "lib/state/state_files.h"

namespace gs::state {

namespace {

TaskNote read_note(const Json& entry) {
  TaskNote note;
  note.task.title = text_of(entry, "title");
  note.task.priority = text_of(entry, "priority");
  note.task.status = text_of(entry, "status");
  if (const std::string stream = text_of(entry, "stream"); core::valid_id(stream))
    note.task.stream = core::StreamId(stream);
  note.task.agent = core::AgentId::parse(text_of(entry, "agent"));
  const Json* const added = entry.find("added");
  note.added = added != nullptr && added->boolean().value_or(false);
  return note;
}

// Nothing for an empty text.
std::optional<Json> text_for(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<Json>(text);
}

void write_note(Json& entry, const TaskNote& note) {
  entry.set("title", note.task.title);
  set_or_remove(entry, "stream", text_for(note.task.stream ? note.task.stream->str() : ""));
  set_or_remove(entry, "agent", text_for(note.task.agent ? note.task.agent->short_name() : ""));
  set_or_remove(entry, "priority", text_for(note.task.priority));
  set_or_remove(entry, "status", text_for(note.task.status));
  set_or_remove(entry, "added", note.added ? std::optional<Json>(true) : std::nullopt);
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
  for (const Json& entry : *tree.find("tasks")->array()) {
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
Json old_entry(const Json::Array& list, std::vector<Placed>& before, const TaskNote& note) {
  const auto found = std::find_if(before.begin(), before.end(), [&](const Placed& old) {
    return !old.kept && old.note.task.title == note.task.title &&
           old.note.task.stream == note.task.stream;
  });
  if (found == before.end()) return Json::Object{};
  found->kept = true;
  return list.at(found->place);
}

Json written(const Json::Array& list, std::vector<Placed> before,
             const std::vector<TaskNote>& notes) {
  Json::Array fresh;
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
  return notes_of(notes_in(load_state_file(state, "tasks.json")));
}

std::vector<TaskNote> change_task_notes(const StateDir& state,
                                        const std::function<void(std::vector<TaskNote>&)>& change) {
  std::vector<TaskNote> after;
  change_state_file(state, "tasks.json", [&](Json& tree) {
    const std::vector<Placed> before = notes_in(tree);
    after = notes_of(before);
    change(after);
    if (after == notes_of(before)) return false;
    Json& list = *tree.find("tasks");
    list = written(*list.array(), before, after);
    after = notes_of(notes_in(tree));
    return true;
  });
  return after;
}

}  // namespace gs::state
