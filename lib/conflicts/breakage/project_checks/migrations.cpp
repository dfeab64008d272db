// Django's migrations and Alembic's revisions: files that name those they follow.

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <optional>
#include <set>

#include "lib/conflicts/breakage/project_checks/project_check.h"
#include "lib/core/text.h"
#include "lib/python/interface/literals.h"

namespace gs::conflicts {

namespace {

using python::Literal;

// A migration by its name, or a revision by its id.
struct Node {
  ProjectPlace place;
  std::string title;  // as messages have it
  std::vector<std::string> follows;
};
using Graph = std::map<std::string, Node>;

const Literal* value_of(const python::Declarations& declared, std::string_view class_name,
                        std::string_view name) {
  const auto found = std::ranges::find_if(declared.assigned, [&](const auto& one) {
    return one.class_name == class_name && one.name == name;
  });
  return found == declared.assigned.end() ? nullptr : &found->value;
}

bool in_folder(std::string_view path, std::string_view folder) {
  const std::string_view above = folder_of(path);
  return path.ends_with(".py") && stem_of(path) != "__init__" &&
         (above == folder ||
          (above.ends_with(folder) && above[above.size() - folder.size() - 1] == '/'));
}

// Those that no other follows, in the order of their places.
std::vector<const Node*> last_ones(const Graph& graph) {
  std::set<std::string_view> followed;
  for (const auto& [id, node] : graph) followed.insert(node.follows.begin(), node.follows.end());
  std::vector<const Node*> last;
  for (const auto& [id, node] : graph) {
    if (!followed.contains(id)) last.push_back(&node);
  }
  std::ranges::sort(last, {}, [](const Node* node) { return node->place.path; });
  return last;
}

std::string list_of(const std::vector<const Node*>& nodes) {
  std::string list;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (i > 0) list += i + 1 == nodes.size() ? " and " : ", ";
    list += core::printable(nodes[i]->title);
  }
  return list;
}

// `several`: "last migrations"
void add_several_last(const Graph& graph, std::string_view several, std::string_view next,
                      std::vector<ProjectFault>& faults) {
  const std::vector<const Node*> last = last_ones(graph);
  if (last.size() < 2) return;
  ProjectFault fault;
  fault.key = "several";
  fault.message = fmt::format("{} {}: {}", last.size(), several, list_of(last));
  fault.next = next;
  for (const Node* node : last) fault.places.push_back(node->place);
  faults.push_back(std::move(fault));
}

void add_missing(const Node& node, std::string_view follows, std::vector<ProjectFault>& faults) {
  ProjectFault fault;
  fault.key = fmt::format("missing {} {}", node.title, follows);
  fault.places = {node.place};
  fault.message = fmt::format("follows {}, which is not there", core::printable(follows));
  faults.push_back(std::move(fault));
}

}  // namespace

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return path.substr(0, slash == path.npos ? 0 : slash + 1);
}

std::string_view stem_of(std::string_view path) {
  path.remove_prefix(folder_of(path).size());
  return path.substr(0, path.rfind('.'));
}

// ---- Django: class Migration with `dependencies = [("app", "0001_initial")]`.

namespace {

struct AppMigration {
  Node node;
  std::vector<std::pair<std::string, std::string>> depends;  // app's label, name
  std::vector<std::string> replaces;
};

std::optional<std::vector<std::pair<std::string, std::string>>> label_pairs(const Literal* list) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (list == nullptr) return pairs;
  if (list->kind != Literal::Kind::sequence) return std::nullopt;
  for (const Literal& item : list->items) {
    const bool pair = item.kind == Literal::Kind::sequence && item.items.size() == 2 &&
                      item.items[0].kind == Literal::Kind::string &&
                      item.items[1].kind == Literal::Kind::string;
    if (pair) pairs.emplace_back(item.items[0].text, item.items[1].text);
  }
  return pairs;  // swappable_dependency(…) names another app's
}

// Nothing when the file is no Python or its dependencies are not written out; then nothing is known
// of the app's order.
std::optional<std::map<std::string, AppMigration>> migrations_of(
    const std::vector<ProjectFile>& files) {
  std::map<std::string, AppMigration> migrations;
  for (const ProjectFile& file : files) {
    const auto declared = python::declarations_of(file.text);
    if (!declared) return std::nullopt;
    const bool any = std::ranges::any_of(
        declared->assigned, [](const auto& one) { return one.class_name == "Migration"; });
    if (!any) continue;
    const auto depends = label_pairs(value_of(*declared, "Migration", "dependencies"));
    const auto replaces = label_pairs(value_of(*declared, "Migration", "replaces"));
    if (!depends || !replaces) return std::nullopt;
    AppMigration& one = migrations[std::string(stem_of(file.path))];
    one.node.place = {file.path, 0};
    one.node.title = stem_of(file.path);
    one.depends = *depends;
    for (const auto& [label, name] : *replaces) one.replaces.push_back(name);
  }
  return migrations;
}

// An app is called as its folder unless it says otherwise: in code that is not looked at.
bool calls_itself(const std::map<std::string, AppMigration>& migrations, std::string_view label) {
  return std::ranges::any_of(migrations, [&](const auto& one) {
    return std::ranges::any_of(one.second.depends,
                               [&](const auto& pair) { return pair.first == label; });
  });
}

