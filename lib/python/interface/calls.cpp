#include "lib/python/interface/calls.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "lib/python/interface/names.h"
#include "lib/python/interface/python_tree.h"
#include "lib/python/source_text.h"

namespace gs::python {

namespace {

using core::Call;
using core::Calls;

struct Fields {
  TSFieldId left = field_named("left"), name = field_named("name"), value = field_named("value"),
            type = field_named("type"), parameters = field_named("parameters"),
            body = field_named("body"), function = field_named("function"),
            arguments = field_named("arguments"), object = field_named("object"),
            attribute = field_named("attribute");
};

const Fields& fields() {
  static const Fields all;
  return all;
}

bool has_any(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(words,
                             [&](std::string_view word) { return text.find(word) != text.npos; });
}

class CallWalk {
 public:
  explicit CallWalk(const PythonTree& tree) : tree_(tree) {}

  Calls run() {
    Cursor cursor(tree_.root());
    if (!cursor.down()) return {};
    path_.push_back({tree_.root(), Kind::module, false, false});
    while (true) {
      if (enter(cursor.node(), cursor.field()) && cursor.down()) continue;
      path_.pop_back();
      while (!cursor.next()) {
        if (path_.size() == 1 || !cursor.up()) return take();
        path_.pop_back();
      }
    }
  }

 private:
  static constexpr std::size_t kNone = SIZE_MAX;

  struct Open {
    TSNode node;
    Kind kind;
    bool binds;                  // identifiers below are names that are bound
    bool guarded;                // calls below are expected to fail
    std::size_t method = kNone;  // of methods_: in which it stands
  };

  // Of a class of the module's top level.
  struct Method {
    std::string within, name;  // the class's name, and its own
    std::string object;        // what it calls its first argument
    bool through_class = false;
    int bound = 0;  // how often it binds that name: once as a parameter
  };

  // Puts the node on the path; whether to walk below it.
  bool enter(TSNode node, TSFieldId field) {
    const Open& around = path_.back();
    const Kind kind = kind_of(node);
    Open open{node, kind, around.binds, around.guarded, around.method};
    if (field == fields().value || field == fields().type) {
      open.binds = false;
    } else if (begins_binding(around, kind, field)) {
      open.binds = true;
    }
    if (field == fields().body && (around.kind == Kind::try_ || around.kind == Kind::with))
      open.guarded = open.guarded || expects_failure(around);
    if (kind == Kind::class_) open.method = kNone;
    if (kind == Kind::function && top_class() != 0) open.method = begin_method(node);
    const Kind above = around.kind;
    path_.push_back(open);
    if (kind == Kind::identifier && open.binds) bind(name_of(tree_, node), above);
    if (kind == Kind::attribute) note_attribute(node, open.binds && above != Kind::attribute);
    if (kind == Kind::call) add(node, open);
    return kind != Kind::import_ && kind != Kind::from_import && kind != Kind::future_import;
  }

  static bool begins_binding(const Open& around, Kind kind, TSFieldId field) {
    if (field == fields().left || field == fields().parameters)
      return around.kind != Kind::binary_operator;
    if (field == fields().name) {
      return around.kind == Kind::function || around.kind == Kind::class_ ||
             around.kind == Kind::named_expression;
    }
    return kind == Kind::as_pattern_target || kind == Kind::case_pattern || kind == Kind::delete_ ||
           kind == Kind::global;
  }

  // Of a `try`, by its handlers; of a `with`, by what it enters.
  bool expects_failure(const Open& statement) const {
    constexpr std::array<std::string_view, 3> kCaught{"TypeError", "AttributeError", "Exception"};
    constexpr std::array<std::string_view, 3> kEntered{"raises", "Raises", "suppress"};
    bool found = false;
    each_child(statement.node, [&](TSNode child, TSFieldId) {
      const Kind kind = kind_of(child);
      if (kind == Kind::with_clause) found = found || has_any(tree_.text(child), kEntered);
      if (kind != Kind::except_clause) return;
      bool named = false;
      each_child(child, [&](TSNode part, TSFieldId) {
        if (!ts_node_is_named(part) || kind_of(part) == Kind::block ||
            kind_of(part) == Kind::comment)
          return;
        named = true;
        found = found || has_any(tree_.text(part), kCaught);
      });
      found = found || !named;
    });
    return found;
  }

