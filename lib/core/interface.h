#pragma once
// The public interface of a Python module: what importers of it can rely on.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/import_facts.h"

namespace gs::core {

enum class ParameterKind : std::uint8_t {
  positional_only,
  positional,
  var_positional,
  keyword_only,
  var_keyword
};

struct Parameter {
  ParameterKind kind = ParameterKind::positional;
  std::string name;
  bool has_default = false;
  std::string annotation;  // as written, white space folded; may be empty

  bool operator==(const Parameter&) const = default;
};

struct Signature {
  std::vector<Parameter> parameters;  // in order; `self` and `cls` included
  std::string returns;                // as written; may be empty
  bool async = false;

  bool operator==(const Signature&) const = default;
};

struct Definition {
  enum class Kind : std::uint8_t {
    function,
    class_,
    variable,
    import  // import: a name bound by an import statement
  };
  Kind kind = Kind::variable;
  std::string name;
  std::uint32_t line = 0;
  std::optional<Signature> signature;   // of functions
  std::vector<std::string> decorators;  // as written, without '@' and arguments: "property"
  std::vector<std::string> bases;       // of classes, as written
  std::vector<Definition> members;      // of classes: methods, nested classes, assigned names
  bool conditional = false;             // in an `if`, `try`, `for`, `while`, `with` or `match`
  std::string metaclass = {};           // of classes, as written: "ABCMeta"; "**" of `**keywords`

  bool operator==(const Definition&) const = default;
};

struct StarImport {
  std::uint32_t level = 0;
  std::string module;

  bool operator==(const StarImport&) const = default;
};

struct Interface {
  std::vector<Definition> definitions;          // of the module's top level, in order
  std::optional<std::vector<std::string>> all;  // `__all__`, where it is written out
  bool all_unclear = false;                     // `__all__` is computed
  std::vector<StarImport> stars;
  bool has_getattr = false;  // a module `__getattr__`: any name may be there
  bool dynamic = false;      // names made as it runs: globals(), exec, sys.modules[__name__]
  std::vector<Partial> partials;

  bool operator==(const Interface&) const;

  const Definition* find(std::string_view name) const;  // the last one of that name
  enum class Answer { yes, no, unclear };
  // unclear: star imports, __getattr__, dynamic names, a partial parse
  Answer binds(std::string_view name) const;
};

// Classes nest no deeper: CPython takes 100 levels of indentation.
inline constexpr std::size_t kDeepestNesting = 100;

// As bytes for the cache. deserialize: nothing when they are not what serialize made.
std::string serialize(const Interface& interface);
std::optional<Interface> thaw_interface(std::string_view bytes);

// ---- Calls by name as a Python file has them: what can be held against a signature.

struct Call {
  std::vector<std::string> name;  // "m.C.make(1)": m, C, make; NFKC-folded
  std::uint32_t line = 0;
  std::uint32_t positional = 0;
  std::vector<std::string> keywords;
  bool spread = false;   // *args or **kwargs: nobody knows what else is passed
  bool guarded = false;  // where it is expected to fail: below `except TypeError`, `raises(…)`
  // Of a call of what a method's own object has, "self.f(1)", "cls.f(1)" or "super().f(1)" (then
  // `name` begins with "super()"): the class of the module's top level, and the method in it.
  std::string within = {}, method = {};
  bool through_class = false;  // the method's first argument is the class

  bool operator==(const Call&) const = default;
};

// What a file calls, in order, and which attributes of whatever object it may set.
struct Calls {
  std::vector<Call> list;
  // Of `x.f = …`, `del x.f`, setattr(x, "f", …), and of those asked for by name: hasattr(x, "f").
  // Sorted, each once.
  std::vector<std::string> attributes;
  bool sets_any = false;  // setattr(x, name, …), x.__dict__, vars(x)

  bool operator==(const Calls&) const = default;
};

// As bytes for the cache. deserialize: nothing when they are not what serialize made.
std::string serialize(const Calls& calls);
std::optional<Calls> thaw_calls(std::string_view bytes);

// "m.C.make"
std::string dotted(const std::vector<std::string>& name);

}  // namespace gs::core
