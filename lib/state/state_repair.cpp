#include "lib/state/state_repair.h"

#include <algorithm>
#include <cerrno>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_map>

#include "lib/state/clock.h"
#include "lib/state/files.h"
#include "lib/state/lock_file.h"
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
    if (kind.parse == parse_locks) {
      fresh.write(salvage_locks(bad, floor));
    } else {
      fresh.write(kind.initial);
    }
    fresh.commit();
  }
  return kept;
}

}  // namespace gs::state
