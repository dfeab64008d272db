#include "lib/core/interface.h"

#include <algorithm>
#include <array>
#include <ranges>

#include "lib/core/serialize.h"

namespace gs::core {

namespace {

// What every module has, whatever its source says; `__path__` only packages.
constexpr std::array kModuleNames{std::string_view("__builtins__"), std::string_view("__cached__"),
                                  std::string_view("__dict__"),     std::string_view("__doc__"),
                                  std::string_view("__file__"),     std::string_view("__loader__"),
                                  std::string_view("__name__"),     std::string_view("__package__"),
                                  std::string_view("__path__"),     std::string_view("__spec__")};

bool same(const Partial& one, const Partial& other) {
  return one.trouble == other.trouble && one.line == other.line;
}

}  // namespace

bool Interface::operator==(const Interface& other) const {
  return definitions == other.definitions && all == other.all && all_unclear == other.all_unclear &&
         stars == other.stars && has_getattr == other.has_getattr && dynamic == other.dynamic &&
         std::ranges::equal(partials, other.partials, same);
}

const Definition* Interface::find(std::string_view name) const {
  for (const Definition& definition : definitions | std::views::reverse) {
    if (definition.name == name) return &definition;
  }
  return nullptr;
}

Interface::Answer Interface::binds(std::string_view name) const {
  if (find(name) || std::ranges::find(kModuleNames, name) != kModuleNames.end()) return Answer::yes;
  const bool hidden = has_getattr || dynamic || !stars.empty() || !partials.empty();
  return hidden ? Answer::unclear : Answer::no;
}

std::string dotted(const std::vector<std::string>& name) {
  std::string text;
  for (const std::string& part : name) {
    if (!text.empty()) text += '.';
    text += part;
  }
  return text;
}

// Interfaces and calls as bytes.

template <>
inline constexpr std::uint64_t kValues<ParameterKind> = 5;
template <>
inline constexpr std::uint64_t kValues<Definition::Kind> = 4;
template <>
inline constexpr std::uint64_t kValues<Trouble> = static_cast<std::uint64_t>(Trouble::too_large) +
                                                  1;
template <>
inline constexpr std::size_t kMostNested<Definition> = kDeepestNesting + 1;

// Each struct's fields once, for both ways.
static void each(auto& visit, Is<Parameter> auto& parameter) {
  visit(parameter.kind, parameter.has_default, parameter.name, parameter.annotation);
}
static void each(auto& visit, Is<Signature> auto& signature) {
  visit(signature.async, signature.parameters, signature.returns);
}
static void each(auto& visit, Is<StarImport> auto& star) {
  visit(star.level, star.module);
}
static void each(auto& visit, Is<Partial> auto& partial) {
  visit(partial.trouble, partial.line);
}
static void each(auto& visit, Is<Definition> auto& definition) {
  visit(definition.kind, definition.conditional, definition.name, definition.line,
        definition.signature, definition.decorators, definition.bases, definition.members,
        definition.metaclass);
}
static void each(auto& visit, Is<Interface> auto& interface) {
  visit(interface.definitions, interface.all, interface.all_unclear, interface.stars,
        interface.has_getattr, interface.dynamic, interface.partials);
}
static void each(auto& visit, Is<Call> auto& call) {
  visit(call.name, call.line, call.positional, call.keywords, call.spread, call.guarded,
        call.within, call.method, call.through_class);
}
static void each(auto& visit, Is<Calls> auto& calls) {
  visit(calls.list, calls.attributes, calls.sets_any);
}

std::string serialize(const Interface& interface) {
  return serialized(interface);
}

std::optional<Interface> thaw_interface(std::string_view bytes) {
  return deserialized<Interface>(bytes);
}

std::string serialize(const Calls& calls) {
  return serialized(calls);
}

std::optional<Calls> thaw_calls(std::string_view bytes) {
  return deserialized<Calls>(bytes);
}

}  // namespace gs::core
