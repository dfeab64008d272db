#include "analyzers/broken_references.h"

#include <algorithm>
#include <fmt/core.h>
#include <optional>
#include <span>
#include <tuple>

#include "analyzers/bindings.h"
#include "analyzers/class_hierarchy.h"
#include "analyzers/definition_changes.h"
#include "analyzers/members.h"
#include "analyzers/symbols.h"
#include "lib/core/text.h"
#include "lib/python/modules.h"

namespace gs::analyzers {

namespace {

using core::Call;
using core::Definition;
using core::Interface;
using DefinitionKind = Definition::Kind;
using ModuleKind = python::FoundModule::Kind;
using Parts = std::span<const std::string>;

bool plain_function(const Definition& function, bool in_class) {
  if (function.kind != DefinitionKind::function || !function.signature) return false;
  if (function.decorators.empty()) return true;
  return in_class && function.decorators.size() == 1 &&
         (function.decorators.front() == "staticmethod" ||
          function.decorators.front() == "classmethod");
}

class Check {
 public:
  Check(const CalledTree& tree, const Interesting& interesting)
      : tree_(tree), interesting_(interesting) {}

  void look(const Call& call, const Bindings& bindings) {
    if (call.guarded) return;
    const auto bound = bindings.find(call.name.front());
    if (bound == bindings.end() || !bound->second.plain) return;
    call_ = &call;
    const Parts rest = Parts(call.name).subspan(1);
    if (!bound->second.name.empty()) {
      through_name(bound->second, rest, 0);
    } else if (!rest.empty()) {
      in_module(bound->second.module, rest, 0, true);
    }
  }
  std::vector<BrokenCall> take() { return std::move(found_); }

 private:
  static constexpr int kDeepest = 8;  // names handed on from module to module

  python::FoundModule found(std::string_view module) const {
    return tree_.modules.found(tree_.modules.find(module));
  }

  // `name` of a module; then `rest` of that.
  void through_name(const Bound& bound, Parts rest, int depth) {
    std::vector<std::string> parts{bound.name};
    parts.insert(parts.end(), rest.begin(), rest.end());
    in_module(bound.module, parts, depth, false);
  }

  // `says_gone`: whether a name that is not there is for this check to tell; an import that names
  // it is told by broken_imports.
  void in_module(const std::string& module, Parts parts, int depth, bool says_gone) {
    const python::FoundModule place = found(module);
    if (place.kind == ModuleKind::absent || depth > kDeepest || parts.empty()) return;
    const std::string below = module + "." + parts.front();
    const bool submodule = found(below).kind != ModuleKind::absent;
    const auto blob = place.path.empty() ? std::nullopt : tree_.tree.file(place.path);
    const Interface* interface = blob ? &tree_.interface_of(*blob) : nullptr;
    const bool binds = interface != nullptr && interface->find(parts.front()) != nullptr;
    if (submodule && !binds) return in_module(below, parts.subspan(1), depth, true);
    if (submodule || interface == nullptr || !interface->partials.empty()) return;
    if (binds) return bound_in(module, place, *interface, *blob, parts, depth);
    if (!says_gone || (interesting_ && !interesting_(module))) return;
    const auto answer = tree_.offered.offers(module, parts.front());
    if (answer.answer == Interface::Answer::no && tree_.offered.hidden_module(below).empty())
      add(module, place.path, parts.first(1), {"is not there"});
  }

  void bound_in(const std::string& module, const python::FoundModule& place,
                const Interface& interface, const core::ObjectId& blob, Parts parts, int depth) {
    const auto symbol = symbol_named(interface.definitions, parts.front());
    if (!symbol) return;
    const bool handed_on = std::ranges::all_of(symbol->choices, [](const Definition* choice) {
      return choice->kind == DefinitionKind::import;
    });
    if (handed_on) {
      const Bindings bindings = bindings_of(tree_.modules, place.path, tree_.facts_of(blob));
      const auto bound = bindings.find(parts.front());
      if (bound == bindings.end() || !bound->second.plain) return;
      if (!bound->second.name.empty())
        return through_name(bound->second, parts.subspan(1), depth + 1);
      return in_module(bound->second.module, parts.subspan(1), depth + 1, true);
    }
    if (!matters(module, place.path, *symbol)) return;
    bool conditional = symbol->choices.size() > 1;
    std::optional<Fault> fault;
    for (const Definition* choice : symbol->choices) {
      fault = fault_of({module, place.path, choice}, parts.subspan(1));
      if (!fault) return;
      conditional = conditional || choice->conditional;
    }
    fault->certain = fault->certain && !conditional;
    add(module, place.path, parts, std::move(*fault));
  }

