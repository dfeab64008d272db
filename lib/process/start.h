#pragma once
// Starting a program and waiting for its end, for this room only.

#include <csignal>
#include <string>
#include <sys/types.h>

#include "lib/process/process.h"

namespace gs::process {

struct Startup {
  // own: it leads a process group; session: a session, without a terminal but the one named here.
  enum class Group { same, own, session };

  int in = -1, out = -1, err = -1;  // -1: inherited; 3 or higher otherwise
  std::string terminal;             // this terminal is its stdin, stdout and stderr
  Group group = Group::same;
  const sigset_t* mask = nullptr;  // none: this thread's
};

// 0, or the errno of what failed: the folder, or the program.
int try_start(const Command& command, const Startup& startup, pid_t& child);
// Throws core::Error (broken) when it cannot be started.
pid_t start(const Command& command, const Startup& startup);

// A wait status as waitpid(2) gives it.
int wait_for(pid_t pid);

}  // namespace gs::process
