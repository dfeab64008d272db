#pragma once
// A file's bytes into another one, inside the kernel where it can do that.

#include "lib/platform/file.h"

namespace gs::platform {

// From the beginning of `from` to the end, to where `to` stands. On a file system that shares
// blocks between files (btrfs, XFS) nothing is copied. Returns an errno value; 0: done.
int copy_bytes(const Descriptor& from, const Descriptor& to);

}  // namespace gs::platform
