#include "lib/python/imports/import_calls.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace gs::python {

namespace {

constexpr int kMostSteps = 64;     // from alias to alias
constexpr int kMostScopes = 100;   // around each other: CPython's bound for blocks
constexpr int kMostStrings = 150;  // in fields of each other: CPython's bound, too

bool may_name_a_module(const Token& token) {
  return token.kind == Token::Kind::string || token.is('(') || token.is("name");
}

// Parts with dots between them, none of them empty.
bool is_dotted(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' && text.find("..") == text.npos;
}

const Argument& either(const Argument& placed, const Argument& keyword) {
  return placed.kind == Argument::Kind::none ? keyword : placed;
}

// The package from which a relative name starts; nothing where it is not known.
std::optional<std::string> anchor_of(const Argument& package) {
  if (package.kind == Argument::Kind::text && is_dotted(package.text)) return package.text;
  if (package.kind != Argument::Kind::path) return std::nullopt;
  if (package.path == Path{"__spec__", "parent"}) return "__package__";
  if (package.path == Path{"__package__", {}} || package.path == Path{"__name__", {}})
    return std::string(package.path.first);
  return std::nullopt;
}

struct Imported {
  std::string module, anchor;
  std::uint32_t level = 0;
  std::vector<std::string> names = {};
};

// importlib.import_module(name, package=None)
std::optional<Imported> by_import_module(const Arguments& arguments) {
  const Argument& name = either(arguments.placed[0], arguments.name);
  if (name.kind != Argument::Kind::text) return std::nullopt;
  Imported imported;
  const auto dots = std::min(name.text.find_first_not_of('.'), name.text.size());
  imported.level = static_cast<std::uint32_t>(dots);
  imported.module = name.text.substr(dots);
  const bool nameless = imported.module.empty() && dots > 0;
  if (!nameless && !is_dotted(imported.module)) return std::nullopt;
  if (dots == 0) return imported;
  const auto anchor = anchor_of(either(arguments.placed[1], arguments.package));
  if (!anchor) return std::nullopt;
  imported.anchor = *anchor;
  return imported;
}

// __import__(name, globals=None, locals=None, fromlist=(), level=0)
std::optional<Imported> by_import(const Arguments& arguments) {
  const Argument& name = either(arguments.placed[0], arguments.name);
  const Argument& level = either(arguments.placed[4], arguments.level);
  const bool known = level.kind == Argument::Kind::number ||
                     (level.kind == Argument::Kind::none && !arguments.starred);
  if (name.kind != Argument::Kind::text || !known) return std::nullopt;
  const bool nameless = name.text.empty() && level.number > 0;
  if (!nameless && !is_dotted(name.text)) return std::nullopt;
  return Imported{name.text, level.number > 0 ? "__package__" : "", level.number,
                  either(arguments.placed[3], arguments.fromlist).items};
}

}  // namespace

void Calls::bind(const core::Import& import, std::uint32_t scope) {
  if (import.level > 0) return;
  const auto note = [&](std::string_view name, Meaning meaning) {
    bindings_.push_back({name, scope, meaning, {}});
  };
  const std::string_view top = import.module.substr(0, import.module.find('.'));
  const Meaning module = top == "importlib"                          ? Meaning::importlib
                         : top == "builtins" || top == "__builtin__" ? Meaning::builtins
                                                                     : Meaning::nothing;
  if (module == Meaning::nothing) return;
  if (import.kind == core::ImportKind::import) {
    if (import.alias.empty()) return note(top, module);
    if (import.module == top) note(import.alias, module);
    return;
  }
  if (import.module != top) return;
  if (import.kind == core::ImportKind::star && module == Meaning::importlib) {
    note("import_module", Meaning::import_module);
    note("__import__", Meaning::import);
  }
  for (const core::ImportedName& name : import.names) {
    const std::string_view bound = name.alias.empty() ? name.name : name.alias;
    if (name.name == "__import__") note(bound, Meaning::import);
    if (name.name == "import_module" && module == Meaning::importlib)
      note(bound, Meaning::import_module);
  }
}

void Calls::read(SourcePlace begin, const char* limit, const Context& context) {
  const Lexer lexer(*strings_, begin, limit);
  read_assignment(lexer, context.scope);
  read_calls(lexer, context, 0);
}

void Calls::read_calls(Lexer lexer, const Context& context, int within) {
  std::vector<CodeRange> fields;
  Token previous, token = lexer.next();
  while (!token.is_last()) {
    if (token.kind == Token::Kind::string && within < kMostStrings) {
      strings_->fields({token.begin, token.line}, fields);
      for (const CodeRange& field : fields)
        read_calls(Lexer(*strings_, field.begin, field.end, 1), context, within + 1);
    }
    if (token.kind != Token::Kind::name || previous.is('.') || previous.is("def") ||
        previous.is("class")) {
      previous = std::exchange(token, lexer.next());
      continue;
    }
    const Call call{{token.begin, token.line}, lexer.depth(), context};
    previous = token;
    Path path;
    if (!read_path(lexer, token, path) || !token.is('(')) continue;
    Lexer ahead = lexer;
    if (may_name_a_module(ahead.next())) calls_.push_back(call);
  }
}

