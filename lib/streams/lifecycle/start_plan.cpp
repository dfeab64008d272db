#include "lib/streams/lifecycle/start_plan.h"

#include <algorithm>

#include "lib/app/enrolment.h"
#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/names.h"
#include "lib/store/journal.h"
#include "lib/streams/lifecycle/worktree_setup.h"

namespace gs::streams {

namespace {

using core::StreamId;
using core::StreamSpec;
using core::StreamStatus;

std::string title_of(const core::Policy& policy, const StreamId& id) {
  const StreamSpec* stream = policy.find_stream(id);
  return stream != nullptr ? titled(*stream) : id.str();
}

// "A (Foundation), B (Observability) and C (Analytics)"
std::string listed(const core::Policy& policy, const std::vector<StreamId>& streams) {
  std::string text;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (i > 0) text += i + 1 == streams.size() ? " and " : ", ";
    text += title_of(policy, streams[i]);
  }
  return text;
}

std::string joined(const std::vector<StreamId>& streams) {
  std::string text;
  for (const StreamId& stream : streams) text += (text.empty() ? "" : ",") + stream.str();
  return text;
}

// All that has to be complete before, however far down.
void gather_missing(const core::Policy& policy, const store::Streams& streams,
                    const StreamSpec& stream, std::vector<StreamId>& all) {
  for (const StreamId& id : missing_dependencies(policy, streams, stream)) {
    if (std::find(all.begin(), all.end(), id) != all.end()) continue;
    all.push_back(id);
    gather_missing(policy, streams, *policy.find_stream(id), all);
  }
}

// What brings it nearest: to start what can start, else to complete what is under way.
std::string way_to(const core::Policy& policy, const store::Streams& streams,
                   const StreamSpec& stream) {
  std::vector<StreamId> all, ready, begun;
  gather_missing(policy, streams, stream, all);
  const auto is_missing = [&](const StreamId& id) {
    return std::find(all.begin(), all.end(), id) != all.end();
  };
  const std::vector<StreamId> can_start = ready_streams(policy, streams);
  std::copy_if(can_start.begin(), can_start.end(), std::back_inserter(ready), is_missing);
  for (const StreamSpec& other : policy.streams) {
    const bool under_way = streams.status(other.id) == StreamStatus::in_progress;
    if (under_way && is_missing(other.id)) begun.push_back(other.id);
  }
  if (!ready.empty()) return "git stream start " + joined(ready);
  return begun.empty() ? "git stream status" : "git stream complete " + begun.front().str();
}

}  // namespace

std::variant<StartPlan, StartRefusal> plan_start(app::Session& session,
                                                 const store::Streams& streams,
                                                 const StreamSpec& stream, bool again) {
  const core::Policy& policy = session.policy();
  const store::StreamRecord* record = streams.find(stream.id);
  StartPlan plan;
  plan.stream = &stream;
  plan.status = streams.status(stream.id);
  plan.fresh = plan.status == StreamStatus::waiting || (again && is_done(plan.status));
  if (plan.status == StreamStatus::merged && !again)
    return StartRefusal{
        stream.id, {}, "it is merged already", "git stream start --again " + stream.id.str()};
  if (plan.status == StreamStatus::completed && !again) {
    plan.finished = true;
    plan.site.branch = record->branch;
    plan.site.path = absolute_worktree(session.repository().layout(), record->worktree);
    return plan;
  }
  const auto missing =
      plan.fresh ? missing_dependencies(policy, streams, stream) : std::vector<StreamId>{};
  if (!missing.empty())
    return StartRefusal{
        stream.id, missing,
        listed(policy, missing) + (missing.size() == 1 ? " is not complete" : " are not complete"),
        way_to(policy, streams, stream)};
  if (Making::pending(session.repository().layout(), stream.id))
    Making(session.repository().layout(), stream.id);  // git may still be at it
  // A stream that was merged begins anew, under the names that the policy gives now.
  const bool named = record != nullptr && plan.status != StreamStatus::merged;
  auto site = find_site(session, stream, named ? record : nullptr);
  if (const auto* refusal = std::get_if<Refusal>(&site))
    return StartRefusal{stream.id, {}, refusal->reason, refusal->next};
  plan.site = std::get<Site>(std::move(site));
  const auto owner = core::stream_of_branch(policy, plan.site.branch);
  if (owner && *owner != stream.id)
    return StartRefusal{stream.id,
                        {},
                        "its branch " + plan.site.branch.str() + " would belong to stream " +
                            title_of(policy, *owner),
                        "let 'branch' in the policy make other names"};
  if (plan.fresh) plan.unmerged = unmerged_dependencies(policy, streams, stream);
  return plan;
}

bool start_is_logged(app::Session& session, const store::StreamRecord& record) {
  const auto last = last_logged_start(session, record.id);
  return last && record.started_at && *last >= *record.started_at;
}

std::optional<core::Instant> last_logged_start(app::Session& session, const StreamId& stream) {
  store::LogFilter filter;
  filter.action = "started";
  filter.stream = stream.str();
  filter.agent = core::Identity{stream, std::nullopt, core::Identity::Source::worktree}.name();
  filter.last = 1;
  const auto found = store::read_log(session.state().activity(), filter);
  if (found.lines.empty()) return std::nullopt;
  return found.lines.front().activity.time;
}

}  // namespace gs::streams
