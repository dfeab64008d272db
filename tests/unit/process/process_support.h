#pragma once
// Real children, and waiting for what they do: long enough for any machine, no longer than needed.

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>

#include "lib/process/child.h"
#include "tests/support/temp_repo.h"

namespace gs::process {

inline std::string slurp(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// False when it is still not so after a minute.
inline bool comes_true(const std::function<bool()>& what) {
  for (int i = 0; i < 6000; ++i) {
    if (what()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

inline Command sh(const std::string& script) {
  return {{"sh", "-c", script}, {}, {}, {}, {}};
}

}  // namespace gs::process
