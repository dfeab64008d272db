#pragma once
// Members of classes as Python's method resolution order finds them.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "analyzers/class_hierarchy.h"

namespace gs::analyzers {

// Which class of the order binds a name first, from `from` on, and what it is there: nothing where
// a condition decides, or it is bound more than once.
struct Member {
  std::size_t place = 0;
  const core::Definition* definition = nullptr;
};
std::optional<Member> find_member(const ClassOrder& order, std::size_t from, std::string_view name);

bool is_abstract(const core::Definition& member);

// The abstract methods that no class before theirs defines: such a class cannot be made. None where
// not all of its bases are known.
std::vector<Member> abstract_members(const ClassOrder& order);

}  // namespace gs::analyzers
