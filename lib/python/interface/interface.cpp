#include "lib/python/interface/interface.h"

#include <algorithm>
#include <tuple>

#include "lib/python/interface/broken_source.h"
#include "lib/python/interface/interface_troubles.h"
#include "lib/python/interface/statements.h"
#include "lib/python/interface/python_tree.h"
#include "lib/python/source_text.h"

namespace gs::python {

namespace {

core::Interface too_large() {
  core::Interface interface;
  interface.partials.push_back({core::Trouble::too_large, 1});
  return interface;
}

// By line, each once, and no more of them than anyone reads.
void tidy(std::vector<core::Partial>& partials) {
  constexpr std::size_t kMost = 100;
  const auto key = [](const core::Partial& partial) {
    return std::tuple(partial.line, partial.trouble);
  };
  std::ranges::sort(partials, {}, key);
  const auto same = std::ranges::unique(partials, {}, key);
  partials.erase(same.begin(), same.end());
  if (partials.size() > kMost) partials.resize(kMost);
}

}  // namespace

core::Interface interface_of(std::string_view source, const InterfaceLimits& limits) {
  if (source.size() > limits.largest) return too_large();
  const SourceText read = source_text(source);
  const std::optional<PythonTree> tree = PythonTree::parse(read.text, limits.time);
  if (!tree) return too_large();
  core::Interface interface = InterfaceWalk(*tree).run();
  rescue(*tree, limits.time / 4, interface);
  const auto add = [&](const std::vector<core::Partial>& more) {
    interface.partials.insert(interface.partials.end(), more.begin(), more.end());
  };
  add(read.partials);
  add(troubles_of(*tree));
  tidy(interface.partials);
  return interface;
}

}  // namespace gs::python
