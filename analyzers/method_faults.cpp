#include "analyzers/method_faults.h"

#include <algorithm>
#include <fmt/core.h>

#include "analyzers/definition_changes.h"
#include "analyzers/members.h"
#include "analyzers/symbols.h"

namespace gs::analyzers {

namespace {

using core::Call;
using core::Definition;
using core::ParameterKind;
using DefinitionKind = Definition::Kind;

constexpr std::string_view kSuper = "super()";

bool is_special(std::string_view name) {
  return name.starts_with("__") && name.ends_with("__");
}

// "__f" is "_C__f" outside of its class.
bool is_mangled(std::string_view name) {
  return name.starts_with("__") && !name.ends_with("__");
}

// Called as it is written: nothing but `staticmethod` or `classmethod` around it.
bool is_plain(const Definition& function) {
  if (function.kind != DefinitionKind::function || !function.signature || function.conditional)
    return false;
  return std::ranges::all_of(function.decorators, [](std::string_view decorator) {
    return decorator == "staticmethod" || decorator == "classmethod" ||
           decorator.ends_with("abstractmethod");
  });
}

// What a call through the object, or through the class, must give.
std::vector<core::Parameter> given_to(const Definition& function, bool through_class) {
  if (through_class && access_of(function) == Access::plain) return function.signature->parameters;
  return passed_to(function, true);
}

class MethodCalls {
 public:
  MethodCalls(ClassHierarchy& classes, const std::string& path,
              const std::vector<std::string>& below)
      : classes_(classes), path_(path), below_(below) {}

  std::vector<BrokenCall> find() {
    if (const core::Calls* calls = classes_.calls_of(path_)) {
      for (const Call& call : calls->list) {
        if (!call.within.empty() && !call.guarded) look(call);
      }
    }
    for (const ClassPlace& place : classes_.all_in(path_)) look_above(place);
    return std::move(found_);
  }

 private:
  void look(const Call& call) {
    const auto place = classes_.in_file(path_, call.within);
    if (!place) return;
    const ClassOrder& order = classes_.order_of(*place);
    const std::string& name = call.name.back();
    const bool above = call.name.front() == kSuper;
    if (order.classes.empty() || name == "__new__" || (above && is_mangled(name))) return;
    const auto member = find_member(order, above ? 1 : 0, name);
    if (!member) {
      if (is_missing(order, name)) add(call, path_, order, {nearest_base(order), nullptr}, {});
    } else if (!is_mangled(name) || member->place == 0) {
      judge(call, path_, order, *member);
    }
  }

  // The calls of methods that the class inherits, of what it overrides itself.
  void look_above(const ClassPlace& place) {
    const ClassOrder& order = classes_.order_of(place);
    for (std::size_t i = 1; i < order.classes.size(); ++i) {
      const ClassPlace& base = order.classes[i];
      const core::Calls* calls = classes_.calls_of(base.path);
      if (calls == nullptr) continue;
      for (const Call& call : calls->list) {
        if (call.within != base.definition->name || call.guarded || call.name.front() == kSuper)
          continue;
        const auto caller = find_member(order, 0, call.method);
        const auto member = find_member(order, 0, call.name.back());
        const bool inherited = caller && caller->place == i;
        if (inherited && member && member->place == 0 && !is_mangled(call.name.back()))
          judge(call, base.path, order, *member);
      }
    }
  }

  void judge(const Call& call, const std::string& caller, const ClassOrder& order,
             const Member& member) {
    const std::string& name = call.name.back();
    const Definition* method = member.definition;
    if (method == nullptr || !is_plain(*method) || is_abstract(*method)) return;
    const auto fault = call_fault(given_to(*method, call.through_class), call);
    if (fault && !may_be_set(order, name)) add(call, caller, order, member, {*fault, method->line});
  }

  // Whether nothing else can bring the name: neither the classes nor whoever sets attributes, nor a
  // class below.
  bool is_missing(const ClassOrder& order, const std::string& name) {
    if (!order.whole || is_special(name) || name == "mro" || name == "register") return false;
    if (may_be_set(order, name)) return false;
    const auto defines = [&](const std::string& path) {
      return defined_below(path, order.classes.front(), name);
    };
    return std::ranges::none_of(below_, defines);
  }

