#include "lib/streams/timeline.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "lib/store/clock.h"

namespace gs::streams {

namespace {

using core::Instant;
using report::Deed;
using report::DeedCounts;
using report::Lane;
using report::Timeline;

constexpr std::array<std::pair<std::string_view, Deed>, 5> kActions{{
    {"committed", Deed::committed},
    {"merged", Deed::merged},
    {"validated", Deed::validated},
    {"blocked", Deed::blocked},
    {"bypassed", Deed::blocked},
}};

Deed deed_of(std::string_view action) {
  for (const auto& [name, deed] : kActions) {
    if (name == action) return deed;
  }
  return Deed::other;
}

class Lanes {
 public:
  Lanes(Timeline& timeline) : timeline_(timeline) {}

  void add(const store::Activity& activity) {
    Draft& draft = drafts_[activity.agent];
    if (draft.lane.bins.empty()) {
      draft.lane.agent = activity.agent;
      draft.lane.bins.resize(timeline_.bins);
      draft.lane.holds.resize(timeline_.bins);
    }
    if (!activity.stream.empty()) draft.lane.stream = activity.stream;
    const auto deed = static_cast<std::size_t>(deed_of(activity.action));
    ++draft.lane.bins[bin_of(activity.time)][deed];
    ++draft.lane.totals[deed];
    note_lock(activity, draft);
  }

  void take() {
    for (auto& [agent, draft] : drafts_) {
      for (auto& [path, hold] : draft.held) end(draft, hold, hold.expires);
      timeline_.lanes.push_back(std::move(draft.lane));
    }
    const auto deeds = [](const Lane& lane) {
      return std::accumulate(lane.totals.begin(), lane.totals.end(), std::uint64_t{0});
    };
    if (timeline_.lanes.size() > kMostLanes) {
      std::ranges::stable_sort(timeline_.lanes, std::greater{}, deeds);
      timeline_.more_lanes = timeline_.lanes.size() - kMostLanes;
      timeline_.lanes.resize(kMostLanes);
    }
    std::ranges::stable_sort(timeline_.lanes, {},
                             [](const Lane& lane) { return std::tie(lane.stream, lane.agent); });
  }

 private:
  struct Hold {
    Instant since{}, expires{};
  };
  struct Draft {
    Lane lane;
    std::map<std::string, Hold> held;  // by path
  };

  std::size_t bin_of(Instant time) const {
    const auto length = (timeline_.to - timeline_.from).count();
    const auto at = std::clamp<std::int64_t>((time - timeline_.from).count(), 0, length);
    const auto bins = static_cast<std::int64_t>(timeline_.bins);
    return static_cast<std::size_t>(
        std::min(at * bins / std::max<std::int64_t>(length, 1), bins - 1));
  }

  void end(Draft& draft, const Hold& hold, Instant when) {
    const Instant until = std::min({when, hold.expires, timeline_.to});
    if (until < hold.since) return;
    for (std::size_t bin = bin_of(hold.since); bin <= bin_of(until); ++bin)
      draft.lane.holds[bin] = true;
  }

  void release(const std::string& agent, const std::string& path, Instant when) {
    const auto draft = drafts_.find(agent);
    if (draft == drafts_.end()) return;
    const auto hold = draft->second.held.find(path);
    if (hold == draft->second.held.end()) return;
    end(draft->second, hold->second, when);
    draft->second.held.erase(hold);
  }

  void note_lock(const store::Activity& activity, Draft& draft) {
    const bool taken = activity.action == "locked";
    if (taken || activity.action == "renewed") {
      const std::string path = store::log_field(activity, "file");
      const auto expires =
          core::parse_time(store::log_field(activity, "expires"), &store::local_offset);
      Hold& hold = draft.held.try_emplace(path, Hold{activity.time, activity.time}).first->second;
      hold.expires = expires.value_or(activity.time);
      if (taken) ++draft.lane.locks_taken;
    } else if (activity.action == "released") {
      release(activity.agent, store::log_field(activity, "file"), activity.time);
    } else if (activity.action == "expired" || activity.action == "stolen") {
      release(store::log_field(activity, "holder"), store::log_field(activity, "file"),
              activity.time);
    }
  }

  Timeline& timeline_;
  std::map<std::string, Draft> drafts_;
};

}  // namespace

Timeline timeline_of(const store::LogRead& log) {
  Timeline timeline;
  timeline.torn = log.torn;
  timeline.lines = log.lines.size();
  if (log.lines.empty()) return timeline;
  timeline.bins = kTimelineBins;
  const auto [first, last] = std::ranges::minmax_element(
      log.lines, {}, [](const store::LogLine& line) { return line.activity.time; });
  timeline.from = first->activity.time;
  timeline.to = std::max(last->activity.time, timeline.from + core::Seconds(1));
  Lanes lanes(timeline);
  for (const store::LogLine& line : log.lines) lanes.add(line.activity);
  lanes.take();
  return timeline;
}

}  // namespace gs::streams
