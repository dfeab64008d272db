#pragma once
// Pipes, and descriptors as children get them.

#include <optional>

#include "lib/platform/file.h"

namespace gs::platform {

struct PipeEnds {
  Descriptor read, write;
};

// Closed in programs that are started, and with no wait in reading and writing if so asked. Nothing
// when that fails; errno says why.
enum class Waiting { blocking, nonblocking };
std::optional<PipeEnds> make_pipe(Waiting waiting = Waiting::blocking);

// The same terminal or pipe as another open file, to write to without ever waiting, whatever those
// do who share the one that was given; none where the system cannot.
Descriptor reopen(int descriptor);

// Closes all descriptors from this number on.
void close_from(int first);

}  // namespace gs::platform
