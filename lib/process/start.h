#pragma once
// Starting a program and waiting for its end; pipes to it. For this library only.

#include <csignal>
#include <string>
#include <sys/types.h>

#include "lib/platform/file.h"
#include "lib/process/process.h"

namespace gs::process {

struct Startup {
  // own: it leads a process group; session: a session, without a terminal.
  enum class Group { same, own, session };

  int in = -1, out = -1, err = -1;  // -1: inherited; 3 or higher otherwise
  Group group = Group::same;
  const sigset_t* mask = nullptr;  // none: this thread's
};

// 0, or the errno of what failed: the folder, or the program.
int try_start(const Command& command, const Startup& startup, pid_t& child);
// Throws core::Error (broken) when it cannot be started.
pid_t start(const Command& command, const Startup& startup);

// A wait status as waitpid(2) gives it.
int wait_for(pid_t pid);

// Both ends are numbered 3 or higher, and closed in programs that are started. Throws core::Error
// (broken), as do the next two.
struct Pipe {
  platform::Descriptor read, write;
  Pipe();
};
// The same file under a number that is not stdin's, stdout's or stderr's, which a file gets where
// they are closed.
platform::Descriptor above_stdio(platform::Descriptor file);
// Reading and writing return at once when they would have to wait.
void set_nonblocking(const platform::Descriptor& file);

// Reads once; adds what came, and closes `from` at its end or when it fails. Whether anything came.
bool read_some(platform::Descriptor& from, std::string& into);

}  // namespace gs::process
