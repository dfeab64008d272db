#include "lib/coordination/lease_store.h"

#include <algorithm>
#include <thread>

namespace gs::coordination {

void LeaseStore::wait_for_change(std::chrono::milliseconds at_most) {
  constexpr std::chrono::milliseconds kBetweenReadings{5'000};
  std::this_thread::sleep_for(std::min(at_most, kBetweenReadings));
}

}  // namespace gs::coordination
