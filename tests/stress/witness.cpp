#include "tests/stress/witness.h"

#include <fcntl.h>
#include <fstream>
#include <map>
#include <new>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/state/clock.h"

namespace gs::stress {

namespace {

struct Stay {
  int holder = 0;
  std::uint64_t generation = 0;
  std::int64_t expires = 0;
  bool inside = false;
};

}  // namespace

void require(bool fine, const std::string& what) {
  if (!fine) throw std::runtime_error(what);
}

void Witness::note(const char* what, const std::vector<core::Lock>& locks, int holder) const {
  std::string lines;
  for (const core::Lock& lock : locks) {
    lines += std::string(what) + ' ' + lock.path + ' ' + std::to_string(holder) + ' ' +
             std::to_string(lock.generation) + ' ' +
             std::to_string(lock.expires.time_since_epoch().count()) + ' ' +
             std::to_string(state::now().time_since_epoch().count()) + '\n';
  }
  const int file = open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  const bool fine = write(file, lines.data(), lines.size()) == static_cast<ssize_t>(lines.size());
  close(file);
  require(fine, "the witness cannot write");
}

Witness::Verdict Witness::judge() const {
  std::ifstream lines(file_);
  std::map<std::string, Stay> stays;
  Verdict verdict;
  std::string what, path;
  Stay next;
  std::int64_t time = 0;
  while (lines >> what >> path >> next.holder >> next.generation >> next.expires >> time) {
    Stay& last = stays[path];
    const bool same = last.holder == next.holder && last.generation == next.generation;
    const std::string who = path + ": " + what + " of " + std::to_string(next.holder);
    if (what == "leave") {
      require((same && last.inside) || next.expires <= time, who + ", who is not in");
      if (same) last.inside = false;
      continue;
    }
    require(!last.inside || last.expires <= time,
            who + " while " + std::to_string(last.holder) + " is in");
    require(next.generation > last.generation, who + " with a generation that went back");
    verdict.expired += last.inside ? 1 : 0;
    ++verdict.entered;
    last = next;
    last.inside = true;
  }
  require(lines.eof() && what.find_first_not_of(' ') != what.npos, "the witness is torn");
  return verdict;
}

Tally& Tally::make_shared() {
  void* const memory =
      mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  require(memory != MAP_FAILED, "no shared memory");
  return *new (memory) Tally;
}

void log_turn(const std::filesystem::path& log, const std::string& agent, const char* action,
              Tally::Count& count) {
  ++count.begun;
  state::append(log, {state::now(), agent, "S", action, {}});
  ++count.done;
}

void judge_log(const state::LogRead& log, const Tally& tally) {
  std::uint64_t locked = 0, released = 0;
  for (const state::LogLine& line : log.lines) {
    if (line.activity.action == "locked") ++locked;
    if (line.activity.action == "released") ++released;
  }
  const auto judge = [](const char* action, std::uint64_t found, const Tally::Count& count) {
    require(found >= count.done && found <= count.begun,
            std::to_string(found) + " lines \"" + action + "\" for " + std::to_string(count.done) +
                " to " + std::to_string(count.begun));
  };
  judge("locked", locked, tally.locked);
  judge("released", released, tally.released);
  require(log.lines.size() == locked + released, "a line of nobody");
}

}  // namespace gs::stress
