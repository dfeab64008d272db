#include "analyzers/signature_changes.h"

#include <algorithm>

#include "analyzers/parameters.h"

namespace gs::analyzers {

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
