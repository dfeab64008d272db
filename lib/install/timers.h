#pragma once
// What makes a machine run `git stream sync` from time to time, for people to put in its place:
// nothing is installed by this.

#include <filesystem>
#include <string>

#include "lib/core/time.h"

namespace gs::install {

struct TimedSync {
  std::filesystem::path program;  // git-stream
  std::filesystem::path folder;   // in which it runs: a worktree
  core::Seconds interval{900};
};

// A line for crontab(5), every minute at most and every hour at least. Throws core::Error (usage)
// for a path with a line break, which no crontab can hold.
std::string crontab_line(const TimedSync& sync);
// A service and a timer of systemd.unit(5), one after the other, each below a comment that names
// its file in the user's folder of units. Throws as crontab_line().
std::string systemd_units(const TimedSync& sync);

}  // namespace gs::install
