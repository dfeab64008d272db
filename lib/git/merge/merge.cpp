#include "lib/git/merge/merge.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <string>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/objects/object_database.h"
#include "lib/git/refs/graph.h"
#include "lib/git/run_git.h"
#include "lib/process/process.h"

namespace gs::git {

namespace {

using core::Change;
using core::ChangeSet;
using core::ObjectId;
namespace mode = core::mode;

bool is_added(const Change& change) {
  return change.old_mode == mode::none;
}

bool is_removed(const Change& change) {
  return change.new_mode == mode::none;
}

bool alike(const Change& one, const Change& other) {
  return one.new_id == other.new_id && one.new_mode == other.new_mode && !is_added(one) &&
         !is_removed(one) && !is_added(other) && !is_removed(other);
}

std::string_view folder_of(std::string_view path) {
  return path.substr(0, path.rfind('/') == path.npos ? 0 : path.rfind('/'));
}

// Whether a change of the one is at a folder that leads to a change of the other.
bool in_the_way(const ChangeSet& one, const ChangeSet& other) {
  for (const Change& change : one) {
    for (std::string_view folder = folder_of(change.path); !folder.empty();
         folder = folder_of(folder)) {
      if (core::change_at(other, folder) != nullptr) return true;
    }
  }
  return false;
}

// Whether one side has taken files from folders into which the other puts new ones: with what it
// has added elsewhere that may be a folder under a new name, which the new files would follow.
bool may_move(const ChangeSet& one, const ChangeSet& other) {
  if (std::ranges::none_of(one, is_added)) return false;
  std::set<std::string_view> left;
  for (const Change& change : one) {
    if (!is_removed(change)) continue;
    // The top itself is left only by what stood directly in it.
    std::string_view folder = folder_of(change.path);
    bool fresh = left.insert(folder).second;
    while (fresh && folder.find('/') != folder.npos) {
      folder = folder_of(folder);
      fresh = left.insert(folder).second;
    }
  }
  if (left.empty()) return false;
  return std::ranges::any_of(other, [&](const Change& change) {
    if (!is_added(change)) return false;
    std::string_view folder = folder_of(change.path);
    while (!folder.empty() && !left.contains(folder)) folder = folder_of(folder);
    return left.contains(folder);
  });
}

}  // namespace

std::vector<ObjectId> merge_bases(const Repository& repository, const ObjectId& a,
                                  const ObjectId& b) {
  return repository.commits().merge_bases(a, b);
}

std::optional<ObjectId> only_merge_base(const Repository& repository, const ObjectId& a,
                                        const ObjectId& b) {
  const std::vector<ObjectId> bases = merge_bases(repository, a, b);
  return bases.size() == 1 ? std::optional(bases.front()) : std::nullopt;
}

std::optional<ChangeSet> trivial_merge(const ChangeSet& ours, const ChangeSet& theirs) {
  ChangeSet lay;
  for (const Change& change : theirs) {
    const Change* other = core::change_at(ours, change.path);
    if (other == nullptr) {
      lay.push_back(change);
    } else if (!alike(change, *other)) {
      return std::nullopt;
    }
  }
  if (in_the_way(ours, theirs) || in_the_way(theirs, ours)) return std::nullopt;
  if (may_move(ours, theirs) || may_move(theirs, ours)) return std::nullopt;
  return lay;
}

namespace {

// Fields that end with NUL, one after the other.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }
  bool ended() const { return rest_.find('\0') == rest_.npos; }  // no further one is whole
  // Nothing when the next one has no end.
  std::optional<std::string_view> next() {
    const std::size_t end = rest_.find('\0');
    if (end == rest_.npos) return std::nullopt;
    const std::string_view field = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return field;
  }

