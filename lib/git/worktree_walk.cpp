#include "lib/git/worktree_walk.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/git/folder_list.h"
#include "lib/platform/descriptor.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

using platform::Descriptor;

constexpr char kIgnoreFile[] = ".gitignore";
constexpr std::string_view kAttributesFile = ".gitattributes", kGit = ".git";

// Entries of the index from `begin` to `end`; as a name in one folder: a file, or all that is below
// a folder.
struct Child {
  std::string_view name;
  std::size_t begin = 0, end = 0;
  bool folder = false, seen = false;
};

class Walk {
 public:
  Walk(const IndexFile& index, IndexTime written, const WalkRules& rules)
      : rules_(rules), written_(written), attributes_(rules.attributes) {
    load(index);
  }

  WalkResult run(const fs::path& top) {
    const Descriptor folder(open(top.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) {
      throw core::Error(core::ExitCode::broken,
                        "cannot read " + top.string() + ": " + std::strerror(errno));
    }
    walk_folder(folder.get(), 0, files_.size(), false);
    compare_contents(folder.get());
    return std::move(result_);
  }

 private:
  void load(const IndexFile& index);
  std::vector<Child> children(std::size_t begin, std::size_t end) const;
  void walk_folder(int folder, std::size_t begin, std::size_t end, bool ignored);
  void walk_children(int folder, const std::vector<Child>& children, bool ignored);
  void look_at(int folder, const Child& child);
  void look_below(int folder, const Child& child, FolderEntry::Type type, bool ignored);
  void meet(int folder, const FolderEntry& entry, bool ignored);
  bool holds_untracked(int parent, const char* name);
  bool is_ignored(std::string_view name, bool is_folder);
  bool read_rules(int folder);
  void removed(std::size_t begin, std::size_t end);
  void compare_contents(int top);

  const WalkRules& rules_;
  IndexTime written_;
  bool attributes_;  // there may be conversions
  std::string names_, prefix_;
  std::vector<IndexedFile> files_;
  std::vector<IgnoreFile> ignore_;  // of the folders that we are in
  std::vector<std::size_t> to_compare_;
  WalkResult result_;
};

void Walk::load(const IndexFile& index) {
  std::vector<std::size_t> ends;
  std::size_t last = 0;  // where the last name begins
  for (IndexCursor at(index); !at.done(); at.next()) {
    if (at.mode() == core::mode::gitlink) throw NeedsGit("a submodule");
    if (at.skip_worktree()) throw NeedsGit("a file that is not checked out");
    const bool unmerged = at.stage() != 0;  // counted with what is staged
    if (unmerged && !files_.empty() && std::string_view(names_).substr(last) == at.path()) continue;
    if (at.intent_to_add()) result_.changed.emplace_back(at.path());
    const bool settled = unmerged || at.intent_to_add() || at.assume_unchanged();
    last = names_.size();
    names_ += at.path();
    ends.push_back(names_.size());
    files_.push_back({{}, settled ? core::mode::none : at.mode(), at.id(), at.recorded()});
  }
  std::size_t begin = 0;
  for (std::size_t i = 0; i < files_.size(); begin = ends[i++])
    files_[i].path = std::string_view(names_).substr(begin, ends[i] - begin);
}

std::vector<Child> Walk::children(std::size_t begin, std::size_t end) const {
  std::vector<Child> found;
  for (std::size_t i = begin; i < end; ++i) {
    const std::string_view rest = files_[i].path.substr(prefix_.size());
    const std::size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    const bool folder = slash != rest.npos;
    if (folder && !found.empty() && found.back().folder && found.back().name == name) {
      found.back().end = i + 1;
    } else {
      found.push_back({name, i, i + 1, folder});
    }
  }
  const auto by_name = [](const Child& a, const Child& b) { return a.name < b.name; };
  if (!std::is_sorted(found.begin(), found.end(), by_name))
    std::sort(found.begin(), found.end(), by_name);
  for (std::size_t i = 1; i < found.size(); ++i) {
    if (found[i].name == found[i - 1].name) throw NeedsGit("a file and a folder of one name");
  }
  return found;
}

void Walk::removed(std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    if (files_[i].mode != core::mode::none) result_.changed.emplace_back(files_[i].path);
  }
}

