#include "analyzers/idle_entries.h"

#include <algorithm>
#include <fmt/core.h>
#include <set>

#include "lib/core/pattern.h"
#include "lib/core/text.h"

namespace gs::analyzers {

namespace {

using core::Finding;

Finding remark(std::string message, std::string hint) {
  return {core::Rule::policy, core::Severity::warn, std::string(core::kPolicyFile), 0,
          std::move(message), std::move(hint)};
}

std::string did_you_mean(const std::optional<std::string>& nearest) {
  return nearest ? "did you mean '" + core::printable(*nearest) + "'?" : "";
}

// One tree, asked about modules and paths.
class Tree {
 public:
  explicit Tree(const TreeNames& names)
      : names_(names), modules_(names.modules.begin(), names.modules.end()) {
    for (const std::string& path : names.paths) {
      for (std::size_t at = path.find('/'); at != path.npos; at = path.find('/', at + 1))
        folders_.insert(path.substr(0, at));
    }
  }

  bool has_module(const std::string& prefix) const {
    const auto below = modules_.lower_bound(prefix + ".");
    return modules_.contains(prefix) ||
           (below != modules_.end() && below->starts_with(prefix + "."));
  }

  // What somebody may have meant by a module that is not there.
  std::string module_hint(const std::string& wanted) const {
    for (std::size_t dot = wanted.find('.'); dot != wanted.npos; dot = wanted.find('.', dot + 1)) {
      const std::string rest = wanted.substr(dot + 1);
      if (modules_.contains(rest)) return did_you_mean(rest);  // the path was written
    }
    for (const std::string& module : modules_) {
      if (!module.ends_with("." + wanted)) continue;
      std::string root = module.substr(0, module.size() - wanted.size() - 1);
      std::replace(root.begin(), root.end(), '.', '/');
      if (folders_.contains(root))
        return fmt::format("python.roots: [{}] would make it one", core::printable(root));
    }
    if (const auto nearest = core::nearest_word(wanted, names_.modules))
      return did_you_mean(nearest);
    const std::string last = wanted.substr(wanted.rfind('.') + 1);
    for (const std::string& module : modules_) {
      if (module.substr(module.rfind('.') + 1) == last) return did_you_mean(module);
    }
    return {};
  }

  // The nearest name in the deepest folder of the pattern that is there.
  std::string path_hint(const std::string& pattern) const {
    std::size_t end = std::min(pattern.find_first_of("*?[\\"), pattern.size());
    std::string folder;
    for (std::size_t at = 0; (at = pattern.find('/', at)) != pattern.npos && at < end; ++at) {
      if (!folders_.contains(pattern.substr(0, at))) break;
      folder = pattern.substr(0, at + 1);
    }
    std::set<std::string> here;
    const auto add = [&](const std::string& path) {
      if (path.starts_with(folder) && path.size() > folder.size())
        here.insert(path.substr(0, path.find('/', folder.size())));
    };
    std::for_each(names_.paths.begin(), names_.paths.end(), add);
    const std::size_t next = std::min(pattern.find('/', folder.size()), pattern.size());
    return did_you_mean(core::nearest_word(pattern.substr(0, next),
                                           std::vector<std::string>(here.begin(), here.end())));
  }

  bool has_path(const std::string& pattern, bool ignore_case) const {
    return std::any_of(names_.paths.begin(), names_.paths.end(), [&](const std::string& path) {
      return core::pattern_matches(pattern, path, ignore_case);
    });
  }
  bool has_folder(const std::string& folder) const { return folders_.contains(folder); }

  // Whether any module is what one side of an edge says.
  bool has_side(const std::string& side, bool importer) const {
    const auto rule = core::EdgeRule::parse(importer ? side + " -> **" : "** -> " + side);
    return !rule || std::any_of(modules_.begin(), modules_.end(), [&](const std::string& module) {
      return importer ? rule->matches(module, "x") : rule->matches("x", module);
    });
  }

 private:
  const TreeNames& names_;
  std::set<std::string> modules_, folders_;
};

void add_layers(const core::Policy& policy, const Tree& tree, std::vector<Finding>& found) {
  for (const core::Layer& layer : policy.layers) {
    for (const std::string& module : layer.modules) {
      if (tree.has_module(module)) continue;
      found.push_back(
          remark(fmt::format("layers: '{}' ({}) names no module here, and judges nothing",
                             core::printable(module), core::printable(layer.name)),
                 tree.module_hint(module)));
    }
  }
}

// A name with a wildcard stands together with what is below the folders that it matches.
bool is_idle(const std::vector<std::string>& patterns, const std::string& pattern, const Tree& tree,
             bool ignore_case) {
  constexpr std::string_view kBelow = "/**";
  const auto listed = [&](const std::string& other) {
    return std::ranges::find(patterns, other) != patterns.end();
  };
  if (pattern.starts_with('!') || tree.has_path(pattern, ignore_case)) return false;
  if (pattern.ends_with(kBelow) && listed(pattern.substr(0, pattern.size() - kBelow.size())))
    return false;
  const std::string below = pattern + std::string(kBelow);
  return !listed(below) || !tree.has_path(below, ignore_case);
}

void add_scopes(const core::Policy& policy, const Tree& tree, bool ignore_case,
                std::vector<Finding>& found) {
  for (const core::StreamSpec& stream : policy.streams) {
    for (const core::AgentSpec& agent : stream.agents) {
      for (const std::string& pattern : agent.files) {
        if (!is_idle(agent.files, pattern, tree, ignore_case)) continue;
        found.push_back(remark(fmt::format("files of {}: '{}' matches nothing here",
                                           agent.id.full(), core::printable(pattern)),
                               tree.path_hint(pattern)));
      }
    }
  }
}

std::string without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return std::string(text);
}

void add_python(const core::Policy& policy, const Tree& tree, std::vector<Finding>& found) {
  for (std::string root : policy.python_roots) {
    while (root.starts_with("./")) root.erase(0, 2);
    while (root.ends_with('/')) root.pop_back();
    if (root.empty() || root == "." || tree.has_folder(root)) continue;
    found.push_back(
        remark(fmt::format("python.roots: there is no folder '{}' here", core::printable(root)),
               tree.path_hint(root)));
  }
  for (const std::string& edge : policy.python_ignore) {
    if (!core::looks_like_edge_rule(edge)) continue;
    const std::size_t arrow = edge.find("->");
    const std::string sides[] = {without_blanks(std::string_view(edge).substr(0, arrow)),
                                 without_blanks(std::string_view(edge).substr(arrow + 2))};
    for (const std::string& side : sides) {
      if (tree.has_side(side, &side == &sides[0])) continue;
      found.push_back(remark(fmt::format("python.ignore: '{}': '{}' names no module here",
                                         core::printable(edge), core::printable(side)),
                             tree.module_hint(side)));
    }
  }
}

}  // namespace

std::vector<Finding> idle_entries(const core::Policy& policy, const TreeNames& names,
                                  bool ignore_case) {
  std::vector<Finding> found;
  if (names.paths.empty()) return found;
  const Tree tree(names);
  if (policy.rules.layer != core::Action::off) add_layers(policy, tree, found);
  add_scopes(policy, tree, ignore_case, found);
  add_python(policy, tree, found);
  return found;
}

}  // namespace gs::analyzers
