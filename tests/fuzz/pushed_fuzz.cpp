// Any bytes, as git's words to pre-push and pre-receive, and of a push.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/core/error.h"
#include "lib/gates/leases/lease_push.h"
#include "lib/gates/push_gate.h"
#include "lib/git/refs/remotes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string shown = gs::git::without_password(text);
  if (shown.size() > text.size()) std::abort();
  try {
    for (const auto& move : gs::gates::read_pushed(text, "origin"))
      if (!move.ref.starts_with("refs/") || move.ref.find('\n') != move.ref.npos) std::abort();
  } catch (const gs::core::Error&) {
  }
  try {
    for (const auto& move : gs::gates::read_received(text))
      if (move.ref.find(' ') != move.ref.npos) std::abort();
  } catch (const gs::core::Error&) {
  }
  for (const auto& ref : gs::gates::read_push_report(text).refs)
    if (ref.to.find('\t') != ref.to.npos || ref.to.find('\n') != ref.to.npos) std::abort();
  return 0;
}
