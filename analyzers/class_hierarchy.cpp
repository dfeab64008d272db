#include "analyzers/class_hierarchy.h"

#include <algorithm>
#include <array>
#include <span>

#include "analyzers/symbols.h"

namespace gs::analyzers {

namespace {

using core::Definition;
using core::Interface;
using DefinitionKind = Definition::Kind;
using ModuleKind = python::FoundModule::Kind;
using Classes = std::vector<ClassPlace>;

constexpr int kDeepest = 16;  // names handed on from module to module

bool has_member(const Definition& definition, std::string_view name) {
  return std::ranges::find(definition.members, name, &Definition::name) != definition.members.end();
}

// Those that leave the methods of a class as they are written.
bool harmless(const std::string& decorator) {
  constexpr std::array<std::string_view, 8> kKnown{
      "dataclass", "dataclasses.dataclass", "final",          "typing.final",
      "unique",    "enum.unique",           "total_ordering", "functools.total_ordering"};
  return std::ranges::find(kKnown, decorator) != kKnown.end();
}

// "m.Base[T]" as m, Base; nothing for what is no name.
std::vector<std::string> name_of_base(std::string_view written) {
  if (written.ends_with(']')) written = written.substr(0, written.find('['));
  std::vector<std::string> parts;
  while (true) {
    const std::size_t dot = written.find('.');
    const std::string_view part = written.substr(0, dot);
    const bool word = !part.empty() && part.find_first_of(" \t\n()[]{}\"'+-*/%|&,:=") == part.npos;
    if (!word) return {};
    parts.emplace_back(part);
    if (dot == written.npos) return parts;
    written.remove_prefix(dot + 1);
  }
}

// Python's merge of the bases' orders and the bases themselves; nothing where they contradict.
std::optional<Classes> merged(std::vector<Classes> lists) {
  Classes order;
  while (true) {
    std::erase_if(lists, [](const Classes& list) { return list.empty(); });
    if (lists.empty()) return order;
    const auto in_a_tail = [&](const ClassPlace& place) {
      return std::ranges::any_of(lists, [&](const Classes& list) {
        return std::find(list.begin() + 1, list.end(), place) != list.end();
      });
    };
    const auto next =
        std::ranges::find_if(lists, [&](const Classes& list) { return !in_a_tail(list.front()); });
    if (next == lists.end()) return std::nullopt;
    const ClassPlace taken = next->front();
    for (Classes& list : lists) {
      if (list.front() == taken) list.erase(list.begin());
    }
    order.push_back(taken);
  }
}

}  // namespace

const Bindings& ClassHierarchy::bindings(const std::string& path) {
  const auto known = bindings_.find(path);
  if (known != bindings_.end()) return known->second;
  const auto blob = tree_.tree.file(path);
  return bindings_
      .emplace(path, blob ? bindings_of(tree_.modules, path, tree_.facts_of(*blob)) : Bindings())
      .first->second;
}

std::optional<ClassPlace> ClassHierarchy::in_file(const std::string& path, std::string_view name) {
  return through(path, {std::string(name)}, kDeepest).place;
}

std::vector<ClassPlace> ClassHierarchy::all_in(const std::string& path) {
  std::vector<ClassPlace> places;
  const auto blob = tree_.tree.file(path);
  if (!blob || !core::is_python_source(path)) return places;
  const Interface& interface = tree_.interface_of(*blob);
  if (!interface.partials.empty()) return places;
  const Symbols symbols(interface.definitions);
  for (const Symbol& symbol : symbols.list()) {
    const Definition& definition = symbol.definition();
    if (definition.kind == DefinitionKind::class_ && symbol.choices.size() == 1 &&
        !definition.conditional)
      places.push_back({tree_.modules.module_of(path), path, &definition});
  }
  return places;
}

const core::Calls* ClassHierarchy::calls_of(const std::string& path) {
  const auto blob = tree_.tree.file(path);
  return blob ? &tree_.calls_of(*blob) : nullptr;
}

// What a name means in a file; `depth` limits how often it is imported from elsewhere.
ClassHierarchy::Base ClassHierarchy::through(const std::string& path,
                                             const std::vector<std::string>& name, int depth) {
  const auto blob = tree_.tree.file(path);
  if (!blob || name.empty()) return {};
  const Interface& interface = tree_.interface_of(*blob);
  if (!interface.partials.empty()) return {};
  const auto symbol = symbol_named(interface.definitions, name.front());
  if (!symbol) {
    const bool object = name.size() == 1 && name.front() == "object";
    return {std::nullopt, object ? Outside::nothing : Outside::unknown};
  }
  const Definition& definition = symbol->definition();
  if (symbol->choices.size() != 1 || definition.conditional) return {};
  if (definition.kind == DefinitionKind::class_ && name.size() == 1)
    return {ClassPlace{tree_.modules.module_of(path), path, &definition}};
  if (definition.kind != DefinitionKind::import || depth >= kDeepest) return {};
  const auto bound = bindings(path).find(name.front());
  if (bound == bindings(path).end() || !bound->second.plain) return {};
  std::vector<std::string> rest(name.begin() + 1, name.end());
  if (!bound->second.name.empty()) rest.insert(rest.begin(), bound->second.name);
  return in_module(bound->second.module, rest, depth + 1);
}

ClassHierarchy::Base ClassHierarchy::in_module(const std::string& module,
                                               const std::vector<std::string>& name, int depth) {
  const python::FoundModule found = tree_.modules.found(tree_.modules.find(module));
  if (found.kind == ModuleKind::absent) return {std::nullopt, outside(module, name)};
  if (name.empty()) return {};
  const auto blob = found.path.empty() ? std::nullopt : tree_.tree.file(found.path);
  if (blob && tree_.interface_of(*blob).find(name.front()) != nullptr)
    return through(found.path, name, depth);
  if (depth >= kDeepest) return {};
  return in_module(module + "." + name.front(), {name.begin() + 1, name.end()}, depth + 1);
}

ClassHierarchy::Outside ClassHierarchy::outside(std::string_view module,
                                                const std::vector<std::string>& name) {
  if (name.size() != 1) return Outside::unknown;
  if (module == "abc" && (name.front() == "ABC" || name.front() == "ABCMeta"))
    return Outside::abstract;
  const bool typing = module == "typing" || module == "typing_extensions";
  return typing && name.front() == "Generic" ? Outside::nothing : Outside::unknown;
}

const ClassOrder& ClassHierarchy::order_of(const ClassPlace& place) {
  const auto known = orders_.find(place.definition);
  if (known != orders_.end()) return known->second;
  orders_[place.definition] = {{}, false, false};  // of a class that is its own base
  return orders_[place.definition] = find_order(place);
}

ClassOrder ClassHierarchy::find_order(const ClassPlace& place) {
  ClassOrder anything{{}, false, false};
  const Definition& definition = *place.definition;
  if (!std::ranges::all_of(definition.decorators, harmless) ||
      has_member(definition, "__getattribute__"))
    return anything;
  ClassOrder order{{place}, !has_member(definition, "__getattr__"), false};
  if (!definition.metaclass.empty()) {
    order.abstract =
        through(place.path, name_of_base(definition.metaclass), 0).outside == Outside::abstract;
    if (!order.abstract) return anything;
  }
  Classes bases;
  bool all_known = true;
  for (const std::string& written : definition.bases) {
    const Base base = through(place.path, name_of_base(written), 0);
    order.abstract = order.abstract || base.outside == Outside::abstract;
    if (!base.place) {
      all_known = all_known && base.outside != Outside::unknown;
      continue;
    }
    const ClassOrder& above = order_of(*base.place);
    if (above.classes.empty()) return anything;
    order.abstract = order.abstract || above.abstract;
    if (all_known) bases.push_back(*base.place);
    all_known = all_known && above.whole;
  }
  return with_bases(std::move(order), bases, all_known);
}

// `bases`: up to the first of which not all is known. Of several, all that is sure then is that the
// first one's own methods come next.
ClassOrder ClassHierarchy::with_bases(ClassOrder order, const Classes& bases, bool all_known) {
  order.whole = order.whole && all_known;
  if (bases.empty()) return order;
  std::vector<Classes> lists;
  for (const ClassPlace& base : bases) lists.push_back(order_of(base).classes);
  const bool only = order.classes.front().definition->bases.size() == 1;
  if (!all_known && !only) {
    order.classes.push_back(bases.front());
    return order;
  }
  lists.push_back(bases);
  const auto above = merged(std::move(lists));
  if (!above) return {{}, false, false};
  order.classes.insert(order.classes.end(), above->begin(), above->end());
  return order;
}

}  // namespace gs::analyzers
