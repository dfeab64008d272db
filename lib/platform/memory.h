#pragma once
// How a process of ours that lives for milliseconds gets its memory.

namespace gs::platform {

// Freed memory is kept for the next use instead of being given back and asked for again, page by
// page: a hook that reads a few dozen objects spends more on that than on reading them.
void keep_freed_memory();

}  // namespace gs::platform
