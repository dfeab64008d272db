#include "lib/conflicts/clash_memory.h"

#include <algorithm>

#include "lib/core/decoder.h"
#include "lib/core/encoder.h"

namespace gs::core {

template <>
inline constexpr std::uint64_t kValues<streams::ClashKind> =
    static_cast<std::uint64_t>(streams::ClashKind::imports) + 1;

}  // namespace gs::core

namespace gs::streams {

namespace {

// Its number counts up whenever a merge of the same commits may come to something else.
constexpr char kMeetingKind[] = "meeting 1";

}  // namespace

static void each(auto& visit, core::Is<ClashPlace> auto& place) {
  visit(place.side, place.path, place.who, place.line);
}
static void each(auto& visit, core::Is<ConflictHunk> auto& hunk) {
  visit(hunk.line, hunk.ours, hunk.theirs);
}
static void each(auto& visit, core::Is<Clash> auto& clash) {
  visit(clash.kind, clash.blocks, clash.first, clash.second, clash.message, clash.next,
        clash.hunks);
}
static void each(auto& visit, core::Is<Meeting> auto& meeting) {
  visit(meeting.meet, meeting.new_tops, meeting.clashes);
}

std::string freeze(const Meeting& meeting) {
  core::Encoder encoder;
  encoder(meeting);
  return encoder.take();
}

std::optional<Meeting> thaw_meeting(std::string_view bytes) {
  core::Decoder decoder(bytes);
  Meeting meeting;
  decoder(meeting);
  const auto known = [](const Clash& clash) {
    return clash.first.side <= kTheirs && clash.second.side <= kTheirs;
  };
  if (!decoder.complete() || !std::ranges::all_of(meeting.clashes, known)) return std::nullopt;
  return meeting;
}

std::string merge_key(const PairMerge& merge) {
  if (!merge.tree) return "laid";
  std::string key = merge.tree->hex();
  for (const git::UnmergedEntry& entry : merge.unmerged) key += entry.path + '\0';
  return key;
}

core::ObjectId ClashMemory::key(const std::vector<core::ObjectId>& commits,
                                const std::string& more) const {
  return memory_.key(kMeetingKind, commits, more);
}

std::optional<Meeting> ClashMemory::find(const core::ObjectId& key) {
  const auto known = memory_.find(key);
  return known ? thaw_meeting(*known) : std::nullopt;
}

void ClashMemory::keep(const core::ObjectId& key, const Meeting& meeting) {
  memory_.keep(key, freeze(meeting));
}

}  // namespace gs::streams
