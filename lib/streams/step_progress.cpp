#include "lib/streams/step_progress.h"

#include <cstdio>
#include <unistd.h>

#include "lib/core/text.h"

namespace gs::streams {

StepProgress::StepProgress() : terminal_(isatty(STDERR_FILENO) != 0) {}

void StepProgress::draw(const std::string& step, process::Milliseconds elapsed) {
  const auto seconds = elapsed.count() / 1000;
  if (!terminal_ || seconds == shown_) return;
  shown_ = seconds;
  std::fprintf(stderr, "\r\x1b[K%s: %lld s", core::printable(step).c_str(),
               static_cast<long long>(seconds));
}

void StepProgress::wipe() {
  if (terminal_ && shown_ >= 0) std::fputs("\r\x1b[K", stderr);
  shown_ = -1;
}

}  // namespace gs::streams
