// Real processes fight for the same locks; what they leave behind is judged afterwards.
// usage: locks_stress exclusion|killing|deadlock

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "lib/core/error.h"
#include "lib/store/clock.h"
#include "lib/store/journal.h"
#include "lib/store/locks.h"
#include "tests/support/temp_repo.h"

namespace {

using namespace gs;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

int number_from(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

void require(bool fine, const std::string& what) {
  if (!fine) throw std::runtime_error(what);
}

std::vector<std::string> paths() {
  std::vector<std::string> all;
  for (int i = 0; i < 20; ++i) all.push_back("llm/module_" + std::to_string(i) + ".py");
  return all;
}

void log_turn(const store::StateDir& state, const std::string& agent, const char* action,
              std::uint64_t generation) {
  store::append(state.activity(),
                {store::now(), agent, "S", action, {{"generation", std::to_string(generation)}}});
}

// Takes all paths, enters, leaves, releases, until the time is up.
void work(const store::StateDir& state, const std::string& agent, Clock::time_point end) {
  store::LockRequest request;
  request.paths = paths();
  request.agent = agent;
  request.stream = "S";
  request.ttl = core::Seconds{2};  // the locks of the killed are free soon
  while (Clock::now() < end) {
    const auto outcome = store::acquire_waiting(state, request, store::now() + core::Seconds{20});
    const auto& got = outcome.taken.empty() ? outcome.renewed : outcome.taken;
    if (got.empty()) continue;
    log_turn(state, agent, "enter", got[0].generation);
    log_turn(state, agent, "leave", got[0].generation);
    store::release(state, {}, agent, false, store::now());
  }
}

template <class Work>
pid_t start(const Work& child_work) {
  const pid_t child = fork();
  if (child != 0) return child;
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

void no_leftovers(const store::StateDir& state) {
  for (const auto& entry : std::filesystem::directory_iterator(state.root())) {
    require(!entry.path().filename().native().starts_with(".tmp."),
            "left over: " + entry.path().string());
  }
}

void exclusion(const store::StateDir& state) {
  const int processes = number_from("GS_STRESS_PROCESSES", 64);
  const int seconds = number_from("GS_STRESS_SECONDS", 10);
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    children.push_back(start([&] { work(state, "agent-S" + std::to_string(i), end); }));
  }
  finish(children);
  const store::LogRead log = store::read_log(state.activity(), {});
  require(log.torn == 0 && log.lines.size() % 2 == 0, "a torn or lost log line");
  std::set<std::string> agents;
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < log.lines.size(); i += 2) {
    const auto &enter = log.lines[i].activity, &leave = log.lines[i + 1].activity;
    const std::uint64_t generation = std::stoull(enter.fields.at(0).second);
    require(enter.action == "enter" && leave.action == "leave" && enter.agent == leave.agent &&
                enter.fields == leave.fields,
            "two holders at once at line " + std::to_string(i));
    require(generation == last + 1, "an acquisition was lost or a generation given twice");
    last = generation;
    agents.insert(enter.agent);
  }
  require(store::read_locks(state).empty(), "a lock was left");
  require(agents.size() == static_cast<std::size_t>(processes),
          "only " + std::to_string(agents.size()) + " processes got on");
  no_leftovers(state);
  std::printf("%d processes: %.0f acquisitions a second, nobody left out\n", processes,
              static_cast<double>(last) / seconds);
}

void killing(const store::StateDir& state) {
  const int processes = number_from("GS_STRESS_PROCESSES", 24);
  constexpr int kKills = 300;
  const auto never = Clock::now() + std::chrono::hours(1);
  std::vector<pid_t> children;
  const auto begin = [&](int i) {
    return start([&] { work(state, "agent-S" + std::to_string(i), never); });
  };
  for (int i = 0; i < processes; ++i) children.push_back(begin(i));
  std::mt19937 random(7);
  std::uint64_t highest = 0, reads = 0;
  const auto look = [&] {
    require(state.check().empty(), "a damaged state file");
    std::uint64_t now_highest = 0;
    for (const core::Lock& lock : store::read_locks(state)) {
      now_highest = std::max(now_highest, lock.generation);
    }
    require(now_highest == 0 || now_highest >= highest, "a generation went back");
    highest = std::max(highest, now_highest);
    ++reads;
  };
  for (int kills = 0; kills < kKills; ++kills) {
    const auto until = Clock::now() + milliseconds(5 + random() % 30);
    while (Clock::now() < until) look();
    const auto victim = random() % children.size();
    kill(children[victim], SIGKILL);
    waitpid(children[victim], nullptr, 0);
    children[victim] = begin(static_cast<int>(victim));
  }
  for (const pid_t child : children) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  store::LockRequest request;
  request.paths = paths();
  request.agent = "agent-Last";
  const auto outcome = store::acquire_waiting(state, request, store::now() + core::Seconds{10});
  require(outcome.taken.size() == 20 && outcome.taken[0].generation > highest,
          "the survivor does not get the locks");
  look();
  no_leftovers(state);
  std::printf("%d kills, %llu reads in between, generation %llu: always whole\n", kKills,
              static_cast<unsigned long long>(reads), static_cast<unsigned long long>(highest));
}

void deadlock(const store::StateDir& state) {
  const auto wish = [](const char* agent, const char* path) {
    store::LockRequest request;
    request.agent = agent;
    request.paths = {path};
    return request;
  };
  store::acquire(state, wish("agent-F1", "llm/a.py"), store::now());
  store::acquire(state, wish("agent-F2", "llm/b.py"), store::now());
  const pid_t other = start([&] {
    const auto outcome = store::acquire_waiting(state, wish("agent-F2", "llm/a.py"),
                                                store::now() + core::Seconds{60});
    require(outcome.taken.size() == 1, "the lock did not come");
  });
  while (!std::filesystem::exists(state.waits())) std::this_thread::sleep_for(milliseconds(1));
  const auto before = Clock::now();
  try {
    store::acquire_waiting(state, wish("agent-F1", "llm/b.py"), store::now() + core::Seconds{60});
    require(false, "the cycle was not seen");
  } catch (const core::Error& error) {
    require(error.code() == core::ExitCode::findings, error.what());
    std::printf("%s (after %.1f ms)\n", error.what(),
                std::chrono::duration<double, std::milli>(Clock::now() - before).count());
  }
  store::release(state, {}, "agent-F1", false, store::now());
  finish({other});
}

}  // namespace

int main(int argc, char** argv) {
  const std::string scene = argc == 2 ? argv[1] : "";
  try {
    const test::TempFolder folder;
    const store::StateDir state(folder.path() / "state");
    state.create();
    if (scene == "exclusion")
      exclusion(state);
    else if (scene == "killing")
      killing(state);
    else if (scene == "deadlock")
      deadlock(state);
    else
      return 2;
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", scene.c_str(), error.what());
    return 1;
  }
}
