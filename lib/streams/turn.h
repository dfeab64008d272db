#pragma once
// One after the other: starting, completing and merging streams of one repository.

#include "lib/git/repository.h"
#include "lib/platform/descriptor.h"

namespace gs::streams {

// An exclusive lock on COMMONDIR/stream/turn.lock, held until destruction; whoever comes later
// waits. Not inherited by programs that are run meanwhile: what a hook leaves running would hold
// it for ever. It is not the state's lock: gates go on while a large worktree is made.
class Turn {
 public:
  explicit Turn(const git::Layout& layout);

 private:
  platform::Descriptor descriptor_;
};

}  // namespace gs::streams
