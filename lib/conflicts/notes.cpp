#include "lib/conflicts/notes.h"

#include <algorithm>
#include <cctype>
#include <fmt/core.h>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>

#include "analyzers/definition_changes.h"
#include "analyzers/symbols.h"
#include "lib/core/import_facts.h"
#include "lib/core/text.h"
#include "lib/python/modules.h"

namespace gs::conflicts {

namespace {

using core::Definition;
using core::Interface;

// A side's changes by the paths that the merge has them at. A rename is the change of the new path
// alone.
std::map<std::string, const core::Change*> by_merged_path(const MergeSide& side,
                                                          const git::Renames& own,
                                                          const git::Renames& by_other) {
  std::map<std::string, const core::Change*> changes;
  for (const core::Change& change : side.changes) {
    if (own.contains(change.path)) continue;
    const auto renamed = by_other.find(change.path);
    changes[renamed == by_other.end() ? change.path : renamed->second] = &change;
  }
  return changes;
}

}  // namespace

std::vector<SharedFile> shared_files(const PairMerge& merge, const MergeSide& ours,
                                     const MergeSide& theirs) {
  std::vector<SharedFile> files;
  const auto first = by_merged_path(ours, merge.renamed_by_ours, merge.renamed_by_theirs),
             second = by_merged_path(theirs, merge.renamed_by_theirs, merge.renamed_by_ours);
  for (const auto& [path, change] : first) {
    const auto same = second.find(path);
    if (same == second.end()) continue;
    const core::Change& other = *same->second;
    if (change->new_id != other.new_id || change->new_mode != other.new_mode)
      files.push_back({path, change, &other});
  }
  return files;
}

namespace {

struct Function {
  std::string text;
  std::uint32_t line = 0;
};
using Functions = std::map<std::string, Function>;  // by name: "Risk.check"

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, length));
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return lines;
}

// From its decorators and `def` to the last line that stands deeper, or closes a bracket of them.
std::string text_at(const std::vector<std::string_view>& lines, std::uint32_t line) {
  std::string text, blanks;
  bool defined = false;
  const std::size_t indent = line > 0 && line <= lines.size() ? indent_of(lines[line - 1]) : 0;
  for (std::size_t at = line == 0 ? lines.size() : line - 1; at < lines.size(); ++at) {
    const std::string_view rest = lines[at].substr(indent_of(lines[at]));
    const bool deeper = indent_of(lines[at]) > indent,
               closes = !rest.empty() && (rest[0] == ')' || rest[0] == ']' || rest[0] == '}');
    if (defined && !rest.empty() && !deeper && !closes) break;
    defined = defined || rest.starts_with("def") || rest.starts_with("async");
    blanks.append(lines[at]).append("\n");
    if (rest.empty()) continue;
    text += blanks;
    blanks.clear();
  }
  return text;
}

void add_functions(const std::vector<Definition>& definitions, const std::string& prefix,
                   const std::vector<std::string_view>& lines, Functions& functions) {
  for (const Definition& one : definitions) {
    if (one.kind == Definition::Kind::class_)
      add_functions(one.members, prefix + one.name + ".", lines, functions);
    if (one.kind != Definition::Kind::function) continue;
    Function& function = functions[prefix + one.name];
    function.text += text_at(lines, one.line);  // of several by that name: all
    function.line = one.line;
  }
}

Functions functions_of(facts::BlobKnowledge& knowledge, const git::Repository& repository,
                       const core::ObjectId& blob) {
  Functions functions;
  const std::string text = repository.blob(blob);
  add_functions(knowledge.interface(blob).definitions, "", lines_of(text), functions);
  return functions;
}

// Differently: each side otherwise than it was, and than the other.
std::vector<std::string> changed_in_both(const Functions& base, const Functions& first,
                                         const Functions& second) {
  std::vector<std::string> names;
  for (const auto& [name, before] : base) {
    const auto mine = first.find(name), yours = second.find(name);
    if (mine == first.end() || yours == second.end()) continue;
    const std::set<std::string_view> texts{before.text, mine->second.text, yours->second.text};
    if (texts.size() == 3) names.push_back(name);
  }
  return names;
}

std::string names_text(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(kMost, names.size()); ++i)
    text += (i > 0 ? ", " : "") + core::printable(names[i]);
  if (names.size() > kMost) text += fmt::format(" and {} more", names.size() - kMost);
  return text;
}

bool is_python_change(const core::Change& change) {
  return core::is_python_source(change.old_mode, change.path) &&
         core::is_python_source(change.new_mode, change.path);
}

// Whether a conflict that blocks is about the file, on either side.
bool told(const std::vector<Conflict>& conflicts, const std::string& path) {
  return std::ranges::any_of(conflicts, [&](const Conflict& conflict) {
    return conflict.blocks && (conflict.first.path == path || conflict.second.path == path);
  });
}

}  // namespace

