#include "lib/state/state_repair.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_map>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/state/clock.h"
#include "lib/state/files.h"
#include "lib/state/lock_file.h"
#include "lib/state/lock_store.h"
#include "lib/state/state_dir.h"
#include "lib/state/state_files.h"

namespace gs::state {

namespace fs = std::filesystem;

namespace {

// A repaired counter leaves room to go on from.
constexpr std::uint64_t kHighestSalvaged = (kLastGeneration + 1) / 2;

std::uint64_t highest_generation(std::string_view text) {
  constexpr std::string_view kName = "\"generation\"";
  constexpr std::string_view kSpace = " \t\r\n", kDigits = "0123456789";
  std::uint64_t highest = 0;
  for (std::size_t at = text.find(kName); at != text.npos; at = text.find(kName, at + 1)) {
    std::string_view rest = text.substr(at + kName.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size()));
    if (!rest.starts_with(':')) continue;
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size()));
    const auto number = core::json_natural(rest.substr(0, rest.find_first_not_of(kDigits)));
    if (number && *number <= kHighestSalvaged) highest = std::max(highest, *number);
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
  // `"key": {…}`; what cannot be read is left out.
  void keep_if_readable(std::string_view member) {
    try {
      keep(parse_lock_file(fmt::format("{{\"locks\": {{{}}}}}", member)).entries.at(0));
    } catch (const Damaged&) {
      return;
    }
  }

  LockFile file = empty_lock_file();

 private:
  void keep(LockEntry& entry) {
    const auto [place, fresh] = places_.try_emplace(entry.lock.path, file.entries.size());
    if (fresh) {
      file.entries.push_back(std::move(entry));
    } else if (file.entries[place->second].lock.expires < entry.lock.expires) {
      file.entries[place->second] = std::move(entry);
    }
  }

  std::unordered_map<std::string, std::size_t> places_;
};

// Behind the string that starts at '"'; where it stops, when a line or the text ends within it.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && static_cast<unsigned char>(text[at]) >= 0x20; ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return std::min(at, text.size());
}

// Broken text: every member that looks like a lock is tried on its own.
void keep_from_pieces(Salvage& found, std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  std::size_t at = text.find('"');
  while (at != text.npos) {
    std::size_t next = end_of_string(text, at);
    const std::size_t colon = text.find_first_not_of(kSpace, next);
    const std::size_t open = colon == text.npos ? colon : text.find_first_not_of(kSpace, colon + 1);
    if (open != text.npos && text[colon] == ':' && text[open] == '{') {
      const std::size_t end = end_of_flat_object(text, open);
      if (end != text.npos) {
        found.keep_if_readable(text.substr(at, end - at));
        next = end;
      }
    }
    at = text.find('"', next);
  }
}

// Whole JSON with single bad members: the good ones keep all they have.
bool keep_from_tree(Salvage& found, std::string_view text) {
  try {
    const Json tree = core::parse_json(text, {.repeated_keys = true});
    const Json* const locks = tree.find("locks");
    if (locks == nullptr || locks->object() == nullptr) return false;
    for (const auto& [key, value] : *locks->object()) {
      const std::string member = core::compact_json(Json::Object{{key, value}});
      found.keep_if_readable(std::string_view(member).substr(1, member.size() - 2));
    }
    return true;
  } catch (const Damaged&) {
    return false;
  }
}

}  // namespace

std::string salvage_locks(std::string_view text, std::uint64_t floor) {
  Salvage found;
  if (!keep_from_tree(found, text)) keep_from_pieces(found, text);
  LockFile file = std::move(found.file);
  file.generation = std::max(floor, highest_generation(text));
  for (const LockEntry& entry : file.entries)
    file.generation = std::max(file.generation, entry.lock.generation);
  return render_lock_file(std::move(file));
}