// NAME = NAME = path
void Calls::read_assignment(Lexer lexer, std::uint32_t scope) {
  const std::size_t first = bindings_.size();
  Token token = lexer.next();
  for (;;) {
    Path path;
    if (token.kind != Token::Kind::name || !read_path(lexer, token, path)) break;
    if (token.kind == Token::Kind::end) {
      for (auto i = first; i < bindings_.size(); ++i) bindings_[i].path = path;
      return;
    }
    if (!token.is('=') || *token.end == '=' || !path.second.empty()) break;
    bindings_.push_back({path.first, scope, Meaning::nothing, {}});
    token = lexer.next();
  }
  bindings_.resize(first);
}

std::span<const Calls::Binding> Calls::bindings(std::string_view name, std::uint32_t scope) const {
  const auto key = [](const Binding& binding) { return std::pair(binding.name, binding.scope); };
  const auto range = std::ranges::equal_range(bindings_, std::pair(name, scope), {}, key);
  return {range.begin(), range.end()};
}

Calls::Meaning Calls::meaning_of(const Path& path, std::uint32_t scope) const {
  std::vector<std::pair<Path, std::uint32_t>> open{{path, scope}};
  for (int step = 0; step < kMostSteps && !open.empty(); ++step) {
    const auto [now, from] = open.back();
    open.pop_back();
    std::span<const Binding> bound = bindings(now.first, from);
    std::uint32_t at = from;
    for (int i = 0; i < kMostScopes && bound.empty() && at != 0; ++i) {
      at = found_->scope(at).outer;
      if (found_->scope(at).kind != core::ImportScope::class_body) bound = bindings(now.first, at);
    }
    if (bound.empty() && now == Path{"__import__", {}}) return Meaning::import;
    for (const Binding& binding : bound.first(std::min<std::size_t>(bound.size(), kMostSteps))) {
      const bool module =
          binding.meaning == Meaning::importlib || binding.meaning == Meaning::builtins;
      if (binding.meaning == Meaning::nothing) {
        if (now.second.empty()) {
          open.push_back({binding.path, at});
        } else if (binding.path.second.empty()) {
          open.push_back({Path{binding.path.first, now.second}, at});
        }
      } else if (now.second.empty()) {
        return binding.meaning;
      } else if (module && now.second == "__import__") {
        return Meaning::import;
      } else if (binding.meaning == Meaning::importlib && now.second == "import_module") {
        return Meaning::import_module;
      }
    }
  }
  return Meaning::nothing;
}

bool Calls::is_hidden(const Binding& binding) const {
  if (binding.name.find("import") != std::string_view::npos) return false;
  return binding.meaning != Meaning::builtins &&
         meaning_of({binding.name, {}}, binding.scope) != Meaning::nothing;
}

bool Calls::finish() {
  std::ranges::stable_sort(
      bindings_, {}, [](const Binding& binding) { return std::pair(binding.name, binding.scope); });
  for (const Call& call : calls_) resolve(call);
  return std::ranges::none_of(bindings_,
                              [this](const Binding& binding) { return is_hidden(binding); });
}

void Calls::resolve(const Call& call) {
  Lexer lexer(*strings_, call.at, end_, call.depth);
  Token token = lexer.next();
  Path path;
  read_path(lexer, token, path);
  const Meaning meaning = meaning_of(path, call.context.scope);
  if (meaning != Meaning::import_module && meaning != Meaning::import) return;
  const auto arguments = read_arguments(lexer, *texts_);
  if (!arguments) return found_->report(core::Trouble::unreadable_import, call.at.line);
  const auto imported =
      meaning == Meaning::import ? by_import(*arguments) : by_import_module(*arguments);
  if (!imported) return;
  core::Import import;
  import.kind = core::ImportKind::dynamic;
  import.line = call.at.line;
  import.level = imported->level;
  import.module = texts_->keep(imported->module);
  import.anchor = texts_->keep(imported->anchor);
  for (const std::string& name : imported->names) {
    if (is_identifier(name)) import.names.push_back({texts_->keep(name), {}});
  }
  found_->add(import, call.context);
}

namespace {

// Calls may be nested in calls: this bounds what is read for each.
constexpr int kMostTokens = 200;

bool is_keyword_sign(const Token& token) {
  return token.is('=') && *token.end != '=';
}

class ArgumentReading {
 public:
  ArgumentReading(Lexer& lexer, const Texts& texts)
      : lexer_(&lexer), texts_(&texts), base_(lexer.depth()) {}

  std::optional<Arguments> run() {
    advance();
    while (!token_.is(')')) {
      read_one();
      if (token_.is_last() || left_ <= 0) return std::nullopt;
      if (token_.is(',')) advance();
    }
    return std::move(arguments_);
  }

