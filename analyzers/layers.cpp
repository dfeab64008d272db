#include "analyzers/layers.h"

#include <algorithm>
#include <fmt/core.h>

#include "lib/python/hash_index.h"
#include "lib/core/edge_rule.h"
#include "lib/core/text.h"

namespace gs::analyzers {

struct LayerMap::Impl {
  struct Layer {
    std::string name;
    bool independent = false;
  };
  struct Member {
    std::string prefix;
    std::size_t level = 0;
  };
  std::vector<Layer> layers;
  std::vector<Member> members;
  python::FlatIndex by_prefix;
  std::vector<core::EdgeRule> ignored;
  bool ignores_type_checking = false, ignores_dynamic = false;

  std::uint32_t member(std::string_view prefix) const {
    return by_prefix.find(python::hash_of(prefix),
                          [&](std::uint32_t at) { return members[at].prefix == prefix; });
  }
  void add(const core::Layer& layer);
  void ignore(const std::string& item);
  // "layer 2 (core models)"
  std::string title(std::size_t level) const {
    return fmt::format("layer {} ({})", level, core::printable(layers[level].name));
  }
};

void LayerMap::Impl::add(const core::Layer& layer) {
  for (const std::string& prefix : layer.modules) {
    if (member(prefix) != python::FlatIndex::kNone) continue;  // the first one wins
    by_prefix.insert(python::hash_of(prefix), static_cast<std::uint32_t>(members.size()));
    members.push_back({prefix, layers.size()});
  }
  layers.push_back({layer.name, layer.independent});
}

void LayerMap::Impl::ignore(const std::string& item) {
  ignores_type_checking |= item == "type_checking";
  ignores_dynamic |= item == "dynamic";
  if (auto rule = core::EdgeRule::parse(item)) ignored.push_back(std::move(*rule));
}

LayerMap::LayerMap(const core::Policy& policy) : impl_(std::make_unique<Impl>()) {
  for (const core::Layer& layer : policy.layers) impl_->add(layer);
  for (const std::string& item : policy.python_ignore) impl_->ignore(item);
}
LayerMap::~LayerMap() = default;
LayerMap::LayerMap(LayerMap&&) noexcept = default;

bool LayerMap::empty() const {
  return impl_->layers.empty();
}
std::size_t LayerMap::size() const {
  return impl_->layers.size();
}
const std::string& LayerMap::layer_name(std::size_t level) const {
  return impl_->layers[level].name;
}
const std::string& LayerMap::member_name(std::size_t member) const {
  return impl_->members[member].prefix;
}

std::optional<LayerMap::Place> LayerMap::place(std::string_view module) const {
  while (true) {
    const std::uint32_t member = impl_->member(module);
    if (member != python::FlatIndex::kNone) return Place{impl_->members[member].level, member};
    const std::size_t dot = module.rfind('.');
    if (dot == module.npos) return std::nullopt;
    module = module.substr(0, dot);
  }
}

bool LayerMap::allows(const Place& importer, const Place& target) const {
  if (importer.level != target.level) return importer.level > target.level;
  return !impl_->layers[importer.level].independent || importer.member == target.member;
}

std::optional<std::string> LayerMap::fault(std::string_view importer,
                                           std::string_view target) const {
  const std::optional<Place> from = place(importer), to = place(target);
  if (!from || !to || allows(*from, *to)) return std::nullopt;
  const std::string module = core::printable(target);
  if (from->level == to->level) {
    return fmt::format("imports {}: {} and {} of {} are independent", module,
                       member_name(from->member), member_name(to->member),
                       impl_->title(from->level));
  }
  return fmt::format("imports {}: {} may not import {}", module, impl_->title(from->level),
                     impl_->title(to->level));
}

std::string LayerMap::remedy(std::string_view importer, std::string_view target) const {
  const std::optional<Place> from = place(importer), to = place(target);
  if (!from || !to) return {};
  if (from->level == to->level) {
    return fmt::format("move what both need below {}", impl_->title(from->level));
  }
  return fmt::format("move what is needed to {} or below, or let {} pass it in",
                     impl_->title(from->level), core::printable(target));
}

bool LayerMap::ignored(std::string_view importer, std::string_view target, core::ImportKind kind,
                       bool type_checking) const {
  if (type_checking && impl_->ignores_type_checking) return true;
  if (kind == core::ImportKind::dynamic && impl_->ignores_dynamic) return true;
  return std::ranges::any_of(
      impl_->ignored, [&](const core::EdgeRule& rule) { return rule.matches(importer, target); });
}

}  // namespace gs::analyzers
