#pragma once
// Runs a program that takes its time: what it says goes into a file, and its end is ours to tell.

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>

#include "lib/core/error.h"
#include "lib/platform/file.h"
#include "lib/process/process.h"

namespace gs::process {

using Milliseconds = std::chrono::milliseconds;

struct Watch {
  std::filesystem::path log;  // stdout and stderr are added to it; made if missing
  bool fresh = false;         // it begins empty, in a new file
  // A copy of both as they come, through a pipe; nothing when -1. Who does not read it holds nobody
  // up: what does not fit into a mebibyte is left out there, and that is said.
  int show = -1;
  bool input = false;                 // stdin is ours, if that is no terminal; /dev/null otherwise
  bool session = false;               // in a session of its own, which no terminal's end reaches
  std::optional<Milliseconds> limit;  // SIGTERM after that long …
  Milliseconds grace = std::chrono::seconds(10);  // … and SIGKILL after that
  std::function<void(pid_t)> started;             // the program runs
  std::function<void(Milliseconds)> tick;         // every now and then, at least once a second
};

struct Ending {
  std::optional<int> exit_code, signal;  // one of the two
  bool timed_out = false;
  bool interrupted = false;  // by a signal to this process, Ctrl-C for one
  Milliseconds duration{0};
  int log_error = 0;  // errno of what kept the log from being whole

  bool succeeded() const { return exit_code == 0 && !timed_out && !interrupted; }
};

// The program is not there, or is none.
class MissingProgram : public core::Error {
  using Error::Error;
};

// Runs it to its end, in a process group of its own. `command.input` is not looked at. A signal
// that is to end us is passed on to the whole group, which is killed when it does not end within
// `grace` (or at the next signal, a second later at the earliest); the same after `limit`. What the
// program leaves behind at an end of its own is left alone. Throws core::Error (broken) when the
// log cannot be opened or the program cannot be started: MissingProgram when that is its fault.
Ending run_watched(const Command& command, const Watch& watch);

// Runs it beyond this process's end, with a process of ours that waits for it. Returns the
// program's pid once it runs and `watch.started` was called; throws as run_watched. `started` and
// `ended` are called in the waiting process, which has no terminal, stdin, stdout or stderr, and
// none of our open files; what they throw is noted in the log.
pid_t run_detached(const Command& command, Watch watch,
                   const std::function<void(const Ending&)>& ended);

// A file to add to, made if missing: a regular one, never through a symbolic link at its end.
// `fresh`: a new one in its place. Throws core::Error (broken).
platform::Descriptor open_log(const std::filesystem::path& file, bool fresh = false);

}  // namespace gs::process