// `ignored`: the folder is, and with it all in it that is not tracked.
void Walk::walk_folder(int folder, std::size_t begin, std::size_t end, bool ignored) {
  std::vector<Child> tracked = children(begin, end);
  const FolderList entries(folder);
  const bool has_rules = !ignored && entries.has(kIgnoreFile) && read_rules(folder);
  for (const FolderEntry& entry : entries) {
    if (entry.name == kGit) continue;
    const auto child = std::lower_bound(
        tracked.begin(), tracked.end(), entry.name,
        [](const Child& candidate, std::string_view name) { return candidate.name < name; });
    if (child == tracked.end() || child->name != entry.name) {
      meet(folder, entry, ignored);
      continue;
    }
    child->seen = true;
    if (child->folder) {
      look_below(folder, *child, entry.type, ignored);
    } else {
      look_at(folder, *child);  // git tells of no folder in a file's place
    }
  }
  for (const Child& child : tracked) {
    if (!child.seen) removed(child.begin, child.end);
  }
  if (has_rules) ignore_.pop_back();
}

void Walk::look_below(int folder, const Child& child, FolderEntry::Type type, bool ignored) {
  if (type != FolderEntry::Type::folder) {  // what is tracked below it is gone
    removed(child.begin, child.end);
    const std::string name(child.name);
    return meet(folder, {name, type}, ignored);
  }
  const bool below_ignored = ignored || is_ignored(child.name, true);
  const Descriptor next(openat(folder, std::string(child.name).c_str(),
                               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!next) throw NeedsGit("a folder that cannot be read");
  const std::size_t length = prefix_.size();
  prefix_.append(child.name).append("/");
  walk_folder(next.get(), child.begin, child.end, below_ignored);
  prefix_.resize(length);
}

void Walk::look_at(int folder, const Child& child) {
  const IndexedFile& file = files_[child.begin];
  if (child.name == kAttributesFile) attributes_ = true;
  if (file.mode == core::mode::none) return;
  struct stat found;
  if (fstatat(folder, std::string(child.name).c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0)
    return removed(child.begin, child.end);
  const Sameness same = compare_stat(file, found, written_, rules_.trust_exec_bit);
  if (same == Sameness::changed) result_.changed.emplace_back(file.path);
  if (same == Sameness::look) to_compare_.push_back(child.begin);
}

// Something that is not tracked.
void Walk::meet(int folder, const FolderEntry& entry, bool ignored) {
  using Type = FolderEntry::Type;
  if (entry.name == kAttributesFile) attributes_ = true;
  if (ignored || entry.type == Type::other) return;
  const bool is_folder = entry.type == Type::folder;
  if (is_ignored(entry.name, is_folder)) return;
  if (is_folder && !holds_untracked(folder, std::string(entry.name).c_str())) return;
  ++result_.untracked;
}

bool Walk::holds_untracked(int parent, const char* name) {
  const Descriptor folder(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) throw NeedsGit("a folder that cannot be read");
  const FolderList entries(folder.get());
  if (entries.has(kGit)) throw NeedsGit("a repository within the worktree");
  const std::size_t length = prefix_.size();
  prefix_.append(name).append("/");
  const bool has_rules = entries.has(kIgnoreFile) && read_rules(folder.get());
  const bool found = std::any_of(entries.begin(), entries.end(), [&](const FolderEntry& entry) {
    const bool is_folder = entry.type == FolderEntry::Type::folder;
    if (entry.type == FolderEntry::Type::other || is_ignored(entry.name, is_folder)) return false;
    return !is_folder || holds_untracked(folder.get(), std::string(entry.name).c_str());
  });
  if (has_rules) ignore_.pop_back();
  prefix_.resize(length);
  return found;
}

bool Walk::is_ignored(std::string_view name, bool is_folder) {
  const std::string path = prefix_ + std::string(name);
  for (auto file = ignore_.rbegin(); file != ignore_.rend(); ++file) {
    if (const auto said = file->ignores(path, is_folder)) return *said;
  }
  for (const IgnoreFile& file : rules_.ignore) {
    if (const auto said = file.ignores(path, is_folder)) return *said;
  }
  return false;
}

// git reads no .gitignore that is a link.
bool Walk::read_rules(int folder) {
  const auto text = small_file(folder, kIgnoreFile);
  if (!text) return false;
  ignore_.emplace_back(*text, prefix_);
  return true;
}

void Walk::compare_contents(int top) {
  if (!to_compare_.empty() && attributes_) throw NeedsGit("contents that may be converted");
  for (const std::size_t number : to_compare_) {
    const IndexedFile& file = files_[number];
    if (!same_content(top, std::string(file.path), file)) result_.changed.emplace_back(file.path);
  }
}

}  // namespace

WalkResult walk_worktree(const fs::path& top, const IndexFile& index, IndexTime written,
                         const WalkRules& rules) {
  return Walk(index, written, rules).run(top);
}

}  // namespace gs::git
