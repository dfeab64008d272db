#include "lib/platform/process_arguments.h"

#include <algorithm>
#include <cstring>

namespace gs::platform {

namespace {

// The text before the next zero byte, which is taken too.
std::string_view take_text(std::string_view& rest) {
  const std::string_view text = rest.substr(0, rest.find('\0'));
  rest.remove_prefix(std::min(text.size() + 1, rest.size()));
  return text;
}

}  // namespace

std::optional<ProcessArguments> parse_process_arguments(std::string_view bytes) {
  int count = 0;
  if (bytes.size() < sizeof count) return std::nullopt;
  std::memcpy(&count, bytes.data(), sizeof count);
  bytes.remove_prefix(sizeof count);
  take_text(bytes);
  bytes.remove_prefix(std::min(bytes.find_first_not_of('\0'), bytes.size()));
  ProcessArguments found;
  for (int i = 0; i < count; ++i) {
    if (bytes.empty()) return std::nullopt;
    found.arguments.emplace_back(take_text(bytes));
  }
  while (!bytes.empty() && bytes.front() != '\0') found.environment.emplace_back(take_text(bytes));
  return found;
}

}  // namespace gs::platform
