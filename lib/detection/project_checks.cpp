#include "lib/detection/project_checks.h"

#include <algorithm>
#include <set>

#include "lib/core/text.h"
#include "lib/python/packaging/toml.h"

namespace gs::detection {

namespace {

constexpr core::Seconds kShort{10 * 60}, kLong{60 * 60};

bool is_ci_file(std::string_view path) {
  return (path.starts_with(".github/workflows/") &&
          (path.ends_with(".yml") || path.ends_with(".yaml"))) ||
         path == ".gitlab-ci.yml" || path == "azure-pipelines.yml" || path == ".travis.yml" ||
         path == ".circleci/config.yml";
}

bool is_word_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

bool has_words(std::string_view text, std::string_view words) {
  for (std::size_t at = text.find(words); at != text.npos; at = text.find(words, at + 1)) {
    const bool begins = at == 0 || !is_word_part(text[at - 1]);
    const std::size_t end = at + words.size();
    if (begins && (end == text.size() || !is_word_part(text[end]))) return true;
  }
  return false;
}

// "[flake8]" of an INI file: its lines.
std::optional<std::string> ini_section(std::string_view text, std::string_view name) {
  std::optional<std::string> lines;
  while (!text.empty()) {
    const std::string_view line = core::take_line(text);
    if (line.starts_with('[')) {
      if (lines) break;
      if (line.substr(1).starts_with(name) && line.substr(1 + name.size()).starts_with(']'))
        lines.emplace();
    } else if (lines) {
      *lines += std::string(line) + '\n';
    }
  }
  return lines;
}

// The configuration files of one repository.
class Project {
 public:
  Project(const std::vector<std::string>& paths, const ReadFile& read)
      : paths_(paths), read_(read) {
    for (const std::string& path : paths) {
      if (!is_ci_file(path)) continue;
      if (const auto text = read(path)) ci_.emplace_back(path, *text);
    }
    if (const auto text = text_of("pyproject.toml")) {
      for (const auto& entry :
           python::toml_entries(*text).value_or(std::vector<python::TomlEntry>{})) {
        if (entry.key.size() > 1 && entry.key[0] == "tool") tools_.insert(entry.key[1]);
        if (entry.key.size() > 2 && entry.key[0] == "tool" && entry.key[1] == "mypy")
          mypy_keys_.insert(entry.key[2]);
        if (entry.key.size() > 2 && entry.key[0] == "tool" && entry.key[1] == "pytest" &&
            entry.key[2] == "ini_options")
          tools_.insert("pytest.ini_options");
      }
    }
  }

