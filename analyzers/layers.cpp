#include "analyzers/layers.h"

#include <algorithm>
#include <fmt/core.h>
#include <iterator>

#include "lib/core/policy.h"
#include "lib/core/text.h"
#include "lib/python/hash_index.h"

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

namespace {

constexpr std::string_view kArrow = "->";
constexpr std::string_view kHead =
    "# Imports against the layers that were there before the rule; this list only shrinks.\n";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

// Modules are named after files, and those can be called anything.
std::string written(const std::string& module) {
  std::string text = core::quote_path(module);
  const bool quoted = text != module;
  const bool misread = module.empty() || trimmed(module) != module || module.front() == '#' ||
                       module.find(kArrow) != module.npos || module.front() == '"';
  return misread && !quoted ? '"' + text + '"' : text;
}

// Takes a module off the front of a line, up to the arrow or the end; nothing where there is none.
std::optional<std::string> take_module(std::string_view& line) {
  std::size_t end = line.find(kArrow);
  if (line.starts_with('"')) {
    end = 1;
    while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2U : 1U;
    if (end >= line.size()) return std::nullopt;
    std::optional<std::string> module = core::unquote_path(line.substr(0, end + 1));
    line = trimmed(line.substr(end + 1));
    return module;
  }
  const std::string_view module = trimmed(line.substr(0, end));
  line = end == line.npos ? std::string_view{} : line.substr(end);
  if (module.empty() || module.find('"') != module.npos) return std::nullopt;
  return std::string(module);
}

std::optional<ModulePair> read_pair(std::string_view line) {
  std::optional<std::string> importer = take_module(line);
  if (!importer || !line.starts_with(kArrow)) return std::nullopt;
  line = trimmed(line.substr(kArrow.size()));
  std::optional<std::string> target = take_module(line);
  if (!target || !line.empty()) return std::nullopt;
  return ModulePair{std::move(*importer), std::move(*target)};
}

}  // namespace

bool Baseline::has(std::string_view importer, std::string_view target) const {
  const auto before = [](const ModulePair& pair,
                         const std::pair<std::string_view, std::string_view>& wanted) {
    return std::pair<std::string_view, std::string_view>(pair) < wanted;
  };
  const std::pair wanted{importer, target};
  const auto found = std::lower_bound(pairs.begin(), pairs.end(), wanted, before);
  return found != pairs.end() && found->first == importer && found->second == target;
}

Baseline parse_baseline(std::string_view text, const std::string& source) {
  Baseline baseline;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), whole.size() + 1));
    const std::string_view line = trimmed(whole);
    if (line.empty() || line.starts_with('#')) continue;
    std::optional<ModulePair> pair = read_pair(line);
    if (!pair) {
      throw core::Error(core::ExitCode::usage,
                        fmt::format("{}:{}: no pair of modules: {}", source, number,
                                    core::printable(line.substr(0, 100))),
                        "one 'importer -> target' a line, as 'git stream baseline' writes them");
    }
    baseline.pairs.push_back(std::move(*pair));
  }
  std::ranges::sort(baseline.pairs);
  const auto twice = std::ranges::unique(baseline.pairs);
  baseline.pairs.erase(twice.begin(), twice.end());
  return baseline;
}

std::string print_baseline(const Baseline& baseline) {
  std::string text(kHead);
  for (const auto& [importer, target] : baseline.pairs) {
    text += fmt::format("{} -> {}\n", written(importer), written(target));
  }
  return text;
}

std::vector<ModulePair> added_pairs(const Baseline& before, const Baseline& after) {
  std::vector<ModulePair> added;
  std::ranges::set_difference(after.pairs, before.pairs, std::back_inserter(added));
  return added;
}

std::optional<core::Finding> judge_baseline_change(const Baseline& before, const Baseline& after,
                                                   const core::Identity& identity) {
  if (identity.outsider()) return std::nullopt;
  const std::vector<ModulePair> added = added_pairs(before, after);
  if (added.empty()) return std::nullopt;
  std::string message =
      fmt::format("only shrinks: {} -> {} is new", core::printable(added.front().first),
                  core::printable(added.front().second));
  if (added.size() > 1) message += fmt::format(" (and {} more)", added.size() - 1);
  return core::Finding{core::Rule::policy,
                       core::Severity::block,
                       std::string(kBaselineFile),
                       0,
                       std::move(message),
                       "take the new lines out and mend the imports; only the owner accepts them"};
}

}  // namespace gs::analyzers
