#include "lib/session/identity.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "lib/session/session_binding.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/state/clock.h"
#include "lib/state/files.h"

namespace gs::session {

namespace {

namespace fs = std::filesystem;
using core::AgentId;
using core::Error;
using core::ExitCode;
using core::Identity;
using core::StreamId;

fs::path record_file(const fs::path& git_dir) {
  return git_dir / "stream" / "identity";
}

Error damaged(const fs::path& file) {
  return Error(ExitCode::broken, file.string() + " is damaged", "git stream install --agent AGENT");
}

std::string suggestion(const std::string& name, const std::vector<std::string>& known) {
  const auto nearest = core::nearest_word(name, known);
  return nearest ? "did you mean '" + *nearest + "'?" : "";
}

}  // namespace

std::optional<Enrolment> read_enrolment(const fs::path& git_dir) {
  constexpr std::size_t kLargest = 4096;
  const fs::path file = record_file(git_dir);
  const auto text = state::read_file(file, kLargest);
  if (!text) return std::nullopt;
  Enrolment enrolment;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t space = line.find(' ');
    const std::string_view key = line.substr(0, space);
    const std::string_view value = space == line.npos ? "" : line.substr(space + 1);
    if (key == "agent") {
      enrolment.agent = AgentId::parse(value);
      if (!enrolment.agent) throw damaged(file);
    } else if (key == "stream") {
      if (!core::valid_id(value)) throw damaged(file);
      enrolment.stream = StreamId(std::string(value));
    }
  }
  if (!enrolment.agent && !enrolment.stream) throw damaged(file);
  return enrolment;
}

void write_enrolment(const fs::path& git_dir, const Enrolment& enrolment) {
  fs::create_directories(record_file(git_dir).parent_path());
  state::AtomicFile file(record_file(git_dir));
  if (enrolment.stream) file.write("stream " + enrolment.stream->str() + "\n");
  if (enrolment.agent) file.write("agent " + enrolment.agent->short_name() + "\n");
  file.commit();
}

void remove_enrolment(const fs::path& git_dir) {
  fs::remove(record_file(git_dir));
}

AgentId known_agent(const core::Policy& policy, const std::string& name) {
  const auto agent = AgentId::parse(name);
  if (agent && policy.find_agent(*agent) != nullptr) return *agent;
  std::vector<std::string> known;
  for (const auto& stream : policy.streams) {
    for (const auto& spec : stream.agents) known.push_back(spec.id.short_name());
  }
  const std::string shown = core::printable(name);
  constexpr std::string_view kPrefix = "agent-";
  const std::string short_name = name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
  throw Error(ExitCode::usage, "no agent '" + shown + "' in the policy",
              suggestion(short_name, known));
}

StreamId known_stream(const core::Policy& policy, const std::string& name) {
  if (policy.find_stream(StreamId(name)) != nullptr) return StreamId(name);
  std::vector<std::string> known;
  for (const auto& stream : policy.streams) known.push_back(stream.id.str());
  throw Error(ExitCode::usage, "no stream '" + core::printable(name) + "' in the policy",
              suggestion(name, known));
}

namespace {

Identity identity_of(const AgentId& agent, const core::Policy* policy, Identity::Source source) {
  const core::StreamSpec* stream = policy != nullptr ? policy->stream_of(agent) : nullptr;
  return {stream != nullptr ? std::optional(stream->id) : std::nullopt, agent, source};
}

std::optional<Identity> from_environment(const core::Policy* policy) {
  const char* value = std::getenv(kAgentVariable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  try {
    const auto agent =
        policy != nullptr ? std::optional(known_agent(*policy, value)) : AgentId::parse(value);
    if (agent) return identity_of(*agent, policy, Identity::Source::environment);
  } catch (const Error& error) {
    throw Error(ExitCode::usage, std::string(kAgentVariable) + ": " + error.what(), error.hint());
  }
  throw Error(ExitCode::usage, std::string(kAgentVariable) + ": '" + core::printable(value) +
                                   "' cannot be an agent's name");
}

// The agent of the stream that the session which started this process is bound to.
std::optional<AgentId> bound_agent(const git::Repository& repository, const core::Policy* policy,
                                   const StreamId& stream) {
  const std::string session = session_in_environment();
  if (session.empty() || policy == nullptr) return std::nullopt;
  const auto bound = find_binding(repository.layout().git_dir, session, state::now());
  if (!bound || !bound->agent) return std::nullopt;
  const core::StreamSpec* own = policy->stream_of(*bound->agent);
  return own != nullptr && own->id == stream ? bound->agent : std::nullopt;
}

std::optional<Identity> from_record(const git::Repository& repository, const core::Policy* policy) {
  const auto record = read_enrolment(repository.layout().git_dir);
  if (!record) return std::nullopt;
  try {
    if (record->agent) {
      if (policy != nullptr) known_agent(*policy, record->agent->short_name());
      return identity_of(*record->agent, policy, Identity::Source::worktree);
    }
    if (policy != nullptr) known_stream(*policy, record->stream->str());
    return Identity{record->stream, bound_agent(repository, policy, *record->stream),
                    Identity::Source::worktree};
  } catch (const Error& error) {
    throw Error(ExitCode::usage, std::string("this worktree's enrolment: ") + error.what(),
                "git stream install --agent AGENT, or git stream uninstall");
  }
}

}  // namespace

Identity find_identity(const git::Repository& repository, const core::Policy* policy) {
  if (auto found = from_environment(policy)) return *found;
  if (auto found = from_record(repository, policy)) return *found;
  const auto branch = policy != nullptr ? repository.current_branch() : std::nullopt;
  const auto stream = branch ? core::stream_of_branch(*policy, *branch) : std::nullopt;
  if (stream) return {stream, std::nullopt, Identity::Source::branch};
  return {};
}

bool claims_identity(const git::Repository& repository) {
  const char* value = std::getenv(kAgentVariable);
  if (value != nullptr && *value != '\0') return true;
  return fs::exists(record_file(repository.layout().git_dir));
}

}  // namespace gs::session
