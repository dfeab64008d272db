#include "analyzers/definition_changes.h"

#include <algorithm>
#include <array>

#include "analyzers/symbols.h"

namespace gs::analyzers {

using core::Definition;
using Kind = core::Definition::Kind;

namespace {

enum class Answer { yes, no, unclear };

// A class may come from itself in broken code.
constexpr int kDeepestBases = 20;

// "typing.Generic[T]" is "Generic".
std::string_view last_word(std::string_view base) {
  base = base.substr(0, base.find_first_of("[("));
  const std::size_t dot = base.rfind('.');
  return dot == base.npos ? base : base.substr(dot + 1);
}

// Those that give a class no public names of its own.
bool gives_nothing(std::string_view base) {
  constexpr std::array<std::string_view, 6> kPlain{"object",  "ABC",       "Protocol",
                                                   "Generic", "Exception", "ValueError"};
  return std::find(kPlain.begin(), kPlain.end(), last_word(base)) != kPlain.end();
}

const Definition* class_named(const Symbols& module, std::string_view base) {
  const Symbol* symbol = module.find(base.substr(0, base.find('[')));
  const bool one = symbol != nullptr && symbol->choices.size() == 1;
  return one && symbol->kind() == Kind::class_ ? &symbol->definition() : nullptr;
}

// Whether a class has a name, its own or a base's.
Answer offers(const Definition& a_class, std::string_view name, const Symbols& module, int depth) {
  for (const Definition& member : a_class.members) {
    if (member.name == name) return Answer::yes;
    if (member.name == "__getattr__" || member.name == "__getattribute__") return Answer::unclear;
  }
  if (depth >= kDeepestBases) return Answer::unclear;
  Answer answer = Answer::no;
  for (const std::string& base : a_class.bases) {
    if (gives_nothing(base)) continue;
    const Definition* known = class_named(module, base);
    const Answer there =
        known != nullptr ? offers(*known, name, module, depth + 1) : Answer::unclear;
    if (there == Answer::yes) return there;
    if (there == Answer::unclear) answer = there;
  }
  return answer;
}

// Whether a class comes from another, at first or second hand.
Answer comes_from(const Definition& a_class, const std::string& base, const Symbols& module,
                  const std::vector<std::string>& old_bases, int depth) {
  Answer answer = Answer::no;
  for (const std::string& own : a_class.bases) {
    if (own == base) return Answer::yes;
    const Definition* known = class_named(module, own);
    const bool was_there = std::find(old_bases.begin(), old_bases.end(), own) != old_bases.end();
    Answer there = was_there || gives_nothing(own) ? Answer::no : Answer::unclear;
    if (known != nullptr && depth < kDeepestBases)
      there = comes_from(*known, base, module, old_bases, depth + 1);
    if (there == Answer::yes) return there;
    if (there == Answer::unclear) answer = there;
  }
  return answer;
}

// Attributes may be made in a constructor, where nobody has listed them.
bool constructs(const Definition& a_class) {
  constexpr std::array<std::string_view, 3> kPlaces{"__init__", "__new__", "__post_init__"};
  return std::any_of(a_class.members.begin(), a_class.members.end(), [&](const Definition& member) {
    return std::find(kPlaces.begin(), kPlaces.end(), member.name) != kPlaces.end();
  });
}

bool is_method(const Symbol& symbol) {
  return symbol.kind() == Kind::function && access_of(symbol.definition()) != Access::property;
}

class DefinitionComparison {
 public:
  explicit DefinitionComparison(const Surroundings& modules) : modules_(modules) {}

  void compare(const Symbol& before, const Symbol& after, const std::string& name, bool in_class) {
    const Kind was = before.kind(), is = after.kind();
    if (was == Kind::function && is == Kind::function) {
      compare_functions(before, after, name, in_class);
    } else if (was == Kind::class_ && is == Kind::class_) {
      compare_classes(before.definition(), after.definition(), name);
    } else if (was == Kind::class_ && is == Kind::function) {
      breaking(name + " became a function");
    } else if (in_class && was == Kind::variable && is_method(after)) {
      breaking(name + " became a method");
    }
  }

  DefinitionChanges changes;

 private:
  void breaking(std::string line) { changes.breaking.push_back(std::move(line)); }

  void compare_functions(const Symbol& before, const Symbol& after, const std::string& name,
                         bool in_class) {
    const Access was = access_of(before.definition()), is = access_of(after.definition());
    if (in_class && was != is && became(was, is, name)) return;
    if (is == Access::property && in_class) {
      if (before.settable && !after.settable) breaking(name + " can no longer be set");
      return;
    }
    if (!accepts_all(before, after, in_class)) breaking(name + "() signature changed");
    const auto waits = [](const Symbol& symbol) {
      const auto& signature = symbol.definition().signature;
      return signature && signature->async;
    };
    if (waits(before) != waits(after))
      breaking(name + (waits(after) ? "() became async" : "() is no longer async"));
  }

