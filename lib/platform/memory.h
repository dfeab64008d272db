#pragma once
// How a process of ours that lives for milliseconds gets its memory; and searching in it.

#include <cstddef>
#include <string_view>

namespace gs::platform {

// Freed memory is kept for the next use instead of being given back and asked for again, page by
// page: a hook that reads a few dozen objects spends more on that than on reading them.
void keep_freed_memory();

// The pages of memory from mmap(2) that is about to be written, all at once where the system can: a
// fault for each takes longer than copying.
void populate(char* begin, std::size_t size);

// As text.rfind(letter), at the speed of memchr(3) where the system can.
std::size_t find_last(std::string_view text, char letter);

}  // namespace gs::platform
