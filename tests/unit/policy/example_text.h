#pragma once
// The policy that is shipped as an example.

#include <fstream>
#include <iterator>
#include <string>

namespace gs::policy {

inline std::string example_text() {
  std::ifstream file(GS_SOURCE_DIR "/config/trading-bot.yaml");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace gs::policy
