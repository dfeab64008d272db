#include "lib/detection/import_levels.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "analyzers/components.h"
#include "lib/detection/source_roots.h"

namespace gs::detection {

namespace {

using analyzers::ImportGraph;

constexpr std::size_t kMostPrefixes = 60;

bool is_dotted_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || c == '_' || c == '.' || (c >= '0' && c <= '9') ||
           (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

bool is_below(std::string_view module, std::string_view prefix) {
  return module.size() > prefix.size() && module.starts_with(prefix) &&
         module[prefix.size()] == '.';
}

// The levels of one choice of prefixes: each module belongs to the longest that is its name's
// start.
class Levels {
 public:
  Levels(const ImportGraph& graph, const std::set<std::string>& prefixes)
      : prefixes_(prefixes.begin(), prefixes.end()), targets_(prefixes_.size()) {
    for (const std::string& module : graph.modules) prefix_of_.push_back(find(module));
    importers_.resize(prefixes_.size());
    for (const ImportGraph::Edge& edge : graph.edges) {
      const std::uint32_t from = prefix_of_[edge.from], to = prefix_of_[edge.to];
      if (from == kNone || to == kNone || from == to) continue;
      targets_[from].insert(to);
      importers_[to].insert(from);
    }
    set_levels();
  }

  std::size_t count() const { return count_; }
  std::size_t level(std::size_t prefix) const { return level_of_[prefix]; }
  const std::vector<std::string>& prefixes() const { return prefixes_; }
  std::size_t importers(std::size_t prefix) const { return importers_[prefix].size(); }
  bool is_alone(std::size_t prefix) const {
    return importers_[prefix].empty() && targets_[prefix].empty();
  }
  std::size_t modules(std::size_t prefix) const {
    return static_cast<std::size_t>(std::ranges::count(prefix_of_, prefix));
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  std::uint32_t find(std::string_view module) const {
    for (;;) {
      const auto found = std::ranges::lower_bound(prefixes_, module);
      if (found != prefixes_.end() && *found == module)
        return static_cast<std::uint32_t>(found - prefixes_.begin());
      const std::size_t dot = module.rfind('.');
      if (dot == module.npos) return kNone;
      module = module.substr(0, dot);
    }
  }

  // A component is numbered after all that it imports.
  void set_levels() {
    std::vector<std::vector<std::uint32_t>> targets;
    for (const std::set<std::uint32_t>& one : targets_)
      targets.emplace_back(one.begin(), one.end());
    const analyzers::Components circles = analyzers::components_of(targets);
    std::vector<std::vector<std::size_t>> members(circles.count);
    for (std::size_t i = 0; i < prefixes_.size(); ++i) members[circles.of[i]].push_back(i);
    std::vector<std::size_t> level(circles.count, 0);
    for (std::size_t component = 0; component < members.size(); ++component) {
      for (const std::size_t member : members[component]) {
        for (const std::size_t target : targets_[member]) {
          const std::size_t other = circles.of[target];
          if (other != component) level[component] = std::max(level[component], level[other] + 1);
        }
      }
      count_ = std::max(count_, level[component] + 1);
    }
    for (std::size_t i = 0; i < prefixes_.size(); ++i) level_of_.push_back(level[circles.of[i]]);
  }

  std::vector<std::string> prefixes_;
  std::vector<std::set<std::uint32_t>> targets_, importers_;
  std::vector<std::uint32_t> prefix_of_;  // by module
  std::vector<std::size_t> level_of_;
  std::size_t count_ = 0;
};

using Modules = std::vector<std::string>;

std::set<std::string> top_level_prefixes(const Modules& modules) {
  std::set<std::string> prefixes;
  for (const std::string& module : modules) {
    const std::string top = module.substr(0, module.find('.'));
    if (is_dotted_name(top) && !is_shared_name(top)) prefixes.insert(top);
  }
  return prefixes;
}

// What is directly in a package.
std::set<std::string> parts_of(const Modules& modules, const std::string& package) {
  std::set<std::string> parts;
  for (const std::string& module : modules) {
    if (!is_below(module, package)) continue;
    const std::string part = module.substr(0, module.find('.', package.size() + 1));
    if (is_dotted_name(part)) parts.insert(part);
  }
  return parts;
}

// The largest first.
std::vector<std::string> by_size(const Levels& levels) {
  std::vector<std::size_t> order(levels.prefixes().size()), sizes(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
    sizes[i] = levels.modules(i);
  }
  std::ranges::stable_sort(order,
                           [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
  std::vector<std::string> names;
  for (const std::size_t i : order) names.push_back(levels.prefixes()[i]);
  return names;
}

// Divides one package; nothing where no division makes more levels. What made none is not tried
// again: `tried`.
std::optional<std::set<std::string>> divided(const ImportGraph& graph, const Modules& modules,
                                             const std::set<std::string>& prefixes,
                                             std::set<std::string>& tried) {
  const Levels levels(graph, prefixes);
  for (const std::string& package : by_size(levels)) {
    if (!tried.insert(package).second) continue;
    std::set<std::string> more = parts_of(modules, package);
    if (more.empty()) continue;
    more.insert(prefixes.begin(), prefixes.end());
    const bool only = prefixes.size() == 1;
    if (more.size() > kMostPrefixes && !only) continue;
    if (Levels(graph, more).count() > levels.count()) return more;
  }
  return std::nullopt;
}

// Once no division makes more.
Levels most_levels(const ImportGraph& graph, const Modules& modules) {
  std::set<std::string> prefixes = top_level_prefixes(modules), tried;
  while (auto more = divided(graph, modules, prefixes, tried)) prefixes = std::move(*more);
  return {graph, prefixes};
}

ImportGraph without_type_checking(const ImportGraph& graph) {
  ImportGraph out = graph;
  std::erase_if(out.edges, [](const ImportGraph::Edge& edge) { return edge.type_checking; });
  return out;
}

std::string short_name(std::string_view prefix) {
  return std::string(prefix.substr(prefix.rfind('.') + 1));
}

// Named after the member that most others import.
std::vector<core::Layer> layers_of(const Levels& levels) {
  std::vector<core::Layer> layers(levels.count());
  std::vector<std::string> names(levels.count());
  std::vector<std::size_t> most(levels.count());
  for (std::size_t i = 0; i < levels.prefixes().size(); ++i) {
    if (levels.is_alone(i) && levels.count() > 1) continue;
    const std::size_t level = levels.level(i);
    layers[level].modules.push_back(levels.prefixes()[i]);
    if (!names[level].empty() && levels.importers(i) <= most[level]) continue;
    most[level] = levels.importers(i);
    names[level] = levels.prefixes()[i];
  }
  std::set<std::string> taken;
  for (std::size_t level = 0; level < layers.size(); ++level) {
    std::string name = short_name(names[level]);
    if (!taken.insert(name).second) taken.insert(name = names[level]);
    layers[level].name = name;
  }
  return layers;
}

// Tests, as long as nothing else imports them.
std::set<std::string> test_packages(const ImportGraph& graph, const Modules& modules) {
  const auto test_of = [](const std::string& module) {
    const std::string top = module.substr(0, module.find('.'));
    return is_shared_name(top) && top.find("test") != top.npos ? top : std::string();
  };
  std::set<std::string> tests;
  for (const std::string& module : modules) {
    if (std::string test = test_of(module); !test.empty()) tests.insert(std::move(test));
  }
  for (const ImportGraph::Edge& edge : graph.edges) {
    if (test_of(graph.modules[edge.from]).empty()) tests.erase(test_of(graph.modules[edge.to]));
  }
  return tests;
}

}  // namespace

ImportLevels import_levels(const ImportGraph& graph, const Modules& modules) {
  const Levels all = most_levels(graph, modules),
               fewer = most_levels(without_type_checking(graph), modules);
  ImportLevels out;
  out.type_checking_ignored = fewer.count() > all.count();
  const Levels& levels = out.type_checking_ignored ? fewer : all;
  const std::set<std::string> tests = test_packages(graph, modules);
  if (levels.count() + (tests.empty() ? 0 : 1) < 2 || levels.prefixes().empty()) return {};
  out.layers = layers_of(levels);
  if (!tests.empty()) {
    const bool taken = std::ranges::any_of(
        out.layers, [](const core::Layer& layer) { return layer.name == "tests"; });
    out.layers.push_back({taken ? "all tests" : "tests", {tests.begin(), tests.end()}});
  }
  return out;
}

}  // namespace gs::detection
