#include "lib/report/pictures.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/core.h>
#include <map>
#include <set>

#include "lib/core/text.h"

namespace gs::report {

namespace {

using core::Instant;
using core::Seconds;

// How wide texts are.

constexpr double kBold = 1.13;
constexpr std::string_view kEllipsis = "…";

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

double ascii_ems(char c) {
  if (is_one_of(c, " ',./:;I\\ijl|")) return 0.34;
  if (is_one_of(c, "!()-[]frt")) return 0.42;
  if (is_one_of(c, "ABEFKLPRSTVXYZ")) return 0.7;
  if (is_one_of(c, "#&+<=>CDGHJMNOQUw^~")) return 0.87;
  return is_one_of(c, "@Wm%") ? 1.0 : 0.64;
}

// By the length in UTF-8: letters that are like Latin ones, what is as wide as high, and emoji.
double ems(std::string_view character) {
  switch (character.size()) {
    case 0:
    case 1:
      return character.empty() ? 0 : ascii_ems(character.front());
    case 2:
      return 0.9;
    case 3:
      return 1.05;
    default:
      return 1.4;
  }
}

std::string_view first_of(std::string_view text) {
  return text.substr(0, std::max<std::size_t>(core::utf8_length(text), 1));
}

}  // namespace

double text_ems(std::string_view text, bool bold) {
  double sum = 0;
  while (!text.empty()) {
    const std::string_view character = first_of(text);
    sum += character == kEllipsis ? 1.0 : ems(character);
    text.remove_prefix(character.size());
  }
  return bold ? sum * kBold : sum;
}

std::string fitted(std::string_view text, double ems, bool bold) {
  if (text_ems(text, bold) <= ems) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const std::string_view character = first_of(text);
    const std::string longer = out + std::string(character);
    if (text_ems(longer + std::string(kEllipsis), bold) > ems) break;
    out = longer;
    text.remove_prefix(character.size());
  }
  while (out.ends_with(' ')) out.pop_back();
  return out + std::string(kEllipsis);
}

// Time axes.

namespace {

constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr std::int64_t kMostSteps = 6;

// Each at most two and a half times the one before it: so that two lines at least are on any span.
constexpr std::array<std::int64_t, 17> kSteps{
    1,       2,           5,           10,           15,           30,
    kMinute, 2 * kMinute, 5 * kMinute, 10 * kMinute, 15 * kMinute, 30 * kMinute,
    kHour,   2 * kHour,   3 * kHour,   6 * kHour,    12 * kHour};

// 1, 2, 5, 10, 20, 50 … days, for as long as it takes.
std::int64_t step_in_days(std::int64_t span) {
  for (std::int64_t decade = kDay;; decade *= 10) {
    for (const std::int64_t factor : {1, 2, 5}) {
      if (span / (decade * factor) < kMostSteps) return decade * factor;
    }
  }
}

std::int64_t step_of(std::int64_t span) {
  for (const std::int64_t step : kSteps) {
    if (span / step < kMostSteps) return step;
  }
  return step_in_days(span);
}

// A wall clock's time, as if the place were Greenwich.
class Clock {
 public:
  explicit Clock(core::OffsetAt offset) : offset_(offset) {}
  Seconds ahead(Instant time) const { return offset_ != nullptr ? offset_(time) : Seconds{0}; }
  std::string text(Instant time) const { return core::format_utc(time + ahead(time)); }
  std::string date(Instant time) const { return text(time).substr(0, 10); }
  std::string time(Instant time, std::size_t length) const { return text(time).substr(11, length); }

 private:
  core::OffsetAt offset_;
};

constexpr std::size_t kMinutes = 5, kSeconds = 8;  // lengths of "13:00" and "13:00:05"

// In months and days, where the year is the same all along.
std::string day_text(const std::string& date, bool years) {
  return years ? date : date.substr(5);
}

}  // namespace

