#pragma once
// Checks of files of the merged tree that are more than Python code: each is a row of a table in
// project_conflicts.cpp, and off in a repository that has no such files.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/conflicts/conflict.h"

namespace gs::conflicts {

struct ProjectFile {
  std::string path, text;
};

struct ProjectPlace {
  std::string path;
  std::uint32_t line = 0;

  bool operator==(const ProjectPlace&) const = default;
};

// What is wrong with the files that belong together.
struct ProjectFault {
  std::string key;  // the same fault in another version of these files has the same key
  std::vector<ProjectPlace> places;  // one or more
  std::string message, next;
  bool blocks = true;  // no: it may work all the same
};

struct ProjectCheck {
  ConflictKind kind;
  // By what a file is looked at together with others: its folder with a '/' at the end, or the file
  // alone. Empty: not by this check.
  std::string_view (*group)(std::string_view path);
  // In the files of a group, by path. What cannot be told is no fault.
  std::vector<ProjectFault> (*faults)(const std::vector<ProjectFile>& files);
};

// Several last migrations of a Django app, which `manage.py migrate` refuses; one that depends on a
// migration that is gone; where it cannot be told, two of the same number.
std::string_view django_group(std::string_view path);
std::vector<ProjectFault> django_faults(const std::vector<ProjectFile>& files);

// Several heads of Alembic's revisions, which `alembic upgrade head` refuses; one that follows a
// revision that is gone.
std::string_view alembic_group(std::string_view path);
std::vector<ProjectFault> alembic_faults(const std::vector<ProjectFile>& files);

// Requirements of one list that no version satisfies together.
std::string_view requirements_group(std::string_view path);
std::vector<ProjectFault> requirements_faults(const std::vector<ProjectFile>& files);

// The same in pyproject.toml, and keys or tables defined twice there, which is no TOML.
std::string_view pyproject_group(std::string_view path);
std::vector<ProjectFault> pyproject_faults(const std::vector<ProjectFile>& files);

// Two fixtures of one name in a conftest.py or a test module, of which pytest takes the later one:
// functions of different names, as the same name twice is told of any file.
std::string_view fixture_group(std::string_view path);
std::vector<ProjectFault> fixture_faults(const std::vector<ProjectFile>& files);

// "shop/migrations/" of "shop/migrations/0001_initial.py"; empty at the top.
std::string_view folder_of(std::string_view path);
// "0001_initial"
std::string_view stem_of(std::string_view path);

}  // namespace gs::conflicts
