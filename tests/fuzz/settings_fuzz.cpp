// Any bytes are settings or refused; ours go in once, and come out to the byte where they were
// alone or at the end.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/agents/settings/agent_settings.h"
#include "lib/core/error.h"

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
      if (std::string_view(error.what()).find('\n') != std::string_view::npos) std::abort();
    }
  }
  return 0;
}
