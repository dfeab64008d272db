#pragma once
// flock(2) that nobody waits for silently or for ever: after a second the waiter says for whom,
// after ten it gives up.

#include <chrono>
#include <filesystem>

namespace gs::state {

enum class Hold { shared, exclusive };

// Takes the lock on an open file. Throws core::Error (broken) naming the file and the process that
// holds it when it is not free in time.
void take_lock(int descriptor, const std::filesystem::path& file, Hold hold);

// From here on this process waits so long at most, all its waits together: for those who must
// answer in time.
void wait_no_longer_than(std::chrono::milliseconds time);

}  // namespace gs::state
