#include "analyzers/members.h"

#include <algorithm>
#include <set>

#include "analyzers/symbols.h"

namespace gs::analyzers {

std::optional<Member> find_member(const ClassOrder& order, std::size_t from,
                                  std::string_view name) {
  for (std::size_t i = from; i < order.classes.size(); ++i) {
    const auto symbol = symbol_named(order.classes[i].definition->members, name);
    if (!symbol) continue;
    const core::Definition& last = symbol->definition();
    const bool alone = symbol->choices.size() == 1 && !last.conditional;
    return Member{i, alone ? &last : nullptr};
  }
  return std::nullopt;
}

bool is_abstract(const core::Definition& member) {
  return std::ranges::any_of(member.decorators, [](std::string_view decorator) {
    return decorator.ends_with("abstractmethod") || decorator.ends_with("abstractproperty");
  });
}

std::vector<Member> abstract_members(const ClassOrder& order) {
  std::vector<Member> found;
  if (!order.abstract || !order.whole) return found;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < order.classes.size(); ++i) {
    for (const core::Definition& member : order.classes[i].definition->members) {
      if (seen.insert(member.name).second && is_abstract(member)) found.push_back({i, &member});
    }
  }
  return found;
}

}  // namespace gs::analyzers
