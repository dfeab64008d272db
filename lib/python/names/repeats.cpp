#include "lib/python/names/repeats.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "lib/python/imports/bytes.h"
#include "lib/python/interface/names.h"

namespace gs::python {

namespace {

using core::Repeat;
using What = Repeat::What;

struct Fields {
  TSFieldId left = field_named("left"), right = field_named("right"), name = field_named("name"),
            key = field_named("key"), definition = field_named("definition"),
            object = field_named("object"), attribute = field_named("attribute"),
            parameters = field_named("parameters");
};

const Fields& fields() {
  static const Fields all;
  return all;
}

// A statement, a pair, an argument: what its place may hold once. Without a name: anything else.
struct Entry {
  What what = What::definition;
  std::string name;
  TSNode node{};
};

// Whether a text has the name as a word.
bool mentions(std::string_view text, std::string_view name) {
  for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end])))
      return true;
  }
  return false;
}

// Whether more than one definition of a name is meant: overloads, a property's halves, what is
// registered.
bool may_repeat(const PythonTree& tree, TSNode decorated, const std::string& name) {
  constexpr std::array<std::string_view, 3> kMeant{"overload", "register", "dispatch"};
  bool meant = false;
  each_child(decorated, [&](TSNode child, TSFieldId) {
    if (kind_of(child) != Kind::decorator) return;
    const std::string decorator = decorator_of(tree, child);
    meant = meant || decorator.starts_with(name + ".") ||
            std::ranges::any_of(kMeant, [&](std::string_view one) {
              return decorator.find(one) != std::string::npos;
            });
  });
  return meant;
}

class RepeatWalk {
 public:
  explicit RepeatWalk(const PythonTree& tree) : tree_(tree) {}

  std::vector<Repeat> run() {
    Cursor cursor(tree_.root());
    for (bool more = true; more;) {
      enter(cursor.node());
      path_.push_back(cursor.node());
      if (cursor.down()) continue;
      path_.pop_back();
      while (more && !cursor.next()) {
        more = cursor.up();
        if (more) path_.pop_back();
      }
    }
    std::ranges::stable_sort(found_, {}, &Repeat::again);
    return std::move(found_);
  }

 private:
  void enter(TSNode node) {
    switch (kind_of(node)) {
      case Kind::module:
        return statements(node, {}, {});
      case Kind::block:
        return body(node);
      case Kind::dictionary:
        return pairs(node);
      case Kind::argument_list:
        return arguments(node);
      case Kind::parameters:
        return parameters(node);
      default:
        return;
    }
  }

  void body(TSNode block) {
    const TSNode owner = path_.back();
    const Kind kind = kind_of(owner);
    if (kind == Kind::class_) return statements(block, classes(), {});
    if (kind != Kind::function || name_in(owner) != "__init__") return;
    const TSNode first = ts_node_named_child(child_of(owner, fields().parameters), 0);
    if (kind_of(first) == Kind::identifier) statements(block, classes(), name_of(tree_, first));
  }

  std::string name_in(TSNode definition) const {
    const TSNode name = child_of(definition, fields().name);
    return ts_node_is_null(name) ? std::string() : name_of(tree_, name);
  }

  // "Outer.Shop." of those around the node that is being entered.
  std::string classes() const {
    std::string text;
    for (const TSNode node : path_) {
      if (kind_of(node) == Kind::class_) text += name_in(node) + ".";
    }
    return text;
  }

  // Of a module, a class ("Shop."), or of `__init__`: there the attributes of `self` count.
  void statements(TSNode block, const std::string& prefix, const std::string& self) {
    std::vector<Entry> entries;
    each_child(block, [&](TSNode statement, TSFieldId) {
      Entry& entry = entries.emplace_back(Entry{What::definition, {}, statement});
      const Kind kind = kind_of(statement);
      if (kind == Kind::expression_statement) return assignment(prefix, self, entry);
      const bool decorated = kind == Kind::decorated;
      const TSNode defined = decorated ? child_of(statement, fields().definition) : statement;
      if (!self.empty() || (kind_of(defined) != Kind::function && kind_of(defined) != Kind::class_))
        return;
      entry.name = name_in(defined);
      if (decorated && may_repeat(tree_, statement, entry.name)) entry.name.clear();
    });
    compare(entries, prefix);
  }

