#include "lib/platform/flock_holder.h"

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/platform/linux/proc_file.h"

#ifndef sigev_notify_thread_id  // what sigevent(3type) calls it, and glibc only since 2.42
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace gs::platform {

namespace {

// "1: FLOCK  ADVISORY  WRITE 12 08:01:77 0 EOF"; "1: -> FLOCK …" is one who waits.
struct ListedLock {
  std::array<char, 64> kind{}, place{};
  int pid = 0;

  bool read(const std::string& line) {
    return std::sscanf(line.c_str(), "%*d: %63s %*s %*s %d %63s", kind.data(), &pid,
                       place.data()) == 3 &&
           std::string_view(kind.data()) == "FLOCK" && pid > 0;
  }
};

// "08:01:77", with the device in hexadecimal.
std::string place_of(const struct stat& status) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%02x:%02x:%ju", major(status.st_dev),
                minor(status.st_dev), std::uintmax_t{status.st_ino});
  return text.data();
}

// As proc(5) lists it now.
pid_t listed_holder(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) return 0;
  const std::string place = place_of(status), inode = place.substr(place.rfind(':'));
  std::istringstream locks(read_long("/proc/locks"));
  pid_t likely = 0;
  for (std::string line; std::getline(locks, line);) {
    ListedLock lock;
    if (!lock.read(line)) continue;
    if (lock.place.data() == place) return lock.pid;
    // Some file systems list another device than they tell.
    if (std::string_view(lock.place.data()).ends_with(inode)) likely = lock.pid;
  }
  return likely;
}

}  // namespace

// The kernel gives that list piece by piece, and passes locks over while others come and go.
pid_t flock_holder(int descriptor) {
  constexpr int kTimes = 5;
  pid_t holder = 0;
  for (int i = 0; i < kTimes && holder == 0; ++i) holder = listed_holder(descriptor);
  return holder;
}

std::string_view how_to_find_holder() {
  return "find who holds it: lslocks";
}

Interrupts::Interrupts(std::chrono::milliseconds every) {
  const int signal = SIGRTMIN + 3;
  struct sigaction action {};
  action.sa_handler = [](int) {};
  sigaction(signal, &action, nullptr);  // never taken back: other threads may be waiting
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, signal);
  pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event.sigev_notify_thread_id = gettid();
  const timespec tick{0, every.count() * 1'000'000};
  const itimerspec interval{tick, tick};
  made_ = timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
  if (made_) timer_settime(timer_, 0, &interval, nullptr);
}

Interrupts::~Interrupts() {
  if (made_) timer_delete(timer_);
}

}  // namespace gs::platform