std::vector<Tick> time_ticks(Instant from, Instant to, core::OffsetAt offset) {
  const Clock clock(offset);
  const std::int64_t step = step_of(std::max<std::int64_t>((to - from).count(), 1));
  const bool days = clock.date(from) != clock.date(to);
  const bool years = clock.date(from).substr(0, 4) != clock.date(to).substr(0, 4);
  const Seconds ahead = clock.ahead(from);
  const std::int64_t start = (from + ahead).time_since_epoch().count();
  std::int64_t wall = start - ((start % step) + step) % step;
  std::vector<Tick> ticks;
  std::string last;
  // One more than would do: when the clocks are put forward, what was past the end no longer is.
  for (std::int64_t i = 0; i <= kMostSteps + 2; ++i, wall += step) {
    Instant at = Instant(Seconds(wall)) - ahead;
    if (step > kHour) at -= clock.ahead(at) - ahead;  // clocks were changed since
    if (at < from || at > to) continue;
    const std::string date = clock.date(at);
    std::string text = step < kDay ? clock.time(at, step < kMinute ? kSeconds : kMinutes) : "";
    if (step >= kDay || (days && date != last))
      text = day_text(date, years) + (text.empty() ? "" : " ") + text;
    last = date;
    ticks.push_back({at, std::move(text)});
  }
  return ticks;
}

std::string period_text(Instant from, Instant to, core::OffsetAt offset) {
  const Clock clock(offset);
  const std::size_t length = (to - from).count() < 10 * kMinute ? kSeconds : kMinutes;
  const std::string first = clock.date(from), last = clock.date(to);
  return first + " " + clock.time(from, length) + " to " + (first == last ? "" : last + " ") +
         clock.time(to, length) + (offset == nullptr ? " UTC" : "");
}

// The graph of the streams.

namespace {

constexpr int kWidth = 168, kHeight = 62, kColumnGap = 56, kRowGap = 16, kMargin = 4,
              kBelow = 14;  // room for lines that pass whole columns

// Where each stream is drawn, in the picture's units.
struct Point {
  int x = 0, y = 0;
};
struct Layout {
  std::map<std::string, std::size_t> numbers;  // of the streams, by their ids
  std::vector<Point> places;                   // of the streams' upper left corners
  int width = 0, height = 0;

