#include <algorithm>
#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/report/html_sections.h"
#include "lib/report/markup.h"
#include "lib/report/text_width.h"
#include "lib/report/time_axis.h"

namespace gs::report {

namespace {

constexpr int kLabels = 128, kChart = 860, kLane = 30, kTop = 4, kAxis = 24,
              kWholeWidth = kLabels + kChart + 12;
constexpr double kLabelEms = (kLabels - 12) / 12.5;  // in the style sheet's size

struct Mark {
  std::string_view shape;  // around the origin, scaled by its size
};
// In the order of Deed: told apart by shape, not only by colour.
constexpr Mark kMarks[kDeeds] = {
    {R"(<circle r="4"/>)"},
    {R"(<path d="M0-5.5L5.5 0 0 5.5-5.5 0z"/>)"},
    {R"(<rect x="-4" y="-4" width="8" height="8" rx="1"/>)"},
    {R"(<path d="M-3.5-3.5l7 7m0-7l-7 7"/>)"},
    {R"(<rect x="-1" y="-4" width="2" height="8"/>)"},
};

// Three sizes of each: one, a few, many.
std::size_t size_of(std::uint32_t count) {
  return count >= 10 ? 2 : count >= 3 ? 1 : 0;
}

std::string symbols() {
  constexpr const char* kScale[] = {"1", "1.25", "1.5"};
  std::string out = "<defs>\n";
  for (std::size_t deed = 0; deed < kDeeds; ++deed) {
    for (std::size_t size = 0; size < 3; ++size) {
      out += fmt::format("<g id=\"m{}{}\" class=\"d-{}\"><g transform=\"scale({})\">{}</g></g>",
                         deed, size, kDeedNames[deed], kScale[size], kMarks[deed].shape);
    }
  }
  return out + "\n</defs>\n";
}

int x_of(const Timeline& timeline, std::size_t bin) {
  const std::size_t bins = std::max<std::size_t>(timeline.bins, 1);
  return kLabels + static_cast<int>(bin * static_cast<std::size_t>(kChart) / bins);
}

std::string holds(const Timeline& timeline, const Lane& lane, int y) {
  std::string out;
  for (std::size_t bin = 0; bin < lane.holds.size();) {
    if (!lane.holds[bin]) {
      ++bin;
      continue;
    }
    const std::size_t first = bin;
    while (bin < lane.holds.size() && lane.holds[bin]) ++bin;
    const int x = x_of(timeline, first);
    out +=
        fmt::format("<rect class=\"hold\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"4\" rx=\"2\"/>",
                    x, y + kLane - 8, std::max(x_of(timeline, bin) - x, 4));
  }
  return out;
}

std::string bin_title(const DeedCounts& counts) {
  std::string text;
  for (std::size_t deed = 0; deed < kDeeds; ++deed) {
    if (counts[deed] > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[deed], kDeedNames[deed]);
  }
  return text;
}

// From one mark to the next of the same bin.
int room_of(std::size_t deed) {
  return deed + 1 == kDeeds ? 4 : 7;
}

// In the middle of its bin; so far to the left that the last of them is in the picture.
int first_mark(const Timeline& timeline, std::size_t bin, const DeedCounts& counts) {
  constexpr int kLargest = 9;  // half of it
  const int half = kChart / static_cast<int>(2 * std::max<std::size_t>(timeline.bins, 1));
  int after_first = 0, last = 0;
  for (std::size_t deed = kDeeds; deed-- > 0;) {
    if (counts[deed] == 0) continue;
    after_first += last;
    last = room_of(deed);
  }
  return std::min(x_of(timeline, bin) + half, kWholeWidth - kLargest - after_first);
}

std::string marks(const Timeline& timeline, const Lane& lane, int y) {
  std::string out;
  for (std::size_t bin = 0; bin < lane.bins.size(); ++bin) {
    const DeedCounts& counts = lane.bins[bin];
    if (counts == DeedCounts{}) continue;
    out += "<g><title>" + bin_title(counts) + "</title>";
    int x = first_mark(timeline, bin, counts);
    for (std::size_t deed = kDeeds; deed-- > 0;) {
      if (counts[deed] == 0) continue;
      out += fmt::format("<use href=\"#m{}{}\" x=\"{}\" y=\"{}\"/>", deed, size_of(counts[deed]), x,
                         y + 11);
      x += room_of(deed);
    }
    out += "</g>";
  }
  return out;
}

std::string axis(const Account& account, int height) {
  constexpr int kHalf = 46;  // of the longest text
  const Timeline& timeline = account.timeline;
  const std::int64_t span = std::max<std::int64_t>((timeline.to - timeline.from).count(), 1);
  std::string out;
  for (const Tick& tick : time_ticks(timeline.from, timeline.to, account.offset)) {
    const auto along = static_cast<int>((tick.at - timeline.from).count() * kChart / span);
    const int x = kLabels + along;
    out += fmt::format(
        "<line class=\"grid\" x1=\"{0}\" x2=\"{0}\" y1=\"{1}\" y2=\"{2}\"/><text class=\"soft\" "
        "x=\"{0}\" y=\"{3}\" text-anchor=\"{4}\">{5}</text>\n",
        x, kTop, height - kAxis + 4, height - 6, kChart - along < kHalf ? "end" : "middle",
        xml(tick.text));
  }
  return out;
}

std::string lanes_picture(const Account& account) {
  const Timeline& timeline = account.timeline;
  const int height = kTop + static_cast<int>(timeline.lanes.size()) * kLane + kAxis;
  std::string out = fmt::format(
      "<svg role=\"img\" aria-labelledby=\"timeline-svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\"><title id=\"timeline-svg\">What each agent did when; the table below has the "
      "counts</title>\n",
      kWholeWidth, height);
  out += symbols();
  for (std::size_t i = 0; i < timeline.lanes.size(); i += 2)
    out +=
        fmt::format("<rect class=\"lane\" x=\"0\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>\n",
                    kTop + static_cast<int>(i) * kLane, kWholeWidth, kLane);
  out += axis(account, height);
  int y = kTop;
  for (const Lane& lane : timeline.lanes) {
    out += fmt::format("<text x=\"8\" y=\"{}\">{}</text>", y + 19,
                       xml(fitted(core::printable(lane.agent), kLabelEms)));
    out += holds(timeline, lane, y) + marks(timeline, lane, y) + "\n";
    y += kLane;
  }
  return out + "</svg>\n";
}

std::string key() {
  std::string out = "<ul class=\"key\" aria-label=\"Key\">\n";
  for (std::size_t deed = 0; deed < kDeeds; ++deed) {
    out += fmt::format(
        "<li><svg aria-hidden=\"true\" width=\"14\" height=\"14\" viewBox=\"-7 -7 14 14\"><g "
        "class=\"d-{0}\">{1}</g></svg>{0}</li>\n",
        kDeedNames[deed], kMarks[deed].shape);
  }
  return out +
         "<li><svg aria-hidden=\"true\" width=\"22\" height=\"8\"><rect class=\"hold\" y=\"2\" "
         "width=\"22\" height=\"4\" rx=\"2\"/></svg>holds a lock</li>\n</ul>\n";
}

std::string lanes_table(const Account& account) {
  std::string out =
      "<table>\n<caption>What each agent did, all in all</caption>\n<thead><tr><th scope=\"col\">"
      "Agent</th><th scope=\"col\">Stream</th>";
  for (const std::string_view name : kDeedNames)
    out += fmt::format("<th scope=\"col\" class=\"n\">{}</th>", name);
  out += "<th scope=\"col\" class=\"n\">locks taken</th></tr></thead>\n<tbody>\n";
  for (const Lane& lane : account.timeline.lanes) {
    out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td>", xml(core::printable(lane.agent)),
                       xml(core::printable(lane.stream)));
    for (const std::uint32_t count : lane.totals)
      out += fmt::format("<td class=\"n\">{}</td>", count);
    out += fmt::format("<td class=\"n\">{}</td></tr>\n", lane.locks_taken);
  }
  return out + "</tbody></table>\n";
}

}  // namespace

std::string html_timeline(const Account& account) {
  const Timeline& timeline = account.timeline;
  if (timeline.lanes.empty()) return {};
  std::string remark = period_text(timeline.from, timeline.to, account.offset) + ", " +
                       core::counted(timeline.lines, "line") + " of the log";
  if (timeline.torn > 0) remark += fmt::format(", {} unreadable", timeline.torn);
  std::string body = html_wide("Timeline", lanes_picture(account)) + key();
  if (timeline.more_lanes > 0)
    body += fmt::format("<p class=\"quiet\">… and {} who did less.</p>\n",
                        core::counted(timeline.more_lanes, "agent"));
  body += "<details><summary>The same in numbers</summary>\n" +
          html_wide("Table of what agents did", lanes_table(account)) + "</details>\n";
  return html_section("timeline", "Who did what", remark, body);
}

}  // namespace gs::report
