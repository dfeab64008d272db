#include "lib/core/interface.h"

#include <algorithm>
#include <array>
#include <ranges>

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

}  // namespace gs::core
