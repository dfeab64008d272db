#include "lib/agents/shell/shell_scene.h"

#include <glob.h>
#include <memory>

#include "lib/agents/shell/shell_files.h"
#include "lib/git/files.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 10'000;  // of one folder or pattern; so many say enough

struct GlobCloser {
  void operator()(glob_t* found) const { globfree(found); }
};

std::vector<std::string> matches(const fs::path& pattern) {
  glob_t found{};
  const std::unique_ptr<glob_t, GlobCloser> closer(&found);
  std::vector<std::string> paths;
  if (glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) != 0) return paths;
  for (std::size_t i = 0; i < found.gl_pathc && i < kMostFiles; ++i)
    paths.emplace_back(found.gl_pathv[i]);
  return paths;
}

// A folder's name, as a pattern that means only it.
std::string as_literal(const std::string& path) {
  std::string text;
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

void ShellScene::add(const fs::path& folder, const std::string& path) {
  const git::Layout& layout = session_.repository().layout();
  const fs::path state = session_.state().root();
  const auto take = [&](const std::string& one) {
    for (PathLocation& location : locate_path(layout, state, folder, one)) {
      if (location.where != PathLocation::Where::inside || location.path != ".")
        intent_.locations.push_back(std::move(location));
    }
  };
  const fs::path whole = folder / path;
  std::error_code ignored;
  if (fs::symlink_status(whole, ignored).type() != fs::file_type::directory) return take(path);
  std::size_t count = 0;
  for (fs::recursive_directory_iterator entry(whole, ignored), end;
       entry != end && count < kMostFiles; entry.increment(ignored)) {
    if (ignored) break;
    if (entry->path().filename() == ".git") {
      entry.disable_recursion_pending();
      continue;
    }
    if (entry->symlink_status(ignored).type() == fs::file_type::directory) continue;
    take(entry->path().string());
    ++count;
  }
  if (count == 0) take(path);
}

void ShellScene::touch(const Word& word) {
  touch_in(folder_, word);
}

void ShellScene::touch_in(const std::optional<fs::path>& folder, const Word& word) {
  if (word.text.empty() || (!word.exact && !word.glob)) return;
  if (!folder && word.text[0] != '/') return;
  const fs::path base = folder.value_or("/");
  if (word.exact) return add(base, word.text);
  const bool absolute = word.pattern.starts_with('/');
  for (const std::string& path :
       matches(absolute ? word.pattern : as_literal(base.string()) + "/" + word.pattern))
    add(base, path);
}

void ShellScene::put_into(const std::optional<fs::path>& folder, const Word& target,
                          const std::vector<Word>& sources) {
  const bool known = target.exact && (folder || target.text.starts_with('/'));
  if (!known) return touch_in(folder, target);
  const fs::path path = folder.value_or("/") / target.text;
  if (!git::is_folder(path)) return touch_in(folder, target);
  for (const Word& source : sources) {
    if (!source.exact) continue;
    std::string_view name = source.text;
    while (name.ends_with('/')) name.remove_suffix(1);
    touch({(path / base_name(name)).string()});
  }
}

void ShellScene::refuse(core::Rule rule, std::string what, std::string message, std::string hint) {
  if (session_.identity().outsider()) return;
  intent_.findings.push_back(
      {rule, core::Severity::block, std::move(what), 0, std::move(message), std::move(hint)});
}

}  // namespace gs::agents