// Squashed migrations stand for those that they replace, as soon as those are gone or applied.
Graph graph_of(const std::map<std::string, AppMigration>& migrations, std::string_view label) {
  const bool by_folder = calls_itself(migrations, label);
  std::map<std::string, std::string> squashed;
  for (const auto& [name, one] : migrations) {
    for (const std::string& replaced : one.replaces) squashed[replaced] = name;
  }
  Graph graph;
  for (const auto& [name, one] : migrations) {
    if (squashed.contains(name)) continue;
    Node& node = graph[name] = one.node;
    for (const auto& [app, on] : one.depends) {
      if (by_folder ? app != label : !migrations.contains(on)) continue;
      const auto by = squashed.find(on);
      node.follows.push_back(by == squashed.end() ? on : by->second);
    }
  }
  return graph;
}

// "shop/migrations" of "shop/migrations/0001_initial.py"
std::string_view above(std::string_view path) {
  const std::string_view folder = folder_of(path);
  return folder.substr(0, folder.empty() ? 0 : folder.size() - 1);
}

std::string_view number_of(std::string_view name) {
  const std::size_t end = name.find_first_not_of("0123456789");
  return name.substr(0, end == name.npos ? 0 : end);
}

// Where more cannot be told.
std::vector<ProjectFault> same_numbers(const std::vector<ProjectFile>& files) {
  std::vector<ProjectFault> faults;
  std::map<std::string_view, const ProjectFile*> first;
  for (const ProjectFile& file : files) {
    const std::string_view number = number_of(stem_of(file.path));
    if (number.empty()) continue;
    const auto [at, fresh] = first.try_emplace(number, &file);
    if (fresh) continue;
    ProjectFault fault;
    fault.key = fmt::format("number {} {}", at->second->path, file.path);
    fault.places = {{at->second->path, 0}, {file.path, 0}};
    fault.message = fmt::format("two migrations {}: {} and {}", number,
                                core::printable(stem_of(at->second->path)),
                                core::printable(stem_of(file.path)));
    fault.blocks = false;
    faults.push_back(std::move(fault));
  }
  return faults;
}

}  // namespace

std::string_view django_group(std::string_view path) {
  return in_folder(path, "migrations/") ? folder_of(path) : std::string_view();
}

std::vector<ProjectFault> django_faults(const std::vector<ProjectFile>& files) {
  const auto migrations = migrations_of(files);
  if (!migrations) return same_numbers(files);
  std::vector<ProjectFault> faults;
  if (migrations->empty()) return faults;
  const std::string_view app = above(above(files.front().path));
  const Graph graph = graph_of(*migrations, app.substr(folder_of(app).size()));
  add_several_last(graph, "last migrations", "python manage.py makemigrations --merge", faults);
  for (const auto& [name, node] : graph) {
    for (const std::string& on : node.follows) {
      if (!graph.contains(on) && !on.starts_with("__")) add_missing(node, on, faults);
    }
  }
  return faults;
}

// ---- Alembic: `revision = "ae1027a6acf"` and `down_revision = "1975ea83b712"` in a module.

namespace {

std::optional<std::vector<std::string>> revision_ids(const Literal& value) {
  if (value.kind == Literal::Kind::none) return std::vector<std::string>{};
  if (value.kind == Literal::Kind::string) return std::vector<std::string>{value.text};
  if (value.kind != Literal::Kind::sequence) return std::nullopt;
  std::vector<std::string> ids;
  for (const Literal& item : value.items) {
    if (item.kind != Literal::Kind::string) return std::nullopt;
    ids.push_back(item.text);
  }
  return ids;
}

// Nothing when a file's place in the order is not written out, or branches are meant to be there.
std::optional<Graph> revisions_of(const std::vector<ProjectFile>& files) {
  Graph graph;
  for (const ProjectFile& file : files) {
    const auto declared = python::declarations_of(file.text);
    if (!declared) return std::nullopt;
    const Literal *revision = value_of(*declared, "", "revision"),
                  *down = value_of(*declared, "", "down_revision"),
                  *labels = value_of(*declared, "", "branch_labels");
    if (revision == nullptr || down == nullptr) continue;
    const auto follows = revision_ids(*down);
    if (revision->kind != Literal::Kind::string || !follows) return std::nullopt;
    if (labels != nullptr && labels->kind != Literal::Kind::none) return std::nullopt;
    graph[revision->text] = {{file.path, 0}, revision->text, *follows};
  }
  return graph;
}

// Alembic takes the beginning of an id for the id.
void complete_ids(Graph& graph) {
  for (auto& [id, node] : graph) {
    for (std::string& on : node.follows) {
      const auto at = graph.lower_bound(on);
      if (at != graph.end() && at->first.starts_with(on)) on = at->first;
    }
  }
}

}  // namespace

std::string_view alembic_group(std::string_view path) {
  return in_folder(path, "versions/") ? folder_of(path) : std::string_view();
}

std::vector<ProjectFault> alembic_faults(const std::vector<ProjectFile>& files) {
  std::vector<ProjectFault> faults;
  auto graph = revisions_of(files);
  if (!graph) return faults;
  complete_ids(*graph);
  add_several_last(*graph, "heads", "alembic merge heads", faults);
  for (const auto& [id, node] : *graph) {
    for (const std::string& on : node.follows) {
      if (!graph->contains(on)) add_missing(node, on, faults);
    }
  }
  return faults;
}

}  // namespace gs::conflicts
