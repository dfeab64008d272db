// Any bytes are a line of the shell: it is read to its end, and every subshell that opens closes.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/agents/shell/shell_files.h"
#include "lib/agents/shell/shell_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gs::agents::Step;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const gs::agents::Reading reading = gs::agents::read_shell(line);
  int open = 0;
  for (const Step& step : reading.steps) {
    if (step.kind == Step::Kind::open) ++open;
    if (step.kind == Step::Kind::close && --open < 0) std::abort();
    if (step.kind != Step::Kind::command) continue;
    const auto written = gs::agents::written_by(step.command.words);
    if (written.files.size() + written.targets.size() > step.command.words.size() * 2) std::abort();
  }
  return 0;
}
