#include "lib/core/call.h"

namespace gs::core {

std::string dotted(const std::vector<std::string>& name) {
  std::string text;
  for (const std::string& part : name) {
    if (!text.empty()) text += '.';
    text += part;
  }
  return text;
}

}  // namespace gs::core
