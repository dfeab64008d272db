#include "lib/coordination/table_turn.h"

#include <algorithm>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include "lib/coordination/log_lines.h"
#include "lib/core/error.h"
#include "lib/platform/boot_clock.h"

namespace gs::coordination {

namespace {

using platform::boot_time;

// Waits that grow, differently for everybody, until the patience is over.
class Retries {
 public:
  explicit Retries(std::chrono::milliseconds patience) : end_(boot_time() + patience) {}

  bool wait() {
    if (boot_time() >= end_) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(random_() % longest_));
    longest_ = std::min(2 * longest_, kLongest);
    return true;
  }

 private:
  static constexpr std::uint32_t kLongest = 2'000;  // milliseconds
  const BootTime end_;
  std::uint32_t longest_ = 40;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) state::fail("make", folder, error.value());
}

TableTurn::TableTurn(const MemoryFile& file, std::filesystem::path activity,
                     std::chrono::milliseconds patience)
    : file_(file),
      activity_(std::move(activity)),
      patience_(patience),
      lock_(file_.lock()),
      memory_(file_.load()) {}

SeenLeases TableTurn::seen() const {
  return seen_leases(memory_.host, boot_time());
}

void TableTurn::check_history(const Snapshot& snapshot) {
  const Snapshot& known = memory_.host.known;
  std::optional<std::string> before;
  if (!known.tip.empty() && snapshot.table.last > known.table.last) before = tip_before(snapshot);
  static constexpr const char* kFaults[] = {
      "", "are gone", "are those of another store, begun anew", "go back to an earlier state",
      "were written anew: what this clone has seen is not in their history"};
  const HistoryFault fault = history_fault(known, snapshot, before);
  if (fault == HistoryFault::none) return;
  throw core::Error(core::ExitCode::broken, name() + ' ' + kFaults[static_cast<std::size_t>(fault)],
                    "if that is meant to be: rm " + file_.file().string() +
                        ", and this clone begins anew, as another host");
}

std::vector<Unanswered> TableTurn::take_in(const Snapshot& snapshot) {
  Settled settled = settle(memory_.host, snapshot, boot_time(), new_host_id());
  for (const Unanswered& change : settled.made) log_once(activity_, change, true);
  for (const Unanswered& change : settled.uncertain) log_once(activity_, change, false);
  memory_.host = std::move(settled.memory);
  file_.save(memory_);
  return std::move(settled.made);
}

std::vector<Unanswered> TableTurn::refresh() {
  const BootTime asked = boot_time();
  const Snapshot snapshot = read_table();
  check_history(snapshot);
  memory_.read = asked;
  return take_in(snapshot);
}

// Its first number is beyond those of a store that was there before and is forgotten.
void TableTurn::begin_store() {
  using namespace std::chrono;
  LeaseTable& table = memory_.host.known.table;
  table.store = new_store_id();
  table.last = {static_cast<std::uint64_t>(
      duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count())};
}

ChangeOutcome TableTurn::change(const ChangeRequest& request) {
  Retries retries(patience_);
  std::vector<Nonce> tried;
  for (;;) {
    const BootTime asked = boot_time();
    for (Unanswered& made : refresh())
      if (std::find(tried.begin(), tried.end(), made.nonce) != tried.end())
        return std::move(made.outcome);
    if (memory_.host.known.tip.empty()) begin_store();
    tried.push_back(new_nonce());
    Attempt attempt =
        coordination::attempt(memory_.host, request, tried.back(), asked, boot_time());
    if (!attempt.proposal.changed) return std::move(attempt.proposal.outcome);
    Snapshot next = write(attempt.proposal.table);
    memory_.host = std::move(attempt.memory);
    memory_.host.unanswered.back().log_end = log_size(activity_);
    file_.save(memory_);
    const SwapResult result = swap(next);
    if (result.answer == SwapAnswer::moved) {
      take_in(next);
      return std::move(attempt.proposal.outcome);
    }
    if (result.answer != SwapAnswer::unknown)
      memory_.host.unanswered.pop_back();  // it says that this was not made
    if (result.answer == SwapAnswer::stopped) {
      file_.save(memory_);
      return {};
    }
    if (result.answer == SwapAnswer::refused) refused(result);
    if (!retries.wait())
      throw core::Error(result.answer == SwapAnswer::unknown ? core::ExitCode::unreachable
                                                             : core::ExitCode::broken,
                        "cannot change " + name() + ": " + result.why,
                        "try again; what was made all the same shows then");
  }
}

}  // namespace gs::coordination
