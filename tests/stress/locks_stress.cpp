// Real processes fight for the same locks; what they leave behind is judged afterwards.
// usage: locks_stress same|exclusion|killing|logging|deadlock

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "lib/core/error.h"
#include "lib/state/clock.h"
#include "lib/state/journal.h"
#include "lib/state/lock_file.h"
#include "lib/state/lock_store.h"
#include "lib/state/lock_wait.h"
#include "lib/state/locks.h"
#include "tests/stress/worker.h"
#include "tests/support/temp_repo.h"

namespace {

using namespace gs;
using namespace gs::stress;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A number from the environment; otherwise `sample`, or `whole` with GITSTREAM_LONG=1.
int size_of_run(const char* name, int sample, int whole) {
  if (const char* text = std::getenv(name)) return std::atoi(text);
  return std::getenv("GITSTREAM_LONG") == nullptr ? sample : whole;
}

int number_of_processes() {
  return size_of_run("GS_STRESS_PROCESSES", 16, 64);
}

template <class Work>
pid_t start(const Work& child_work) {
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a run that fails leaves nobody behind
  try {
    child_work();
    _exit(0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "child: %s\n", error.what());
    _exit(1);
  }
}

void finish(const std::vector<pid_t>& children) {
  bool fine = true;
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    fine &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  require(fine, "a process failed");
}

void end_by_killing(pid_t child) {
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  require(WIFSIGNALED(status), "a process failed before it was killed");
}

// Who is writing file_locks.json just now, by the redo record and the kernel's list; 0: nobody.
pid_t writer(const state::StateDir& state) {
  state::RedoRecord record;
  state::read_redo(state.root() / state::kRedoFile, record);
  if (record.kind != state::RedoKind::pending) return 0;
  const std::string inode = ":" + std::to_string(record.file.inode) + " ";
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    int pid = 0;
    if (line.find(inode) != line.npos &&
        std::sscanf(line.c_str(), "%*d: FLOCK %*s WRITE %d", &pid) == 1)
      return pid;
  }
  return 0;
}

void stop(pid_t child) {
  kill(child, SIGSTOP);
  waitpid(child, nullptr, WUNTRACED);
}

// Stops everybody until one of them is in the midst of writing, and lets the others go on; that
// one, stopped, or 0: nobody was, whenever that was looked at.
pid_t stop_writer(const state::StateDir& state, const std::vector<pid_t>& children) {
  constexpr int kMostLooks = 200;
  for (int look = 0; look < kMostLooks; ++look) {
    for (const pid_t child : children) stop(child);
    const pid_t found = writer(state);
    for (const pid_t child : children)
      if (child != found) kill(child, SIGCONT);
    if (found != 0) return found;
    std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
  return 0;
}

void no_leftovers(const state::StateDir& state) {
  for (const auto& entry : std::filesystem::directory_iterator(state.root())) {
    require(!entry.path().filename().native().starts_with(".tmp."),
            "left over: " + entry.path().string());
  }
}

void judge(const Run& run, int processes, int seconds) {
  const Witness::Verdict verdict = run.witness.judge();
  require(verdict.expired == 0, "somebody never left");
  const state::LogRead log = state::read_log(run.state.activity(), {});
  require(log.torn == 0, "a torn log line");
  judge_log(log, run.tally);
  require(state::read_locks(run.state).empty(), "a lock was left");
  require(state::load_waiters(run.state).empty(), "a waiter was left");
  no_leftovers(run.state);
  const auto* const first = std::begin(run.tally.turns);
  const auto [least, most] = std::minmax_element(first, first + processes);
  require(*least > 0, "somebody was left out");
  std::printf("%d processes: %.0f acquisitions a second, each %llu to %llu\n", processes,
              static_cast<double>(run.tally.locked.done) / seconds,
              static_cast<unsigned long long>(*least), static_cast<unsigned long long>(*most));
}

// All want all 20 and wait, or: random ones of them, and every fourth does not wait.
void exclusion(Run& run, bool same) {
  const int processes = number_of_processes();
  const int seconds = size_of_run("GS_STRESS_SECONDS", 3, 60);
  if (same) run.most_paths = paths().size();
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    children.push_back(start([&] { Worker(run, i, same || i % 4 != 0).work(end); }));
  }
  finish(children);
  judge(run, processes, seconds);
}

// What must hold at any instant, whoever was killed.
class Inspection {
 public:
  explicit Inspection(const state::StateDir& state) : state_(state) {}

  void look() {
    const auto damages = state_.check();
    require(damages.empty(), damages.empty() ? "" : damages[0].file.string() + damages[0].why);
    const state::LockFile file = state::parse_lock_file(state::read_lock_text(state_)->bytes());
    const state::Json* const top = file.top.find("generation");
    const std::uint64_t generation = top == nullptr ? 0 : top->natural().value_or(0);
    require(generation >= highest_ && generation >= file.generation, "the generation went back");
    highest_ = generation;
    ++looks_;
  }
  std::uint64_t highest() const { return highest_; }
  std::uint64_t looks() const { return looks_; }

 private:
  const state::StateDir& state_;
  std::uint64_t highest_ = 0, looks_ = 0;
};

