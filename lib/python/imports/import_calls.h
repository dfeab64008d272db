#pragma once
// Imports by call: importlib.import_module("a.b") and __import__("a.b"), through their aliases too.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/import_facts.h"
#include "lib/python/imports/found.h"
#include "lib/python/imports/lexer.h"
#include "lib/python/imports/strings.h"

namespace gs::python {

// ---- The arguments of a call, as far as they are literals and plain names.

// first.second, or first alone.
struct Path {
  std::string_view first, second;

  bool operator==(const Path&) const = default;
};

// Moves on from a name, over a path; false where that has more than two parts.
bool read_path(Lexer& lexer, Token& token, Path& path);

struct Argument {
  enum class Kind : std::uint8_t { none, text, path, number, list, other };

  Kind kind = Kind::none;
  std::string text;
  Path path;
  std::uint32_t number = 0;        // 0 for negative ones
  std::vector<std::string> items;  // of a list or tuple: those that are text
};

struct Arguments {
  std::array<Argument, 5> placed;
  Argument name, package, fromlist, level;  // by keyword
  bool starred = false;                     // *x or **x: there may be more
};

// Reads on from behind the '('; nothing where they have no end, or a great many parts.
std::optional<Arguments> read_arguments(Lexer& lexer, const Texts& texts);

// Names are bound by imports and by plain assignments (`load = importlib.import_module`), seen in
// their scope and in the functions within it, wherever in it they are bound.
class Calls {
 public:
  Calls(Strings& strings, Texts& texts, Found& found, const char* end)
      : strings_(&strings), texts_(&texts), found_(&found), end_(end) {}

  void bind(const core::Import& import, std::uint32_t scope);
  // A statement or header.
  void read(SourcePlace begin, const char* limit, const Context& context);
  // Adds what the calls import, when all bindings are known. False when one of them hides what it
  // is: calls by that name do not show "import".
  bool finish();

 private:
  enum class Meaning : std::uint8_t { nothing, importlib, builtins, import_module, import };
  struct Binding {
    std::string_view name;
    std::uint32_t scope = 0;
    Meaning meaning = Meaning::nothing;  // or what `path` means there
    Path path;
  };
  struct Call {
    SourcePlace at;  // the callee
    std::uint32_t depth = 0;
    Context context;
  };

  void read_assignment(Lexer lexer, std::uint32_t scope);
  void read_calls(Lexer lexer, const Context& context, int within);
  Meaning meaning_of(const Path& path, std::uint32_t scope) const;
  std::span<const Binding> bindings(std::string_view name, std::uint32_t scope) const;
  bool is_hidden(const Binding& binding) const;
  void resolve(const Call& call);

  Strings* strings_;
  Texts* texts_;
  Found* found_;
  const char* end_;
  std::vector<Binding> bindings_;
  std::vector<Call> calls_;
};

}  // namespace gs::python
