#pragma once
// Signals as something to poll for and to read.

#include <csignal>
#include <optional>

#include "lib/platform/file.h"

namespace gs::platform {

// Readable when one of these signals has come, which are to be blocked in every thread from then
// on; closed in programs that are started. None when that fails; errno says why.
Descriptor signal_descriptor(const sigset_t& signals);

// The next of them that has come, which is no longer pending then; nothing: no more, without
// waiting. `descriptor` is that of these signals. One that is ignored when it is not handled
// (SIGCHLD) may only make it readable.
std::optional<int> next_signal(const Descriptor& descriptor, const sigset_t& signals);

}  // namespace gs::platform