  const std::size_t* number(const std::string& id) const {
    const auto found = numbers.find(id);
    return found == numbers.end() ? nullptr : &found->second;
  }
};

int extent(std::size_t count, int size, int gap) {
  const int all = static_cast<int>(count);
  return all * size + std::max(all - 1, 0) * gap;
}

// The streams of each phase; those of none are in the last one.
std::vector<std::vector<std::size_t>> phases_of(const std::vector<StreamSummary>& streams) {
  std::size_t last = 1;
  for (const StreamSummary& stream : streams)
    last = std::max(last, stream.phase + (stream.phase == 0 ? 1 : 0));
  std::map<std::size_t, std::vector<std::size_t>> phases;
  for (std::size_t i = 0; i < streams.size(); ++i)
    phases[streams[i].phase == 0 ? last : streams[i].phase].push_back(i);
  std::vector<std::vector<std::size_t>> columns;
  for (auto& [phase, column] : phases) columns.push_back(std::move(column));
  return columns;
}

// The height at which a stream is nearest to those it waits for.
double wished_height(const Layout& layout, const StreamSummary& stream) {
  double sum = 0;
  int count = 0;
  for (const std::string& on : stream.depends_on) {
    const std::size_t* number = layout.number(on);
    if (number == nullptr) continue;
    sum += layout.places[*number].y;
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

// Phases from left to right; within one, each stream near those it waits for.
Layout layout_of(const std::vector<StreamSummary>& streams) {
  Layout layout;
  for (std::size_t i = 0; i < streams.size(); ++i) layout.numbers.emplace(streams[i].id, i);
  layout.places.resize(streams.size());
  std::vector<std::vector<std::size_t>> columns = phases_of(streams);
  std::size_t most = 0;
  for (const auto& column : columns) most = std::max(most, column.size());
  layout.width = 2 * kMargin + extent(columns.size(), kWidth, kColumnGap);
  layout.height = 2 * kMargin + extent(most, kHeight, kRowGap);
  int x = kMargin;
  for (auto& column : columns) {
    if (x > kMargin) {
      std::ranges::stable_sort(
          column, {}, [&](std::size_t stream) { return wished_height(layout, streams[stream]); });
    }
    int y = (layout.height - extent(column.size(), kHeight, kRowGap)) / 2;
    for (const std::size_t stream : column) {
      layout.places[stream] = {x, y};
      y += kHeight + kRowGap;
    }
    x += kWidth + kColumnGap;
  }
  return layout;
}

// All that a stream waits for through others, so that only direct waits are drawn.
std::set<std::string> indirect(const std::vector<StreamSummary>& streams, const Layout& layout,
                               const StreamSummary& stream) {
  std::set<std::string> seen;
  std::vector<std::string> todo;
  for (const std::string& on : stream.depends_on) {
    if (const std::size_t* number = layout.number(on))
      for (const std::string& further : streams[*number].depends_on) todo.push_back(further);
  }
  while (!todo.empty()) {
    const std::string id = todo.back();
    todo.pop_back();
    if (!seen.insert(id).second) continue;
    if (const std::size_t* number = layout.number(id))
      for (const std::string& further : streams[*number].depends_on) todo.push_back(further);
  }
  return seen;
}

std::string across(int x, int y, int to_x, int to_y) {
  const int bend = std::max((to_x - x) / 2, 20);
  return fmt::format("M{} {}C{} {} {} {} {} {}", x, y, x + bend, y, to_x - bend, to_y, to_x, to_y);
}

// Round what stands in between.
std::string below(int x, int y, int to_x, int to_y, int floor) {
  constexpr int kHalf = kColumnGap / 2;
  return fmt::format("M{} {}C{} {} {} {} {} {}L{} {}C{} {} {} {} {} {}", x, y, x + kHalf, y, x,
                     floor, x + kHalf, floor, to_x - kHalf, floor, to_x, floor, to_x - kHalf, to_y,
                     to_x, to_y);
}

std::string edges(const std::vector<StreamSummary>& streams, const Layout& layout) {
  std::string out;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const std::set<std::string> further = indirect(streams, layout, streams[i]);
    for (const std::string& on : streams[i].depends_on) {
      const std::size_t* from = layout.number(on);
      if (from == nullptr || further.contains(on)) continue;
      const int x = layout.places[*from].x + kWidth, y = layout.places[*from].y + kHeight / 2;
      const int to_x = layout.places[i].x - 7, to_y = layout.places[i].y + kHeight / 2;
      const bool far = to_x - x > kColumnGap + kWidth;
      const std::string line =
          far ? below(x, y, to_x, to_y, layout.height + kBelow / 2) : across(x, y, to_x, to_y);
      out +=
          fmt::format("<path class=\"edge\" d=\"{}\"/><path class=\"tip\" d=\"M{} {}l-7-4v8z\"/>\n",
                      line, to_x + 7, to_y);
    }
  }
  return out;
}

std::string detail(const StreamSummary& stream) {
  std::string text = core::counted(stream.agents.size(), "agent");
  if (stream.state != NodeState::merged && stream.ahead.value_or(0) > 0)
    text += fmt::format(" · {} ahead", *stream.ahead);
  if (stream.locks > 0) text += " · " + core::counted(stream.locks, "lock");
  return text;
}

std::string node(const StreamSummary& stream, const Point& at) {
  constexpr double kEms = (kWidth - 24) / 12.5;  // in the style sheet's size
  const std::string name = stream.name == stream.id ? "" : core::printable(stream.name);
  const std::string id = fitted(core::printable(stream.id), name.empty() ? kEms : kEms * 0.7, true);
  const double room = kEms - text_ems(id, true) - text_ems(" ");
  return fmt::format(
      "<g><title>{}</title><rect class=\"node {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
      "rx=\"8\"/><text x=\"{}\" y=\"{}\"><tspan class=\"strong\">{}</tspan> {}</text>"
      "<text x=\"{}\" y=\"{}\">{}</text><text class=\"soft\" x=\"{}\" y=\"{}\">{}</text></g>\n",
      xml(core::printable(stream.id + " " + name)), state_name(stream.state), at.x, at.y, kWidth,
      kHeight, at.x + 12, at.y + 20, xml(id), xml(fitted(name, room)), at.x + 12, at.y + 37,
      state_text(stream.state), at.x + 12, at.y + 53, xml(detail(stream)));
}

}  // namespace

std::string streams_svg(const std::vector<StreamSummary>& streams) {
  const Layout layout = layout_of(streams);
  std::string out = fmt::format(
      "<svg role=\"img\" aria-labelledby=\"streams-svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\"><title id=\"streams-svg\">The streams, each after those it depends on; the "
      "table below says the same</title>\n",
      layout.width, layout.height + kBelow);
  out += edges(streams, layout);
  for (std::size_t i = 0; i < streams.size(); ++i) out += node(streams[i], layout.places[i]);
  return out + "</svg>\n";
}

// The timeline.

namespace {

constexpr int kLabels = 128, kChart = 860, kLane = 30, kTop = 4, kAxis = 24,
              kWholeWidth = kLabels + kChart + 12;
constexpr double kLabelEms = (kLabels - 12) / 12.5;  // in the style sheet's size

// Around the origin, scaled by their sizes, in the order of ActionKind: told apart by shape, not
// only by colour.
constexpr std::string_view kSigns[kActionKinds] = {
    R"(<circle r="4"/>)",
    R"(<path d="M0-5.5L5.5 0 0 5.5-5.5 0z"/>)",
    R"(<rect x="-4" y="-4" width="8" height="8" rx="1"/>)",
    R"(<path d="M-3.5-3.5l7 7m0-7l-7 7"/>)",
    R"(<rect x="-1" y="-4" width="2" height="8"/>)",
};

// Three sizes of each: one, a few, many.
std::size_t size_of(std::uint32_t count) {
  return count >= 10 ? 2 : count >= 3 ? 1 : 0;
}

std::string symbols() {
  constexpr const char* kScale[] = {"1", "1.25", "1.5"};
  std::string out = "<defs>\n";
  for (std::size_t kind = 0; kind < kActionKinds; ++kind) {
    for (std::size_t size = 0; size < 3; ++size) {
      out += fmt::format("<g id=\"m{}{}\" class=\"d-{}\"><g transform=\"scale({})\">{}</g></g>",
                         kind, size, kActionNames[kind], kScale[size], kSigns[kind]);
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

std::string bin_title(const ActionCounts& counts) {
  std::string text;
  for (std::size_t kind = 0; kind < kActionKinds; ++kind) {
    if (counts[kind] > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[kind], kActionNames[kind]);
  }
  return text;
}

// From one sign to the next of the same bin.
int room_of(std::size_t kind) {
  return kind + 1 == kActionKinds ? 4 : 7;
}

// In the middle of its bin; so far to the left that the last of them is in the picture.
int first_sign(const Timeline& timeline, std::size_t bin, const ActionCounts& counts) {
  constexpr int kLargest = 9;  // half of it
  const int half = kChart / static_cast<int>(2 * std::max<std::size_t>(timeline.bins, 1));
  int after_first = 0, last = 0;
  for (std::size_t kind = kActionKinds; kind-- > 0;) {
    if (counts[kind] == 0) continue;
    after_first += last;
    last = room_of(kind);
  }
  return std::min(x_of(timeline, bin) + half, kWholeWidth - kLargest - after_first);
}

std::string signs(const Timeline& timeline, const Lane& lane, int y) {
  std::string out;
  for (std::size_t bin = 0; bin < lane.bins.size(); ++bin) {
    const ActionCounts& counts = lane.bins[bin];
    if (counts == ActionCounts{}) continue;
    out += "<g><title>" + bin_title(counts) + "</title>";
    int x = first_sign(timeline, bin, counts);
    for (std::size_t kind = kActionKinds; kind-- > 0;) {
      if (counts[kind] == 0) continue;
      out += fmt::format("<use href=\"#m{}{}\" x=\"{}\" y=\"{}\"/>", kind, size_of(counts[kind]), x,
                         y + 11);
      x += room_of(kind);
    }
    out += "</g>";
  }
  return out;
}

std::string axis(const Timeline& timeline, core::OffsetAt offset, int height) {
  constexpr int kHalf = 46;  // of the longest text
  const std::int64_t span = std::max<std::int64_t>((timeline.to - timeline.from).count(), 1);
  std::string out;
  for (const Tick& tick : time_ticks(timeline.from, timeline.to, offset)) {
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

}  // namespace

std::string timeline_svg(const Timeline& timeline, core::OffsetAt offset) {
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
  out += axis(timeline, offset, height);
  int y = kTop;
  for (const Lane& lane : timeline.lanes) {
    out += fmt::format("<text x=\"8\" y=\"{}\">{}</text>", y + 19,
                       xml(fitted(core::printable(lane.agent), kLabelEms)));
    out += holds(timeline, lane, y) + signs(timeline, lane, y) + "\n";
    y += kLane;
  }
  return out + "</svg>\n";
}

std::vector<Figure::Key> timeline_key() {
  std::vector<Figure::Key> key;
  for (std::size_t kind = 0; kind < kActionKinds; ++kind) {
    key.push_back({fmt::format("<svg aria-hidden=\"true\" width=\"14\" height=\"14\" "
                               "viewBox=\"-7 -7 14 14\"><g class=\"d-{}\">{}</g></svg>",
                               kActionNames[kind], kSigns[kind]),
                   std::string(kActionNames[kind])});
  }
  key.push_back(
      {"<svg aria-hidden=\"true\" width=\"22\" height=\"8\"><rect class=\"hold\" y=\"2\" "
       "width=\"22\" height=\"4\" rx=\"2\"/></svg>",
       "holds a lock"});
  return key;
}

}  // namespace gs::report
