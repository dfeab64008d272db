#include "lib/python/names/unbound_names.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "lib/python/names/repeats.h"
#include "lib/python/names/scope_walk.h"

namespace gs::python {

using core::UnboundName;

namespace {

// dir(builtins) of CPython 3.8 to 3.14, what `site` adds to them, and what every module has.
constexpr auto kBuiltins = std::to_array<std::string_view>({"ArithmeticError",
                                                            "AssertionError",
                                                            "AttributeError",
                                                            "BaseException",
                                                            "BaseExceptionGroup",
                                                            "BlockingIOError",
                                                            "BrokenPipeError",
                                                            "BufferError",
                                                            "BytesWarning",
                                                            "ChildProcessError",
                                                            "ConnectionAbortedError",
                                                            "ConnectionError",
                                                            "ConnectionRefusedError",
                                                            "ConnectionResetError",
                                                            "DeprecationWarning",
                                                            "EOFError",
                                                            "Ellipsis",
                                                            "EncodingWarning",
                                                            "EnvironmentError",
                                                            "Exception",
                                                            "ExceptionGroup",
                                                            "FileExistsError",
                                                            "FileNotFoundError",
                                                            "FloatingPointError",
                                                            "FutureWarning",
                                                            "GeneratorExit",
                                                            "IOError",
                                                            "ImportError",
                                                            "ImportWarning",
                                                            "IndentationError",
                                                            "IndexError",
                                                            "InterruptedError",
                                                            "IsADirectoryError",
                                                            "KeyError",
                                                            "KeyboardInterrupt",
                                                            "LookupError",
                                                            "MemoryError",
                                                            "ModuleNotFoundError",
                                                            "NameError",
                                                            "NotADirectoryError",
                                                            "NotImplemented",
                                                            "NotImplementedError",
                                                            "OSError",
                                                            "OverflowError",
                                                            "PendingDeprecationWarning",
                                                            "PermissionError",
                                                            "ProcessLookupError",
                                                            "PythonFinalizationError",
                                                            "RecursionError",
                                                            "ReferenceError",
                                                            "ResourceWarning",
                                                            "RuntimeError",
                                                            "RuntimeWarning",
                                                            "StopAsyncIteration",
                                                            "StopIteration",
                                                            "SyntaxError",
                                                            "SyntaxWarning",
                                                            "SystemError",
                                                            "SystemExit",
                                                            "TabError",
                                                            "TimeoutError",
                                                            "TypeError",
                                                            "UnboundLocalError",
                                                            "UnicodeDecodeError",
                                                            "UnicodeEncodeError",
                                                            "UnicodeError",
                                                            "UnicodeTranslateError",
                                                            "UnicodeWarning",
                                                            "UserWarning",
                                                            "ValueError",
                                                            "Warning",
                                                            "WindowsError",
                                                            "ZeroDivisionError",
                                                            "__annotate__",
                                                            "__annotations__",
                                                            "__build_class__",
                                                            "__builtins__",
                                                            "__cached__",
                                                            "__debug__",
                                                            "__doc__",
                                                            "__file__",
                                                            "__import__",
                                                            "__loader__",
                                                            "__name__",
                                                            "__package__",
                                                            "__path__",
                                                            "__spec__",
                                                            "__warningregistry__",
                                                            "abs",
                                                            "aiter",
                                                            "all",
                                                            "anext",
                                                            "any",
                                                            "ascii",
                                                            "bin",
                                                            "bool",
                                                            "breakpoint",
                                                            "bytearray",
                                                            "bytes",
                                                            "callable",
                                                            "chr",
                                                            "classmethod",
                                                            "compile",
                                                            "complex",
                                                            "copyright",
                                                            "credits",
                                                            "delattr",
                                                            "dict",
                                                            "dir",
                                                            "divmod",
                                                            "enumerate",
                                                            "eval",
                                                            "exec",
                                                            "exit",
                                                            "filter",
                                                            "float",
                                                            "format",
                                                            "frozenset",
                                                            "getattr",
                                                            "globals",
                                                            "hasattr",
                                                            "hash",
                                                            "help",
                                                            "hex",
                                                            "id",
                                                            "input",
                                                            "int",
                                                            "isinstance",
                                                            "issubclass",
                                                            "iter",
                                                            "len",
                                                            "license",
                                                            "list",
                                                            "locals",
                                                            "map",
                                                            "max",
                                                            "memoryview",
                                                            "min",
                                                            "next",
                                                            "object",
                                                            "oct",
                                                            "open",
                                                            "ord",
                                                            "pow",
                                                            "print",
                                                            "property",
                                                            "quit",
                                                            "range",
                                                            "repr",
                                                            "reversed",
                                                            "round",
                                                            "set",
                                                            "setattr",
                                                            "slice",
                                                            "sorted",
                                                            "staticmethod",
                                                            "str",
                                                            "sum",
                                                            "super",
                                                            "tuple",
                                                            "type",
                                                            "vars",
                                                            "zip"});
static_assert(std::ranges::is_sorted(kBuiltins));

// What the body of a class has besides.
constexpr std::array<std::string_view, 3> kOfClasses{"__firstlineno__", "__module__",
                                                     "__qualname__"};

bool runs_later(ScopeKind kind) {
  return kind == ScopeKind::function || kind == ScopeKind::lambda;
}

// Whether code of a scope runs at another time than that of the scope which binds the name.
bool used_later(const ScopeTable& table, std::size_t scope, std::size_t owner) {
  for (; scope != owner && scope != 0; scope = table.scopes[scope].parent) {
    if (runs_later(table.scopes[scope].kind)) return true;
  }
  return false;
}

// `__class__` in a function of a class.
bool has_class_cell(const ScopeTable& table, std::size_t scope) {
  bool in_function = false;
  for (; scope != 0; scope = table.scopes[scope].parent) {
    if (table.scopes[scope].kind == ScopeKind::class_ && in_function) return true;
    in_function = in_function || runs_later(table.scopes[scope].kind);
  }
  return false;
}

bool is_there_anyway(const ScopeTable& table, const NameUse& use, std::size_t owner) {
  if (owner != 0) return false;
  if (is_builtin(use.name)) return true;
  const bool in_class = table.scopes[use.scope].kind == ScopeKind::class_;
  if (in_class && std::ranges::binary_search(kOfClasses, use.name)) return true;
  return use.name == "__class__" && has_class_cell(table, use.scope);
}

// `except … as` unbinds at the end of its clause.
bool reaches(const Binding& binding, const NameUse& use) {
  return gives_value(binding.kind) &&
         (binding.kind != BindingKind::handler || binding.range.contains(use.at));
}

// Where the scope's last word on a name is a `del` that surely runs: its place; else nothing.
std::optional<std::uint32_t> last_deletion(const Symbol& symbol) {
  const Binding* last = nullptr;
  for (const Binding& binding : symbol.bindings) {
    if (binding.elsewhere && gives_value(binding.kind)) return std::nullopt;
    if (last == nullptr || binding.range.begin > last->range.begin) last = &binding;
  }
  const bool deletes = last != nullptr && last->kind == BindingKind::deletion && last->direct;
  return deletes ? std::optional(last->range.begin) : std::nullopt;
}

// The doubt about it, where the use finds nothing.
std::optional<UnboundName::Doubt> fault_of(const ScopeTable& table, const NameUse& use) {
  using Doubt = UnboundName::Doubt;
  const Doubt plain = use.when == NameUse::When::runs || use.when == NameUse::When::declares
                          ? Doubt::none
                          : Doubt::not_run;
  const auto found = scope_of(table, use.scope, use.name);
  if (use.when == NameUse::When::declares) return found ? std::nullopt : std::optional(plain);
  if (!found) return std::nullopt;  // said of the `nonlocal`
  std::size_t owner = *found;
  const auto symbol = [&] { return table.scopes[owner].symbols.find(use.name); };
  const auto bound = [&] {
    return symbol() != table.scopes[owner].symbols.end() &&
           std::ranges::any_of(symbol()->second.bindings,
                               [&](const Binding& one) { return reaches(one, use); });
  };
  // A class that gives it no value leaves it to the module.
  if (table.scopes[owner].kind == ScopeKind::class_ && !bound()) owner = 0;
  if (is_there_anyway(table, use, owner)) return std::nullopt;
  if (!bound()) return plain;
  const auto deleted = last_deletion(symbol()->second);
  if (!deleted || use.at == *deleted) return std::nullopt;
  if (used_later(table, use.scope, owner)) return Doubt::deleted;
  return use.at > *deleted ? std::optional(plain) : std::nullopt;
}

}  // namespace

bool is_builtin(std::string_view name) {
  return std::ranges::binary_search(kBuiltins, name);
}

std::vector<UnboundName> unbound_names(const ScopeTable& table) {
  std::vector<UnboundName> unbound;
  std::set<std::tuple<std::string, std::string, UnboundName::Doubt>> known;
  for (const NameUse& use : table.uses) {
    if (use.guarded) continue;
    const auto doubt = fault_of(table, use);
    if (!doubt) continue;
    const std::string scope = qualified_name(table, use.scope);
    if (known.emplace(use.name, scope, *doubt).second)
      unbound.push_back({use.name, scope, use.line, *doubt});
  }
  return unbound;
}

std::optional<core::NameFacts> names_of(const ParsedSource& source) {
  if (source.out_of_time()) return std::nullopt;
  const PythonTree* const tree = source.whole_tree();
  if (tree == nullptr) return core::NameFacts{};
  return core::NameFacts{unbound_names(scopes_of(*tree, source.limits().time / 4)),
                         repeats_of(*tree)};
}

std::optional<BoundName> binding_of(std::string_view source, const std::string& name,
                                    std::string_view scope, const ParseLimits& limits) {
  const auto table = scopes_of(source, limits);
  if (!table || table->scopes.empty()) return std::nullopt;
  std::size_t user = 0;
  for (std::size_t i = table->scopes.size(); i-- > 1;) {
    if (qualified_name(*table, i) == scope) user = i;
  }
  const std::size_t owner = scope_of(*table, user, name).value_or(0);
  const auto symbol = table->scopes[owner].symbols.find(name);
  if (symbol == table->scopes[owner].symbols.end()) return std::nullopt;
  for (const Binding& binding : symbol->second.bindings) {
    if (gives_value(binding.kind))
      return BoundName{binding.kind, qualified_name(*table, owner), binding.line};
  }
  return std::nullopt;
}

}  // namespace gs::python
