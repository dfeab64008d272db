#pragma once
// A client's messages and their answers: Model Context Protocol, revision 2026-07-28 (each request
// says its revision) and those with an `initialize` handshake, 2024-11-05 to 2025-11-25. Nothing
// here reads, writes or runs anything: the server does (plugins/git-stream/mcp/server.h).

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/json.h"
#include "lib/mcp/message.h"
#include "lib/mcp/tools.h"

namespace gs::mcp {

inline constexpr std::size_t kMostCalls = 200;  // under way and waiting

// The revisions that are served, the newest first: an array of strings.
core::Json revisions();

// Requests that came as one array, and are answered by one (revision 2025-03-26 only).
struct Batch {
  std::size_t pending = 0;
  std::string answers;  // separated by commas
};

// A command that a request waits for.
struct Call {
  core::Json id;
  const Tool* tool = nullptr;  // none: a resource is read
  std::string uri;             // the resource's
  ToolCall asked;
  std::optional<std::string> session;  // the agent's, where the client says it with the request
  bool modern = false;                 // revision 2026-07-28
  std::shared_ptr<Batch> batch;
};

// How the command ended.
struct Ending {
  int status = 0;              // exit code; 128 + n after signal n
  std::string output, errors;  // stdout and stderr
  std::string json;            // a tool's --json answer; empty: none
};

class Connection {
 public:
  // `program`: the version that the server names.
  explicit Connection(std::string program) : program_(std::move(program)) {}

  struct Step {
    std::string replies;  // lines
    std::vector<Call> calls;
    std::vector<core::Json> cancelled;  // ids of calls to end; drop() them
  };
  Step take(const LineSplitter::Line& line);

  // The lines to send when a call has ended, or was cancelled: none where the rest of a batch is
  // waited for.
  std::string finish(const Call& call, const Ending& ending);
  std::string drop(const Call& call);

 private:
  struct Request;

  std::optional<std::string> answer(const core::Json& value, Step& step,
                                    const std::shared_ptr<Batch>& batch);
  void take_batch(const core::Json::Array& messages, Step& step);
  void notice(const Message& message, Step& step);
  std::optional<std::string> carry_out(const Request& request, Step& step);
  std::string initialize(const core::Json& params);
  std::string discover() const;
  std::string list(const Request& request, void (*write)(core::JsonWriter&)) const;
  std::optional<std::string> call_tool(const Request& request, Step& step);
  void read_resource(const Request& request, Step& step);
  Call begin(const Request& request);
  static std::string put(const std::shared_ptr<Batch>& shared, const std::string& reply);
  std::string tool_result(bool modern, const std::string& text, std::string_view json,
                          bool failed) const;
  std::string resource_result(const Call& call, const Ending& ending) const;
  core::JsonWriter begin_result(bool modern) const;
  void write_program(core::JsonWriter& json) const;

  std::string program_;
  std::string_view revision_;          // agreed on by a handshake; empty: none yet
  std::vector<core::Json> under_way_;  // ids
};

}  // namespace gs::mcp
