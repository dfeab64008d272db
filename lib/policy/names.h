#pragma once
// Rules for names that a policy gives to branches, folders and commands.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gs::policy {

// Why git would not take this as a branch's name (git-check-ref-format(1)): "holds '..'", …;
// nothing when it would.
std::optional<std::string> branch_fault(std::string_view name);

// The first `{word}` of a template that is not among the known ones; braces around anything else
// than lower-case letters and '_' are plain text.
std::optional<std::string> unknown_placeholder(std::string_view text,
                                               std::span<const std::string_view> known);

// The template with every `{key}` replaced.
std::string filled(std::string_view text, std::string_view key, std::string_view value);

// Whether a path stays below where it starts: relative, not empty, no "..".
bool stays_inside(std::string_view path);

}  // namespace gs::policy
