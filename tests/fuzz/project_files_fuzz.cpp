// Any bytes as a migration, a requirements file, a pyproject.toml and a conftest.py.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "lib/conflicts/breakage/project_checks/project_check.h"
#include "lib/python/interface/literals.h"
#include "lib/python/packaging/requirement.h"
#include "lib/python/packaging/toml.h"

namespace {

using gs::conflicts::ProjectFault;
using gs::conflicts::ProjectFile;

// Every fault has a place in one of the files.
void check(const std::vector<ProjectFault>& faults) {
  for (const ProjectFault& fault : faults) {
    if (fault.places.empty() || fault.key.empty() || fault.message.empty()) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto lines = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (const auto& requirement : gs::python::requirements_of(text)) {
    if (requirement.name.empty() || requirement.line == 0 || requirement.line > lines)
      __builtin_trap();
    gs::python::contradict(requirement, requirement);
  }
  if (const auto entries = gs::python::toml_entries(text)) {
    for (const auto& entry : *entries) {
      if (entry.key.empty() || entry.line == 0 || entry.line > lines) __builtin_trap();
    }
  }
  // A second file of the same kind, so that faults between files are tried.
  const std::vector<ProjectFile> files{{"shop/migrations/0001_a.py", text},
                                       {"shop/migrations/0001_b.py", text}};
  check(gs::conflicts::django_faults(files));
  check(gs::conflicts::alembic_faults(files));
  check(gs::conflicts::requirements_faults(files));
  check(gs::conflicts::pyproject_faults(files));
  check(gs::conflicts::fixture_faults(files));
  return 0;
}
