// git stream order: in which order to merge, and why.

#include "lib/conflicts/order.h"

#include <cstdio>

#include "lib/conflicts/conflict_search.h"
#include "lib/core/text.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/conflicts_text.h"
#include "plugins/git-stream/commands/order_text.h"
#include "plugins/git-stream/output/stream_graph.h"
#include "plugins/git-stream/output/stream_names.h"

namespace gs::command {

namespace {

using conflicts::OrderReason;
using conflicts::Why;
using core::ExitCode;
using core::JsonWriter;

struct OrderOptions {
  std::string format;
  bool rehearse = false;
  std::vector<std::string> streams;
};

std::string_view why_name(Why why) {
  switch (why) {
    case Why::declared:
      return "declared";
    case Why::after:
      return "after";
    case Why::contains:
      return "contains";
    case Why::imports:
      return "imports";
    case Why::type_checking:
      break;
  }
  return "type_checking";
}

void write_reasons(JsonWriter& json, const std::vector<OrderReason>& reasons) {
  json.key("reasons").begin_array();
  for (const OrderReason& reason : reasons) {
    json.begin_object().member("on", reason.on.str()).member("why", why_name(reason.why));
    json.member("text", reason.text);
    if (reason.import) {
      json.member("file", core::json_path(reason.import->path)).member("line", reason.import->line);
      json.member("module", reason.import->module);
      json.member("change", conflicts::made_name(reason.import->made));
    }
    json.end_object();
  }
  json.end_array();
}

void write_order(JsonWriter& json, const conflicts::MergeOrder& order) {
  json.key("streams").begin_array();
  for (const conflicts::OrderedStream& stream : order.streams) {
    json.begin_object().member("stream", stream.id.str()).member("name", stream.name);
    json.member("status", core::status_name(stream.status)).key("branch");
    stream.branch.str().empty() ? json.null() : json.value(core::json_path(stream.branch.str()));
    json.member("files", stream.files());
    write_streams(json, "unmerged", stream.unmerged);
    write_reasons(json, stream.reasons);
    json.end_object();
  }
  json.end_array();
}

void write_circles(JsonWriter& json, const conflicts::MergeOrder& order) {
  json.key("circles").begin_array();
  for (const conflicts::OrderCircle& circle : order.circles) {
    json.begin_object().key("edges").begin_array();
    for (std::size_t i = 0; i < circle.edges.size(); ++i) {
      const conflicts::OrderEdge& edge = circle.edges[i];
      json.begin_object().member("stream", edge.stream.str()).member("on", edge.on.str());
      json.member("given_up", circle.given_up == i);
      write_reasons(json, edge.reasons);
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

using Simulated = std::optional<conflicts::SimulatedOrder>;

void print_json(const conflicts::MergeOrder& order, const Simulated& simulated) {
  JsonWriter json = Context::begin_json();
  json.member("into", core::json_path(order.into.str()));
  write_order(json, order);
  write_circles(json, order);
  write_streams(json, "stuck", order.stuck);
  write_streams(json, "merged", order.merged);
  write_streams(json, "no_branch", order.no_branch);
  if (simulated) write_simulation(json, simulated->sides, simulated->simulation);
  Context::print_json(json);
}

ExitCode order(const OrderOptions& options, Context& context) {
  const Picture picture = picture_named(options.format);
  const conflicts::MergeOrder order =
      conflicts::merge_order(context.session(), named_streams(options.streams));
  Simulated simulated;
  if (options.rehearse) simulated = conflicts::simulate_order(context.session(), order);
  if (picture != nullptr) {
    std::fputs(picture(order_graph(order)).c_str(), stdout);
  } else if (options.format == "json" || (context.json && options.format.empty())) {
    print_json(order, simulated);
  } else {
    std::fputs(order_text(order, Ink::for_stdout()).c_str(), stdout);
    if (simulated)
      std::fputs(
          simulation_text(simulated->sides, simulated->simulation, Ink::for_stdout()).c_str(),
          stdout);
  }
  const bool fine = order.circles.empty() && (!simulated || simulated->simulation.fine());
  return fine ? ExitCode::clean : ExitCode::findings;
}

}  // namespace

Action declare_order(CommandLine& app) {
  auto options = std::make_shared<OrderOptions>();
  app.option("streams", options->streams, "only these");
  app.option("--format", options->format, "text, mermaid, dot or json");
  app.flag("--rehearse", options->rehearse, "merge them all in memory, in this order");
  return [options](Context& context) { return order(*options, context); };
}

}  // namespace gs::command
