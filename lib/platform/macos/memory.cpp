#include "lib/platform/memory.h"

namespace gs::platform {

// malloc(3) has no such settings, and keeps what it has got by itself.
void keep_freed_memory() {}

void populate(char*, std::size_t) {}

std::size_t find_last(std::string_view text, char letter) {
  return text.rfind(letter);
}

}  // namespace gs::platform
