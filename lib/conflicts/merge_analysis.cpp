#include "lib/conflicts/merge_analysis.h"

#include <algorithm>

#include "lib/app/full_check.h"
#include "lib/conflicts/merge_breakage.h"
#include "lib/core/decoder.h"
#include "lib/core/encoder.h"
#include "lib/git/refs/history.h"

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

namespace {

std::vector<Clash> relative(std::vector<Clash> clashes, std::size_t ours) {
  for (Clash& clash : clashes) {
    for (ClashPlace* place : {&clash.first, &clash.second})
      place->side = place->side == ours ? kOurs : kTheirs;
  }
  return clashes;
}

std::vector<Clash> numbered(std::vector<Clash> clashes, std::size_t ours, std::size_t theirs) {
  for (Clash& clash : clashes) {
    for (ClashPlace* place : {&clash.first, &clash.second})
      place->side = place->side == kOurs ? ours : theirs;
  }
  return clashes;
}

std::vector<std::string> undecided_of(const PairMerge& merge) {
  std::vector<std::string> paths;
  for (const git::UnmergedEntry& entry : merge.unmerged) paths.push_back(entry.path);
  return paths;
}

}  // namespace

MergeSide since(const git::Repository& repository, const MergeSide& integration,
                const core::ObjectId& base) {
  MergeSide side = integration;
  side.base = base;
  side.changes = git::changes_between(repository, base, side.tip);
  return side;
}

Meetings::Meetings(app::Session& session, app::BlobKnowledge& knowledge, PairMerger& merger,
                   const std::vector<MergeSide>& sides)
    : session_(session), knowledge_(knowledge), merger_(merger), memory_(session) {
  for (std::size_t i = 0; i < sides.size(); ++i) codes_.push_back({sides[i], i, nullptr});
}

// What will be asked of side after side is cheaper to read together.
template <class Blobs>
void Meetings::learn_at_once(const Blobs& blobs_of) {
  std::vector<core::ObjectId> all;
  for (std::size_t i = 1; i < codes_.size(); ++i) {
    for (const core::ObjectId& blob : blobs_of(codes_[i])) all.push_back(blob);
  }
  knowledge_.learn(all);
}

void Meetings::gather() {
  if (std::exchange(gathered_, true)) return;
  learn_at_once([](const SideCode& code) { return sources_of(code.side); });
  for (std::size_t i = 1; i < codes_.size(); ++i) {
    codes_[i].half =
        std::make_unique<MergeHalf>(session_, knowledge_, codes_[i].side, codes_[i].number);
  }
  learn_at_once([](const SideCode& code) { return code.half->imported_sources(); });
}

MergeHalf& Meetings::half(SideCode& code) {
  gather();
  if (!code.half)
    code.half = std::make_unique<MergeHalf>(session_, knowledge_, code.side, code.number);
  return *code.half;
}

std::unique_ptr<TreeView> Meetings::merged_view(const MergeSide& one, const MergeSide& other,
                                                const PairMerge& merge) {
  if (!merge.tree) return std::make_unique<TreeView>(session_, knowledge_, one.tip, merge.laid);
  return std::make_unique<TreeView>(session_, knowledge_, merger_.commit(one, other, merge));
}

template <class Look>
Meeting Meetings::remembered(const core::ObjectId& key, const Look& look) {
  if (auto known = memory_.find(key)) return std::move(*known);
  Meeting meeting = look();
  memory_.keep(key, meeting);
  return meeting;
}

Meeting Meetings::between(SideCode& ours, SideCode& theirs, const PairMerge& merge) {
  const MergeSide &one = ours.side, &other = theirs.side;
  const core::ObjectId key =
      memory_.key({one.base, one.tip, other.base, other.tip}, merge_key(merge));
  Meeting meeting = remembered(key, [&] {
    MergeHalf &our_half = half(ours), &their_half = half(theirs);
    Meeting found;
    found.meet = meet(our_half, their_half);
    if (found.meet) {
      const auto view = merged_view(one, other, merge);
      found.clashes = relative(
          code_clashes(session_, our_half, their_half, *view, undecided_of(merge)), ours.number);
    }
    found.new_tops = !our_half.new_tops().empty() && !their_half.new_tops().empty();
    return found;
  });
  meeting.clashes = numbered(std::move(meeting.clashes), ours.number, theirs.number);
  return meeting;
}

std::vector<Clash> Meetings::circles(SideCode& ours, SideCode& theirs, const Meeting& meeting) {
  if (!meeting.new_tops) return {};
  const core::ObjectId& tip = codes_.front().side.tip;
  const core::ObjectId key = memory_.key(
      {ours.side.base, ours.side.tip, theirs.side.base, theirs.side.tip, tip}, "circles");
  Meeting closed = remembered(key, [&] {
    if (!graph_) {
      app::Survey survey = app::Survey::of_commit(session_.repository(), tip);
      graph_ = app::graph_of(session_, survey).graph;
    }
    Meeting found;
    found.clashes = relative(circle_clashes(half(ours), half(theirs), *graph_), ours.number);
    return found;
  });
  return numbered(std::move(closed.clashes), ours.number, theirs.number);
}

std::vector<Clash> Meetings::at_step(const MergeSide& before, std::size_t number,
                                     const core::ObjectId& merge) {
  const MergeSide& next = codes_[number].side;
  const core::ObjectId key = memory_.key({before.tip, next.base, next.tip, merge}, "step");
  Meeting meeting = remembered(key, [&] {
    const MergeSide so_far = since(session_.repository(), before, next.base);
    MergeHalf ours(session_, knowledge_, so_far, 0);
    MergeHalf& theirs = half(codes_[number]);
    Meeting found;
    found.meet = meet(ours, theirs);
    if (found.meet) {
      TreeView view(session_, knowledge_, merge);
      found.clashes = relative(code_clashes(session_, ours, theirs, view, {}), 0);
    }
    return found;
  });
  return numbered(std::move(meeting.clashes), 0, number);
}

}  // namespace gs::streams
