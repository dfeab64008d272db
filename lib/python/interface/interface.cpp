#include "lib/python/interface/interface.h"

#include <algorithm>
#include <tuple>

#include "lib/python/interface/broken_source.h"
#include "lib/python/interface/names.h"
#include "lib/python/interface/python_tree.h"
#include "lib/python/interface/statements.h"

namespace gs::python {

namespace {

core::Interface too_large() {
  core::Interface interface;
  interface.partials.push_back({core::Trouble::too_large, 1});
  return interface;
}

// By line, each once, and no more of them than anyone reads.
void tidy(std::vector<core::Partial>& partials) {
  constexpr std::size_t kMost = 100;
  const auto key = [](const core::Partial& partial) {
    return std::tuple(partial.line, partial.trouble);
  };
  std::ranges::sort(partials, {}, key);
  const auto same = std::ranges::unique(partials, {}, key);
  partials.erase(same.begin(), same.end());
  if (partials.size() > kMost) partials.resize(kMost);
}

}  // namespace

core::Interface interface_of(const ParsedSource& source) {
  const PythonTree* const tree = source.tree();
  if (tree == nullptr) return too_large();
  core::Interface interface = InterfaceWalk(*tree).run();
  rescue(*tree, source.limits().time / 4, interface);
  const auto add = [&](const std::vector<core::Partial>& more) {
    interface.partials.insert(interface.partials.end(), more.begin(), more.end());
  };
  add(source.partials());
  add(troubles_of(*tree));
  tidy(interface.partials);
  return interface;
}

namespace {

using core::Parameter;
using core::ParameterKind;

class Parameters {
 public:
  explicit Parameters(const PythonTree& tree) : tree_(tree) {}

  void add(TSNode node) {
    switch (kind_of(node)) {
      case Kind::positional_separator:
        for (Parameter& before : list_) before.kind = ParameterKind::positional_only;
        return;
      case Kind::keyword_separator:
        plain_ = ParameterKind::keyword_only;
        return;
      case Kind::identifier:
      case Kind::tuple_pattern:  // of Python 2
      case Kind::list_splat_pattern:
      case Kind::dictionary_splat_pattern:
        return name(node, {});
      case Kind::typed_parameter:
        return name(ts_node_named_child(node, 0), annotation(node));
      case Kind::default_parameter:
      case Kind::typed_default_parameter:
        name(ts_node_named_child(node, 0), annotation(node));
        if (!list_.empty()) list_.back().has_default = true;
        return;
      default:
        return;
    }
  }

  std::vector<Parameter> take() { return std::move(list_); }

 private:
  std::string annotation(TSNode parameter) const {
    static const TSFieldId type = field_named("type");
    const TSNode node = child_of(parameter, type);
    return ts_node_is_null(node) ? std::string() : written(tree_, node);
  }

  void name(TSNode node, std::string annotation) {
    if (ts_node_is_null(node)) return;
    Parameter parameter{plain_, {}, false, std::move(annotation)};
    const Kind kind = kind_of(node);
    const bool splat = kind == Kind::list_splat_pattern;
    if (splat || kind == Kind::dictionary_splat_pattern) {
      node = ts_node_named_child(node, 0);
      if (ts_node_is_null(node)) return;
      parameter.kind = splat ? ParameterKind::var_positional : ParameterKind::var_keyword;
      plain_ = ParameterKind::keyword_only;
    }
    parameter.name =
        kind_of(node) == Kind::identifier ? name_of(tree_, node) : written(tree_, node);
    list_.push_back(std::move(parameter));
  }

  const PythonTree& tree_;
  std::vector<Parameter> list_;
  ParameterKind plain_ = ParameterKind::positional;
};

}  // namespace

core::Signature signature_of(const PythonTree& tree, TSNode function) {
  static const TSFieldId parameters_field = field_named("parameters");
  static const TSFieldId return_type = field_named("return_type");
  core::Signature signature;
  const TSNode first = ts_node_child(function, 0);
  signature.async = !ts_node_is_null(first) && tree.text(first) == "async";
  const TSNode list = child_of(function, parameters_field);
  if (!ts_node_is_null(list)) {
    Parameters parameters(tree);
    each_child(list, [&](TSNode node, TSFieldId) { parameters.add(node); });
    signature.parameters = parameters.take();
  }
  const TSNode returns = child_of(function, return_type);
  if (!ts_node_is_null(returns)) signature.returns = written(tree, returns);
  return signature;
}

}  // namespace gs::python
