#pragma once
// Requirements as pip reads them: dependency specifiers (PEP 508) with version specifiers (PEP
// 440), and lines of requirements files.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::python {

struct VersionSpecifier {
  std::string comparison;  // "==", ">=", "~=", …
  std::string version;     // "1.26.4", "2.*"
};

struct Requirement {
  std::string name;    // normalised: "typing-extensions"
  std::string marker;  // "python_version<'3.9'", without blanks; empty: none
  std::vector<VersionSpecifier> versions;
  std::string text;  // as it is written, without comment and marker
  std::uint32_t line = 0;
};

// Nothing for what is no requirement of a name by version: a URL, an option, a path.
std::optional<Requirement> parse_requirement(std::string_view text);

// Those of a requirements or constraints file; lines that are none are left out.
std::vector<Requirement> requirements_of(std::string_view file);

// Whether no version satisfies both. Only releases written as numbers are compared: where anything
// else decides (pre-releases, epochs, local versions), the answer is no.
bool contradict(const Requirement& a, const Requirement& b);

}  // namespace gs::python
