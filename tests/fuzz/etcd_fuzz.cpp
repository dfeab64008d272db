// Any bytes, as an answer of etcd or of what answers in its place, as a message between our
// programs, and as keys and values that anybody may have written.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "lib/coordination/etcd/keys.h"
#include "lib/coordination/table_format.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/etcd/base64.h"
#include "lib/etcd/gateway.h"
#include "lib/etcd/protocol.h"

namespace {

using namespace gs;

void require(bool fine) {
  if (!fine) std::abort();
}

void messages(const std::string& text) {
  try {
    const etcd::Call call = etcd::parse_call(text);
    require(etcd::parse_call(etcd::render_call(call)) == call);
  } catch (const core::JsonError&) {
  }
  try {
    const etcd::Access access = etcd::parse_access(text);
    require(etcd::parse_access(etcd::render_access(access)) == access);
  } catch (const core::JsonError&) {
  }
  try {
    const etcd::Reply reply = etcd::parse_reply(text);
    require(etcd::parse_reply(etcd::render_reply(reply)) == reply);
  } catch (const core::JsonError&) {
  }
}

void keys(const std::vector<etcd::KeyValue>& pairs) {
  if (pairs.empty()) return;
  try {
    const auto read = coordination::read_keys(pairs[0], {pairs.begin() + 1, pairs.end()}, "p");
    coordination::check_table(read.table);
  } catch (const core::JsonError&) {
  }
}

void answers(const std::string& text) {
  for (const int status : {0, 200, 400}) {
    const etcd::Result result = etcd::read_reply({status, false, text, text, ""});
    if (const auto* const refusal = std::get_if<etcd::Refusal>(&result)) {
      require(core::printable(refusal->why) == refusal->why);
      etcd::was_not_done(*refusal);
    } else {
      for (const auto& range : std::get<etcd::Answer>(result).ranges) keys(range);
    }
  }
  require(etcd::read_token(text).find_first_of(" \r\n") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  require(etcd::from_base64(etcd::to_base64(text)) == text);
  if (const auto bytes = etcd::from_base64(text)) require(etcd::to_base64(*bytes) == text);
  messages(text);
  answers(text);
  return 0;
}
