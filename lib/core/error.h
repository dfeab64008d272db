#pragma once
// Breakage is thrown, once; violations are values (see finding.h). lib/app catches and prints.

#include <stdexcept>
#include <string>
#include <utility>

namespace gs::core {

// The exit codes of every program of ours (contract, section 7).
enum class ExitCode : int {
  clean = 0,
  findings = 1,
  usage = 2,
  broken = 3,
  unreachable = 4,  // the store that clones share cannot be asked
  interrupted = 130,
};

// What could not be done, on what, and why; `hint` is the next thing to do and may be empty.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& what, std::string hint = {})
      : std::runtime_error(what), code_(code), hint_(std::move(hint)) {}

  ExitCode code() const { return code_; }
  const std::string& hint() const { return hint_; }

 private:
  ExitCode code_;
  std::string hint_;
};

}  // namespace gs::core