  void bind(const std::string& name, Kind around) {
    bound_.insert(name);
    const std::size_t method = path_.back().method;
    // `self.f = 1` leaves `self` as it is.
    if (method != kNone && around != Kind::attribute && methods_[method].object == name)
      ++methods_[method].bound;
  }

  void add(TSNode node, const Open& open) {
    Call call;
    call.line = line_of(node);
    call.guarded = open.guarded;
    const TSNode function = child_of(node, fields().function);
    const bool super = is_super_attribute(function, open.method);
    if (super) {
      call.name = {"super()", name_of(tree_, child_of(function, fields().attribute))};
    } else if (!name_parts(function, call.name)) {
      return;
    }
    const TSNode given = child_of(node, fields().arguments);
    if (ts_node_is_null(given)) return;
    note_attribute_by_name(call, given);
    if (super || is_of_object(call, open.method)) {
      const Method& method = methods_[open.method];
      call.within = method.within;
      call.method = method.name;
      call.through_class = method.through_class;
      owners_.emplace(calls_.list.size(), open.method);
    }
    if (kind_of(given) != Kind::argument_list) {
      call.positional = 1;  // a generator without brackets of its own
    } else {
      each_child(given, [&](TSNode argument, TSFieldId) { take_argument(argument, call); });
    }
    calls_.list.push_back(std::move(call));
  }

  void take_argument(TSNode argument, Call& call) const {
    if (!ts_node_is_named(argument)) return;
    switch (kind_of(argument)) {
      case Kind::comment:
      case Kind::line_continuation:
        return;
      case Kind::list_splat:
      case Kind::dictionary_splat:
        call.spread = true;
        return;
      case Kind::keyword_argument:
        call.keywords.push_back(name_of(tree_, child_of(argument, fields().name)));
        return;
      default:
        ++call.positional;
    }
  }

  // Where the class stands in path_ whose method a function is that comes next; 0: none.
  std::size_t top_class() const {
    std::size_t at = path_.size() - 1;
    if (path_[at].kind == Kind::decorated) --at;
    if (at < 2 || path_[at].kind != Kind::block || path_[at - 1].kind != Kind::class_) return 0;
    const std::size_t above = path_[at - 2].kind == Kind::decorated ? at - 3 : at - 2;
    return path_[above].kind == Kind::module ? at - 1 : 0;
  }

  struct Decorators {
    bool any = false, takes_class = false, takes_nothing = false;
  };
  Decorators decorators() const {
    Decorators found;
    if (path_.back().kind != Kind::decorated) return found;
    each_child(path_.back().node, [&](TSNode child, TSFieldId) {
      if (kind_of(child) != Kind::decorator) return;
      const std::string name = decorator_of(tree_, child);
      found.any = true;
      found.takes_class = found.takes_class || name == "classmethod";
      found.takes_nothing = found.takes_nothing || name == "staticmethod";
    });
    return found;
  }

  // Its number in methods_, if it has an object of its own.
  std::size_t begin_method(TSNode function) {
    const std::size_t within = top_class();
    const Decorators around = decorators();
    TSNode first = ts_node_named_child(child_of(function, fields().parameters), 0);
    if (!ts_node_is_null(first) && kind_of(first) == Kind::typed_parameter)
      first = ts_node_named_child(first, 0);
    if (around.takes_nothing || ts_node_is_null(first) || kind_of(first) != Kind::identifier)
      return kNone;
    Method method{name_of(tree_, child_of(path_[within].node, fields().name)),
                  name_of(tree_, child_of(function, fields().name)), name_of(tree_, first)};
    method.through_class = around.takes_class || method.name == "__new__" ||
                           method.name == "__init_subclass__" || method.name == "__class_getitem__";
    // Another decorator may call it with anything.
    if (around.any && !around.takes_class && method.object != "self") return kNone;
    methods_.push_back(std::move(method));
    return methods_.size() - 1;
  }

