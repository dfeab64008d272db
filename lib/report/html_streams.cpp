#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <set>

#include "lib/core/text.h"
#include "lib/report/html_sections.h"
#include "lib/report/markup.h"
#include "lib/report/text_width.h"

namespace gs::report {

namespace {

constexpr int kWidth = 168, kHeight = 62, kColumnGap = 56, kRowGap = 16, kMargin = 4,
              kBelow = 14;  // room for lines that pass whole columns

// Where each stream stands: phases from left to right; within one, near those it waits for.
class Layout {
 public:
  explicit Layout(const std::vector<AccountStream>& streams) : streams_(streams) {
    for (std::size_t i = 0; i < streams.size(); ++i) numbers_.emplace(streams[i].id, i);
    std::size_t last = 1;
    for (const AccountStream& stream : streams)
      last = std::max(last, stream.phase + (stream.phase == 0 ? 1 : 0));
    std::map<std::size_t, std::vector<std::size_t>> columns;
    for (std::size_t i = 0; i < streams.size(); ++i)
      columns[streams[i].phase == 0 ? last : streams[i].phase].push_back(i);
    for (auto& [phase, column] : columns) columns_.push_back(std::move(column));
    for (const auto& column : columns_) most_ = std::max(most_, column.size());
    places_.resize(streams.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) place(i);
  }

  struct Point {
    int x = 0, y = 0;
  };
  const Point& at(std::size_t stream) const { return places_[stream]; }
  int width() const {
    const int count = static_cast<int>(columns_.size());
    return 2 * kMargin + count * kWidth + std::max(count - 1, 0) * kColumnGap;
  }
  int height() const { return 2 * kMargin + extent(most_); }
  const std::size_t* number(const std::string& id) const {
    const auto found = numbers_.find(id);
    return found == numbers_.end() ? nullptr : &found->second;
  }

 private:
  static int extent(std::size_t rows) {
    const int count = static_cast<int>(rows);
    return count * kHeight + std::max(count - 1, 0) * kRowGap;
  }

  double wish(std::size_t stream) const {
    double sum = 0;
    int count = 0;
    for (const std::string& on : streams_[stream].depends_on) {
      const std::size_t* number = this->number(on);
      if (number == nullptr) continue;
      sum += places_[*number].y;
      ++count;
    }
    return count > 0 ? sum / count : 0;
  }

  void place(std::size_t number) {
    std::vector<std::size_t>& column = columns_[number];
    if (number > 0)
      std::ranges::stable_sort(column, {}, [&](std::size_t stream) { return wish(stream); });
    const int x = kMargin + static_cast<int>(number) * (kWidth + kColumnGap);
    int y = kMargin + (extent(most_) - extent(column.size())) / 2;
    for (const std::size_t stream : column) {
      places_[stream] = {x, y};
      y += kHeight + kRowGap;
    }
  }

