#include "lib/platform/folder_watch.h"

#include <algorithm>
#include <poll.h>
#include <thread>

namespace gs::platform {

FolderWatch::FolderWatch(std::filesystem::path folder, Changes changes) : watch_(changes) {
  folder_.push_back(folder.empty() ? "." : std::move(folder));
  watch_.watch(folder_);
}

void FolderWatch::wait(std::string_view name, std::chrono::milliseconds longest) {
  using std::chrono::milliseconds;
  using Clock = std::chrono::steady_clock;
  constexpr milliseconds kUnwatched{100};
  const Clock::time_point end = Clock::now() + longest;
  if (watch_.watch(folder_)) return;  // what happened before counts as a change
  if (!watch_.watches()) return std::this_thread::sleep_for(std::min(longest, kUnwatched));
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
    if (left <= milliseconds{0}) return;
    pollfd waiting{watch_.descriptor(), POLLIN, 0};
    const int ready =
        poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60000)));
    if (ready < 0 || (ready > 0 && watch_.take(name))) return;
  }
}

}  // namespace gs::platform
