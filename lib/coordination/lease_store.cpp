#include "lib/coordination/lease_store.h"

#include <thread>

namespace gs::coordination {

void LeaseStore::wait_for_change(std::chrono::milliseconds at_most) {
  std::this_thread::sleep_for(at_most);
}

}  // namespace gs::coordination
