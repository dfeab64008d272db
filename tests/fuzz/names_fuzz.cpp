// Any bytes as a Python source: its scopes, and the facts of its names.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/core/text.h"
#include "lib/python/names/unbound_names.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const gs::python::ParseLimits limits{8192, std::chrono::milliseconds(100)};
  const auto table = gs::python::scopes_of(source, limits);
  if (!table) return 0;
  for (std::size_t i = 1; i < table->scopes.size(); ++i) {
    if (table->scopes[i].parent >= i) __builtin_trap();
  }
  for (const gs::python::NameUse& use : table->uses) {
    const auto found = scope_of(*table, use.scope, use.name);
    if (found && *found >= table->scopes.size()) __builtin_trap();
  }
  const auto facts = gs::python::names_of(source, limits);
  if (!facts) return 0;
  for (const gs::core::UnboundName& one : facts->unbound) {
    if (one.name.empty() || one.line == 0) __builtin_trap();
  }
  for (const gs::core::Repeat& one : facts->repeated) {
    if (one.name.empty() || one.line > one.again) __builtin_trap();
  }
  if (gs::core::thaw_names(gs::core::serialize(*facts)) != facts) __builtin_trap();
  return 0;
}
