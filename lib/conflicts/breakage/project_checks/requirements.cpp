// Requirements that contradict each other, and keys of pyproject.toml that are there twice.

#include <algorithm>
#include <fmt/core.h>
#include <map>

#include "lib/conflicts/breakage/project_checks/project_check.h"
#include "lib/core/text.h"
#include "lib/python/packaging/requirement.h"
#include "lib/python/packaging/toml.h"

namespace gs::conflicts {

namespace {

using python::Requirement;
using python::TomlEntry;

// In one list: the same name, under the same condition.
void add_contradictions(const std::string& path, const std::vector<Requirement>& list,
                        std::vector<ProjectFault>& faults) {
  std::map<std::pair<std::string, std::string>, std::vector<const Requirement*>> by_name;
  for (const Requirement& one : list) {
    std::vector<const Requirement*>& others = by_name[{one.name, one.marker}];
    for (const Requirement* other : others) {
      if (!python::contradict(*other, one)) continue;
      ProjectFault fault;
      fault.key = fmt::format("{} and {}", other->text, one.text);
      fault.places = {{path, other->line}, {path, one.line}};
      fault.message =
          fmt::format("requires {} and, in line {}, {}: no version is both",
                      core::printable(other->text), one.line, core::printable(one.text));
      faults.push_back(std::move(fault));
      break;
    }
    others.push_back(&one);
  }
}

std::string dotted(const std::vector<std::string>& key) {
  std::string text;
  for (const std::string& part : key) text += (text.empty() ? "" : ".") + part;
  return text;
}

void add_duplicates(const std::string& path, const std::vector<TomlEntry>& entries,
                    std::vector<ProjectFault>& faults) {
  std::map<std::vector<std::string>, std::uint32_t> lines;
  for (const TomlEntry& entry : entries) {
    const auto [at, fresh] = lines.try_emplace(entry.key, entry.line);
    if (fresh) continue;
    const std::string name = dotted(entry.key);
    ProjectFault fault;
    fault.key = "twice " + name;
    fault.places = {{path, at->second}, {path, entry.line}};
    fault.message =
        fmt::format("{} {} is there twice, again in line {}", entry.table ? "the table" : "the key",
                    core::printable(name), entry.line);
    faults.push_back(std::move(fault));
  }
}

// Where [project], [build-system] and [dependency-groups] have requirements.
bool lists_requirements(const std::vector<std::string>& key) {
  if (key.size() == 2 && key[0] == "dependency-groups") return true;
  const std::string name = dotted(key);
  return name == "project.dependencies" || name == "build-system.requires" ||
         (key.size() == 3 && name.starts_with("project.optional-dependencies."));
}

}  // namespace

std::string_view requirements_group(std::string_view path) {
  const std::string_view folder = folder_of(path), name = path.substr(folder.size());
  const bool listed = name.starts_with("requirements") || name.starts_with("constraints") ||
                      name.ends_with("requirements.txt") || folder == "requirements/" ||
                      folder.ends_with("/requirements/");
  return listed && (name.ends_with(".txt") || name.ends_with(".in")) ? path : std::string_view();
}

std::vector<ProjectFault> requirements_faults(const std::vector<ProjectFile>& files) {
  std::vector<ProjectFault> faults;
  for (const ProjectFile& file : files)
    add_contradictions(file.path, python::requirements_of(file.text), faults);
  return faults;
}

std::string_view pyproject_group(std::string_view path) {
  return path.substr(folder_of(path).size()) == "pyproject.toml" ? path : std::string_view();
}

std::vector<ProjectFault> pyproject_faults(const std::vector<ProjectFile>& files) {
  std::vector<ProjectFault> faults;
  for (const ProjectFile& file : files) {
    const auto entries = python::toml_entries(file.text);
    if (!entries) continue;
    add_duplicates(file.path, *entries, faults);
    for (const TomlEntry& entry : *entries) {
      if (entry.table || !lists_requirements(entry.key)) continue;
      std::vector<Requirement> list;
      for (const python::TomlString& string : entry.strings) {
        auto one = python::parse_requirement(string.text);
        if (!one) continue;
        one->line = string.line;
        list.push_back(std::move(*one));
      }
      add_contradictions(file.path, list, faults);
    }
  }
  return faults;
}

}  // namespace gs::conflicts
