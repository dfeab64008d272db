#include "lib/git/refs/refs.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/core/wildmatch.h"
#include "lib/git/files.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSymbolic = "ref:";
constexpr std::string_view kElsewhere =
    "refs/heads/.invalid";  // HEAD's file where refs are in tables

std::optional<Ref> parse(std::string_view content) {
  if (content.starts_with(kSymbolic)) {
    content.remove_prefix(
        std::min(content.find_first_not_of(" \t", kSymbolic.size()), content.size()));
    return Ref{{}, std::string(content)};
  }
  // FETCH_HEAD has more on its line.
  const auto id = core::ObjectId::from_hex(content.substr(0, content.find_first_of(" \t\n")));
  if (!id) return std::nullopt;
  return Ref{*id, {}};
}

// Each worktree has refs of its own under these names.
bool belongs_to_worktree(std::string_view name) {
  return !name.starts_with("refs/") || name.starts_with("refs/bisect/") ||
         name.starts_with("refs/worktree/") || name.starts_with("refs/rewritten/");
}

// Where extensions.refStorage says that they are, or else in the git directory.
fs::path common_refs(const Layout& layout) {
  const auto& place = layout.ref_storage.place;
  return place ? layout.common_dir / *place : layout.common_dir;
}

fs::path own_refs(const Layout& layout, const fs::path& git_dir) {
  if (git_dir == layout.common_dir) return common_refs(layout);
  if (!layout.ref_storage.place) return git_dir;
  return common_refs(layout) / "worktrees" / git_dir.filename();
}

bool valid_component(std::string_view part) {
  return !part.empty() && !part.starts_with('.') && !part.ends_with(".lock");
}

// "<id> <name>" at `start`; the name alone.
std::string_view name_at(std::string_view file, std::size_t start) {
  const std::size_t end = std::min(file.find('\n', start), file.size());
  const std::string_view line = file.substr(start, end - start);
  return line.substr(std::min(line.find(' '), line.size() - 1) + 1);
}

std::size_t next_line(std::string_view file, std::size_t at) {
  const std::size_t end = file.find('\n', at);
  return end == file.npos ? file.size() : end + 1;
}

// Where the record that holds byte `at` begins; "^" lines belong to the record before them.
std::size_t record_start(std::string_view file, std::size_t first, std::size_t at) {
  while (at > first && (file[at - 1] != '\n' || file[at] == '^')) --at;
  return at;
}

std::optional<core::ObjectId> packed_id_at(std::string_view file, std::size_t start) {
  return core::ObjectId::from_hex(file.substr(start, file.find(' ', start) - start));
}

}  // namespace

bool valid_ref_name(std::string_view name) {
  constexpr std::string_view kForbidden = " ~^:?*[\\\x7f";
  const auto bad = [&](char c) {
    return static_cast<unsigned char>(c) < 0x20 || kForbidden.find(c) != kForbidden.npos;
  };
  if (std::any_of(name.begin(), name.end(), bad)) return false;
  if (name.find("..") != name.npos || name.find("@{") != name.npos || name.ends_with('.'))
    return false;
  for (std::size_t start = 0; start <= name.size();) {
    const std::size_t end = std::min(name.find('/', start), name.size());
    if (!valid_component(name.substr(start, end - start))) return false;
    start = end + 1;
  }
  return true;
}

std::optional<core::ObjectId> find_packed(std::string_view file, std::string_view name) {
  std::size_t first = 0;
  bool sorted = false;
  while (first < file.size() && file[first] == '#') {
    const std::size_t next = next_line(file, first);
    sorted |= file.substr(first, next - first).find(" sorted") != file.npos;
    first = next;
  }
  std::size_t last = file.size();
  while (first < last) {
    const std::size_t start =
        sorted ? record_start(file, first, first + (last - first) / 2) : first;
    const std::string_view found = name_at(file, start);
    if (file[start] != '^' && found == name) return packed_id_at(file, start);
    if (!sorted || found < name) {
      first = next_line(file, start);
      while (first < last && file[first] == '^') first = next_line(file, first);
    } else {
      last = start;
    }
  }
  return std::nullopt;
}

bool is_locked(const Layout& layout, const std::string& name) {
  const fs::path folder = layout.ref_storage.place.value_or(layout.common_dir);
  const bool tables = layout.ref_storage.kind == RefStorage::Kind::reftable;
  std::error_code ignored;
  return fs::exists(folder / (tables ? "reftable/tables.list.lock" : name + ".lock"), ignored);
}

std::optional<core::ObjectId> packed_ref(const Repository& repository, const std::string& name) {
  const Layout& layout = repository.layout();
  if (layout.ref_storage.kind != RefStorage::Kind::files) return std::nullopt;
  const auto file = map_file(common_refs(layout) / "packed-refs");
  return file ? find_packed(file->bytes(), name) : std::nullopt;
}

RefFiles::RefFiles(fs::path git_dir, fs::path common_dir)
    : git_dir_(std::move(git_dir)), common_dir_(std::move(common_dir)) {}