std::vector<Conflict> both_changed(facts::BlobKnowledge& knowledge,
                                   const git::Repository& repository,
                                   const std::vector<SharedFile>& files, std::size_t one,
                                   std::size_t other, const std::vector<Conflict>& conflicts) {
  std::vector<Conflict> notes;
  for (const SharedFile& file : files) {
    const core::Change &ours = *file.ours, &theirs = *file.theirs;
    if (told(conflicts, file.path) || !is_python_change(ours) || !is_python_change(theirs))
      continue;
    const auto functions = [&](const core::ObjectId& blob) {
      return functions_of(knowledge, repository, blob);
    };
    const Functions first = functions(ours.new_id), second = functions(theirs.new_id);
    const std::vector<std::string> names = changed_in_both(functions(ours.old_id), first, second);
    if (names.empty()) continue;
    Conflict note;
    note.first = {one, file.path, {}, first.at(names.front()).line};
    note.second = {other, file.path, {}, second.at(names.front()).line};
    note.kind = ConflictKind::both_changed;
    note.blocks = false;
    if (ours.path != file.path) note.first.own_path = ours.path;
    if (theirs.path != file.path) note.second.own_path = theirs.path;
    note.message = fmt::format("both have changed {}; git can merge it", names_text(names));
    notes.push_back(std::move(note));
  }
  return notes;
}

namespace {

// A name of a module, or a member of a class there, that is gone or of which a use that was right
// could now be wrong.
struct ChangedName {
  std::string name, member;
  bool imported = false;  // the module has it from elsewhere

  std::string text() const { return member.empty() ? name : name + "." + member; }
};

class NameChanges {
 public:
  NameChanges(const Interface& before, const Interface& after)
      : after_(after), old_(before.definitions), now_(after.definitions) {
    for (const analyzers::Symbol& symbol : old_.list()) compare(symbol);
  }

  std::vector<ChangedName> take() { return std::move(found_); }

 private:
  void compare(const analyzers::Symbol& symbol) {
    const analyzers::Symbol* same = now_.find(symbol.name);
    const bool imported = symbol.kind() == Definition::Kind::import;
    if (same == nullptr) {
      if (after_.binds(symbol.name) == Interface::Answer::no)
        found_.push_back({symbol.name, {}, imported});
    } else if (breaks(symbol, *same)) {
      const std::size_t before = found_.size();
      if (symbol.kind() == Definition::Kind::class_ && same->kind() == symbol.kind())
        compare_members(symbol, *same);
      if (found_.size() == before) found_.push_back({symbol.name, {}, imported});
    }
  }

  void compare_members(const analyzers::Symbol& symbol, const analyzers::Symbol& same) {
    const analyzers::Symbols old(symbol.definition().members), now(same.definition().members);
    for (const analyzers::Symbol& member : old.list()) {
      if (analyzers::is_private(member.name)) continue;
      const analyzers::Symbol* kept = now.find(member.name);
      if (kept == nullptr || breaks(member, *kept))
        found_.push_back({symbol.name, member.name, false});
    }
  }

  bool breaks(const analyzers::Symbol& before, const analyzers::Symbol& after) const {
    return !analyzers::definition_changes(before, after, before.name, {old_, now_})
                .breaking.empty();
  }

  const Interface& after_;
  const analyzers::Symbols old_, now_;
  std::vector<ChangedName> found_;
};

std::string_view leaf_of(std::string_view module) {
  return module.substr(module.rfind('.') + 1);
}

// Whether the text has the word; behind a '.' only, where that is asked for.
bool holds_word(std::string_view text, std::string_view word, bool attribute) {
  const auto letter = [&](std::size_t at) {
    const auto c = at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
    return std::isalnum(c) != 0 || c == '_' || c >= 0x80;
  };
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 ? !attribute : attribute ? text[at - 1] == '.' : !letter(at - 1);
    if (begins && !letter(at + word.size())) return true;
  }
  return false;
}

// What a file takes from a module: names by `from`; through the module itself what its text has as
// attributes; through a star what its text names.
class Uses {
 public:
  Uses(std::string_view facts, std::string text, std::string_view module) : text_(std::move(text)) {
    core::ImportReader reader(facts);
    core::Import import;
    while (reader.next(import)) {
      const bool of_it = import.module.empty() || leaf_of(import.module) == leaf_of(module);
      stars_ = stars_ || (of_it && import.kind == core::ImportKind::star);
      whole_ = whole_ || (of_it && import.kind == core::ImportKind::import);
      for (const core::ImportedName& name : import.names) {
        if (of_it) names_.emplace(name.name);
        whole_ = whole_ || name.name == leaf_of(module);
      }
    }
  }

  bool any(const ChangedName& changed) const {
    const bool named = names_.contains(changed.name) ||
                       (whole_ && !changed.imported && holds_word(text_, changed.name, true)) ||
                       (stars_ && !changed.imported && holds_word(text_, changed.name, false));
    return named && (changed.member.empty() || holds_word(text_, changed.member, false));
  }

 private:
  std::string text_;
  std::set<std::string, std::less<>> names_;
  bool whole_ = false, stars_ = false;
};

// What a side has made of a module, as far as others must know.
struct ModuleNews {
  bool added = false;
  std::vector<ChangedName> names;
};

