#pragma once
// A file's bytes into another one, inside the kernel where it can do that.

#include "lib/platform/file.h"

namespace gs::platform {

// From the beginning of `from` to the end, to where `to` stands. On a file system that shares
// blocks between files (btrfs, XFS) nothing is copied. Returns an errno value; 0: done.
int copy_bytes(const Descriptor& from, const Descriptor& to);

// What the kernel does of that by itself, for copy_bytes. ENOSYS: nothing. What it cannot do, it
// says before the first byte.
int copy_in_kernel(int from, int to);

}  // namespace gs::platform