  // False when callers need not care.
  bool became(Access was, Access is, const std::string& name) {
    if (was == Access::property) {
      breaking(name + " became a method");
    } else if (is == Access::property) {
      breaking(name + "() became a property");
    } else if (is == Access::plain) {
      breaking(name + "() became an instance method");
    } else if (was == Access::plain) {
      breaking(name + (is == Access::static_method ? "() became a static method"
                                                   : "() became a class method"));
    } else {
      return false;
    }
    return true;
  }

  static bool accepts_all(const Symbol& before, const Symbol& after, bool in_class) {
    const auto taken = [&](const Definition* was) {
      return std::any_of(after.choices.begin(), after.choices.end(), [&](const Definition* is) {
        return is->kind != Kind::function ||
               still_accepts(passed_to(*was, in_class), passed_to(*is, in_class));
      });
    };
    return std::all_of(before.choices.begin(), before.choices.end(), [&](const Definition* was) {
      return was->kind != Kind::function || taken(was);
    });
  }

  void compare_classes(const Definition& before, const Definition& after, const std::string& name) {
    const Symbols old_members(before.members), new_members(after.members);
    compare_constructors(before, after, old_members, new_members, name);
    for (const std::string& base : before.bases) {
      if (!gives_nothing(base) &&
          comes_from(after, base, modules_.after, before.bases, 0) == Answer::no)
        breaking(name + " no longer inherits " + base);
    }
    std::vector<const Symbol*> gone, come;
    for (const Symbol& member : new_members.list()) {
      if (is_private(member.name) || old_members.find(member.name) != nullptr) continue;
      const bool listed = member.kind() == Kind::function || member.kind() == Kind::class_;
      if (listed && offers(before, member.name, modules_.before, 0) != Answer::yes)
        come.push_back(&member);
    }
    for (const Symbol& member : old_members.list()) {
      if (!is_private(member.name) && has_gone(member, after, new_members)) gone.push_back(&member);
    }
    compare_members(old_members, new_members, gone, come, name);
  }

  bool has_gone(const Symbol& member, const Definition& after, const Symbols& new_members) const {
    if (new_members.find(member.name) != nullptr || member.kind() == Kind::import) return false;
    const bool callable = is_method(member) || member.kind() == Kind::class_;
    if (!callable && constructs(after)) return false;
    return offers(after, member.name, modules_.after, 0) == Answer::no;
  }

  void compare_members(const Symbols& old_members, const Symbols& new_members,
                       const std::vector<const Symbol*>& gone,
                       const std::vector<const Symbol*>& come, const std::string& name) {
    const std::vector<Renamed> pairs = renames(gone, come, true);
    const auto dotted = [&](const Symbol& member) { return name + '.' + member.name; };
    for (const Symbol& member : old_members.list()) {
      const Symbol* same = new_members.find(member.name);
      if (same != nullptr && !is_private(member.name)) compare(member, *same, dotted(member), true);
      if (std::find(gone.begin(), gone.end(), &member) == gone.end()) continue;
      const auto pair = std::find_if(pairs.begin(), pairs.end(),
                                     [&](const Renamed& one) { return one.from == &member; });
      const std::string what = spoken(member, dotted(member));
      breaking(pair == pairs.end() ? what + " removed"
                                   : what + " renamed to " + spoken(*pair->to, pair->to->name));
    }
    for (const Symbol* member : come) {
      const bool renamed = std::any_of(pairs.begin(), pairs.end(),
                                       [&](const Renamed& one) { return one.to == member; });
      if (!renamed) changes.added.push_back(spoken(*member, dotted(*member)));
    }
  }

  // A class without `__init__`, bases and decorators is made without arguments.
  void compare_constructors(const Definition& before, const Definition& after,
                            const Symbols& old_members, const Symbols& new_members,
                            const std::string& name) {
    const auto plain = [](const Definition& a_class) {
      return a_class.decorators.empty() &&
             std::all_of(a_class.bases.begin(), a_class.bases.end(), [](const std::string& base) {
               return last_word(base) == "object" || last_word(base) == "ABC";
             });
    };
    static const Definition kNone = [] {
      Definition init;
      init.kind = Kind::function;
      init.name = "__init__";
      init.signature.emplace();
      return init;
    }();
    static const Symbol kNothing{"__init__", {&kNone}, false};
    const Symbol* was = old_members.find("__init__");
    const Symbol* is = new_members.find("__init__");
    if (was == nullptr && is == nullptr) return;
    if (was == nullptr) was = plain(before) ? &kNothing : nullptr;
    if (is == nullptr) is = plain(after) ? &kNothing : nullptr;
    if (was == nullptr || is == nullptr) return;
    if (!accepts_all(*was, *is, true)) breaking(name + "() signature changed");
  }

