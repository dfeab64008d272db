#pragma once
// Who holds a lock of flock(2), and waiting for it.

#include <chrono>
#include <string_view>
#include <sys/types.h>

namespace gs::platform {

// The process that holds a lock on this open file now; 0: none is seen. macOS tells of none.
pid_t flock_holder(int descriptor);

// What a person can do to find it.
std::string_view how_to_find_holder();

// From construction to destruction, interrupts what this thread waits for in the kernel (EINTR)
// again and again.
class Interrupts {
 public:
  explicit Interrupts(std::chrono::milliseconds every);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  bool made() const { return made_; }  // false: nothing is interrupted, do not wait in the kernel

 private:
  [[maybe_unused]] void* timer_ = nullptr;
  bool made_ = false;
};

}  // namespace gs::platform
