// pytest's fixtures that have the same name.

#include <fmt/core.h>
#include <map>

#include "lib/conflicts/breakage/project_checks/project_check.h"
#include "lib/core/text.h"
#include "lib/python/interface/literals.h"

namespace gs::conflicts {

namespace {

bool is_fixture(std::string_view decorator) {
  return decorator == "pytest.fixture" || decorator == "fixture" ||
         decorator == "pytest_asyncio.fixture";
}

}  // namespace

std::string_view fixture_group(std::string_view path) {
  const std::string_view name = path.substr(folder_of(path).size());
  const bool tests = name == "conftest.py" || name.ends_with("_test.py") ||
                     (name.starts_with("test_") && name.ends_with(".py"));
  return tests ? path : std::string_view();
}

std::vector<ProjectFault> fixture_faults(const std::vector<ProjectFile>& files) {
  std::vector<ProjectFault> faults;
  for (const ProjectFile& file : files) {
    const auto declared = python::declarations_of(file.text);
    if (!declared) continue;
    std::map<std::string, const python::Decoration*> known;
    for (const python::Decoration& one : declared->decorated) {
      if (!is_fixture(one.decorator)) continue;
      const auto& named = one.name_argument;
      if (named && named->kind != python::Literal::Kind::string) continue;
      const std::string name = named ? named->text : one.name;
      const auto [at, fresh] = known.try_emplace(name, &one);
      if (fresh || at->second->name == one.name) continue;
      ProjectFault fault;
      fault.key = "fixture " + name;
      fault.places = {{file.path, at->second->line}, {file.path, one.line}};
      fault.message = fmt::format("{} and {} are both the fixture {}: pytest takes the later one",
                                  core::printable(at->second->name), core::printable(one.name),
                                  core::printable(name));
      fault.blocks = false;
      faults.push_back(std::move(fault));
    }
  }
  return faults;
}

}  // namespace gs::conflicts
