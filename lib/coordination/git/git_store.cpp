#include "lib/coordination/git/git_store.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "lib/coordination/git/event_log.h"
#include "lib/coordination/log_lines.h"
#include "lib/coordination/table_format.h"
#include "lib/core/error.h"
#include "lib/platform/boot_clock.h"
#include "lib/state/files.h"

namespace gs::coordination {

namespace fs = std::filesystem;

namespace {

using platform::boot_time;

constexpr char kFile[] = "leases";
constexpr char kFetched[] = "refs/stream/seen/leases",
               kFetchedHeads[] = "refs/stream/seen/heads/leases";
// Of a change, the commit and the tree.
constexpr std::uint64_t kObjects = 512;
constexpr std::uint64_t kMostBack = 1'000'000'000;  // git counts so far

std::string leases_ref(bool below_heads) {
  return below_heads ? "refs/heads/stream/leases" : "refs/stream/leases";
}

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

// One run of something that changes this clone's memory; nobody else's is at the same time.
class GitStore::Turn {
 public:
  explicit Turn(const GitStore& store)
      : options_(store.options_), file_(store.file_), lock_(file_.lock()), memory_(file_.load()) {}

  // What the store holds now is known from here on. Returns own changes that turned out to be made.
  std::vector<Unanswered> refresh();
  ChangeOutcome change(const ChangeRequest& request);
  SeenLeases seen() const { return seen_leases(memory_.host, boot_time()); }
  LogRefs log_refs() const { return {options_.place, memory_.host.self, memory_.refs.below_heads}; }
  void refuse_refs() {
    memory_.refs.below_heads = true;
    file_.save(memory_);
  }

 private:
  std::string of_address() const {
    return "the leases of " + shown_address(options_.place.address);
  }
  Snapshot fetched();
  void check_history(const Snapshot& snapshot) const;
  std::vector<Unanswered> take_in(const Snapshot& snapshot);
  void begin_store();
  Snapshot write(const LeaseTable& table);
  PushResult push(const Snapshot& next) const;
  void refused(const PushResult& result);

