// Whatever a merge is said to have come to is read without a crash, and as it is read it was meant.

#include <cstdint>
#include <cstdlib>
#include <fmt/core.h>
#include <string>

#include "lib/git/merge/merge.h"

namespace {

// As git writes it; modes and numbers have more than one spelling, so bytes are not compared.
std::string written(const gs::git::TreeMerge& merge) {
  std::string text = merge.tree.hex() + '\0';
  for (const auto& entry : merge.unmerged) {
    text += fmt::format("{:06o} {} {}\t{}", entry.mode, entry.id.hex(), entry.stage, entry.path);
    text += '\0';
  }
  if (merge.messages.empty()) return text;
  text += '\0';
  for (const auto& message : merge.messages) {
    text += std::to_string(message.paths.size()) + '\0';
    for (const std::string& path : message.paths) text += path + '\0';
    text += message.type + '\0' + message.text + "\n" + '\0';
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto merge = gs::git::parse_merge_tree(bytes, false);
  if (merge && gs::git::parse_merge_tree(written(*merge), false) != merge) std::abort();
  return 0;
}