  bool is_of_object(const Call& call, std::size_t method) const {
    return method != kNone && call.name.size() == 2 && call.name.front() == methods_[method].object;
  }

  // `super().f`, or `super(C, self).f` in a method of C.
  bool is_super_attribute(TSNode node, std::size_t method) const {
    if (method == kNone || kind_of(node) != Kind::attribute) return false;
    const TSNode call = child_of(node, fields().object);
    if (ts_node_is_null(call) || kind_of(call) != Kind::call ||
        tree_.text(child_of(call, fields().function)) != "super")
      return false;
    const TSNode given = child_of(call, fields().arguments);
    const std::uint32_t count = ts_node_is_null(given) ? 0 : ts_node_named_child_count(given);
    const auto argument = [&](std::uint32_t at) {
      return tree_.text(ts_node_named_child(given, at));
    };
    return count == 0 || (count == 2 && argument(0) == methods_[method].within &&
                          argument(1) == methods_[method].object);
  }

  void note_attribute(TSNode node, bool set) {
    const TSNode attribute = child_of(node, fields().attribute);
    if (ts_node_is_null(attribute)) return;
    if (set) calls_.attributes.push_back(name_of(tree_, attribute));
    calls_.sets_any = calls_.sets_any || tree_.text(attribute) == "__dict__";
  }

  // setattr(x, "f", …) and its like: which attribute, if that is written out.
  void note_attribute_by_name(const Call& call, TSNode given) {
    constexpr std::array<std::string_view, 4> kByName{"setattr", "delattr", "hasattr", "getattr"};
    if (call.name.size() != 1) return;
    const std::string& name = call.name.front();
    calls_.sets_any = calls_.sets_any || name == "vars";
    if (std::ranges::find(kByName, name) == kByName.end()) return;
    std::string_view text = tree_.text(ts_node_named_child(given, 1));
    const bool word = text.size() > 2 && (text.front() == '"' || text.front() == '\'') &&
                      text.back() == text.front();
    if (word) calls_.attributes.emplace_back(text.substr(1, text.size() - 2));
    calls_.sets_any = calls_.sets_any || (!word && (name == "setattr" || name == "delattr"));
  }

  // Of "m.C.make"; false when it is no dotted name.
  bool name_parts(TSNode node, std::vector<std::string>& parts) const {
    constexpr std::size_t kMost = 16;
    while (kind_of(node) == Kind::attribute && parts.size() < kMost) {
      const TSNode attribute = child_of(node, fields().attribute);
      if (ts_node_is_null(attribute)) return false;
      parts.push_back(name_of(tree_, attribute));
      node = child_of(node, fields().object);
    }
    if (kind_of(node) != Kind::identifier) return false;
    parts.push_back(name_of(tree_, node));
    std::ranges::reverse(parts);
    return true;
  }

  Calls take() {
    std::vector<Call> kept;
    for (std::size_t i = 0; i < calls_.list.size(); ++i) {
      Call& call = calls_.list[i];
      const auto owner = owners_.find(i);
      const bool sure = owner == owners_.end() ? !bound_.contains(call.name.front())
                                               : methods_[owner->second].bound == 1;
      if (sure) kept.push_back(std::move(call));
    }
    calls_.list = std::move(kept);
    std::ranges::sort(calls_.attributes);
    const auto same = std::ranges::unique(calls_.attributes);
    calls_.attributes.erase(same.begin(), same.end());
    return std::move(calls_);
  }

  const PythonTree& tree_;
  std::vector<Open> path_;
  std::unordered_set<std::string> bound_;
  std::vector<Method> methods_;
  Calls calls_;
  std::unordered_map<std::size_t, std::size_t> owners_;  // of calls_.list, in methods_
};

}  // namespace

std::optional<Calls> calls_of(const ParsedSource& source) {
  if (source.out_of_time()) return std::nullopt;
  const PythonTree* const tree = source.whole_tree();
  return tree != nullptr ? CallWalk(*tree).run() : Calls{};
}

}  // namespace gs::python
