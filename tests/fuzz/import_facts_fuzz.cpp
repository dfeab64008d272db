// Any bytes read as facts to their end or to where they are damaged; whole ones are written alike.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/core/import_facts.h"

namespace core = gs::core;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  core::ImportReader reader(bytes);
  core::ImportWriter writer;
  for (core::Import import; reader.next(import);) writer.add(import);
  if (reader.damaged()) return 0;
  for (const core::Partial& partial : reader.partials()) writer.add(partial);
  const std::string again = writer.take();
  core::ImportReader second(again);
  core::ImportWriter twice;
  for (core::Import import; second.next(import);) twice.add(import);
  for (const core::Partial& partial : second.partials()) twice.add(partial);
  if (second.damaged() || twice.take() != again) std::abort();
  return 0;
}