 private:
  std::string_view rest_;
};

template <class Number>
std::optional<Number> number(std::string_view text, int base) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "MODE ID STAGE\tPATH"
std::optional<UnmergedEntry> parse_entry(std::string_view text) {
  const std::size_t id_at = text.find(' ') + 1, stage_at = text.find(' ', id_at) + 1,
                    tab = text.find('\t');
  if (id_at == 0 || stage_at == 0 || tab == text.npos || tab <= stage_at) return std::nullopt;
  const auto mode = number<std::uint32_t>(text.substr(0, id_at - 1), 8);
  const auto id = core::ObjectId::from_hex(text.substr(id_at, stage_at - 1 - id_at));
  const auto stage = number<int>(text.substr(stage_at, tab - stage_at), 10);
  const std::string_view path = text.substr(tab + 1);
  if (!mode || !id || !stage || *stage < 1 || *stage > 3 || path.empty()) return std::nullopt;
  return UnmergedEntry{*mode, *id, *stage, std::string(path)};
}

// "COUNT", that many paths, type, message
std::optional<MergeMessage> parse_message(Fields& fields) {
  const auto count_text = fields.next();
  auto count = count_text ? number<std::size_t>(*count_text, 10) : std::nullopt;
  if (!count) return std::nullopt;
  MergeMessage message;
  for (; *count > 0; --*count) {
    const auto path = fields.next();
    if (!path) return std::nullopt;
    message.paths.emplace_back(*path);
  }
  const auto type = fields.next(), text = fields.next();
  if (!type || !text) return std::nullopt;
  message.type = *type;
  message.text = text->substr(0, text->find_last_not_of('\n') + 1);
  return message;
}

std::string last_line(std::string_view text) {
  text = text.substr(0, text.find_last_not_of('\n') + 1);
  return std::string(text.substr(text.rfind('\n') + 1));
}

[[noreturn]] void cannot_merge(const ObjectId& ours, const ObjectId& theirs,
                               const process::Result& result, std::string hint = {}) {
  throw core::Error(
      core::ExitCode::broken,
      "cannot merge " + theirs.hex() + " into " + ours.hex() + ": " + last_line(result.errors),
      std::move(hint));
}

// git ends with 1 also when it could not begin: then it prints no tree.
std::optional<TreeMerge> merge_of(const process::Result& result) {
  return result.status <= 1 ? parse_merge_tree(result.output, result.status == 0) : std::nullopt;
}

}  // namespace

std::optional<TreeMerge> parse_merge_tree(std::string_view output, bool clean) {
  Fields fields(output);
  const auto tree = fields.next();
  const auto id = tree ? core::ObjectId::from_hex(*tree) : std::nullopt;
  if (!id) return std::nullopt;
  TreeMerge merge{*id, clean, {}, {}};
  while (!fields.empty()) {
    const auto field = fields.next();
    if (!field) return std::nullopt;
    if (field->empty()) break;
    auto entry = parse_entry(*field);
    if (!entry) return std::nullopt;
    merge.unmerged.push_back(std::move(*entry));
  }
  // git 2.39 prints advice about submodules after everything else, and nothing ends it.
  while (!fields.ended()) {
    auto message = parse_message(fields);
    if (!message) return std::nullopt;
    merge.messages.push_back(std::move(*message));
  }
  return merge;
}

TreeMerge merge_trees(const Layout& layout, const core::ObjectId& ours,
                      const core::ObjectId& theirs, const std::filesystem::path& folder,
                      const std::vector<std::string>& variables) {
  process::Command command;
  command.argv = {"git", "merge-tree", "--write-tree", "-z", ours.hex(), theirs.hex()};
  command.directory = folder.string();
  command.unset = process::local_git_variables();
  command.set = {"GIT_DIR=" + layout.git_dir.string(),
                 "GIT_WORK_TREE=" + folder.string(),
                 "GIT_NO_REPLACE_OBJECTS=1",
                 "GIT_GRAFT_FILE=/dev/null",
                 "GIT_NO_LAZY_FETCH=1",
                 "GIT_ALLOW_PROTOCOL=none",
                 "LC_ALL=C",
                 "LANGUAGE="};
  command.set.insert(command.set.end(), variables.begin(), variables.end());
  const process::Result result = process::run(command);
  if (auto merge = merge_of(result)) return std::move(*merge);
  cannot_merge(ours, theirs, result);
}

// --- by the contents alone ---

