#include "lib/python/interface/interface_scope.h"

#include <utility>

namespace gs::python {

using core::Definition;

void NameScope::bind(Definition definition) {
  definition.conditional = conditional();
  std::vector<std::size_t>& places = places_[definition.name];
  const bool plain =
      definition.kind == Definition::Kind::variable || definition.kind == Definition::Kind::import;
  if (plain && !places.empty() && definitions_[places.back()].kind == definition.kind) {
    Definition& before = definitions_[places.back()];
    before.conditional = before.conditional && definition.conditional;
    return;
  }
  places.push_back(definitions_.size());
  definitions_.push_back(std::move(definition));
}

void NameScope::unbind(const std::string& name) {
  const auto found = places_.find(name);
  if (found == places_.end()) return;
  const std::size_t mark = marks_.empty() ? 0 : marks_.back();
  std::vector<std::size_t>& places = found->second;
  while (!places.empty() && places.back() >= mark) {
    definitions_[places.back()].name.clear();
    places.pop_back();
  }
  for (const std::size_t place : places) definitions_[place].conditional = true;
  if (places.empty()) places_.erase(found);
}

std::vector<Definition> NameScope::take() {
  std::erase_if(definitions_, [](const Definition& definition) { return definition.name.empty(); });
  places_.clear();
  return std::exchange(definitions_, {});
}

}  // namespace gs::python
