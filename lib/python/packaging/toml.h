#pragma once
// A TOML document's keys (toml.io/en/v1.0.0) with the strings in their values: what finding keys
// that are defined twice, and requirements, takes. No validator.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::python {

struct TomlString {
  std::string text;  // of a basic string: without its escapes resolved
  std::uint32_t line = 0;
};

// `[table]`, or `key = value` with its table's name before it. The number of a table in an array,
// from 0, follows the array's name: {"tool", "mypy", "overrides", "1", "module"}.
struct TomlEntry {
  std::vector<std::string> key;
  std::uint32_t line = 0;
  bool table = false;
  std::vector<TomlString> strings;  // of the value, at any depth of arrays; not in inline tables
};

// In the order of the document. Nothing when a line is no TOML as far as this reads it.
std::optional<std::vector<TomlEntry>> toml_entries(std::string_view text);

}  // namespace gs::python
