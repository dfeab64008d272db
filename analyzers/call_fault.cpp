#include "analyzers/call_fault.h"

#include <algorithm>
#include <fmt/core.h>

#include "analyzers/parameters.h"
#include "lib/core/text.h"

namespace gs::analyzers {

using core::Call;
using core::Parameter;
using core::ParameterKind;

std::optional<std::string> call_fault(const std::vector<Parameter>& parameters, const Call& call) {
  if (call.spread) return std::nullopt;
  const auto positions = static_cast<std::size_t>(std::ranges::count_if(parameters, by_position));
  if (call.positional > positions && !takes(parameters, ParameterKind::var_positional)) {
    return fmt::format("takes {}, is given {}", core::counted(positions, "positional argument"),
                       call.positional);
  }
  for (const std::string& keyword : call.keywords) {
    const auto named = std::ranges::find_if(parameters, [&](const Parameter& parameter) {
      return by_name(parameter) && parameter.name == keyword;
    });
    if (named == parameters.end() && !takes(parameters, ParameterKind::var_keyword))
      return fmt::format("has no argument '{}'", keyword);
  }
  std::size_t place = 0;
  for (const Parameter& parameter : parameters) {
    const bool placed = by_position(parameter) && place++ < call.positional;
    const bool named = by_name(parameter) &&
                       std::ranges::find(call.keywords, parameter.name) != call.keywords.end();
    if (placed && named) return fmt::format("argument '{}' is given twice", parameter.name);
    const bool needed = (by_position(parameter) || by_name(parameter)) && !parameter.has_default;
    if (needed && !placed && !named) return fmt::format("argument '{}' is missing", parameter.name);
  }
  return std::nullopt;
}

}  // namespace gs::analyzers