namespace {

enum class PartKind { root, json, log, folder, record };

struct Part {
  fs::path path;
  PartKind kind;
  const StateFile* file = nullptr;  // json
};

std::vector<Part> parts_of(const StateDir& state) {
  std::vector<Part> parts;
  for (const StateFile& file : kStateFiles)
    parts.push_back({state.root() / file.name, PartKind::json, &file});
  for (const fs::path& log : {state.activity(), state.warnings()})
    parts.push_back({log, PartKind::log});
  for (const fs::path& folder : {state.logs(), state.reports()})
    parts.push_back({folder, PartKind::folder});
  parts.push_back({state.root() / kRedoFile, PartKind::record});
  return parts;
}

bool is_locks(const Part& part) {
  return part.kind == PartKind::json && part.file->parse == parse_locks;
}

std::optional<mode_t> mode_of(const fs::path& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 ? std::optional(status.st_mode) : std::nullopt;
}

// Of the locks' text, whole, as whoever holds the exclusive lock, or nobody, reads it.
std::optional<std::string> damage_of_locks(const StateDir& state, ExclusiveState* exclusive) {
  try {
    if (exclusive != nullptr) {
      locks_in(exclusive->text().bytes());
    } else if (const auto read = read_lock_text(state)) {
      locks_in(read->bytes());
    }
    return std::nullopt;
  } catch (const Damaged& damage) {
    return core::printable(damage.what());
  }
}

// Why a part is damaged, in one line; nothing when it is fine. What need not be there may be
// missing.
std::optional<std::string> damage_of(const StateDir& state, const Part& part, bool was_made,
                                     ExclusiveState* exclusive = nullptr) {
  const auto mode = mode_of(part.path);
  if (!mode) {
    const bool needed = part.kind == PartKind::json && !part.file->when_needed;
    return was_made && needed ? std::optional<std::string>("is gone") : std::nullopt;
  }
  if (S_ISLNK(*mode)) return "is a symbolic link: it is not followed";
  if (part.kind == PartKind::folder)
    return S_ISDIR(*mode) ? std::nullopt : std::optional<std::string>("is not a folder");
  if (!S_ISREG(*mode)) return "is not a regular file";
  // As root, nothing is forbidden.
  if (access(part.path.c_str(), R_OK) != 0) return "cannot be read by this user";
  if (part.kind != PartKind::json) return std::nullopt;
  if (fs::file_size(part.path) > kStateLimit) return "is larger than " + format_size(kStateLimit);
  return is_locks(part) ? damage_of_locks(state, exclusive) : damage_of(part.path, *part.file);
}

// What is wrong with the state's folder itself.
std::optional<std::string> damage_of_root(const StateDir& state) {
  try {
    state_exists(state);
    return std::nullopt;
  } catch (const core::Error& error) {
    const std::string_view what = error.what();
    const std::string name = core::quote_path(state.root().native()) + ' ';
    return std::string(what.starts_with(name) ? what.substr(name.size()) : what);
  }
}

// NAME.bad-YYYYMMDDTHHMMSSZ, numbered if taken.
fs::path bad_name(const fs::path& path) {
  std::string stamp = core::format_utc(now());
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  for (unsigned number = 1;; ++number) {
    fs::path name = path;
    name += ".bad-" + stamp + (number == 1 ? "" : fmt::format("-{}", number));
    if (!mode_of(name)) return name;
  }
}

fs::path put_aside(const fs::path& path) {
  fs::path kept = bad_name(path);
  if (rename(path.c_str(), kept.c_str()) != 0) fail("keep", path, errno);
  return kept;
}

// The old name stays, if it can, until a fresh part takes its place.
fs::path keep_bad(const fs::path& path) {
  fs::path kept = bad_name(path);
  const auto mode = mode_of(path);
  if (mode && S_ISREG(*mode) && link(path.c_str(), kept.c_str()) == 0) return kept;
  return put_aside(path);
}

// For a file that goes on, since others may be waiting for its lock.
fs::path keep_copy(const fs::path& file) {
  fs::path kept = bad_name(file);
  std::error_code error;
  fs::copy_file(file, kept, error);
  if (error) fail("keep", file, error.value());
  return kept;
}

// What this user could allow himself is no damage that loses anything.
void allow(const fs::path& path, mode_t bits) {
  const auto mode = mode_of(path);
  if (!mode || S_ISLNK(*mode) || access(path.c_str(), R_OK | W_OK) == 0) return;
  if (chmod(path.c_str(), (*mode & 07777U) | bits) != 0) errno = 0;
}

// Milliseconds: no locks are taken faster for long, so it is beyond whatever was given out.
std::uint64_t generation_floor() {
  using namespace std::chrono;
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, milliseconds(now().time_since_epoch()).count()));
}

std::string fresh_content(const Part& part, const std::string& bad) {
  if (part.kind != PartKind::json) return {};
  if (is_locks(part)) return salvage_locks(bad, generation_floor());
  return std::string(part.file->initial);
}

void mend(const Part& part, std::optional<ExclusiveState>& exclusive, std::vector<fs::path>& kept) {
  const bool there = mode_of(part.path).has_value();
  const std::string bad = there ? read_prefix(part.path, kStateLimit).value_or("") : "";
  const std::string content = fresh_content(part, bad);
  if (is_locks(part) && exclusive && exclusive->can_write()) {
    kept.push_back(keep_copy(part.path));
    return exclusive->overwrite(content);
  }
  if (there) kept.push_back(keep_bad(part.path));
  if (part.kind == PartKind::folder) {
    if (mkdir(part.path.c_str(), 0777) != 0) fail("make", part.path, errno);
  } else if (part.kind != PartKind::record) {
    AtomicFile::replace(part.path, content);
  }
}

// Whoever writes the state now is waited for; nothing where there is no file to lock.
void take_exclusive(const StateDir& state, std::optional<ExclusiveState>& exclusive) {
  const auto mode = mode_of(state.locks());
  if (mode && S_ISREG(*mode) && open_file(state.locks(), O_RDONLY)) exclusive.emplace(state);
}

}  // namespace

std::vector<StateDir::Damage> StateDir::check() const {
  if (const auto why = damage_of_root(*this)) return {{root_, *why}};
  std::vector<Damage> damages;
  if (!mode_of(root_)) return damages;
  for (const Part& part : parts_of(*this)) {
    if (const auto why = damage_of(*this, part, was_made())) damages.push_back({part.path, *why});
  }
  return damages;
}

std::vector<fs::path> StateDir::repair() const {
  std::vector<fs::path> kept;
  const auto root_mode = mode_of(root_);
  if (root_mode && !S_ISDIR(*root_mode)) kept.push_back(put_aside(root_));
  std::error_code error;
  fs::create_directories(root_.parent_path(), error);
  if (mkdir(root_.c_str(), 0777) != 0 && errno != EEXIST) fail("make", root_, errno);
  allow(root_, 0700);
  const FolderLock alone(root_);
  std::optional<ExclusiveState> exclusive;
  for (const Part& part : parts_of(*this))
    allow(part.path, part.kind == PartKind::folder ? 0700 : 0600);
  take_exclusive(*this, exclusive);
  for (const Part& part : parts_of(*this)) {
    if (damage_of(*this, part, true, exclusive ? &*exclusive : nullptr))
      mend(part, exclusive, kept);
  }
  return kept;
}

}  // namespace gs::state