class ImportNotes {
 public:
  ImportNotes(facts::BlobKnowledge& knowledge, const git::Repository& repository,
              const std::vector<std::string>& roots, const std::vector<MergeSide>& sides,
              const std::vector<Conflict>& conflicts)
      : knowledge_(knowledge),
        repository_(repository),
        roots_(roots),
        sides_(sides),
        conflicts_(conflicts) {}

  void add(const ImportWait& wait) {
    if (wait.type_checking || is_told(wait)) return;
    const ModuleNews& news = news_of(wait);
    const std::vector<std::string> used = used_names(wait, news);
    if (used.empty() && !news.added) return;
    const auto [at, fresh] =
        places_.try_emplace(std::tuple(wait.stream, wait.on, wait.module), found_.size());
    if (fresh) found_.push_back({&wait, {}, 0});
    Told& told = found_[at->second];
    ++told.files;
    for (const std::string& name : used) {
      if (std::ranges::find(told.names, name) == told.names.end()) told.names.push_back(name);
    }
  }

  std::vector<Conflict> take() const {
    std::vector<Conflict> notes;
    for (const Told& told : found_) notes.push_back(note(told));
    return notes;
  }

 private:
  struct Told {
    const ImportWait* first = nullptr;
    std::vector<std::string> names;
    std::size_t files = 0;
  };

  std::vector<std::string> used_names(const ImportWait& wait, const ModuleNews& news) {
    std::vector<std::string> used;
    const auto file =
        news.names.empty() ? std::nullopt : repository_.entry(sides_[wait.stream].tip, wait.path);
    if (!file) return used;
    const Uses uses(knowledge_.facts(file->id), repository_.blob(file->id), wait.module);
    for (const ChangedName& changed : news.names) {
      if (uses.any(changed)) used.push_back(changed.text());
    }
    return used;
  }

  // Whether a conflict says already that this import, or what is done with it, cannot work.
  bool is_told(const ImportWait& wait) const {
    return std::ranges::any_of(conflicts_, [&](const Conflict& conflict) {
      if (conflict.kind != ConflictKind::broken_import && conflict.kind != ConflictKind::interface)
        return false;
      const ConflictPlace &user = conflict.first, &used = conflict.second;
      return user.side == wait.stream && user.path_on_side() == wait.path && used.side == wait.on &&
             (used.path_on_side() == wait.file || user.line == wait.line);
    });
  }

  const ModuleNews& news_of(const ImportWait& wait) {
    const auto [at, fresh] = news_.try_emplace(std::pair(wait.on, wait.module));
    if (!fresh) return at->second;
    const MergeSide& side = sides_[wait.on];
    const auto before = interface_at(side.base, wait.module),
               after = interface_at(side.tip, wait.module);
    at->second.added = !before && after;
    // An import of a module that is gone is a conflict, or is meant to fail.
    if (before && after) at->second.names = NameChanges(*before, *after).take();
    return at->second;
  }

  // Wherever the module is in that tree: a package that a module has become is the module still.
  std::optional<Interface> interface_at(const core::ObjectId& commit, const std::string& module) {
    std::unique_ptr<core::SourceTree>& tree = trees_[commit];
    if (!tree) tree = repository_.source_tree(commit);
    python::ModuleMap modules(*tree, python::python_roots(roots_, *tree));
    const std::string path = modules.found(modules.find(module)).path;
    const auto blob = path.empty() ? std::nullopt : tree->file(path);
    return blob ? std::optional(knowledge_.interface(*blob)) : std::nullopt;
  }

  Conflict note(const Told& told) const {
    const ImportWait& wait = *told.first;
    Conflict conflict;
    conflict.kind = ConflictKind::imports;
    conflict.blocks = false;
    conflict.first = {wait.stream, wait.path, {}, wait.line};
    conflict.second = {wait.on, wait.file, {}, 0};
    conflict.message = fmt::format("imports {}, {} by {}", core::printable(wait.module),
                                   made_name(wait.made), sides_[wait.on].title());
    if (!told.names.empty()) conflict.message += ": " + names_text(told.names);
    if (told.files > 1)
      conflict.message += fmt::format("; {} too", core::counted(told.files - 1, "more file"));
    return conflict;
  }

  facts::BlobKnowledge& knowledge_;
  const git::Repository& repository_;
  const std::vector<std::string>& roots_;
  const std::vector<MergeSide>& sides_;
  const std::vector<Conflict>& conflicts_;
  std::map<core::ObjectId, std::unique_ptr<core::SourceTree>> trees_;
  std::map<std::pair<std::size_t, std::string>, ModuleNews> news_;  // by side and module
  std::map<std::tuple<std::size_t, std::size_t, std::string>, std::size_t> places_;
  std::vector<Told> found_;
};

}  // namespace

std::vector<Conflict> import_notes(facts::BlobKnowledge& knowledge,
                                   const git::Repository& repository,
                                   const std::vector<std::string>& python_roots,
                                   const std::vector<MergeSide>& sides,
                                   const std::vector<ImportWait>& waits,
                                   const std::vector<Conflict>& conflicts) {
  ImportNotes notes(knowledge, repository, python_roots, sides, conflicts);
  for (const ImportWait& wait : waits) notes.add(wait);
  return notes.take();
}

}  // namespace gs::conflicts
