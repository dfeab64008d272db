#include "lib/conflicts/breakage/repeated_definitions.h"

#include <algorithm>
#include <fmt/core.h>
#include <string_view>

#include "lib/conflicts/breakage/merged_files.h"
#include "lib/core/text.h"

namespace gs::conflicts {

namespace {

using core::Repeat;
using What = Repeat::What;

std::string_view verb_of(What what) {
  switch (what) {
    case What::definition:
      return "defines";
    case What::assignment:
    case What::attribute:
      return "assigns";
    case What::key:
      return "has the key";
    case What::argument:
      return "passes the argument";
    case What::parameter:
      return "has the parameter";
  }
  return {};
}

bool is_error(What what) {
  return what == What::argument || what == What::parameter;
}

bool has_it(const MergedCode& code, SideIndex& side, const std::string& path,
            const Repeat& repeat) {
  const auto blob = side.view().tree->file(path_on(code, side, path));
  return blob &&
         std::ranges::any_of(side.view().knowledge.names(*blob).repeated, [&](const Repeat& one) {
           return one.what == repeat.what && one.name == repeat.name;
         });
}

Conflict conflict_of(const MergedCode& code, const std::string& path, const Repeat& repeat) {
  Conflict conflict;
  conflict.kind = ConflictKind::defined_twice;
  conflict.blocks = is_error(repeat.what);
  conflict.first = {code.theirs.number(), path, {}, repeat.again};
  conflict.second = {code.ours.number(), path, {}, repeat.line};
  conflict.message = fmt::format("{} {} twice, first in line {}", verb_of(repeat.what),
                                 core::printable(repeat.name), repeat.line);
  conflict.message += is_error(repeat.what) ? ": that is no Python"
                      : repeat.alike        ? ", and alike"
                                            : ", and differently";
  return conflict;
}

}  // namespace

std::vector<Conflict> repeated_definitions(const MergedCode& code,
                                           const std::vector<std::string>& files) {
  std::vector<Conflict> found;
  for (const std::string& path : files) {
    for (const Repeat& repeat :
         code.merged.knowledge.names(*code.merged.tree->file(path)).repeated) {
      if (!has_it(code, code.ours, path, repeat) && !has_it(code, code.theirs, path, repeat))
        found.push_back(conflict_of(code, path, repeat));
    }
  }
  return found;
}

}  // namespace gs::conflicts
