#include "plugins/git-stream/commands/order_text.h"

#include <algorithm>
#include <fmt/core.h>

#include "lib/core/display_width.h"
#include "lib/core/text.h"
#include "plugins/git-stream/output/stream_names.h"

namespace gs::command {

namespace {

using conflicts::MergeOrder;
using conflicts::OrderCircle;
using conflicts::OrderedStream;

constexpr std::size_t kReasons = 3, kCircles = 8;

struct Widths {
  std::size_t number = 0, id = 0, name = 0, status = 0, branch = 0;

  explicit Widths(const MergeOrder& order) : number(std::to_string(order.streams.size()).size()) {
    for (const OrderedStream& stream : order.streams) {
      id = std::max(id, core::display_width(stream.id.str()));
      name = std::max(name, core::display_width(core::printable(stream.name)));
      status = std::max(status, core::display_width(status_text(stream.status)));
      branch = std::max(branch, core::display_width(core::printable(stream.branch.str())));
    }
  }
};

std::string line_of(const OrderedStream& stream, std::size_t number, const Widths& widths,
                    const Ink& ink) {
  std::string line = fmt::format("{:>{}}  ", number, widths.number + 1);
  line += ink(Tone::strong, padded(stream.id.str(), widths.id)) + "  " +
          padded(core::printable(stream.name), widths.name) + "  " +
          ink(status_tone(stream.status), padded(status_text(stream.status), widths.status)) + "  ";
  if (stream.branch.str().empty()) return line + "no branch yet";
  return line + padded(core::printable(stream.branch.str()), widths.branch) + "  " +
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
    for (const std::string& reason : reasons_of(stream))
      out += std::string(widths.number + 3 + widths.id + 2, ' ') + ink(Tone::faint, reason) + '\n';
  }
  const std::size_t circles = std::min(order.circles.size(), kCircles);
  for (std::size_t i = 0; i < circles; ++i) out += circle_text(order.circles[i], ink);
  if (circles < order.circles.size()) {
    out += fmt::format("\nand {}: git stream order --json\n",
                       core::counted(order.circles.size() - circles, "more circle"));
  }
  return out + others_text(order) + next_text(order, ink);
}

}  // namespace gs::command
