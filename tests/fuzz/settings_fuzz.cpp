// Any bytes are settings or refused; ours go in once, and come out to the byte where they were
// alone or at the end.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/agents/settings/agent_settings.h"
#include "lib/agents/settings/marked_block.h"
#include "lib/agents/settings/server_settings.h"
#include "lib/core/error.h"

namespace {

// Whatever stands in a file, ours comes out again.
void check_block(const std::string& text) {
  constexpr gs::agents::BlockMarks kMarks{"# begin", "# end"};
  constexpr std::string_view kLines = "a\nb\n";
  const std::string bare = without_block(text, kMarks, "f");
  if (bare.find('\n') == bare.npos && bare.ends_with('\r')) return;  // ours would end that line
  const std::string with = with_block(bare, kMarks, kLines, "f");
  if (with_block(with, kMarks, kLines, "f") != with) std::abort();
  if (without_block(with, kMarks, "f") != bare) std::abort();
}

void check_servers(const std::string& text) {
  for (const gs::agents::ServerForm& form : gs::agents::server_forms()) {
    const std::string with = with_server(form, text, "f", "/p/git-stream");
    if (with_server(form, with, "f", "/p/git-stream") != with) std::abort();
    const auto without = without_server(form, with, "f");
    if (without && without_server(form, *without, "f") != *without) std::abort();
  }
}

void check_one_line(const gs::core::Error& error) {
  if (std::string_view(error.what()).find('\n') != std::string_view::npos) std::abort();
}

template <class Check>
void check(const Check& each, const std::string& text) {
  try {
    each(text);
  } catch (const gs::core::Error& error) {
    check_one_line(error);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const gs::agents::SettingsForm& form : gs::agents::settings_forms()) {
    if (has_ours(form, text)) continue;
    try {
      const std::string with = with_ours(form, text, "f", "/p/agent-hook");
      if (with_ours(form, with, "f", "/p/agent-hook") != with) std::abort();
      const auto without = without_ours(form, with, "f");
      if (without && has_ours(form, *without)) std::abort();
      if (without && with_ours(form, *without, "f", "/p/agent-hook").size() < without->size())
        std::abort();
    } catch (const gs::core::Error& error) {
      check_one_line(error);
    }
  }
  check(check_block, text);
  check(check_servers, text);
  return 0;
}