  // Whether what is called may have been changed: it, or a base of the class that it is.
  bool matters(const std::string& module, const std::string& path, const Symbol& symbol) {
    if (!interesting_ || interesting_(module)) return true;
    const Definition& definition = symbol.definition();
    if (definition.kind != DefinitionKind::class_ || definition.bases.empty()) return false;
    const ClassOrder& order = classes_.order_of({module, path, &definition});
    return std::ranges::any_of(order.classes,
                               [&](const ClassPlace& place) { return interesting_(place.module); });
  }

  struct Fault {
    std::string text;
    std::uint32_t line = 0;
    bool certain = true;
    const ClassPlace* place = nullptr;  // of the line, where it may be a base's
  };

  std::optional<Fault> fault_of(const ClassPlace& place, Parts rest) {
    const Definition& definition = *place.definition;
    if (definition.kind == DefinitionKind::function && rest.empty()) {
      if (!plain_function(definition, false)) return std::nullopt;
      return against(definition.signature->parameters, definition.line, true);
    }
    if (definition.kind != DefinitionKind::class_ || rest.size() > 1) return std::nullopt;
    const ClassOrder& order = classes_.order_of(place);
    if (order.classes.empty()) return std::nullopt;
    return rest.empty() ? constructor(order) : member(order, rest.front());
  }

  std::optional<Fault> against(const std::vector<core::Parameter>& parameters, std::uint32_t line,
                               bool certain) const {
    auto text = call_fault(parameters, *call_);
    if (!text) return std::nullopt;
    return Fault{std::move(*text), line, certain, nullptr};
  }

  // What `__new__`, and decorators that write `__init__`, make of a call is anyone's guess.
  std::optional<Fault> constructor(const ClassOrder& order) const {
    if (find_member(order, 0, "__new__")) return std::nullopt;
    const auto init = find_member(order, 0, "__init__");
    const std::size_t last = init ? init->place : order.classes.size() - 1;
    for (std::size_t i = 0; i <= last; ++i) {
      if (!order.classes[i].definition->decorators.empty()) return std::nullopt;
    }
    if (const auto abstract = abstract_members(order); !abstract.empty()) {
      const Member& first = abstract.front();
      return Fault{fmt::format("cannot be made: {}.{} is abstract",
                               order.classes[first.place].title(), first.definition->name),
                   first.definition->line, true, &order.classes[first.place]};
    }
    if (!init) {
      if (!order.whole) return std::nullopt;
      return against({}, order.classes.front().definition->line, true);
    }
    const Definition* made = init->definition;
    if (made == nullptr || !plain_function(*made, false)) return std::nullopt;
    return at(order.classes[init->place], against(passed_to(*made, true), made->line, order.whole));
  }

  std::optional<Fault> member(const ClassOrder& order, const std::string& name) const {
    const auto found = find_member(order, 0, name);
    if (!found) return order.whole && !is_builtin(name) ? gone() : std::nullopt;
    const Definition* function = found->definition;
    if (function == nullptr || !plain_function(*function, true)) return std::nullopt;
    // Through the class only a class method is bound.
    const bool bound = access_of(*function) == Access::class_method;
    const std::vector<core::Parameter> parameters =
        bound ? passed_to(*function, true) : function->signature->parameters;
    return at(order.classes[found->place], against(parameters, function->line, true));
  }

  static std::optional<Fault> at(const ClassPlace& place, std::optional<Fault> fault) {
    if (fault) fault->place = &place;
    return fault;
  }

  static std::optional<Fault> gone() { return Fault{"is not there"}; }
  // `C.mro()`, `C.__subclasses__()`
  static bool is_builtin(const std::string& name) {
    return name == "mro" || name == "register" || name.starts_with("__");
  }

  void add(const std::string& module, const std::string& path, Parts parts, Fault fault) {
    std::string target = module;
    for (const std::string& part : parts) target += "." + part;
    const ClassPlace* place = fault.place;
    found_.push_back({*call_, std::move(target), place != nullptr ? place->module : module,
                      place != nullptr ? place->path : path, fault.line, std::move(fault.text),
                      fault.certain});
  }

  const CalledTree& tree_;
  ClassHierarchy classes_{tree_};
  const Interesting& interesting_;
  const Call* call_ = nullptr;
  std::vector<BrokenCall> found_;
};

}  // namespace

bool BrokenCall::same_as(const BrokenCall& other) const {
  const auto key = [](const BrokenCall& one) {
    return std::tie(one.call.name, one.call.positional, one.call.keywords, one.call.within,
                    one.call.method, one.object);
  };
  // What a method calls fails in one way or another.
  return key(*this) == key(other) &&
         (!object.empty() || std::tie(target, fault) == std::tie(other.target, other.fault));
}

std::vector<BrokenCall> broken_calls(const CalledTree& tree, std::string_view path,
                                     std::string_view facts, const std::vector<Call>& calls,
                                     const Interesting& interesting) {
  const Bindings bindings = bindings_of(tree.modules, path, facts);
  Check check(tree, interesting);
  for (const Call& call : calls) check.look(call, bindings);
  return check.take();
}

namespace {

using core::ImportEdge;
using core::ImportKind;
using ModuleKind = python::FoundModule::Kind;
using Is = core::Interface::Answer;

bool same_lack(const BrokenImport& one, const BrokenImport& other) {
  return one.edge.path == other.edge.path && one.module == other.module && one.name == other.name;
}

class Search {
 public:
  Search(OfferedNames& tree, const Ours& ours) : tree_(tree), ours_(ours) {}

