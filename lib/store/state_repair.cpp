#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_map>

#include "lib/store/atomic_file.h"
#include "lib/store/clock.h"
#include "lib/store/exclusive.h"
#include "lib/store/json_cursor.h"
#include "lib/store/lock_file.h"
#include "lib/store/posix.h"
#include "lib/store/state_dir.h"
#include "lib/store/state_files.h"

namespace gs::store {

namespace fs = std::filesystem;

namespace {

// A repaired counter leaves room to go on from.
constexpr std::uint64_t kHighestSalvaged = (kLastGeneration + 1) / 2;

std::uint64_t highest_generation(std::string_view text) {
  constexpr std::string_view kName = "\"generation\"";
  std::uint64_t highest = 0;
  for (std::size_t at = text.find(kName); at != text.npos; at = text.find(kName, at + 1)) {
    JsonCursor cursor(text.substr(at + kName.size()));
    std::uint64_t number = 0;
    const bool read = cursor.take(':') && cursor.number(number);
    if (read && number <= kHighestSalvaged) highest = std::max(highest, number);
  }
  return highest;
}

// Where the flat object that starts at '{' ends; npos when another opens within it, when the text
// ends, or where a line break stands in a string.
std::size_t end_of_flat_object(std::string_view text, std::size_t at) {
  bool quoted = false;
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (quoted ? c == '\n' : (c == '{' || c == '[')) {
      return text.npos;
    } else if (!quoted && c == '}') {
      return i + 1;
    }
  }
  return text.npos;
}

// The locks found so far; of two on one path the one that lasts longer.
class Salvage {
 public:
  // Throws Damaged when the entry holds a member twice.
  void keep(LockEntry entry) {
    parse_json(entry.members.dump());
    const auto [place, fresh] = places_.try_emplace(entry.lock.path, file.entries.size());
    if (fresh) {
      file.entries.push_back(std::move(entry));
    } else if (file.entries[place->second].lock.expires < entry.lock.expires) {
      file.entries[place->second] = std::move(entry);
    }
  }

  LockFile file = empty_lock_file();

 private:
  std::unordered_map<std::string, std::size_t> places_;
};

// Reads `"key": {…}` as a file of its own; what cannot be read is left out.
void keep_if_readable(Salvage& found, std::string_view member) {
  try {
    Json tree = parse_json('{' + std::string(member) + '}', DuplicateKeys::keep);
    auto& [key, value] = tree.get_ref<Json::object_t&>().front();
    found.keep(read_lock_entry(key, std::move(value)));
  } catch (const Damaged&) {
    return;
  }
}

// Broken text: every member that looks like a lock is tried on its own.
void keep_from_pieces(Salvage& found, std::string_view text) {
  std::size_t at = text.find('"');
  while (at != text.npos) {
    JsonCursor cursor(text.substr(at));
    std::string_view key;
    if (!cursor.string(key)) {
      // Not from the next quote: on text full of them that would take for ever.
      const auto stopped = static_cast<std::size_t>(cursor.where() - text.data());
      at = text.find('"', std::max(stopped, at + 1));
      continue;
    }
    const std::size_t after = at + key.size() + 2;
    const bool object = cursor.take(':') && cursor.take('{');
    const std::size_t open = object ? text.find('{', after) : text.npos;
    const std::size_t end = object ? end_of_flat_object(text, open) : text.npos;
    if (end != text.npos) keep_if_readable(found, text.substr(at, end - at));
    at = text.find('"', end != text.npos ? end : after);
  }
}

// Whole JSON with single bad members: the good ones keep all they have.
bool keep_from_tree(Salvage& found, std::string_view text) {
  try {
    Json tree = parse_json(text, DuplicateKeys::keep);
    const Json* locks = find_member(tree, "locks");
    if (locks == nullptr || !locks->is_object()) return false;
    for (const auto& [key, value] : locks->get_ref<const Json::object_t&>()) {
      try {
        found.keep(read_lock_entry(key, value));
      } catch (const Damaged&) {
        continue;
      }
    }
    return true;
  } catch (const Damaged&) {
    return false;
  }
}

// The damaged file under its new name; the old name stays until a fresh file takes its place.
fs::path keep_bad_file(const fs::path& file) {
  std::string stamp = core::format_utc(now());
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  for (unsigned number = 1;; ++number) {
    fs::path kept = file;
    kept += ".bad-" + stamp + (number == 1 ? "" : fmt::format("-{}", number));
    struct stat status {};
    if (lstat(file.c_str(), &status) != 0) fail("keep", file, errno);
    if (S_ISREG(status.st_mode) && link(file.c_str(), kept.c_str()) == 0) return kept;
    if (errno == EEXIST || lstat(kept.c_str(), &status) == 0) continue;
    // A link, a folder, or a file system without hard links.
    if (rename(file.c_str(), kept.c_str()) != 0) fail("keep", file, errno);
    return kept;
  }
}

}  // namespace

std::string salvage_locks(std::string_view text, std::uint64_t floor) {
  Salvage found;
  if (!keep_from_tree(found, text)) keep_from_pieces(found, text);
  LockFile file = std::move(found.file);
  file.generation = std::max(floor, highest_generation(text));
  for (const LockEntry& entry : file.entries) {
    file.generation = std::max(file.generation, entry.lock.generation);
  }
  return render_lock_file(std::move(file));
}

std::vector<fs::path> StateDir::repair() const {
  std::vector<fs::path> kept;
  const ExclusiveState exclusive(*this);
  const auto floor =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, now().time_since_epoch().count()));
  for (const StateFile& kind : kStateFiles) {
    const fs::path file = root_ / kind.name;
    if (!damage_of(file, kind)) continue;
    const std::string bad = read_prefix(file, kStateLimit).value_or("");
    kept.push_back(keep_bad_file(file));
    AtomicFile fresh(file);
    if (kind.check == check_locks) {
      fresh.write(salvage_locks(bad, floor));
    } else {
      fresh.write(kind.initial);
    }
    fresh.commit();
  }
  return kept;
}

}  // namespace gs::store
