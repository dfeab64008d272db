#include "analyzers/symbols.h"

#include <algorithm>

#include "analyzers/signature_changes.h"

namespace gs::analyzers {

using core::Definition;
using Kind = core::Definition::Kind;

namespace {

struct Gathered {
  Symbol symbol;
  std::vector<const Definition*> overloads;
};

bool decorated(const Definition& definition, std::string_view ending) {
  return std::any_of(
      definition.decorators.begin(), definition.decorators.end(),
      [&](const std::string& decorator) { return std::string_view(decorator).ends_with(ending); });
}

void gather(Gathered& into, const Definition& definition) {
  if (decorated(definition, ".setter")) into.symbol.settable = true;
  // They belong to the property that stands there already.
  if (decorated(definition, ".setter") || decorated(definition, ".deleter") ||
      decorated(definition, ".getter"))
    return;
  if (decorated(definition, "overload")) {
    into.overloads.push_back(&definition);
    return;
  }
  if (!definition.conditional) into.symbol.choices.clear();
  into.symbol.choices.push_back(&definition);
}

std::vector<core::Parameter> bare(std::vector<core::Parameter> parameters) {
  for (core::Parameter& parameter : parameters) parameter.annotation.clear();
  return parameters;
}

bool same_function(const Definition& a, const Definition& b, bool in_class) {
  const bool async_a = a.signature && a.signature->async,
             async_b = b.signature && b.signature->async;
  return access_of(a) == access_of(b) && async_a == async_b &&
         bare(passed_to(a, in_class)) == bare(passed_to(b, in_class));
}

std::vector<Symbol> public_members(const Definition& definition) {
  std::vector<Symbol> members = Symbols(definition.members).list();
  std::erase_if(members, [](const Symbol& member) {
    return is_private(member.name) && member.name != "__init__";
  });
  std::sort(members.begin(), members.end(),
            [](const Symbol& a, const Symbol& b) { return a.name < b.name; });
  return members;
}

bool same_class(const Definition& a, const Definition& b) {
  const std::vector<Symbol> ours = public_members(a), theirs = public_members(b);
  return !ours.empty() && std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                                     [](const Symbol& x, const Symbol& y) {
                                       const bool value =
                                           x.kind() == Kind::variable && y.kind() == Kind::variable;
                                       return x.name == y.name && (value || same_build(x, y, true));
                                     });
}

}  // namespace

Symbols::Symbols(const std::vector<Definition>& definitions) {
  std::vector<Gathered> gathered;
  std::unordered_map<std::string_view, std::size_t> places;
  for (const Definition& definition : definitions) {
    const auto [place, fresh] = places.try_emplace(definition.name, gathered.size());
    if (fresh) gathered.push_back({{definition.name, {}, false}, {}});
    gather(gathered[place->second], definition);
  }
  for (Gathered& one : gathered) {
    Symbol& symbol = one.symbol;
    if (symbol.choices.empty()) symbol.choices = std::move(one.overloads);
    if (symbol.choices.empty()) continue;
    places_.emplace(symbol.choices.front()->name, list_.size());
    list_.push_back(std::move(symbol));
  }
}

const Symbol* Symbols::find(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &list_[found->second];
}

bool same_build(const Symbol& a, const Symbol& b, bool in_class) {
  if (a.kind() != b.kind() || a.choices.size() != 1 || b.choices.size() != 1) return false;
  if (a.kind() == Kind::function) return same_function(a.definition(), b.definition(), in_class);
  return a.kind() == Kind::class_ && same_class(a.definition(), b.definition());
}

bool is_private(std::string_view name) {
  return name.starts_with('_');
}

}  // namespace gs::analyzers