  const Surroundings& modules_;
};

}  // namespace

DefinitionChanges definition_changes(const Symbol& before, const Symbol& after,
                                     const std::string& name, const Surroundings& modules) {
  DefinitionComparison comparison(modules);
  comparison.compare(before, after, name, false);
  return std::move(comparison.changes);
}

std::string spoken(const Symbol& symbol, const std::string& name) {
  return is_method(symbol) ? name + "()" : name;
}

std::vector<Renamed> renames(const std::vector<const Symbol*>& gone,
                             const std::vector<const Symbol*>& come, bool in_class) {
  const auto alike = [&](const Symbol* from, const Symbol* to) {
    return same_build(*from, *to, in_class);
  };
  std::vector<Renamed> pairs;
  constexpr std::size_t kMostPairs = 250'000;  // beyond that everything is another thing
  if (!come.empty() && gone.size() > kMostPairs / come.size()) return pairs;
  for (const Symbol* from : gone) {
    const auto matches = [&](const Symbol* to) { return alike(from, to); };
    const auto to = std::find_if(come.begin(), come.end(), matches);
    if (to == come.end() || std::count_if(come.begin(), come.end(), matches) != 1) continue;
    const auto rivals =
        std::count_if(gone.begin(), gone.end(), [&](const Symbol* one) { return alike(one, *to); });
    if (rivals == 1) pairs.push_back({from, *to});
  }
  return pairs;
}

using core::Parameter;
using core::ParameterKind;

namespace {

using Parameters = std::vector<Parameter>;

const Parameter* named(const Parameters& parameters, const std::string& name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& one) {
    return by_name(one) && one.name == name;
  });
  return found == parameters.end() ? nullptr : &*found;
}

Parameters positional(const Parameters& parameters) {
  Parameters found;
  std::copy_if(parameters.begin(), parameters.end(), std::back_inserter(found), by_position);
  return found;
}

bool stands_elsewhere(const Parameters& positions, std::size_t place, const std::string& name) {
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (i != place && positions[i].name == name) return true;
  }
  return false;
}

class SignatureComparison {
 public:
  SignatureComparison(const Parameters& before, const Parameters& after)
      : before_(before), after_(after), old_(positional(before)), new_(positional(after)) {}

  bool fine() const {
    for (std::size_t i = 0; i < old_.size(); ++i) {
      if (!position_fine(i)) return false;
    }
    return keywords_fine() && rest_fine();
  }

 private:
  bool any_name() const { return takes(after_, ParameterKind::var_keyword); }

  bool position_fine(std::size_t i) const {
    const Parameter& was = old_[i];
    const bool nameless = was.kind == ParameterKind::positional_only;
    if (i >= new_.size()) {
      if (!takes(after_, ParameterKind::var_positional)) return false;
      const Parameter* keyword = named(after_, was.name);
      return nameless || (keyword != nullptr ? keyword->has_default : any_name());
    }
    const Parameter& is = new_[i];
    if (was.has_default && !is.has_default) return false;
    if (is.name == was.name) return nameless || by_name(is) || any_name();
    return nameless && !stands_elsewhere(new_, i, was.name);
  }

  bool keywords_fine() const {
    return std::all_of(before_.begin(), before_.end(), [&](const Parameter& was) {
      if (was.kind != ParameterKind::keyword_only) return true;
      const Parameter* is = named(after_, was.name);
      return is != nullptr ? is->has_default || !was.has_default : any_name();
    });
  }

  // What the caller did not pass, and what it passed without a parameter of its own.
  bool rest_fine() const {
    for (const ParameterKind kind : {ParameterKind::var_positional, ParameterKind::var_keyword}) {
      if (takes(before_, kind) && !takes(after_, kind)) return false;
    }
    if (takes(before_, ParameterKind::var_positional) && new_.size() > old_.size()) return false;
    for (std::size_t i = old_.size(); i < new_.size(); ++i) {
      if (!new_[i].has_default && !was_passed(new_[i])) return false;
    }
    return std::all_of(after_.begin(), after_.end(), [&](const Parameter& is) {
      return is.kind != ParameterKind::keyword_only || is.has_default || was_passed(is);
    });
  }

  bool was_passed(const Parameter& is) const {
    const Parameter* was = named(before_, is.name);
    return was != nullptr && was->kind == ParameterKind::keyword_only && !was->has_default &&
           by_name(is);
  }

  const Parameters& before_;
  const Parameters& after_;
  const Parameters old_, new_;
};

}  // namespace

bool still_accepts(const Parameters& before, const Parameters& after) {
  return SignatureComparison(before, after).fine();
}

Access access_of(const core::Definition& function) {
  for (const std::string& decorator : function.decorators) {
    const std::string_view name = decorator;
    // cached_property, functools.cached_property, abc.abstractproperty too.
    if (name.ends_with("property")) return Access::property;
    if (name.ends_with("staticmethod")) return Access::static_method;
    if (name.ends_with("classmethod")) return Access::class_method;
  }
  return Access::plain;
}

Parameters passed_to(const core::Definition& function, bool in_class) {
  Parameters passed;
  if (function.signature) passed = function.signature->parameters;
  const bool bound = in_class && access_of(function) != Access::static_method;
  if (bound && !passed.empty() && by_position(passed.front())) passed.erase(passed.begin());
  return passed;
}

}  // namespace gs::analyzers
