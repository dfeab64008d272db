// Any bytes are a call or unreadable, in every dialect; what is read is text that a path can be.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/agents/dialects/call.h"
#include "lib/agents/json_fields.h"
#include "lib/core/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  for (const gs::agents::Dialect& dialect : gs::agents::dialects()) {
    try {
      const gs::agents::Call call = read_call(dialect, "preToolUse", json);
      const bool judged = call.kind != gs::agents::ToolKind::none;
      const bool before = call.moment == gs::agents::Moment::before_tool;
      // The arguments of MCP servers' tools are read later, by the policy's table.
      const bool own = call.kind != gs::agents::ToolKind::server;
      if (judged && own && before && call.paths.empty() && call.command.empty()) std::abort();
      for (const std::string& path : call.paths) {
        if (path.find('\0') != path.npos || !gs::core::is_utf8(path)) std::abort();
      }
    } catch (const gs::agents::Unreadable& error) {
      if (std::string_view(error.what()).find('\n') != std::string_view::npos) std::abort();
    }
  }
  return 0;
}
