#include "lib/coordination/git/git_store.h"

#include <optional>
#include <utility>

#include "lib/coordination/git/event_log.h"
#include "lib/coordination/log_lines.h"
#include "lib/coordination/table_format.h"
#include "lib/coordination/table_turn.h"
#include "lib/core/error.h"
#include "lib/platform/boot_clock.h"

namespace gs::coordination {

namespace {

using platform::boot_time;

constexpr char kFile[] = "leases";
// Of a change, the commit and the tree.
constexpr std::uint64_t kObjects = 512;
constexpr std::uint64_t kMostBack = 1'000'000'000;  // git counts so far

SwapAnswer swap_answer(PushAnswer answer) {
  switch (answer) {
    case PushAnswer::moved:
      return SwapAnswer::moved;
    case PushAnswer::stale:
      return SwapAnswer::stale;
    case PushAnswer::refused:
      return SwapAnswer::refused;
    case PushAnswer::stopped:
      return SwapAnswer::stopped;
    default:
      return SwapAnswer::unknown;  // `same` is no answer to a commit that is new
  }
}

std::string leases_ref(bool below_heads) {
  return below_heads ? kLeasesRefHeads : kLeasesRef;
}

}  // namespace

class GitStore::Turn : public TableTurn {
 public:
  explicit Turn(const GitStore& store, PushLeases push = {})
      : TableTurn(store.file_, store.options_.activity, store.options_.patience),
        options_(store.options_),
        push_(std::move(push)) {}

  LogRefs log_refs() const {
    return {options_.place, memory().host.self, memory().refs.below_heads};
  }
  void refuse_refs() {
    memory().refs.below_heads = true;
    file().save(memory());
  }

 private:
  std::string name() const override {
    return "the leases of " + shown_address(options_.place.address);
  }
  Snapshot read_table() override;
  std::optional<std::string> tip_before(const Snapshot& read) override;
  Snapshot write(const LeaseTable& table) override;
  SwapResult swap(Snapshot& next) override;
  void refused(const SwapResult& result) override;

  const GitStoreOptions& options_;
  const PushLeases push_;             // for changes
  bool cutting_ = false;              // the commit that was written last has no parent
  std::string refused_tip_ = "none";  // where the remote refused a push last
};

Snapshot GitStore::Turn::read_table() {
  fetch(options_.place,
        {"+refs/stream/lease*:refs/stream/seen/lease*",
         "+refs/heads/stream/lease*:refs/stream/seen/heads/lease*"},
        true);
  auto file = read_file(options_.place, kLeasesSeen, kFile, kTableLimit, name());
  auto below_heads = read_file(options_.place, kLeasesSeenHeads, kFile, kTableLimit, name());
  if (file && below_heads)
    throw core::Error(core::ExitCode::broken,
                      name() +
                          " are in two refs, refs/stream/leases and "
                          "refs/heads/stream/leases, and only one of them can be right",
                      "see who uses which: git log refs/stream/seen/leases "
                      "refs/stream/seen/heads/leases; then remove the other from the remote");
  if (file || below_heads) memory().refs.below_heads = !file;
  if (!file) file = std::move(below_heads);
  if (!file) return {};
  try {
    ReadTable read = parse_table(file->content);
    return {file->commit, std::move(read.table), read.history};
  } catch (const core::JsonError& error) {
    fail_damaged(name(), error.what(), memory().refs.below_heads ? kLeasesSeenHeads : kLeasesSeen);
  }
}

// Each change is one commit, so the remembered tip must be as many commits back as there were
// changes since. No history is longer than kMostBack.
std::optional<std::string> GitStore::Turn::tip_before(const Snapshot& read) {
  const std::uint64_t back = read.table.last.number - memory().host.known.table.last.number;
  if (back >= kMostBack) return std::nullopt;
  const std::string id = git_output(
      options_.place,
      {"rev-list", "--first-parent", "-n", "1", "--skip=" + std::to_string(back), read.tip, "--"});
  return id.empty() ? std::nullopt : std::optional(id);
}

Snapshot GitStore::Turn::write(const LeaseTable& table) {
  const Snapshot& known = memory().host.known;
  const std::uint64_t size = render_table(table, 0).size() + kObjects;
  cutting_ = !known.tip.empty() && !memory().refs.never_cut &&
             known.history + size > options_.most_history;
  const std::uint64_t history = size + (cutting_ ? 0 : known.history);
  const std::string id = write_commit(
      options_.place, {kFile, render_table(table, history),
                       "Change " + std::to_string(table.last.number) +
                           " of the leases\n\nHost: " + memory().host.self.str() + '\n',
                       cutting_ ? "" : known.tip});
  return {id, table, history};
}

SwapResult GitStore::Turn::swap(Snapshot& next) {
  PushResult result =
      push_({next.tip, leases_ref(memory().refs.below_heads), memory().host.known.tip, next.table});
  return {swap_answer(result.answer), std::move(result.why)};
}

// What the remote refuses twice at the same tip it refuses for a reason: it takes no history that
// is cut, or no refs but branches.
void GitStore::Turn::refused(const SwapResult& result) {
  const std::string& tip = memory().host.known.tip;
  if (std::exchange(refused_tip_, tip) != tip) return;
  refused_tip_ = "none";
  if (cutting_) {
    memory().refs.never_cut = true;
  } else if (tip.empty() && !memory().refs.below_heads) {
    memory().refs.below_heads = true;
  } else {
    file().save(memory());
    throw core::Error(core::ExitCode::broken,
                      shown_address(options_.place.address) + " refuses changes of " +
                          leases_ref(memory().refs.below_heads) + ": " + result.why,
                      "have its rules for refs and pushes allow it");
  }
}

GitStore::GitStore(GitStoreOptions options)
    : options_(std::move(options)), file_(options_.place.git_dir / "stream" / "coordination") {
  make_folder(file_.folder());
}

ChangeOutcome GitStore::change(const ChangeRequest& request) {
  return change_with(request, [&](const LeasesMove& move) {
    return push(options_.place, move.commit, move.ref, move.expected);
  });
}

ChangeOutcome GitStore::change_with(const ChangeRequest& request, const PushLeases& push) {
  return Turn(*this, push).change(request);
}

bool is_leases_ref(std::string_view ref) {
  return ref == kLeasesRef || ref == kLeasesRefHeads;
}

bool is_store_ref(std::string_view ref) {
  return is_leases_ref(ref) || ref.starts_with("refs/stream/log/") ||
         ref.starts_with("refs/heads/stream/log/");
}

SeenLeases GitStore::read() {
  Turn turn(*this);
  turn.refresh();
  return turn.seen();
}

SeenLeases GitStore::local_copy() const {
  const auto memory = file_.peek();
  return memory ? seen_leases(memory->host, boot_time()) : SeenLeases{};
}

std::size_t GitStore::publish() {
  Turn turn(*this);
  turn.refresh();
  const std::size_t lines = write_events(turn.log_refs(), options_.activity);
  if (push_events(turn.log_refs())) return lines;
  turn.refuse_refs();
  push_events(turn.log_refs());
  return lines;
}

ReadEvents GitStore::events_since(const LogPosition& position) {
  const Turn turn(*this);
  return read_events(turn.log_refs(), position);
}

}  // namespace gs::coordination