fs::path RefFiles::folder_of(std::string_view name) const {
  return belongs_to_worktree(name) ? git_dir_ : common_dir_;
}

std::optional<core::ObjectId> RefFiles::packed(std::string_view name) const {
  const std::optional<platform::Mapping> file = map_file(common_dir_ / "packed-refs");
  return file ? find_packed(file->bytes(), name) : std::nullopt;
}

std::optional<Ref> RefFiles::read(const std::string& name) const {
  if (!valid_ref_name(name)) return std::nullopt;
  const fs::path path = folder_of(name) / name;
  // core.preferSymlinkRefs: a link whose target is the ref's name.
  std::error_code no_link;
  if (name == "HEAD") {
    const fs::path target = fs::read_symlink(path, no_link);
    if (!no_link && target.string().starts_with("refs/")) return Ref{{}, target.string()};
  }
  const std::optional<std::string> content = read_line(path);
  if (content) {
    std::optional<Ref> ref = parse(*content);
    if (ref && ref->target == kElsewhere) {
      throw core::Error(core::ExitCode::broken,
                        "the refs are moved to another storage: " + path.string(),
                        "again when git refs migrate is done");
    }
    if (ref) return ref;
    throw core::Error(core::ExitCode::broken, "not a ref: " + path.string(),
                      "git fsck names broken refs");
  }
  const auto id = packed(name);
  return id ? std::optional(Ref{*id, {}}) : std::nullopt;
}

// The ids of those that are in packed-refs alone. That is read last: git packs a ref before it
// removes its file.
std::map<std::string, std::optional<core::ObjectId>> RefFiles::names(
    const std::string& prefix) const {
  std::map<std::string, std::optional<core::ObjectId>> found;
  const fs::path top = folder_of(prefix);
  std::error_code missing;
  for (fs::recursive_directory_iterator at(top / prefix, missing), end; !missing && at != end;
       at.increment(missing)) {
    const std::string name = prefix + at->path().lexically_relative(top / prefix).string();
    if (!at->is_directory() && valid_ref_name(name)) found.emplace(name, std::nullopt);
  }
  if (const std::optional<platform::Mapping> file = map_file(common_dir_ / "packed-refs")) {
    const std::string_view text = file->bytes();
    for (std::size_t at = 0; at < text.size(); at = next_line(text, at)) {
      if (text[at] == '#' || text[at] == '^') continue;
      const std::string_view name = name_at(text, at);
      if (name.starts_with(prefix) && valid_ref_name(name))
        found.try_emplace(std::string(name), packed_id_at(text, at));
    }
  }
  return found;
}

std::vector<std::string> RefFiles::list(const std::string& prefix) const {
  std::vector<std::string> list;
  for (const auto& [name, id] : names(prefix)) list.push_back(name);
  return list;
}

std::vector<std::pair<std::string, Ref>> RefFiles::read_all(const std::string& prefix,
                                                            const WantedRef& wanted) const {
  std::vector<std::pair<std::string, Ref>> refs;
  for (const auto& [name, id] : names(prefix)) {
    if (!wanted(name)) continue;
    if (auto ref = id ? std::optional(Ref{*id, {}}) : read(name))
      refs.emplace_back(name, std::move(*ref));
  }
  return refs;
}

namespace {

// "OLD NEW NAME <ADDRESS> TIME ZONE\tMESSAGE".
std::optional<RefMove> parse_move(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == line.npos ? line.npos : line.find(' ', first + 1);
  if (second == line.npos) return std::nullopt;
  const auto before = core::ObjectId::from_hex(line.substr(0, first));
  const auto after = core::ObjectId::from_hex(line.substr(first + 1, second - first - 1));
  if (!before || !after) return std::nullopt;
  const std::size_t message = line.find('\t', second);
  return RefMove{*before, *after,
                 std::string(message == line.npos ? "" : line.substr(message + 1))};
}

}  // namespace

std::vector<RefMove> RefFiles::moves_of(const std::string& name) const {
  std::vector<RefMove> moves;
  if (!valid_ref_name(name)) return moves;
  const std::string log = read_file(folder_of(name) / "logs" / name).value_or("");
  for (std::string_view rest = log; !rest.empty();) {
    if (auto move = parse_move(core::take_line(rest))) moves.push_back(std::move(*move));
  }
  return moves;
}

namespace {

// Those that git writes as files whatever the storage is: they hold more than an id.
bool always_file(std::string_view name) {
  return name == "FETCH_HEAD" || name == "MERGE_HEAD";
}

}  // namespace

Refs::Refs(const Layout& layout) : Refs(layout, layout.git_dir) {}

Refs::Refs(const Layout& layout, const fs::path& git_dir)
    : files_(own_refs(layout, git_dir), common_refs(layout)), heads_(git_dir, layout.common_dir) {
  if (layout.ref_storage.kind != RefStorage::Kind::reftable) return;
  constexpr char kFolder[] = "reftable";
  common_tables_.emplace(common_refs(layout) / kFolder, layout.ref_storage.ids, true);
  if (git_dir != layout.common_dir)
    own_tables_.emplace(own_refs(layout, git_dir) / kFolder, layout.ref_storage.ids, false);
}