namespace {

namespace fs = std::filesystem;

// What a repository must say of itself, which is nothing where its objects are SHA-1's.
std::string_view config_of(core::ObjectFormat format) {
  return format == core::ObjectFormat::sha1
             ? ""
             : "[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tobjectFormat = sha256\n";
}

// git in the scratch objects as a repository of its own, which has no other configuration and no
// info/attributes, and sees all objects.
process::Command isolated_git(const ScratchObjects& scratch, std::vector<std::string> arguments) {
  const fs::path folder = attributes_folder(scratch);
  process::Command command;
  command.argv = {"git", "-c", "core.attributesFile=/dev/null"};
  command.argv.insert(command.argv.end(), std::make_move_iterator(arguments.begin()),
                      std::make_move_iterator(arguments.end()));
  command.directory = folder.string();
  command.unset = process::local_git_variables();
  command.set = {"GIT_DIR=" + scratch.folder().string(),
                 "GIT_WORK_TREE=" + folder.string(),
                 "GIT_CONFIG_GLOBAL=/dev/null",
                 "GIT_CONFIG_NOSYSTEM=1",
                 "GIT_ATTR_NOSYSTEM=1",
                 "GIT_NO_REPLACE_OBJECTS=1",
                 "GIT_GRAFT_FILE=/dev/null",
                 "GIT_NO_LAZY_FETCH=1",
                 "GIT_ALLOW_PROTOCOL=none",
                 "LC_ALL=C",
                 "LANGUAGE="};
  fs::create_directories(scratch.folder() / "refs");
  std::ofstream(scratch.folder() / "HEAD") << "ref: refs/heads/none\n";
  std::ofstream(scratch.folder() / "config") << config_of(scratch.format());
  return command;
}

}  // namespace

fs::path attributes_folder(const ScratchObjects& scratch) {
  fs::path folder = scratch.folder() / "attributes";
  fs::create_directories(folder);
  return folder;
}

TreeMerge merge_contents(const Repository& repository, const ScratchObjects& scratch,
                         const ObjectId& ours, const ObjectId& theirs) {
  const std::string one = ours.hex(), other = theirs.hex();
  process::Command command = isolated_git(
      scratch, {"merge-tree", "--write-tree", "-z", "--allow-unrelated-histories", one, other});
  if (is_shallow(repository.layout()))
    command.set.push_back("GIT_SHALLOW_FILE=" +
                          (repository.layout().common_dir / "shallow").string());
  const process::Result result = process::run(command);
  if (auto merge = merge_of(result)) return std::move(*merge);
  const bool partial = repository.config("extensions.partialclone").has_value();
  cannot_merge(ours, theirs, result, partial ? "git fetch --refetch --no-filter" : "");
}

std::vector<std::string> external_drivers(const ScratchObjects& scratch,
                                          const std::vector<std::string>& paths) {
  process::Command command = isolated_git(scratch, {"check-attr", "-z", "--stdin", "merge"});
  command.input.emplace();
  for (const std::string& path : paths) *command.input += path + '\0';
  const process::Result result = process::run(command);
  if (result.status != 0) {
    throw core::Error(core::ExitCode::broken,
                      "cannot read attributes: " + last_line(result.errors));
  }
  const std::set<std::string_view> own{"unspecified", "set", "unset", "text", "binary", "union"};
  std::vector<std::string> found;
  Fields fields(result.output);
  while (!fields.empty()) {
    const auto path = fields.next();
    fields.next();  // "merge"
    const auto driver = fields.next();
    if (path && driver && !own.contains(*driver)) found.emplace_back(*path);
  }
  return found;
}

Renames renames_between(const Layout& layout, const ObjectId& base, const ObjectId& tip,
                        const std::vector<std::string>& variables) {
  // As many as a merge compares where merge.renameLimit says nothing.
  const process::Result result =
      run_git(layout.git_dir,
              {"diff-tree", "-r", "-z", "-M", "-l7000", "--diff-filter=R", "--name-status",
               base.hex(), tip.hex()},
              variables);
  if (result.status != 0) {
    throw core::Error(core::ExitCode::broken,
                      "cannot find what was renamed: " + last_line(result.errors));
  }
  Renames renames;
  Fields fields(result.output);
  while (!fields.empty()) {
    const auto score = fields.next(), from = fields.next(), to = fields.next();
    if (!score || !from || !to) break;
    renames.emplace(*from, *to);
  }
  return renames;
}

}  // namespace gs::git
