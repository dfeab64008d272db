#include "lib/conflicts/order.h"

#include <algorithm>
#include <cstdio>
#include <fmt/core.h>
#include <string>

#include "lib/conflicts/conflict_search.h"
#include "lib/core/text.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/conflicts_text.h"
#include "plugins/git-stream/output/handoff_text.h"
#include "plugins/git-stream/output/stream_graph.h"
#include "plugins/git-stream/output/stream_names.h"
#include "plugins/git-stream/output/styled_text.h"

namespace gs::command {

namespace {

using conflicts::MergeOrder;
using conflicts::OrderCircle;
using conflicts::OrderedStream;

constexpr std::size_t kReasons = 3, kCircles = 8;

// Its branch, or how many; empty: none yet.
std::string branch_text(const OrderedStream& stream) {
  if (stream.branches.empty()) return {};
  if (stream.branches.size() > 1) return fmt::format("{} branches", stream.branches.size());
  return core::printable(stream.branches.front().branch.name.str());
}

struct Widths {
  std::size_t number = 0, id = 0, name = 0, status = 0, branch = 0;

  explicit Widths(const MergeOrder& order) : number(std::to_string(order.streams.size()).size()) {
    for (const OrderedStream& stream : order.streams) {
      id = std::max(id, core::display_width(stream.id.str()));
      name = std::max(name, core::display_width(core::printable(stream.name)));
      status = std::max(status, core::display_width(status_text(stream.status)));
      branch = std::max(branch, core::display_width(branch_text(stream)));
    }
  }
};

std::string line_of(const OrderedStream& stream, std::size_t number, const Widths& widths,
                    const Ink& ink) {
  std::string line = fmt::format("{:>{}}  ", number, widths.number + 1);
  line += ink(Tone::strong, padded(stream.id.str(), widths.id)) + "  " +
          padded(core::printable(stream.name), widths.name) + "  " +
          ink(status_tone(stream.status), padded(status_text(stream.status), widths.status)) + "  ";
  if (stream.branches.empty()) return line + "no branch yet";
  return line + padded(branch_text(stream), widths.branch) + "  " +
         core::counted(stream.files(), "file");
}

std::vector<std::string> reasons_of(const OrderedStream& stream) {
  std::vector<std::string> lines;
  for (const core::StreamId& before : stream.unmerged)
    lines.push_back("depends on " + before.str() + ", which is not merged and not in this order");
  for (const conflicts::OrderReason& reason : stream.reasons) lines.push_back(reason.text);
  if (lines.size() > kReasons) {
    const std::size_t more = lines.size() - kReasons;
    lines.resize(kReasons);
    lines.push_back(fmt::format("and {} more", more));
  }
  if (lines.empty()) lines.emplace_back("waits for none of the others");
  return lines;
}

std::string circle_text(const OrderCircle& circle, const Ink& ink) {
  std::string out = "\n" + ink(Tone::bad, "circle") + ": ";
  for (const conflicts::OrderEdge& edge : circle.edges) out += edge.stream.str() + " → ";
  out += circle.edges.front().stream.str() + '\n';
  std::size_t width = 0;
  const auto pair = [](const conflicts::OrderEdge& edge) {
    return edge.stream.str() + " after " + edge.on.str();
  };
  for (const conflicts::OrderEdge& edge : circle.edges) width = std::max(width, pair(edge).size());
  for (std::size_t i = 0; i < circle.edges.size(); ++i) {
    const conflicts::OrderEdge& edge = circle.edges[i];
    const std::size_t more = edge.reasons.size() - 1;
    out += "  " + padded(pair(edge), width) + "   " + edge.reasons.front().text;
    if (more > 0) out += fmt::format(" (and {} more)", more);
    out += '\n';
    if (circle.given_up == i) out += std::string(width + 5, ' ') + "given up for the order above\n";
  }
  if (!circle.given_up) out += "  nothing here can be given up: change depends_on in the policy\n";
  return out;
}

// Of a stream with several branches: each in its order, and why there.
std::vector<std::string> branches_of(const OrderedStream& stream) {
  std::vector<std::string> lines;
  for (const conflicts::OrderedBranch& one : stream.branches) {
    if (stream.branches.size() < 2) break;
    std::string line = core::printable(one.branch.name.str());
    if (one.branch.agent) line += " (" + one.branch.agent->short_name() + ")";
    line += ", " + core::counted(one.work.changes.size(), "file");
    if (!one.reasons.empty()) line += ": " + one.reasons.front();
    lines.push_back(std::move(line));
  }
  return lines;
}

// Streams that are in no place of the order.
std::string others_text(const MergeOrder& order) {
  std::string out;
  const auto tell = [&](const char* what, const std::vector<core::StreamId>& streams) {
    if (!streams.empty()) out += what + listed(streams, 16) + '\n';
  };
  tell("in no order: ", order.stuck);
  tell("merged already: ", order.merged);
  tell("started, but the branch is gone: ", order.no_branch);
  return out.empty() || order.streams.empty() ? out : '\n' + out;
}

std::string next_text(const MergeOrder& order, const Ink& ink) {
  if (order.streams.empty()) return {};
  const OrderedStream& first = order.streams.front();
  if (first.status != core::StreamStatus::completed || !first.unmerged.empty()) return {};
  return "\n" + ink(Tone::strong, "next") + ": git stream merge " + first.id.str() + '\n';
}

}  // namespace

// The merge order for a screen.
std::string order_text(const MergeOrder& order, const Ink& ink) {
  std::string out;
  if (order.streams.empty() && order.stuck.empty()) {
    out = "nothing to merge into " + core::printable(order.into.str()) + '\n';
  } else {
    out = "to be merged into " + core::printable(order.into.str()) + ", in this order:\n";
  }
  const Widths widths(order);
  for (std::size_t i = 0; i < order.streams.size(); ++i) {
    const OrderedStream& stream = order.streams[i];
    out += line_of(stream, i + 1, widths, ink) + '\n';
    const std::string margin(widths.number + 3 + widths.id + 2, ' ');
    for (const std::string& branch : branches_of(stream)) out += margin + "- " + branch + '\n';
    for (const std::string& reason : reasons_of(stream))
      out += margin + ink(Tone::faint, reason) + '\n';
  }
  const std::size_t circles = std::min(order.circles.size(), kCircles);
  for (std::size_t i = 0; i < circles; ++i) out += circle_text(order.circles[i], ink);
  if (circles < order.circles.size()) {
    out += fmt::format("\nand {}: git stream order --json\n",
                       core::counted(order.circles.size() - circles, "more circle"));
  }
  return out + others_text(order) + next_text(order, ink);
}

// git stream order: in which order to merge, and why.

namespace {

using conflicts::OrderReason;
using conflicts::Why;
using core::ExitCode;
using core::JsonWriter;

struct OrderOptions {
  std::string format;
  bool rehearse = false, remotes = false;
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

void write_branches(JsonWriter& json, const conflicts::OrderedStream& stream) {
  json.key("branches").begin_array();
  for (const conflicts::OrderedBranch& one : stream.branches) {
    json.begin_object().member("name", core::json_path(one.branch.name.str())).key("agent");
    one.branch.agent ? json.value(one.branch.agent->full()) : json.null();
    write_remote_name(json, one.branch.remote);
    json.member("files", one.work.changes.size());
    write_texts(json, "reasons", one.reasons);
    json.end_object();
  }
  json.end_array();
}

void write_order(JsonWriter& json, const conflicts::MergeOrder& order) {
  json.key("streams").begin_array();
  for (const conflicts::OrderedStream& stream : order.streams) {
    json.begin_object().member("stream", stream.id.str()).member("name", stream.name);
    json.member("status", core::status_name(stream.status)).key("branch");
    stream.branches.empty()
        ? json.null()
        : json.value(core::json_path(stream.branches.front().branch.name.str()));
    write_branches(json, stream);
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

void print_json(const conflicts::MergeOrder& order, const conflicts::RemoteBranches& remote,
                const Simulated& simulated) {
  JsonWriter json = Context::begin_json();
  json.member("into", core::json_path(order.into.str()));
  write_order(json, order);
  write_circles(json, order);
  write_streams(json, "stuck", order.stuck);
  write_streams(json, "merged", order.merged);
  write_streams(json, "no_branch", order.no_branch);
  write_remote(json, remote);
  if (simulated) write_simulation(json, simulated->sides, simulated->simulation);
  Context::print_json(json);
}

ExitCode order(const OrderOptions& options, Context& context) {
  const Picture picture = picture_named(options.format);
  const Ink ink = Ink::for_stdout();
  session::Session& session = context.session();
  conflicts::StreamsNow now = conflicts::streams_now(session);
  const conflicts::RemoteBranches remote = conflicts::remote_branches(
      session, now,
      options.remotes ? conflicts::Remotes::all : conflicts::remotes_by_policy(session.policy()));
  conflicts::add_branches(session.policy(), remote.only, now);
  const conflicts::MergeOrder order =
      conflicts::merge_order(session, now, named_streams(session.policy(), options.streams));
  Simulated simulated;
  if (options.rehearse) simulated = conflicts::simulate_order(session, order);
  if (picture != nullptr) {
    std::fputs(picture(order_graph(order)).c_str(), stdout);
  } else if (options.format == "json" || (context.json && options.format.empty())) {
    print_json(order, remote, simulated);
  } else {
    std::string text = order_text(order, ink) + remote_text(remote, order.streams, ink);
    if (simulated) text += simulation_text(simulated->sides, simulated->simulation, ink);
    std::fputs(text.c_str(), stdout);
  }
  // A circle of imports is told, and is no fault where the merges were tried and go through.
  const bool fine =
      simulated ? simulated->simulation.fine() && order.stuck.empty() : order.circles.empty();
  return fine ? ExitCode::clean : ExitCode::findings;
}

}  // namespace

Action declare_order(CommandLine& app) {
  auto options = std::make_shared<OrderOptions>();
  app.option("STREAMS", options->streams, "only these");
  app.option("--format", options->format, "how it is printed").called("text|mermaid|dot|json");
  app.flag("-r,--remotes", options->remotes, "with streams' branches that are at remotes only");
  app.flag("--rehearse", options->rehearse, "merge them all in memory, in this order");
  return [options](Context& context) { return order(*options, context); };
}

}  // namespace gs::command
