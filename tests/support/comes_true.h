#pragma once
// Waiting for what another process does.

#include <chrono>
#include <functional>
#include <thread>

namespace gs::test {

// False when it is still not so after a minute.
inline bool comes_true(const std::function<bool()>& what) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!what()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace gs::test
