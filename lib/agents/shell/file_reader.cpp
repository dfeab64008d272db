#include <cstdlib>

#include "lib/agents/dialects/call.h"
#include "lib/agents/shell/command_walk.h"
#include "lib/core/error.h"
#include "lib/git/files.h"
#include "lib/git/layout.h"

namespace gs::agents::walk {

std::string_view last_part(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return base_name(path);
}

// --- Patches

Output CommandReader::apply_patch(Words words, const Input& input) {
  std::string text = input.text.value_or("");
  for (const Word& word : words.subspan(1)) text += "\n" + word.text;
  for (std::string& path : patch_paths(text))
    touch(Effect::writes, {std::move(path)}, state_.folder, "apply_patch");
  return std::nullopt;
}

Output CommandReader::content(const Input& input) const {
  if (input.text || !input.file) return input.text;
  return file_content(*input.file, state_.folder);
}

Output CommandReader::file_content(const Word& name, const std::optional<fs::path>& folder) {
  constexpr std::uintmax_t kLargest = 1U << 20U;
  if (!name.known || (!folder && !name.text.starts_with('/'))) return std::nullopt;
  const fs::path path = folder.value_or("/") / name.text;
  std::error_code failed;
  if (!fs::is_regular_file(path, failed) || fs::file_size(path, failed) > kLargest)
    return std::nullopt;
  try {
    return git::read_file(path);
  } catch (const core::Error&) {
    return std::nullopt;
  }
}

// A patch on its input names the files; false: nothing more is to be read.
bool CommandReader::patch(Words words, const Input& input) {
  const Arguments arguments = read_arguments(
      words.subspan(1), {.values = "p i d o r F B D V Y z g --strip --input --directory"});
  if (arguments.has_any("--dry-run --check C o --output")) return true;
  const Word* strip = arguments.value_of("p --strip");
  const Word* file = arguments.value_of("i --input");
  const Word* folder = arguments.value_of("d --directory");
  if (!arguments.operands.empty()) return true;
  const auto at = folder != nullptr ? folder_named(*folder) : state_.folder;
  const Output text = file != nullptr ? file_content(*file, state_.folder) : content(input);
  if (!text || !at) return true;
  const int taken = strip != nullptr && strip->text.size() == 1 ? strip->text[0] - '0' : -1;
  for (std::string& path : diff_paths(*text, taken, *at))
    touch(Effect::writes, {std::move(path)}, at, "patch");
  return false;
}

// --- git

Output CommandReader::git(const std::string& name, Words words, const Input& input) {
  GitContext context{state_.folder, {}, {}, context_.is_revision, context_.alias};
  const auto variable = [&](const char* called) -> std::optional<Word> {
    const auto value = state_.variables.find(called);
    if (value == state_.variables.end() || value->second.items.empty()) return std::nullopt;
    return value->second.items[0];
  };
  context.git_dir = variable("GIT_DIR");
  context.worktree = variable("GIT_WORK_TREE");
  std::vector<Word> all{{"git"}};
  if (name != "git") all.push_back({name.substr(4)});
  all.insert(all.end(), words.begin() + 1, words.end());
  GitReading reading = read_git(all, context);
  reading_.risky = reading_.risky || reading.changes;
  for (Act& act : reading.acts) {
    if (act.effect == Effect::removes_worktree && reading.folder)
      act.name = (*reading.folder / act.name).string();
    add_act(std::move(act));
  }
  use_files(reading.files, reading.folder, "git");
  git_patches(reading, input);
  for (const std::string& line : reading.lines) {
    in_copy([&] {
      state_.folder = reading.folder;
      return nested({line});
    });
  }
  return rev_parse(all, reading.folder);
}

void CommandReader::git_patches(const GitReading& reading, const Input& input) {
  if (!reading.folder) return;
  const auto read = [&](const Output& text) {
    if (!text) return;
    for (std::string& path : diff_paths(*text, reading.patch_strip, *reading.folder))
      touch(Effect::writes, {std::move(path)}, reading.folder, "git apply");
  };
  if (reading.patch_input) read(content(input));
  for (const Word& patch : reading.patches)
    read(patch.text == "-" ? content(input) : file_content(patch, reading.folder));
}

// What `git rev-parse` says of where things are.
Output CommandReader::rev_parse(Words words, const std::optional<fs::path>& folder) {
  const bool asks =
      words.size() >= 3 && words[words.size() == 4 ? 1 : words.size() - 2].text == "rev-parse";
  if (!asks || !folder) return std::nullopt;
  const std::string& what = words[2].text;
  try {
    const git::Layout layout = git::discover_place(*folder).layout;
    if (what == "--show-toplevel" && layout.worktree) return layout.worktree->string() + "\n";
    if (what == "--git-common-dir") return layout.common_dir.string() + "\n";
    if (what == "--git-dir" || what == "--absolute-git-dir") return layout.git_dir.string() + "\n";
    if (what == "--git-path" && words.size() == 4 && words[3].known)
      return (layout.common_dir / words[3].text).string() + "\n";
  } catch (const core::Error&) {
  }
  return std::nullopt;
}

// --- What a command prints, where that is plain to see

Output CommandReader::printed(const std::string& name, Words words, const Input& input) const {
  const Words operands = words.subspan(1);
  const bool known =
      std::all_of(operands.begin(), operands.end(), [](const Word& word) { return word.known; });
  if (name == "pwd") return state_.folder ? Output(state_.folder->string() + "\n") : std::nullopt;
  if (!known) return std::nullopt;
  if (name == "echo") {
    std::size_t first = 0;
    while (first < operands.size() && is_listed("-n -e -E -en -ne", operands[first].text)) ++first;
    return joined(operands.subspan(first)) + "\n";
  }
  if (name == "printf") return formatted(operands);
  if (is_listed("cat sort uniq tac", name)) return operands.empty() ? input.text : std::nullopt;
  if (name == "seq" && operands.size() == 1) return sequence_to(operands[0].text);
  if (operands.size() == 1 && name == "dirname") {
    const fs::path parent = fs::path(operands[0].text).parent_path();
    return (parent.empty() ? std::string(".") : parent.string()) + "\n";
  }
  if (operands.size() == 1 && name == "basename")
    return std::string(last_part(operands[0].text)) + "\n";
  const bool resolves = name == "realpath" ||
                        (name == "readlink" && operands.size() == 2 && operands[0].text == "-f");
  if (resolves && state_.folder && !operands.empty())
    return git::real_path(*state_.folder / operands.back().text).string() + "\n";
  if (name == "ls") return listed(operands);
  return std::nullopt;
}

std::string CommandReader::joined(Words words) {
  std::string text;
  for (const Word& word : words) text += (text.empty() ? "" : " ") + word.text;
  return text;
}

// printf with %s alone
Output CommandReader::formatted(Words words) {
  if (words.empty()) return std::nullopt;
  const auto format = ansi_c_text(words[0].text);
  const std::size_t percent = format ? format->find('%') : std::string::npos;
  if (!format) return std::nullopt;
  if (percent == std::string::npos) return format;
  if (format->compare(percent, 2, "%s") != 0 || format->find('%', percent + 1) != std::string::npos)
    return std::nullopt;
  std::string text;
  for (const Word& word : words.subspan(1))
    text += format->substr(0, percent) + word.text + format->substr(percent + 2);
  return text;
}

Output CommandReader::sequence_to(const std::string& last) {
  const int end = std::atoi(last.c_str());
  std::string text;
  for (int i = 1; i <= end && i <= static_cast<int>(kMostRounds); ++i)
    text += std::to_string(i) + "\n";
  return text;
}

Output CommandReader::listed(Words words) const {
  if (!state_.folder) return std::nullopt;
  std::string text;
  for (const Word& word : words) {
    if (word.text == "-1" || word.text == "-d" || word.text == "-1d") continue;
    if (word.text.starts_with('-') || git::is_folder(*state_.folder / word.text))
      return std::nullopt;
    text += word.text + "\n";
  }
  return text.empty() ? std::nullopt : Output(text);
}

// --- What is done to files

void CommandReader::add_act(Act act) {
  reading_.risky = true;
  reading_.acts.push_back(std::move(act));
}

void CommandReader::touch(Effect effect, const Word& word, const std::optional<fs::path>& folder,
                          std::string what, bool recursive) {
  if (!word.known || word.text.empty() || (!folder && word.text[0] != '/')) return;
  const std::string path = (folder.value_or("/") / word.text).string();
  // Devices; a repository may be in shared memory.
  if (path.starts_with("/dev/") && !path.starts_with("/dev/shm/")) return;
  Act act{effect, std::move(what), path};
  act.recursive = recursive;
  add_act(std::move(act));
}

// A pathspec of git's may start at the top.
std::pair<Word, std::optional<fs::path>> CommandReader::from_top(Word word,
                                                                 std::optional<fs::path> folder) {
  const std::size_t size = word.text.starts_with(":/")       ? 2
                           : word.text.starts_with(":(top)") ? 6
                                                             : 0;
  if (size == 0 || !folder) return {std::move(word), std::move(folder)};
  word.text.erase(0, size);
  if (word.text.empty()) word.text = ".";
  try {
    if (const auto top = git::discover_place(*folder).layout.worktree)
      return {std::move(word), top};
  } catch (const core::Error&) {
  }
  return {Word{"", false}, std::nullopt};
}

// The files that git's own patterns match.
std::vector<Word> CommandReader::as_pathspec(const Word& word,
                                             const std::optional<fs::path>& folder) const {
  if (!word.known || word.text.find_first_of("*?[") == std::string::npos) return {word};
  Draft pattern;
  pattern.add(word.text, From::line);
  std::vector<Word> all;
  for (std::string& file : pattern.matches(folder)) all.push_back({std::move(file)});
  return all;
}

void CommandReader::use_files(const FileUses& uses, const std::optional<fs::path>& folder,
                              const std::string& program) {
  const bool is_git = program == "git";
  const auto each = [&](const std::vector<Word>& words, Effect effect) {
    for (const Word& given : words) {
      const auto [word, base] = is_git ? from_top(given, folder) : std::pair(given, folder);
      const bool is_folder = word.known && (base || word.text.starts_with('/')) &&
                             git::is_folder(base.value_or("/") / word.text);
      const bool some = is_folder && (uses.some_of_folders || !uses.recursive);
      for (const Word& one : is_git ? as_pathspec(word, base) : std::vector<Word>{word})
        touch(some ? Effect::fills : effect, one, base, program, uses.recursive);
    }
  };
  each(uses.written, Effect::writes);
  each(uses.removed, Effect::removes);
  for (const Word& word : uses.filled) touch(Effect::fills, word, folder, program);
  for (const Word& word : uses.made) {
    touch(Effect::fills, word, folder, program);
    if (word.known && (folder || word.text.starts_with('/')))
      state_.made.insert((folder.value_or("/") / word.text).lexically_normal().string());
  }
  if (uses.target) copy(uses, folder, program);
  if (!uses.removes_sources || !uses.target) return;
  for (const Word& source : uses.sources) touch(Effect::removes, source, folder, program, true);
}

// Each source's files under their names at the target.
void CommandReader::copy(const FileUses& uses, const std::optional<fs::path>& folder,
                         const std::string& program) {
  const Word& target = *uses.target;
  if (!target.known || (!folder && !target.text.starts_with('/'))) return;
  const fs::path at = folder.value_or("/") / target.text;
  const bool into = uses.target_is != FileUses::Target::file &&
                    (uses.target_is == FileUses::Target::folder || is_there(at) ||
                     uses.sources.size() > 1 || target.text.ends_with('/'));
  for (const Word& source : uses.sources) {
    if (!source.known) {
      if (into) touch(Effect::fills, target, folder, program);
      continue;
    }
    const std::string_view name = last_part(source.text);
    const bool content =
        name == "." || name == ".." || (uses.slash_means_content && source.text.ends_with('/'));
    const fs::path to = into && !content ? at / name : at;
    const fs::path from = folder.value_or("/") / source.text;
    if (!uses.recursive || !(folder || source.text.starts_with('/')) || !git::is_folder(from)) {
      if (!git::is_folder(to)) touch(Effect::writes, {to.string()}, folder, program);
      continue;
    }
    touch(Effect::fills, {to.string()}, folder, program);
    for (const std::string& file : files_below(from, kMostFiles))
      touch(Effect::writes, {(to / file).string()}, folder, program);
  }
}

}  // namespace gs::agents::walk
