#pragma once
// A function of this program, run in a process of its own beside this one, without exec: whatever
// becomes of it, this process goes on. For programs with one thread.

#include <functional>
#include <string>
#include <sys/types.h>

#include "lib/platform/file.h"
#include "lib/process/signals.h"

namespace gs::process {

class Forked {
 public:
  // `body` gets a descriptor to write an answer to besides stdout and stderr, and returns the exit
  // code; what it throws is the death of its process. It has nothing on stdin, leads a process
  // group, and takes signals as this process did before `guard`. Throws core::Error (broken).
  Forked(const std::function<int(int answer)>& body, const SignalGuard& guard);
  Forked(Forked&& other) noexcept;
  Forked& operator=(Forked&&) = delete;
  // Kills what still runs of it.
  ~Forked();

  // What the caller waits for with poll(2); -1: closed.
  int output_descriptor() const { return output_.get(); }
  int errors_descriptor() const { return errors_.get(); }
  int answer_descriptor() const { return answer_.get(); }
  // Takes what is there without waiting for more. Whether the process has ended: the rest is taken
  // then, and all that follows is valid. What the process leaves behind does not count.
  bool collect();
  // Asks it and what it started to end.
  void stop() const;

  std::string output, errors, answer;
  int status = 0;  // exit code; 128 + n after signal n

 private:
  void end();

  pid_t pid_ = -1;  // -1: waited for
  platform::Descriptor output_, errors_, answer_;
};

}  // namespace gs::process