  const std::vector<AccountStream>& streams_;
  std::map<std::string, std::size_t> numbers_;
  std::vector<std::vector<std::size_t>> columns_;
  std::vector<Point> places_;
  std::size_t most_ = 0;
};

// All that a stream waits for through others, so that only direct waits are drawn.
std::set<std::string> indirect(const Account& account, const Layout& layout,
                               const AccountStream& stream) {
  std::set<std::string> seen;
  std::vector<std::string> todo;
  for (const std::string& on : stream.depends_on) {
    if (const std::size_t* number = layout.number(on))
      for (const std::string& further : account.streams[*number].depends_on)
        todo.push_back(further);
  }
  while (!todo.empty()) {
    const std::string id = todo.back();
    todo.pop_back();
    if (!seen.insert(id).second) continue;
    if (const std::size_t* number = layout.number(id))
      for (const std::string& further : account.streams[*number].depends_on)
        todo.push_back(further);
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

std::string edges(const Account& account, const Layout& layout) {
  std::string out;
  for (std::size_t i = 0; i < account.streams.size(); ++i) {
    const std::set<std::string> further = indirect(account, layout, account.streams[i]);
    for (const std::string& on : account.streams[i].depends_on) {
      const std::size_t* from = layout.number(on);
      if (from == nullptr || further.contains(on)) continue;
      const int x = layout.at(*from).x + kWidth, y = layout.at(*from).y + kHeight / 2;
      const int to_x = layout.at(i).x - 7, to_y = layout.at(i).y + kHeight / 2;
      const bool far = to_x - x > kColumnGap + kWidth;
      const std::string line =
          far ? below(x, y, to_x, to_y, layout.height() + kBelow / 2) : across(x, y, to_x, to_y);
      out +=
          fmt::format("<path class=\"edge\" d=\"{}\"/><path class=\"tip\" d=\"M{} {}l-7-4v8z\"/>\n",
                      line, to_x + 7, to_y);
    }
  }
  return out;
}

std::string detail(const AccountStream& stream) {
  std::string text = core::counted(stream.agents.size(), "agent");
  if (stream.state != NodeState::merged && stream.ahead.value_or(0) > 0)
    text += fmt::format(" · {} ahead", *stream.ahead);
  if (stream.locks > 0) text += " · " + core::counted(stream.locks, "lock");
  return text;
}

std::string node(const AccountStream& stream, const Layout::Point& at) {
  constexpr double kEms = (kWidth - 24) / 12.5;  // in the style sheet's size
  const std::string name = stream.name == stream.id ? "" : core::printable(stream.name);
  const std::string id = fitted(core::printable(stream.id), name.empty() ? kEms : kEms * 0.7, true);
  const double room = kEms - text_ems(id, true) - text_ems(" ");
  return fmt::format(
      "<g><title>{}</title><rect class=\"node {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
      "rx=\"8\"/><text x=\"{}\" y=\"{}\"><tspan class=\"strong\">{}</tspan> {}</text>"
      "<text x=\"{}\" y=\"{}\">{}</text><text class=\"soft\" x=\"{}\" y=\"{}\">{}</text></g>\n",
      xml(core::printable(stream.id + " " + name)), state_class(stream.state), at.x, at.y, kWidth,
      kHeight, at.x + 12, at.y + 20, xml(id), xml(fitted(name, room)), at.x + 12, at.y + 37,
      state_text(stream.state), at.x + 12, at.y + 53, xml(detail(stream)));
}

std::string graph_picture(const Account& account) {
  const Layout layout(account.streams);
  std::string out = fmt::format(
      "<svg role=\"img\" aria-labelledby=\"streams-svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\"><title id=\"streams-svg\">The streams, each after those it depends on; the "
      "table below says the same</title>\n",
      layout.width(), layout.height() + kBelow);
  out += edges(account, layout);
  for (std::size_t i = 0; i < account.streams.size(); ++i)
    out += node(account.streams[i], layout.at(i));
  return out + "</svg>\n";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return xml(core::printable(text));
}

std::string stream_table(const Account& account) {
  std::string out =
      "<table>\n<caption>Where every stream stands</caption>\n<thead><tr><th scope=\"col\">Stream"
      "</th><th scope=\"col\">Status</th><th scope=\"col\">Depends on</th><th scope=\"col\">Agents"
      "</th><th scope=\"col\">Merged</th><th scope=\"col\">Branch</th></tr></thead>\n<tbody>\n";
  for (const AccountStream& stream : account.streams) {
    const std::string name = stream.name == stream.id ? "" : " " + stream.name;
    out += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td class=\"t\">{}</td><td "
        "class=\"what\"><code>{}</code></td></tr>\n",
        xml(core::printable(stream.id + name)),
        html_badge(state_class(stream.state), state_text(stream.state)), joined(stream.depends_on),
        joined(stream.agents), stream.merged_at ? day_and_time(account, *stream.merged_at) : "",
        xml(core::printable(stream.branch)));
  }
  return out + "</tbody></table>\n";
}

}  // namespace

std::string html_streams(const Account& account) {
  if (account.streams.empty()) return {};
  return html_section("streams", "Streams", "each after those it depends on",
                      html_wide("Graph of the streams", graph_picture(account)) +
                          "<details><summary>The same as a table</summary>\n" +
                          html_wide("Table of the streams", stream_table(account)) +
                          "</details>\n");
}

}  // namespace gs::report
