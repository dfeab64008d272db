#include "lib/gates/next_step.h"

#include <cstdlib>

#include "lib/core/pattern.h"
#include "lib/core/text.h"

namespace gs::gates {

using core::Rule;

std::string_view top_mark() {
  const char* prefix = std::getenv("GIT_PREFIX");
  return prefix != nullptr && *prefix != '\0' ? ":/" : "";
}

std::string path_word(const std::string& path) {
  // A name that looks like a pattern is meant literally.
  const bool magic = path.starts_with(':') || core::is_pattern(path);
  if (magic)
    return core::quote_shell((top_mark().empty() ? ":(literal)" : ":(top,literal)") + path);
  return core::quote_shell(std::string(top_mark()) + path);
}

std::string unstage_command(const std::string& path) {
  return "git restore --staged -- " + path_word(path);
}

bool is_about_content(Rule rule) {
  return rule == Rule::policy || rule == Rule::layer || rule == Rule::import_conflict ||
         rule == Rule::imports;
}

}  // namespace gs::gates
