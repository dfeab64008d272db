// Any bytes are a command line: it is read in bounded time, and what is said of files is where they
// are. The table of programs takes any words.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/agents/shell/command_reader.h"

namespace {

void read_words(std::string_view line) {
  std::vector<gs::agents::Word> words;
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    words.push_back({std::string(line.substr(begin, end - begin)), end % 7 != 0});
    begin = end + 1;
  }
  const gs::agents::FileUses uses = gs::agents::file_uses(words);
  if (uses.written.size() + uses.removed.size() + uses.sources.size() > line.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gs::agents::Effect;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  gs::agents::ShellContext context;
  context.folder = "/nonexistent";
  context.home = "/nonexistent/home";
  const auto begin = std::chrono::steady_clock::now();
  const gs::agents::ShellReading reading = gs::agents::read_command_line(line, context);
  if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(10)) std::abort();
  for (const gs::agents::Act& act : reading.acts) {
    const bool file = act.effect == Effect::writes || act.effect == Effect::removes ||
                      act.effect == Effect::fills;
    if (file && !act.name.starts_with('/')) std::abort();
  }
  read_words(line);
  return 0;
}