  const GitStoreOptions& options_;
  const MemoryFile& file_;
  const state::FileLock lock_;
  ClonesMemory memory_;
  bool cutting_ = false;              // the commit that was written last has no parent
  std::string refused_tip_ = "none";  // where the remote refused a push last
};

Snapshot GitStore::Turn::fetched() {
  fetch(options_.place,
        {"+refs/stream/lease*:refs/stream/seen/lease*",
         "+refs/heads/stream/lease*:refs/stream/seen/heads/lease*"},
        true);
  auto file = read_file(options_.place, kFetched, kFile, kTableLimit, of_address());
  auto below_heads = read_file(options_.place, kFetchedHeads, kFile, kTableLimit, of_address());
  if (file && below_heads)
    throw core::Error(core::ExitCode::broken,
                      of_address() +
                          " are in two refs, refs/stream/leases and "
                          "refs/heads/stream/leases, and only one of them can be right",
                      "see who uses which: git log refs/stream/seen/leases "
                      "refs/stream/seen/heads/leases; then remove the other from the remote");
  if (file || below_heads) memory_.refs.below_heads = !file;
  if (!file) file = std::move(below_heads);
  if (!file) return {};
  try {
    ReadTable read = parse_table(file->content);
    return {file->commit, std::move(read.table), read.history};
  } catch (const core::JsonError& error) {
    throw core::Error(core::ExitCode::broken, of_address() + " are damaged: " + error.what(),
                      "nobody gets a lease until its ref is set back: git log " +
                          std::string(memory_.refs.below_heads ? kFetchedHeads : kFetched));
  }
}

// Each change is one commit, so the remembered tip must be as many commits back as there were
// changes since. No history is longer than kMostBack.
void GitStore::Turn::check_history(const Snapshot& snapshot) const {
  const Snapshot& known = memory_.host.known;
  std::optional<std::string> before;
  const std::uint64_t back = snapshot.table.last.number - known.table.last.number;
  if (!known.tip.empty() && snapshot.table.last > known.table.last && back < kMostBack) {
    const std::string id =
        git_output(options_.place, {"rev-list", "--first-parent", "-n", "1",
                                    "--skip=" + std::to_string(back), snapshot.tip, "--"});
    if (!id.empty()) before = id;
  }
  static constexpr const char* kFaults[] = {
      "", "are gone", "are those of another store, begun anew", "go back to an earlier state",
      "were written anew: what this clone has seen is not in their history"};
  const HistoryFault fault = history_fault(known, snapshot, before);
  if (fault == HistoryFault::none) return;
  throw core::Error(core::ExitCode::broken,
                    of_address() + ' ' + kFaults[static_cast<std::size_t>(fault)],
                    "if that is meant to be: rm " + file_.file().string() +
                        ", and this clone begins anew, as another host");
}

std::vector<Unanswered> GitStore::Turn::take_in(const Snapshot& snapshot) {
  Settled settled = settle(memory_.host, snapshot, boot_time(), new_host_id());
  for (const Unanswered& change : settled.made) log_once(options_.activity, change, true);
  for (const Unanswered& change : settled.uncertain) log_once(options_.activity, change, false);
  memory_.host = std::move(settled.memory);
  file_.save(memory_);
  return std::move(settled.made);
}

std::vector<Unanswered> GitStore::Turn::refresh() {
  const BootTime asked = boot_time();
  const Snapshot snapshot = fetched();
  check_history(snapshot);
  memory_.read = asked;
  return take_in(snapshot);
}

// Its first number is beyond those of a store that was there before and is forgotten.
void GitStore::Turn::begin_store() {
  using namespace std::chrono;
  LeaseTable& table = memory_.host.known.table;
  table.store = new_store_id();
  table.last = {static_cast<std::uint64_t>(
      duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count())};
}

Snapshot GitStore::Turn::write(const LeaseTable& table) {
  const Snapshot& known = memory_.host.known;
  const std::uint64_t size = render_table(table, 0).size() + kObjects;
  cutting_ =
      !known.tip.empty() && !memory_.refs.never_cut && known.history + size > options_.most_history;
  const std::uint64_t history = size + (cutting_ ? 0 : known.history);
  const std::string id =
      write_commit(options_.place, {kFile, render_table(table, history),
                                    "Change " + std::to_string(table.last.number) +
                                        " of the leases\n\nHost: " + memory_.host.self.str() + '\n',
                                    cutting_ ? "" : known.tip});
  return {id, table, history};
}

PushResult GitStore::Turn::push(const Snapshot& next) const {
  return coordination::push(options_.place, next.tip, leases_ref(memory_.refs.below_heads),
                            memory_.host.known.tip);
}

// What the remote refuses twice at the same tip it refuses for a reason: it takes no history that
// is cut, or no refs but branches.
void GitStore::Turn::refused(const PushResult& result) {
  const std::string& tip = memory_.host.known.tip;
  if (std::exchange(refused_tip_, tip) != tip) return;
  refused_tip_ = "none";
  if (cutting_) {
    memory_.refs.never_cut = true;
  } else if (tip.empty() && !memory_.refs.below_heads) {
    memory_.refs.below_heads = true;
  } else {
    file_.save(memory_);
    throw core::Error(core::ExitCode::broken,
                      shown_address(options_.place.address) + " refuses changes of " +
                          leases_ref(memory_.refs.below_heads) + ": " + result.why,
                      "have its rules for refs and pushes allow it");
  }
}

ChangeOutcome GitStore::Turn::change(const ChangeRequest& request) {
  Retries retries(options_.patience);
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
    const Snapshot next = write(attempt.proposal.table);
    memory_.host = std::move(attempt.memory);
    memory_.host.unanswered.back().log_end = log_size(options_.activity);
    file_.save(memory_);
    const PushResult result = push(next);
    if (result.answer == PushAnswer::moved) {
      take_in(next);
      return std::move(attempt.proposal.outcome);
    }
    if (result.answer == PushAnswer::stale || result.answer == PushAnswer::refused)
      memory_.host.unanswered.pop_back();  // it says that this was not made
    if (result.answer == PushAnswer::refused) refused(result);
    if (!retries.wait())
      throw core::Error(result.answer == PushAnswer::unknown ? core::ExitCode::unreachable
                                                             : core::ExitCode::broken,
                        "cannot change " + of_address() + ": " + result.why,
                        "try again; what was made all the same shows then");
  }
}

GitStore::GitStore(GitStoreOptions options)
    : options_(std::move(options)), file_(options_.place.git_dir / "stream" / "coordination") {
  std::error_code error;
  fs::create_directories(file_.folder(), error);
  if (error) state::fail("make", file_.folder(), error.value());
}

ChangeOutcome GitStore::change(const ChangeRequest& request) {
  return Turn(*this).change(request);
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