  // A name of a class, or an attribute of `self`.
  void assignment(const std::string& prefix, const std::string& self, Entry& entry) const {
    const TSNode node = ts_node_named_child(entry.node, 0), left = child_of(node, fields().left);
    if (kind_of(node) != Kind::assignment || ts_node_is_null(child_of(node, fields().right)))
      return;
    if (self.empty() && !prefix.empty() && kind_of(left) == Kind::identifier) {
      entry.what = What::assignment;
      entry.name = name_of(tree_, left);
    } else if (!self.empty() && kind_of(left) == Kind::attribute &&
               tree_.text(child_of(left, fields().object)) == self) {
      entry.what = What::attribute;
      entry.name = name_of(tree_, child_of(left, fields().attribute));
    }
  }

  void pairs(TSNode dictionary) {
    std::vector<Entry> entries;
    each_child(dictionary, [&](TSNode pair, TSFieldId) {
      const TSNode key = child_of(pair, fields().key);
      const std::string_view text = tree_.text(key);
      const bool literal =
          kind_of(key) == Kind::string && text.find_first_of("\\{") == std::string_view::npos;
      entries.push_back({What::key, literal ? "[" + std::string(text) + "]" : "", pair});
    });
    const TSNode around = path_.back();
    const bool assigned = kind_of(around) == Kind::assignment;
    const TSNode target = child_of(around, assigned ? fields().left : fields().name);
    compare(entries, ts_node_is_null(target) ? "{…}" : std::string(tree_.text(target)));
  }

  void arguments(TSNode list) {
    std::vector<Entry> entries;
    each_child(list, [&](TSNode argument, TSFieldId) {
      const bool named = kind_of(argument) == Kind::keyword_argument;
      entries.push_back({What::argument, named ? name_in(argument) : "", argument});
    });
    compare(entries, {});
  }

  void parameters(TSNode list) {
    std::vector<Entry> entries;
    each_child(list, [&](TSNode parameter, TSFieldId) {
      TSNode name = kind_of(parameter) == Kind::tuple_pattern ? TSNode{} : parameter;
      while (!ts_node_is_null(name) && kind_of(name) != Kind::identifier)
        name = ts_node_named_child(name, 0);
      entries.push_back(
          {What::parameter, ts_node_is_null(name) ? "" : name_of(tree_, name), parameter});
    });
    compare(entries, {});
  }

  void compare(const std::vector<Entry>& entries, const std::string& prefix) {
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const Entry& entry = entries[i];
      const bool counts =
          entry.what > What::attribute ? !entry.name.empty() : has_letter(entry.name);
      if (!counts) continue;
      const auto [place, fresh] = places.try_emplace(entry.name, i);
      if (fresh) continue;
      const std::size_t first = std::exchange(place->second, i);
      const Entry& before = entries[first];
      if (before.what != entry.what || used_between(entries, first, i)) continue;
      found_.push_back({entry.what, prefix + entry.name, line_of(before.node), line_of(entry.node),
                        tree_.text(before.node) == tree_.text(entry.node)});
    }
  }

  // `_` is the name of what is never asked for by it.
  static bool has_letter(const std::string& name) {
    return name.find_first_not_of('_') != std::string::npos;
  }

  // By a statement that runs at once: no definition, but for the value of a second assignment.
  bool used_between(const std::vector<Entry>& entries, std::size_t first, std::size_t again) const {
    const Entry& entry = entries[again];
    if (entry.what > What::attribute) return false;
    for (std::size_t i = first + 1; i < again; ++i) {
      const bool definition = entries[i].what == What::definition && !entries[i].name.empty();
      if (!definition && mentions(tree_.text(entries[i].node), entry.name)) return true;
    }
    if (entry.what == What::definition) return false;
    const TSNode value = child_of(ts_node_named_child(entry.node, 0), fields().right);
    return mentions(tree_.text(value), entry.name);
  }

  const PythonTree& tree_;
  std::vector<TSNode> path_;  // around the node that is being entered
  std::vector<Repeat> found_;
};

}  // namespace

std::vector<Repeat> repeats_of(const PythonTree& tree) {
  return RepeatWalk(tree).run();
}

}  // namespace gs::python
