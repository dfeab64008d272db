// Any bytes are a baseline or an error with a place; what is read is written so that it reads the
// same.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "analyzers/layers.h"
#include "lib/core/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool fault = gs::core::edge_rule_fault(text).has_value();
  const auto rule = gs::core::EdgeRule::parse(text);
  if (fault == rule.has_value()) std::abort();
  if (rule) (void)rule->matches(text, "a.b.c");
  try {
    const gs::analyzers::Baseline baseline = gs::analyzers::parse_baseline(text, "b");
    const std::string printed = gs::analyzers::print_baseline(baseline);
    if (gs::analyzers::parse_baseline(printed, "b").pairs != baseline.pairs) std::abort();
    for (const auto& [importer, target] : baseline.pairs) {
      if (!baseline.has(importer, target)) std::abort();
    }
  } catch (const gs::core::Error& error) {
    const std::string_view message = error.what();
    if (!message.starts_with("b:") || message.find('\n') != message.npos) std::abort();
  }
  return 0;
}
