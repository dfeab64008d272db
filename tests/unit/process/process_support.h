#pragma once
// Real children, and waiting for what they do: long enough for any machine, no longer than needed.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "lib/process/child.h"
#include "tests/support/comes_true.h"
#include "tests/support/temp_repo.h"

namespace gs::process {

inline std::string slurp(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

using test::comes_true;

inline Command sh(const std::string& script) {
  return {{"sh", "-c", script}, {}, {}, {}, {}};
}

}  // namespace gs::process
