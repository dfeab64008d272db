#include "lib/agents/edit_locks.h"

#include <fmt/core.h>
#include <functional>
#include <sys/stat.h>

#include "lib/platform/file.h"
#include "lib/state/files.h"
#include "lib/state/locks.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;

struct Note {
  std::string session, call, state, path;
};

fs::path notes_file(const git::Layout& layout) {
  return layout.git_dir / "stream" / "edit-locks";
}

std::vector<Note> read_notes(const fs::path& file) {
  constexpr std::size_t kLargest = 1 << 20;
  const std::string text = state::read_file(file, kLargest).value_or("");
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\0', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  std::vector<Note> notes;
  for (std::size_t i = 0; i + 3 < parts.size(); i += 4)
    notes.push_back({parts[i], parts[i + 1], parts[i + 2], parts[i + 3]});
  return notes;
}

void write_notes(const fs::path& file, const std::vector<Note>& notes) {
  std::string text;
  for (const Note& note : notes) {
    for (const std::string* part : {&note.session, &note.call, &note.state, &note.path})
      text.append(*part).append(1, '\0');
  }
  fs::create_directories(file.parent_path());
  state::AtomicFile out(file, state::AtomicFile::Durability::cache);
  out.write(text);
  out.commit();
}

// Changes whenever the file is written, or made, or gone.
std::string state_of(const fs::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return "none";
  return fmt::format("{}.{}.{}.{}", found.st_ino, found.st_size, platform::modified_at(found),
                     platform::changed_at(found));
}

// A lock's pattern is a file's name, escaped.
std::string file_of(const std::string& pattern) {
  std::string path;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    path += pattern[i];
  }
  return path;
}

std::string id_of(const Call& call) {
  std::string text = call.command;
  for (const std::string& path : call.paths) text += "\n" + path;
  return fmt::format("{:x}", std::hash<std::string>{}(text));
}

}  // namespace

void note_taken_locks(session::Session& session, const Call& call,
                      std::span<const core::Lock> taken) {
  const git::Layout& layout = session.repository().layout();
  if (taken.empty() || !layout.worktree) return;
  constexpr std::size_t kMost = 1'000;  // of calls whose end we never heard of
  std::vector<Note> notes = read_notes(notes_file(layout));
  if (notes.size() > kMost) notes.clear();
  for (const core::Lock& lock : taken) {
    const std::string path = file_of(lock.path);
    notes.push_back({call.session, id_of(call), state_of(*layout.worktree / path), lock.path});
  }
  write_notes(notes_file(layout), notes);
}

void release_unused_locks(session::Session& session, const Call& call) {
  const git::Layout& layout = session.repository().layout();
  if (!layout.worktree || call.background) return;
  const fs::path file = notes_file(layout);
  const std::vector<Note> notes = read_notes(file);
  if (notes.empty()) return;
  std::vector<Note> others;
  std::vector<std::string> unused;
  for (const Note& note : notes) {
    const bool meant = note.session == call.session &&
                       (call.moment == Moment::turn_end || note.call == id_of(call));
    if (!meant) {
      others.push_back(note);
      continue;
    }
    const std::string path = file_of(note.path);
    if (state_of(*layout.worktree / path) == note.state) unused.push_back(note.path);
  }
  if (others.size() == notes.size()) return;
  if (!unused.empty()) {
    const auto outcome =
        state::release(session.state(), unused, session.identity().name(), false, session.now());
    for (const core::Lock& lock : outcome.released)
      session.log("released", {{"file", state::json_path_text(lock.path)}});
  }
  write_notes(file, others);
}

}  // namespace gs::agents