 private:
  void advance() {
    token_ = lexer_->next();
    --left_;
  }

  void read_one() {
    if (token_.is('*')) {
      arguments_.starred = true;
      return skip();
    }
    Argument argument;
    std::string_view keyword;
    std::uint32_t open = 0;
    for (; token_.is('('); advance()) ++open;
    if (token_.kind == Token::Kind::name) {
      argument.kind = Argument::Kind::path;
      if (!read_path(*lexer_, token_, argument.path)) argument.kind = Argument::Kind::other;
      if (open == 0 && argument.path.second.empty() && is_keyword_sign(token_)) {
        keyword = argument.path.first;
        argument = {};
        advance();
        for (; token_.is('('); advance()) ++open;
        read_value(argument);
      }
    } else {
      read_value(argument);
    }
    if (open > 0 && argument.kind == Argument::Kind::text && token_.is(','))
      read_items(argument, ')', lexer_->depth());
    for (; open > 0 && token_.is(')'); advance()) --open;
    if (!is_end()) argument.kind = Argument::Kind::other;
    skip();
    put(std::move(argument), keyword);
  }

  void read_value(Argument& argument) {
    argument.kind = Argument::Kind::other;
    if (token_.kind == Token::Kind::name) {
      if (read_path(*lexer_, token_, argument.path)) argument.kind = Argument::Kind::path;
    } else if (token_.kind == Token::Kind::string) {
      if (read_text(argument.text)) argument.kind = Argument::Kind::text;
    } else if (token_.is('[')) {
      const std::uint32_t inside = lexer_->depth();
      advance();
      read_items(argument, ']', inside);
    } else {
      read_number(argument);
    }
  }

  // Literals beside each other; false where one of them is no plain text.
  bool read_text(std::string& text) {
    bool plain = true;
    for (; token_.kind == Token::Kind::string; advance())
      plain = texts_->literal(token_.text(), text) && plain;
    return plain;
  }

  // The rest of a list or tuple, and its end. Its first item may be in the argument's text.
  void read_items(Argument& argument, char end, std::uint32_t inside) {
    argument.kind = Argument::Kind::list;
    if (!argument.text.empty()) argument.items.push_back(std::move(argument.text));
    const auto is_over = [&] { return token_.is(end) && lexer_->depth() < inside; };
    while (!is_over() && !token_.is_last() && left_ > 0) {
      std::string text;
      const bool plain = token_.kind == Token::Kind::string && read_text(text);
      const auto item_ends = [&] {
        return is_over() || (token_.is(',') && lexer_->depth() == inside);
      };
      if (plain && item_ends()) argument.items.push_back(std::move(text));
      while (!item_ends() && !token_.is_last() && left_ > 0) advance();
      if (token_.is(',')) advance();
    }
    if (end == ']' && is_over()) advance();
  }

  void read_number(Argument& argument) {
    const bool negative = token_.is('-');
    if (negative) advance();
    const std::string_view digits = token_.text();
    if (token_.kind != Token::Kind::number || digits.size() > 9 ||
        !std::all_of(digits.begin(), digits.end(), is_digit))
      return;
    argument.kind = Argument::Kind::number;
    for (const char c : digits)
      argument.number = argument.number * 10 + static_cast<std::uint32_t>(c - '0');
    if (negative) argument.number = 0;
    advance();
  }

  bool is_end() const {
    return (token_.is(',') && lexer_->depth() == base_) ||
           (token_.is(')') && lexer_->depth() < base_);
  }

  void skip() {
    while (!is_end() && !token_.is_last() && left_ > 0) advance();
  }

  void put(Argument argument, std::string_view keyword) {
    if (keyword.empty()) {
      if (placed_ < arguments_.placed.size()) arguments_.placed[placed_] = std::move(argument);
      ++placed_;
    } else if (keyword == "name") {
      arguments_.name = std::move(argument);
    } else if (keyword == "package") {
      arguments_.package = std::move(argument);
    } else if (keyword == "fromlist") {
      arguments_.fromlist = std::move(argument);
    } else if (keyword == "level") {
      arguments_.level = std::move(argument);
    }
  }

  Lexer* lexer_;
  const Texts* texts_;
  std::uint32_t base_;
  int left_ = kMostTokens;
  Token token_;
  std::size_t placed_ = 0;
  Arguments arguments_;
};

}  // namespace

bool read_path(Lexer& lexer, Token& token, Path& path) {
  path = {token.text(), {}};
  int parts = 1;
  for (token = lexer.next(); token.is('.'); token = lexer.next()) {
    token = lexer.next();
    if (token.kind != Token::Kind::name) return false;
    path.second = token.text();
    ++parts;
  }
  return parts <= 2;
}

std::optional<Arguments> read_arguments(Lexer& lexer, const Texts& texts) {
  return ArgumentReading(lexer, texts).run();
}

}  // namespace gs::python
