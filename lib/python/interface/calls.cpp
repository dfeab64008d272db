#include "lib/python/interface/calls.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <unordered_set>

#include "lib/python/interface/names.h"
#include "lib/python/interface/newer_syntax.h"
#include "lib/python/interface/python_tree.h"
#include "lib/python/source_text.h"

namespace gs::python {

namespace {

using core::Call;

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

  std::vector<Call> run() {
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
  struct Open {
    TSNode node;
    Kind kind;
    bool binds;    // identifiers below are names that are bound
    bool guarded;  // calls below are expected to fail
  };

  // Puts the node on the path; whether to walk below it.
  bool enter(TSNode node, TSFieldId field) {
    const Open& around = path_.back();
    const Kind kind = kind_of(node);
    Open open{node, kind, around.binds, around.guarded};
    if (field == fields().value || field == fields().type) {
      open.binds = false;
    } else if (begins_binding(around, kind, field)) {
      open.binds = true;
    }
    if (field == fields().body && (around.kind == Kind::try_ || around.kind == Kind::with))
      open.guarded = open.guarded || expects_failure(around);
    path_.push_back(open);
    if (kind == Kind::identifier && open.binds) bound_.insert(name_of(tree_, node));
    if (kind == Kind::call) add(node, open.guarded);
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

  void add(TSNode node, bool guarded) {
    Call call;
    call.line = line_of(node);
    call.guarded = guarded;
    if (!name_parts(child_of(node, fields().function), call.name)) return;
    const TSNode given = child_of(node, fields().arguments);
    if (ts_node_is_null(given)) return;
    if (kind_of(given) != Kind::argument_list) {
      call.positional = 1;  // a generator without brackets of its own
    } else {
      each_child(given, [&](TSNode argument, TSFieldId) { take_argument(argument, call); });
    }
    calls_.push_back(std::move(call));
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

  std::vector<Call> take() {
    std::erase_if(calls_, [&](const Call& call) { return bound_.contains(call.name.front()); });
    return std::move(calls_);
  }

  const PythonTree& tree_;
  std::vector<Open> path_;
  std::unordered_set<std::string> bound_;
  std::vector<Call> calls_;
};

}  // namespace

std::optional<std::vector<Call>> calls_of(std::string_view source, const CallLimits& limits) {
  std::vector<Call> none;
  if (source.size() > limits.largest) return none;
  SourceText read = source_text(source);
  if (!read.partials.empty()) return none;
  const auto tree = parse_newest(read.text, limits.time);
  if (!tree) return std::nullopt;
  if (ts_node_has_error(tree->root())) return none;
  return CallWalk(*tree).run();
}

}  // namespace gs::python
