#include "lib/conflicts/dependencies.h"

#include <algorithm>

namespace gs::conflicts {

using core::AgentId;
using core::AgentSpec;
using core::Policy;
using core::StreamId;
using core::StreamSpec;
using core::StreamStatus;
using state::Streams;

namespace {

template <class Value>
bool contains(const std::vector<Value>& values, const Value& wanted) {
  return std::find(values.begin(), values.end(), wanted) != values.end();
}

template <class Reached>
std::vector<StreamId> not_there(const Policy& policy, const Streams& streams,
                                const StreamSpec& stream, const Reached& reached) {
  std::vector<StreamId> missing;
  for (const StreamSpec& other : policy.streams) {
    if (contains(stream.depends_on, other.id) && !reached(streams.status(other.id)))
      missing.push_back(other.id);
  }
  return missing;
}

}  // namespace

std::vector<StreamId> missing_dependencies(const Policy& policy, const Streams& streams,
                                           const StreamSpec& stream) {
  return not_there(policy, streams, stream, [](StreamStatus status) { return is_done(status); });
}

std::vector<StreamId> unmerged_dependencies(const Policy& policy, const Streams& streams,
                                            const StreamSpec& stream) {
  return not_there(policy, streams, stream,
                   [](StreamStatus status) { return status == StreamStatus::merged; });
}

std::vector<StreamId> ready_streams(const Policy& policy, const Streams& streams) {
  std::vector<StreamId> ready;
  for (const StreamSpec& stream : policy.streams) {
    const bool started = streams.status(stream.id) != StreamStatus::waiting;
    if (!started && missing_dependencies(policy, streams, stream).empty())
      ready.push_back(stream.id);
  }
  return ready;
}

namespace {

// All that has to be complete before, however far down.
void gather_missing(const Policy& policy, const Streams& streams, const StreamSpec& stream,
                    std::vector<StreamId>& all) {
  for (const StreamId& id : missing_dependencies(policy, streams, stream)) {
    if (contains(all, id)) continue;
    all.push_back(id);
    gather_missing(policy, streams, *policy.find_stream(id), all);
  }
}

}  // namespace

std::string way_to_start(const Policy& policy, const Streams& streams, const StreamSpec& stream) {
  std::vector<StreamId> all;
  gather_missing(policy, streams, stream, all);
  if (all.empty()) return "git stream start " + stream.id.str();
  std::string ready;
  for (const StreamId& id : ready_streams(policy, streams)) {
    if (contains(all, id)) ready += (ready.empty() ? "" : ",") + id.str();
  }
  if (!ready.empty()) return "git stream start " + ready;
  for (const StreamSpec& other : policy.streams) {
    const bool under_way = streams.status(other.id) == StreamStatus::in_progress;
    if (under_way && contains(all, other.id)) return "git stream complete " + other.id.str();
  }
  return "git stream status";
}

bool agent_done(const Policy& policy, const Streams& streams, const AgentId& agent) {
  const StreamSpec* spec = policy.stream_of(agent);
  const state::StreamRecord* record = spec != nullptr ? streams.find(spec->id) : nullptr;
  return record != nullptr && (is_done(record->status) || record->completed(agent));
}

std::vector<AgentId> missing_agents(const Policy& policy, const Streams& streams,
                                    const AgentSpec& agent) {
  std::vector<AgentId> missing;
  std::copy_if(agent.after.begin(), agent.after.end(), std::back_inserter(missing),
               [&](const AgentId& before) { return !agent_done(policy, streams, before); });
  return missing;
}

std::vector<AgentId> followers(const Policy& policy, const AgentId& agent) {
  const StreamSpec* own = policy.stream_of(agent);
  std::vector<AgentId> found;
  for (const StreamSpec& stream : policy.streams) {
    const bool depends = own != nullptr && contains(stream.depends_on, own->id);
    for (const AgentSpec& other : stream.agents) {
      if (depends || contains(other.after, agent)) found.push_back(other.id);
    }
  }
  return found;
}

std::vector<StreamWait> stream_waits(const Policy& policy) {
  std::vector<StreamWait> waits;
  for (const StreamSpec& stream : policy.streams) {
    for (const core::StreamId& on : stream.depends_on) {
      if (policy.find_stream(on) != nullptr)
        waits.push_back({stream.id, on, stream.id.str() + " depends on " + on.str(), true});
    }
    for (const AgentSpec& agent : stream.agents) {
      for (const core::AgentId& before : agent.after) {
        const StreamSpec* other = policy.stream_of(before);
        if (other == nullptr || other == &stream) continue;
        waits.push_back({stream.id, other->id,
                         agent.id.short_name() + " comes after " + before.short_name(), false});
      }
    }
  }
  return waits;
}

}  // namespace gs::conflicts