// The killed leave locks that last for two seconds more; half of the processes want single paths
// without waiting, so that kills also hit those who write.
void killing(Run& run) {
  const int processes = std::min(number_of_processes(), 24);
  const int kills = size_of_run("GS_STRESS_KILLS", 100, 1800);
  const auto never = Clock::now() + std::chrono::hours(1);
  run.ttl = core::Seconds{2};
  run.most_paths = 2;
  run.longest_stay = 60;
  int started = 0;
  const auto begin = [&] {
    const int number = started++;
    return start([&] { Worker(run, number, number % 2 == 0).work(never); });
  };
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) children.push_back(begin());
  std::mt19937 random(7);
  Inspection inspection(run.state);
  int writing = 0;
  for (int i = 0; i < kills; ++i) {
    const auto until = Clock::now() + std::chrono::microseconds(random() % 20000);
    do inspection.look();
    while (Clock::now() < until);
    const pid_t stopped = i % 4 == 2 ? stop_writer(run.state, children) : 0;
    const pid_t wanted = i % 4 == 0   ? run.tally.asking.load()
                         : i % 4 == 1 ? run.tally.staying.load()
                                      : stopped;
    auto victim = std::find(children.begin(), children.end(), wanted);
    if (victim == children.end())
      victim = children.begin() + static_cast<int>(random() % children.size());
    if (*victim != stopped) stop(*victim);
    writing += writer(run.state) == *victim ? 1 : 0;
    end_by_killing(*victim);
    *victim = begin();
  }
  for (const pid_t child : children) end_by_killing(child);
  state::LockRequest request;
  request.paths = paths();
  request.agent = "agent-Last";
  const auto outcome = state::acquire_waiting(run.state, request, state::now() + core::Seconds{30});
  require(outcome.taken.size() == 20, "the survivor does not get the locks");
  run.witness.note("enter", outcome.taken, -1);
  inspection.look();
  require(outcome.taken[0].generation == inspection.highest(), "not the last generation");
  const Witness::Verdict verdict = run.witness.judge();
  const state::LogRead log = state::read_log(run.state.activity(), {});
  require(log.torn <= static_cast<std::size_t>(started), "torn log lines without a kill");
  judge_log(log, run.tally);
  require(state::load_waiters(run.state).empty(), "a dead waiter was left");
  no_leftovers(run.state);
  std::printf("%d kills, %d of them while writing; %llu looks, %llu entered, %llu died inside\n",
              kills, writing, static_cast<unsigned long long>(inspection.looks()),
              static_cast<unsigned long long>(verdict.entered),
              static_cast<unsigned long long>(verdict.expired));
  require(verdict.expired > 0, "no kill hit a holder");
  require(writing > 0, "no kill hit a writer");
}

// All do nothing but log: no line is lost, torn or written into another.
void logging(Run& run) {
  const int lines = size_of_run("GS_STRESS_LINES", 500, 3000);
  std::vector<pid_t> children;
  for (int i = 0; i < number_of_processes(); ++i) {
    children.push_back(start([&] {
      for (int line = 0; line < lines; ++line) {
        log_turn(run.state.activity(), "agent-S" + std::to_string(i), "locked", run.tally.locked);
      }
    }));
  }
  finish(children);
  const state::LogRead log = state::read_log(run.state.activity(), {});
  require(log.torn == 0, "a torn log line");
  judge_log(log, run.tally);
}

void deadlock(const Run& run) {
  const state::StateDir& state = run.state;
  const auto wish = [](const char* agent, const char* path) {
    state::LockRequest request;
    request.agent = agent;
    request.paths = {path};
    return request;
  };
  state::acquire(state, wish("agent-F1", "llm/a.py"), state::now());
  state::acquire(state, wish("agent-F2", "llm/b.py"), state::now());
  const pid_t other = start([&] {
    const auto outcome = state::acquire_waiting(state, wish("agent-F2", "llm/a.py"),
                                                state::now() + core::Seconds{60});
    require(outcome.taken.size() == 1, "the lock did not come");
  });
  while (!std::filesystem::exists(state.waits())) std::this_thread::sleep_for(milliseconds(1));
  const auto before = Clock::now();
  try {
    state::acquire_waiting(state, wish("agent-F1", "llm/b.py"), state::now() + core::Seconds{60});
    require(false, "the cycle was not seen");
  } catch (const core::Error& error) {
    require(error.code() == core::ExitCode::findings, error.what());
    std::printf("%s (after %.1f ms)\n", error.what(),
                std::chrono::duration<double, std::milli>(Clock::now() - before).count());
  }
  state::release(state, {}, "agent-F1", false, state::now());
  finish({other});
}

}  // namespace

int main(int argc, char** argv) {
  const std::string scene = argc == 2 ? argv[1] : "";
  try {
    const test::TempFolder folder;
    Run run(folder.path());
    if (scene == "same" || scene == "exclusion")
      exclusion(run, scene == "same");
    else if (scene == "killing")
      killing(run);
    else if (scene == "logging")
      logging(run);
    else if (scene == "deadlock")
      deadlock(run);
    else
      return 2;
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", scene.c_str(), error.what());
    return 1;
  }
}
