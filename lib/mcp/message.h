#pragma once
// Messages of the Model Context Protocol on a stream: JSON-RPC 2.0, one message a line
// (https://modelcontextprotocol.io/specification/2026-07-28, "Messages" and "stdio").

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "lib/core/json.h"

namespace gs::mcp {

inline constexpr std::size_t kLargestMessage = 4 << 20;  // bytes, without the newline

enum class ErrorCode : int {
  parse = -32700,
  invalid_request = -32600,
  unknown_method = -32601,
  invalid_params = -32602,
  internal = -32603,
  unknown_resource = -32002,     // until revision 2025-11-25; invalid_params since then
  unsupported_version = -32022,  // since revision 2026-07-28
};

// What a request is answered with when it cannot be carried out. what(): one sentence.
class ProtocolError : public std::runtime_error {
 public:
  ProtocolError(ErrorCode code, const std::string& what, core::Json data = {})
      : std::runtime_error(what), code_(code), data_(std::move(data)) {}
  ErrorCode code() const { return code_; }
  const core::Json& data() const { return data_; }  // null: none

 private:
  ErrorCode code_;
  core::Json data_;
};

struct Message {
  enum class Kind { request, notification, response };
  Kind kind = Kind::notification;
  core::Json id;  // of a request: a string or a whole number
  std::string method;
  core::Json params;  // an object, or null where there are none
};

// A line as JSON, or an array of messages. Throws ProtocolError: parse, or invalid_request for JSON
// that is nested too deep or has a member twice.
core::Json read_line(std::string_view line);

// Throws ProtocolError (invalid_request) for what is no message, (invalid_params) for a request
// whose params are no object. What is wrong with the params of a notification is nobody's error.
Message read_message(const core::Json& value);

// The id that an answer to this must have, whatever else is wrong with it; null: none can be read.
core::Json readable_id(const core::Json& value);

// Answers, without a newline at the end. `result`: a JSON object.
std::string result_message(const core::Json& id, std::string_view result);
std::string error_message(const core::Json& id, const ProtocolError& error);

// Splits what comes in into lines. A line that is too long is dropped as it comes, and told once.
class LineSplitter {
 public:
  struct Line {
    std::string text;
    bool too_long = false;  // text is empty then
  };
  void add(std::string_view bytes);
  // The next whole line; after end(), what is left too. Lines without anything in them are skipped.
  std::optional<Line> next();
  void end() { ended_ = true; }

 private:
  std::optional<Line> take(std::size_t end);

  std::string buffer_;
  std::size_t begin_ = 0;     // of what is not taken yet
  std::size_t searched_ = 0;  // no newline between begin_ and this
  bool dropping_ = false, ended_ = false;
};

}  // namespace gs::mcp
