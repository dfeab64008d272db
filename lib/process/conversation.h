#pragma once
// A program that answers each line with a line, over its stdin and stdout.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "lib/platform/file.h"
#include "lib/process/process.h"

namespace gs::process {

class Conversation {
 public:
  // Its stderr is kept. `command.input` and `command.limit` are not looked at. Throws core::Error
  // (broken) when it cannot be started.
  explicit Conversation(const Command& command);
  // The end of its input tells it to end; it is killed when it has not within a second.
  ~Conversation();
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // A line that is not answered; it goes with the next question.
  void tell(std::string_view line) { untold_.append(line) += '\n'; }
  // The answer, without its line break. Nothing when the program has ended, has said more than
  // `most` bytes, or has not answered within the limit: it is killed then, and never answers again.
  std::optional<std::string> ask(std::string_view line, std::chrono::milliseconds limit,
                                 std::size_t most);

  // What it has complained of so far.
  const std::string& errors() const { return errors_; }

 private:
  void end();
  bool exchange(std::string_view& rest, int wait);

  pid_t pid_ = -1;
  platform::Descriptor in_, out_, err_;
  std::string untold_, said_, errors_;
};

}  // namespace gs::process
