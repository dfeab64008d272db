#include "lib/session/shared_logs.h"

#include <algorithm>
#include <iterator>

#include "lib/coordination/open_store.h"

namespace gs::session {

bool shares_logs(const core::Policy& policy) {
  return policy.coordination.store != core::Store::files;
}

coordination::HostLog host_log(Session& session) {
  return coordination::HostLog(
      coordination::coordination_folder(session.repository().layout().common_dir));
}

std::vector<state::Handoff> all_handoffs(Session& session) {
  std::vector<state::Handoff> handoffs = state::read_handoffs(session.state());
  if (!shares_logs(session.policy())) return handoffs;
  std::ranges::move(coordination::fetched_handoffs(host_log(session)),
                    std::back_inserter(handoffs));
  std::ranges::stable_sort(handoffs, {}, &state::Handoff::timestamp);
  return handoffs;
}

}  // namespace gs::session