const ReftableStack& Refs::stack_of(std::string_view name) const {
  return own_tables_ && belongs_to_worktree(name) ? *own_tables_ : *common_tables_;
}

std::optional<Ref> Refs::read(const std::string& name) const {
  if (always_file(name)) return heads_.read(name);
  if (!common_tables_) return files_.read(name);
  return valid_ref_name(name) ? stack_of(name).find(name) : std::nullopt;
}

std::optional<core::ObjectId> Refs::follow(const std::string& name) const {
  constexpr int kDeepest = 5;  // git's SYMREF_MAXDEPTH
  std::string at = name;
  for (int depth = 0; depth <= kDeepest; ++depth) {
    std::optional<Ref> ref = read(at);
    if (!ref) return std::nullopt;
    if (ref->target.empty()) return ref->id;
    at = ref->target;
  }
  throw core::Error(core::ExitCode::broken, "symbolic refs without end: " + name);
}

std::vector<std::string> Refs::list(const std::string& prefix) const {
  if (!common_tables_) return files_.list(prefix);
  std::vector<std::string> names;
  for (auto& [name, ref] : stack_of(prefix).list(prefix))
    if (valid_ref_name(name)) names.push_back(std::move(name));
  return names;
}

std::vector<std::pair<std::string, Ref>> Refs::read_all(const std::string& prefix,
                                                        const WantedRef& wanted) const {
  if (!common_tables_) return files_.read_all(prefix, wanted);
  std::vector<std::pair<std::string, Ref>> refs = stack_of(prefix).list(prefix);
  std::erase_if(refs,
                [&](const auto& ref) { return !valid_ref_name(ref.first) || !wanted(ref.first); });
  return refs;
}

std::vector<RefMove> Refs::moves_of(const std::string& name) const {
  return common_tables_ ? stack_of(name).moves_of(name) : files_.moves_of(name);
}

namespace {

constexpr std::string_view kHeads = "refs/heads/", kRemotes = "refs/remotes/";
constexpr std::string_view kOfMain = "main-worktree/";  // git-rev-parse(1) and gitworktree(1)
constexpr std::string_view kSymbolicValue = "ref:";

[[noreturn]] void fail(std::string_view line) {
  throw core::Error(core::ExitCode::broken,
                    "git says of a ref what is not understood: " + core::printable(line));
}

RefUpdate parse_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == line.npos ? line.npos : line.find(' ', first + 1);
  if (second == line.npos || second + 1 == line.size()) fail(line);
  RefUpdate update;
  update.ref = line.substr(second + 1);
  const std::string_view before = line.substr(0, first);
  update.compares = before.find_first_not_of('0') != before.npos;
  const std::string_view value = line.substr(first + 1, second - first - 1);
  if (value.starts_with(kSymbolicValue)) {
    update.symbolic = value.substr(kSymbolicValue.size());
    if (update.symbolic.empty()) fail(line);
  } else if (const auto id = core::ObjectId::from_hex(value)) {
    update.id = *id;
  } else {
    fail(line);
  }
  return update;
}

std::string_view without_worktree(std::string_view ref) {
  if (ref.starts_with(kOfMain)) ref.remove_prefix(kOfMain.size());
  return ref;
}

}  // namespace

std::optional<core::BranchName> RefUpdate::branch() const {
  const std::string_view name = without_worktree(ref);
  if (!name.starts_with(kHeads) || name.size() == kHeads.size()) return std::nullopt;
  return core::BranchName(std::string(name.substr(kHeads.size())));
}

namespace {

// In any letters.
bool begins_with(std::string_view name, std::string_view prefix) {
  return core::same_text(name.substr(0, prefix.size()), prefix, true);
}

}  // namespace

bool folds_ref_names(const Repository& repository) {
  return repository.layout().ref_storage.kind == RefStorage::Kind::files &&
         repository.ignore_case();
}

std::string with_plain_prefix(std::string name) {
  name.erase(0, name.size() - without_worktree(name).size());
  for (const std::string_view prefix : {kHeads, kRemotes}) {
    if (begins_with(name, prefix)) name.replace(0, prefix.size(), prefix);
  }
  return name;
}

std::vector<RefUpdate> parse_ref_updates(std::string_view lines) {
  std::vector<RefUpdate> updates;
  while (!lines.empty()) {
    const std::string_view line = core::take_line(lines);
    if (!line.empty()) updates.push_back(parse_line(line));
  }
  return updates;
}

bool mentions_branches(std::string_view lines) {
  while (!lines.empty()) {
    const std::string_view line = core::take_line(lines);
    const std::size_t first = line.find(' ');
    const std::size_t second = first == line.npos ? line.npos : line.find(' ', first + 1);
    if (second == line.npos) continue;
    const std::string_view ref = without_worktree(line.substr(second + 1));
    if (begins_with(ref, kHeads) || begins_with(ref, kRemotes)) return true;
  }
  return false;
}

}  // namespace gs::git