  void look(const ImportEdge& edge) {
    if (edge.guarded || edge.beyond_top) return;
    const std::string_view top = std::string_view(edge.target).substr(0, edge.target.find('.'));
    if (!edge.internal && !ours_(top)) return;
    python::ModuleMap& modules = tree_.modules();
    if (modules.found(modules.find(edge.target)).kind == ModuleKind::absent) {
      add(edge, {}, tree_.hidden_module(edge.target));
    } else if (edge.kind == ImportKind::from) {
      for (const std::string& name : edge.names) look_for(edge, name);
    }
  }
  std::vector<BrokenImport> take() { return std::move(found_); }

 private:
  void look_for(const ImportEdge& edge, const std::string& name) {
    // What a package takes from itself it cannot have from that very statement.
    OfferedNames::Answer answer = tree_.offers(edge.target, name, edge.target != edge.importer);
    if (answer.answer == Is::yes) return;
    std::string doubt = std::move(answer.doubt);
    if (doubt.empty()) doubt = tree_.hidden_module(edge.target + "." + name);
    add(edge, name, std::move(doubt));
  }

  void add(const ImportEdge& edge, const std::string& name, std::string doubt) {
    const OfferedNames::Nearby near = tree_.near(edge.path, edge.target);
    if (near.root) return;
    if (doubt.empty() && !near.path.empty()) doubt = core::quote_path(near.path) + " may be meant";
    found_.push_back({edge, edge.target, name, std::move(doubt)});
  }

  OfferedNames& tree_;
  const Ours& ours_;
  std::vector<BrokenImport> found_;
};

}  // namespace

bool BrokenImport::certain() const {
  return doubt.empty() && !edge.type_checking && edge.kind != ImportKind::dynamic;
}

std::vector<BrokenImport> broken_imports(OfferedNames& tree, const std::vector<ImportEdge>& edges,
                                         const Ours& ours) {
  Search search(tree, ours);
  for (const ImportEdge& edge : edges) search.look(edge);
  return search.take();
}

std::vector<BrokenImport> newly_broken(std::vector<BrokenImport> now,
                                       const std::vector<BrokenImport>& before,
                                       const std::vector<BrokenImport>& there) {
  std::erase_if(now, [&](const BrokenImport& broken) {
    const auto as_bad = [&](const BrokenImport& old) {
      return same_lack(old, broken) && (old.certain() || !broken.certain());
    };
    const auto as_doubtful = [&](const BrokenImport& same) {
      return same_lack(same, broken) && !same.doubt.empty() && !broken.doubt.empty();
    };
    return std::ranges::any_of(before, as_bad) || std::ranges::any_of(there, as_doubtful);
  });
  return now;
}

std::vector<BrokenImport> told_once(std::vector<BrokenImport> broken) {
  std::vector<BrokenImport> told;
  std::map<std::string, std::size_t> first;  // by module, in `told`
  for (BrokenImport& one : broken) {
    if (!one.certain()) {
      const auto [at, fresh] = first.try_emplace(one.module, told.size());
      if (!fresh) {
        ++told[at->second].more;
        continue;
      }
    }
    told.push_back(std::move(one));
  }
  return told;
}

core::Finding as_finding(const BrokenImport& broken) {
  const std::string module = core::printable(broken.module), name = core::printable(broken.name);
  std::string text;
  if (broken.doubt.empty()) {
    text = name.empty() ? fmt::format("imports {}, which is not there", module)
                        : fmt::format("imports {} from {}, which has none", name, module);
  } else {
    text = name.empty()
               ? fmt::format("imports {}, which may not be there: {}", module, broken.doubt)
               : fmt::format("imports {} from {}, which may have none: {}", name, module,
                             broken.doubt);
  }
  if (broken.edge.type_checking) text += " (for type checking only)";
  if (broken.more > 0)
    text += fmt::format("; {} like it", core::counted(broken.more, "more import"));
  const auto severity = broken.certain() ? core::Severity::block : core::Severity::warn;
  return {core::Rule::imports, severity, broken.edge.path, broken.edge.line, std::move(text), {}};
}

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
