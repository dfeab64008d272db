#pragma once
// Interfaces in a form that fits into a line of a table.

#include <gtest/gtest.h>
#include <initializer_list>
#include <string>

#include "lib/python/interface/interface.h"

namespace gs::python {

inline std::string text_of(const core::Parameter& parameter) {
  using core::ParameterKind;
  std::string text = parameter.kind == ParameterKind::var_positional ? "*"
                     : parameter.kind == ParameterKind::var_keyword  ? "**"
                                                                     : "";
  text += parameter.name;
  if (!parameter.annotation.empty()) text += ": " + parameter.annotation;
  if (parameter.has_default) text += '=';
  if (parameter.kind == ParameterKind::positional_only) text += '/';
  if (parameter.kind == ParameterKind::keyword_only) text += '!';
  return text;
}

inline std::string joined(const auto& list, auto&& each) {
  std::string text;
  for (const auto& item : list) text += (text.empty() ? "" : ", ") + each(item);
  return text;
}

// "name", "import name", "def name(a, b/, c!, d=) -> r", "class Name(Base){members}"; before it '?'
// when conditional and "@decorator"s.
inline std::string text_of(const core::Definition& definition) {
  using Kind = core::Definition::Kind;
  std::string text = definition.conditional ? "?" : "";
  for (const std::string& decorator : definition.decorators) text += "@" + decorator + ' ';
  if (definition.kind == Kind::import) text += "import ";
  if (definition.kind == Kind::class_) text += "class ";
  if (definition.signature) text += definition.signature->async ? "async def " : "def ";
  text += definition.name;
  const auto same = [](const std::string& item) { return item; };
  if (!definition.bases.empty()) text += '(' + joined(definition.bases, same) + ')';
  if (const auto& signature = definition.signature) {
    const auto one = [](const core::Parameter& parameter) { return text_of(parameter); };
    text += '(' + joined(signature->parameters, one) + ')';
    if (!signature->returns.empty()) text += " -> " + signature->returns;
  }
  const auto member = [](const core::Definition& inner) { return text_of(inner); };
  if (!definition.members.empty()) text += '{' + joined(definition.members, member) + '}';
  return text;
}

inline std::string names_in(std::string_view source) {
  return joined(interface_of(source).definitions,
                [](const core::Definition& definition) { return text_of(definition); });
}

// "syntax@3, nul_byte@1" by the numbers of core::Trouble.
inline std::string troubles_in(std::string_view source) {
  static constexpr const char* kNames[] = {
      "unreadable_import", "open_string",      "open_bracket", "indentation", "conflict_marker",
      "nul_byte",          "unknown_encoding", "bad_encoding", "syntax",      "too_large"};
  return joined(interface_of(source).partials, [](const core::Partial& partial) {
    return std::string(kNames[static_cast<int>(partial.trouble)]) + '@' +
           std::to_string(partial.line);
  });
}

struct InterfaceRow {
  std::string source, names;
  std::string troubles = {};
};

inline void expect_interfaces(std::initializer_list<InterfaceRow> rows) {
  for (const InterfaceRow& row : rows) {
    EXPECT_EQ(names_in(row.source), row.names) << row.source;
    EXPECT_EQ(troubles_in(row.source), row.troubles) << row.source;
  }
}

}  // namespace gs::python
