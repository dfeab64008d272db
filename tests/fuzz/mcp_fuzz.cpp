// Any bytes from a client: each answer is one JSON object a line, never more of them than requests
// can be in it, and what is to be run is a command line of ours without null characters.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/mcp/connection.h"

namespace {

using namespace gs::mcp;

void require(bool fine) {
  if (!fine) std::abort();
}

void check_replies(std::string_view replies) {
  while (!replies.empty()) {
    const std::size_t end = replies.find('\n');
    require(end != replies.npos);
    const gs::core::Json reply = gs::core::parse_json(replies.substr(0, end));
    require(reply.object() != nullptr || reply.array() != nullptr);
    replies.remove_prefix(end + 1);
  }
}

void check_call(const Call& call) {
  require(!call.asked.words.empty());
  require(find_tool(call.asked.words[0]) != nullptr || call.tool == nullptr);
  for (const std::string& word : call.asked.words) require(word.find('\0') == word.npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Connection connection("0");
  LineSplitter lines;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  lines.add(bytes.substr(0, size / 2));
  lines.add(bytes.substr(size / 2));
  lines.end();
  while (const auto line = lines.next()) {
    require(line->text.find('\n') == line->text.npos);
    const Connection::Step step = connection.take(*line);
    check_replies(step.replies);
    for (const Call& call : step.calls) {
      check_call(call);
      check_replies(connection.finish(call, {1, line->text, "e", line->text}));
    }
  }
  return 0;
}