  bool defined_below(const std::string& path, const ClassPlace& above, const std::string& name) {
    const std::vector<ClassPlace> all = classes_.all_in(path);
    return std::ranges::any_of(all, [&](const ClassPlace& place) {
      const auto& members = place.definition->members;
      const auto& classes = classes_.order_of(place).classes;
      return std::ranges::find(members, name, &Definition::name) != members.end() &&
             std::ranges::find(classes, above) != classes.end();
    });
  }

  bool may_be_set(const ClassOrder& order, const std::string& name) {
    return std::ranges::any_of(order.classes, [&](const ClassPlace& place) {
      const core::Calls* calls = classes_.calls_of(place.path);
      return calls == nullptr || calls->sets_any ||
             std::ranges::binary_search(calls->attributes, name);
    });
  }

  // The first base in another file: what is missing was there.
  static std::size_t nearest_base(const ClassOrder& order) {
    const auto other = std::ranges::find_if(order.classes, [&](const ClassPlace& place) {
      return place.path != order.classes.front().path;
    });
    return other == order.classes.end() ? 0
                                        : static_cast<std::size_t>(other - order.classes.begin());
  }

  struct Fault {
    std::string text = "is not there";
    std::uint32_t line = 0;
  };

  void add(const Call& call, const std::string& caller, const ClassOrder& order,
           const Member& member, Fault fault) {
    const ClassPlace& place = order.classes[member.place];
    found_.push_back({call, place.title() + "." + call.name.back(), place.module, place.path,
                      fault.line, std::move(fault.text), true,
                      order.classes.front().definition->name, caller});
  }

  ClassHierarchy& classes_;
  const std::string& path_;
  const std::vector<std::string>& below_;
  std::vector<BrokenCall> found_;
};

// The least that a function must be given.
Call least_call(const std::vector<core::Parameter>& parameters) {
  Call call;
  for (const core::Parameter& parameter : parameters) {
    if (parameter.has_default) continue;
    if (by_position(parameter)) ++call.positional;
    if (parameter.kind == ParameterKind::keyword_only) call.keywords.push_back(parameter.name);
  }
  return call;
}

class ClassCheck {
 public:
  explicit ClassCheck(ClassHierarchy& classes) : classes_(classes) {}

  void look(const ClassPlace& place) {
    const ClassOrder& order = classes_.order_of(place);
    if (order.classes.size() < 2) return;
    for (const Definition& own : place.definition->members) {
      if (!is_special(own.name) && !is_mangled(own.name)) look_at(own, order);
    }
    look_for_abstract(order);
  }
  std::vector<ClassFault> take() { return std::move(found_); }

 private:
  void look_at(const Definition& own, const ClassOrder& order) {
    const auto mine = find_member(order, 0, own.name), over = find_member(order, 1, own.name);
    if (mine->definition != &own || !is_plain(own) || !over || over->definition == nullptr) return;
    const Definition& base = *over->definition;
    if (!is_plain(base) || access_of(own) != access_of(base)) return;
    const auto fault = call_fault(passed_to(own, true), least_call(passed_to(base, true)));
    const ClassPlace &here = order.classes.front(), &there = order.classes[over->place];
    if (!fault) return;
    found_.push_back(
        {here.path, own.line, there.module,
         fmt::format("{}.{} does not fit {}.{}, which it overrides: {}", here.definition->name,
                     own.name, there.title(), own.name, *fault)});
  }

  // A class that defines an abstract method is not meant to be made.
  void look_for_abstract(const ClassOrder& order) {
    const ClassPlace& here = order.classes.front();
    if (std::ranges::any_of(here.definition->members, is_abstract)) return;
    for (const Member& member : abstract_members(order)) {
      const ClassPlace& base = order.classes[member.place];
      found_.push_back({here.path, here.definition->line, base.module,
                        fmt::format("{} cannot be made: {}.{} is abstract", here.definition->name,
                                    base.title(), member.definition->name)});
    }
  }

  ClassHierarchy& classes_;
  std::vector<ClassFault> found_;
};

}  // namespace

std::vector<BrokenCall> broken_method_calls(ClassHierarchy& classes, const std::string& path,
                                            const std::vector<std::string>& below) {
  return MethodCalls(classes, path, below).find();
}

std::vector<ClassFault> class_faults(ClassHierarchy& classes, const std::string& path) {
  ClassCheck check(classes);
  for (const ClassPlace& place : classes.all_in(path)) check.look(place);
  return check.take();
}

}  // namespace gs::analyzers
