#include "lib/core/ids.h"

#include <algorithm>

namespace gs::core {

namespace {

constexpr std::string_view kAgentPrefix = "agent-";

std::string_view without_prefix(std::string_view text) {
  return text.starts_with(kAgentPrefix) ? text.substr(kAgentPrefix.size()) : text;
}

bool alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool valid_id(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest && alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

std::optional<AgentId> AgentId::parse(std::string_view text) {
  const std::string_view name = without_prefix(text);
  if (!valid_id(name)) return std::nullopt;
  return AgentId(std::string(name));
}

bool is_person(std::string_view name) {
  return name == "outsider" || name.ends_with(kOwnerMark);
}

bool same_holder(std::string_view a, std::string_view b) {
  return without_prefix(a) == without_prefix(b) || (is_person(a) && is_person(b));
}

bool means_holder(std::string_view name, std::string_view holder) {
  if (same_holder(name, holder)) return true;
  return is_person(holder) && holder == std::string(name) + std::string(kOwnerMark);
}

}  // namespace gs::core