  bool has(std::string_view path) const { return std::ranges::binary_search(paths_, path); }
  bool has_folder(const std::string& folder) const {
    const auto found = std::ranges::lower_bound(paths_, folder + '/');
    return found != paths_.end() && found->starts_with(folder + '/');
  }
  bool has_tool(const std::string& name) const { return tools_.contains(name); }
  bool mypy_knows_files() const {
    return std::ranges::any_of(std::initializer_list<const char*>{"files", "packages", "modules"},
                               [&](const char* key) { return mypy_keys_.contains(key); });
  }
  std::optional<std::string> text_of(std::string_view path) const {
    return has(path) ? read_(path) : std::nullopt;
  }
  std::optional<std::string> section(std::string_view path, std::string_view name) const {
    const auto text = text_of(path);
    return text ? ini_section(*text, name) : std::nullopt;
  }
  // The CI file that has these words.
  std::optional<std::string> in_ci(std::string_view words) const {
    for (const auto& [path, text] : ci_) {
      if (has_words(text, words)) return path;
    }
    return std::nullopt;
  }
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  const std::vector<std::string>& paths_;
  const ReadFile& read_;
  std::vector<std::pair<std::string, std::string>> ci_;
  std::set<std::string> tools_, mypy_keys_;
};

ProjectCheck check(std::string name, std::vector<std::string> run, core::Seconds timeout,
                   std::string reason) {
  return {{std::move(name), std::move(run), timeout}, std::move(reason)};
}

// Why: the first of a tool's files, its table in pyproject.toml, its section, or CI's command.
std::optional<std::string> reason_for(
    const Project& project, std::string_view tool, std::initializer_list<std::string_view> files,
    std::initializer_list<std::pair<const char*, const char*>> sections, std::string_view command) {
  for (const std::string_view file : files) {
    if (project.has(file)) return "there is " + std::string(file);
  }
  if (project.has_tool(std::string(tool)))
    return "pyproject.toml has [tool." + std::string(tool) + "]";
  for (const auto& [file, section] : sections) {
    if (project.section(file, section))
      return std::string(file) + " has [" + std::string(section) + "]";
  }
  if (const auto path = project.in_ci(command)) return *path + " runs it";
  return std::nullopt;
}

std::optional<ProjectCheck> style_check(const Project& project) {
  if (const auto why = reason_for(project, "ruff", {"ruff.toml", ".ruff.toml"}, {}, "ruff check"))
    return check("style", {"ruff", "check", "."}, kShort, *why);
  if (const auto why = reason_for(project, "flake8", {".flake8"},
                                  {{"setup.cfg", "flake8"}, {"tox.ini", "flake8"}}, "flake8"))
    return check("style", {"flake8"}, kShort, *why);
  return std::nullopt;
}

// Folders directly at the top, or in src, that are packages.
std::vector<std::string> package_folders(const Project& project) {
  std::vector<std::string> folders;
  for (const std::string& path : project.paths()) {
    if (!path.ends_with("/__init__.py")) continue;
    const std::string folder = path.substr(0, path.size() - 12);
    const auto slashes = std::ranges::count(folder, '/');
    if (slashes == 0 || (slashes == 1 && folder.starts_with("src/"))) folders.push_back(folder);
  }
  std::erase_if(folders,
                [](const std::string& folder) { return folder == "tests" || folder == "docs"; });
  return folders;
}

std::optional<ProjectCheck> type_check(const Project& project) {
  const auto why =
      reason_for(project, "mypy", {"mypy.ini", ".mypy.ini"}, {{"setup.cfg", "mypy"}}, "mypy");
  if (why) {
    std::vector<std::string> run{"mypy"};
    const auto section = project.section("setup.cfg", "mypy");
    const auto own = project.text_of("mypy.ini");
    const std::string lines = '\n' + section.value_or("") + '\n' + own.value_or("");
    const bool known = project.mypy_knows_files() || lines.find("\nfiles") != lines.npos ||
                       lines.find("\npackages") != lines.npos;
    const std::vector<std::string> folders = package_folders(project);
    if (!known && !folders.empty()) run.insert(run.end(), folders.begin(), folders.end());
    if (!known && folders.empty()) run.emplace_back(".");
    return check("types", std::move(run), kShort, *why);
  }
  if (const auto pyright = reason_for(project, "pyright", {"pyrightconfig.json"}, {}, "pyright"))
    return check("types", {"pyright"}, kShort, *pyright);
  return std::nullopt;
}

// tox's first environment that is one of Python's, as "py3" is in Django's; empty: all of them.
std::string tox_environment(const Project& project) {
  const std::string tox = project.section("tox.ini", "tox").value_or("");
  std::size_t at = tox.find("envlist");
  if (at == tox.npos) at = tox.find("env_list");
  if (at == tox.npos) return {};
  std::string_view list = std::string_view(tox).substr(at);
  list.remove_prefix(std::min(list.find('=') + 1, list.size()));
  while (!list.empty() && !is_word_part(list.front())) list.remove_prefix(1);
  std::size_t length = 0;
  while (length < list.size() && is_word_part(list[length])) ++length;
  const std::string_view name = list.substr(0, length);
  const bool braces = length < list.size() && (list[length] == '{' || list[length] == '.');
  return name.starts_with("py") && !braces ? std::string(name) : std::string();
}

std::optional<ProjectCheck> test_check(const Project& project) {
  std::optional<std::string> why;
  if (project.has("pytest.ini")) why = "there is pytest.ini";
  if (!why && project.has_tool("pytest.ini_options"))
    why = "pyproject.toml has [tool.pytest.ini_options]";
  if (!why && project.section("setup.cfg", "tool:pytest")) why = "setup.cfg has [tool:pytest]";
  if (!why && project.section("tox.ini", "pytest")) why = "tox.ini has [pytest]";
  for (const char* path : {"conftest.py", "tests/conftest.py"}) {
    if (!why && project.has(path)) why = "there is " + std::string(path);
  }
  const auto tox = project.text_of("tox.ini"), nox = project.text_of("noxfile.py");
  if (!why && tox && has_words(*tox, "pytest")) why = "tox.ini runs it";
  if (!why && nox && has_words(*nox, "pytest")) why = "noxfile.py runs it";
  if (const auto path = project.in_ci("pytest"); !why && path) why = *path + " runs it";
  if (why) return check("tests", {"pytest"}, kLong, *why);
  if (nox) return check("tests", {"nox"}, kLong, "there is noxfile.py");
  if (tox || project.has_tool("tox")) {
    const std::string environment = tox_environment(project);
    std::vector<std::string> run{"tox"};
    if (!environment.empty()) run.insert(run.end(), {"-e", environment});
    return check("tests", std::move(run), kLong,
                 tox ? "there is tox.ini" : "pyproject.toml has [tool.tox]");
  }
  for (const std::string folder : {"tests", "test"}) {
    const bool tests = std::ranges::any_of(project.paths(), [&](const std::string& path) {
      return path.starts_with(folder + "/test") && path.ends_with(".py");
    });
    if (tests)
      return check("tests", {"python3", "-m", "unittest", "discover", "-s", folder, "-t", "."},
                   kLong, "there are " + folder + "/test*.py, and no other runner's settings");
  }
  return std::nullopt;
}

}  // namespace

std::vector<ProjectCheck> project_checks(const std::vector<std::string>& paths,
                                         const ReadFile& read) {
  const Project project(paths, read);
  std::vector<ProjectCheck> checks;
  for (const auto find : {style_check, type_check, test_check}) {
    if (auto found = find(project)) checks.push_back(std::move(*found));
  }
  return checks;
}

}  // namespace gs::detection
