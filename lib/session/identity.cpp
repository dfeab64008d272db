#include "lib/session/identity.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

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
  return Error(ExitCode::broken, file.string() + " is damaged",
               "in the owner's worktree: git stream install --agent AGENT WORKTREE");
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
    const std::string_view line = core::take_line(rest);
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

namespace {

// "F1, F2 and 3 more"
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 100;
  return names.empty() ? "none" : core::listed(names, std::identity(), kMost);
}

struct Known {
  std::vector<std::string> agents, streams;
};

Known known_in(const core::Policy& policy) {
  Known known;
  for (const core::StreamSpec& stream : policy.streams) {
    known.streams.push_back(stream.id.str());
    for (const core::AgentSpec& agent : stream.agents)
      known.agents.push_back(agent.id.short_name());
  }
  return known;
}

std::string_view without(std::string_view prefix, std::string_view name) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

constexpr std::string_view kAgent = "agent-", kStream = "stream-";

}  // namespace

void fail_unknown(const core::Policy& policy, NameKind kind, const std::string& name) {
  const Known known = known_in(policy);
  const bool agents = kind != NameKind::stream, streams = kind != NameKind::agent;
  std::vector<std::string> candidates;
  std::string what, there;
  if (agents) {
    what = "agent";
    there = (streams ? "agents: " : "there are: ") + listed(known.agents);
    candidates = known.agents;
  }
  if (streams) {
    what += agents ? " or stream" : "stream";
    there += (agents ? "; streams: " : "there are: ") + listed(known.streams);
    candidates.insert(candidates.end(), known.streams.begin(), known.streams.end());
  }
  const std::string_view bare = agents && name.starts_with(kAgent) ? without(kAgent, name)
                                : streams                          ? without(kStream, name)
                                                                   : std::string_view(name);
  const auto nearest = core::nearest_word(bare, candidates);
  throw Error(ExitCode::usage,
              "no " + what + " '" + core::printable(name) + "' in the policy (" + there + ")",
              nearest ? "did you mean '" + *nearest + "'?" : "");
}

AgentId known_agent(const core::Policy& policy, const std::string& name) {
  const auto agent = AgentId::parse(name);
  if (!agent || policy.find_agent(*agent) == nullptr) fail_unknown(policy, NameKind::agent, name);
  return *agent;
}

StreamId known_stream(const core::Policy& policy, const std::string& name) {
  if (policy.find_stream(StreamId(name)) != nullptr) return StreamId(name);
  const StreamId bare(std::string(without(kStream, name)));
  if (policy.find_stream(bare) == nullptr) fail_unknown(policy, NameKind::stream, name);
  return bare;
}

KnownName known_name(const core::Policy& policy, const std::string& name) {
  const std::string_view bare = without(kStream, name);
  for (const core::StreamSpec& stream : policy.streams) {
    if (stream.id.str() == name || stream.id.str() == bare) return {stream.id, {}};
  }
  const auto agent = AgentId::parse(name);
  const core::StreamSpec* home = agent ? policy.stream_of(*agent) : nullptr;
  if (home == nullptr) fail_unknown(policy, NameKind::either, name);
  return {home->id, agent};
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

std::optional<Identity> from_record(const git::Repository& repository, const core::Policy* policy,
                                    const std::optional<Enrolment>& record) {
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
                "in the owner's worktree: git stream install --agent AGENT WORKTREE");
  }
}

}  // namespace

namespace {

// The environment may say which agent of a stream works in the stream's worktree, and nothing else.
void require_narrower(const Identity& said, const Enrolment& record, const core::Policy* policy) {
  const bool narrower =
      record.agent ? said.agent == record.agent : policy == nullptr || said.stream == record.stream;
  if (narrower) return;
  throw Error(ExitCode::usage,
              std::string(kAgentVariable) + " says " + said.agent->full() +
                  ", but this worktree is " +
                  (record.agent ? record.agent->full() : "stream " + record.stream->str()) + "'s",
              std::string("unset ") + kAgentVariable);
}

}  // namespace

Identity find_identity(const git::Repository& repository, const core::Policy* policy) {
  const auto record = read_enrolment(repository.layout().git_dir);
  const auto said = from_environment(policy);
  const auto recorded = from_record(repository, policy, record);
  if (said && record) require_narrower(*said, *record, policy);
  if (said) return *said;
  if (recorded) return *recorded;
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

namespace {

constexpr std::size_t kLargestBindings = 1 << 20, kMostSessions = 1000;
constexpr std::string_view kWholeStream = "-";

fs::path file_of(const fs::path& git_dir) {
  return git_dir / "stream" / "sessions";
}

std::string_view take_word(std::string_view& line) {
  const std::string_view word = core::take_part(line, ' ');
  return word;
}

std::optional<SessionBinding> parse_line(std::string_view line) {
  const std::string_view agent = take_word(line), time = take_word(line);
  const auto seen = core::parse_time(time, &state::local_offset);
  const auto id = AgentId::parse(agent);
  if (!seen || line.empty() || (!id && agent != kWholeStream)) return std::nullopt;
  return SessionBinding{std::string(line), id, *seen};
}

// A session's name as one word of a line.
std::string word_of(std::string_view session) {
  constexpr std::size_t kLongest = 256;
  std::string word(session.substr(0, kLongest));
  for (char& c : word) {
    if (static_cast<unsigned char>(c) <= ' ') c = '_';
  }
  return word;
}

}  // namespace

std::vector<SessionBinding> read_bindings(const fs::path& git_dir, core::Instant now) {
  std::vector<SessionBinding> bindings;
  const std::string text = state::read_file(file_of(git_dir), kLargestBindings).value_or("");
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = core::take_line(rest);
    auto binding = parse_line(line);
    if (binding && now - binding->seen < kSessionEnds) bindings.push_back(std::move(*binding));
  }
  return bindings;
}

std::optional<SessionBinding> find_binding(const fs::path& git_dir, std::string_view session,
                                           core::Instant now) {
  const std::string word = word_of(session);
  for (SessionBinding& binding : read_bindings(git_dir, now)) {
    if (binding.session == word) return std::move(binding);
  }
  return std::nullopt;
}

void bind_session(const fs::path& git_dir, const SessionBinding& binding) {
  const std::string word = word_of(binding.session);
  fs::create_directories(git_dir / "stream");
  const state::FileLock lock(git_dir / "stream" / "sessions.lock");
  std::vector<SessionBinding> all = read_bindings(git_dir, binding.seen);
  std::erase_if(all, [&](const SessionBinding& other) { return other.session == word; });
  for (const SessionBinding& other : all) {
    if (binding.agent && other.agent == binding.agent)
      throw core::Error(core::ExitCode::findings, "another session works as " +
                                                      binding.agent->full() + ": " +
                                                      core::printable(other.session));
  }
  all.push_back({word, binding.agent, binding.seen});
  if (all.size() > kMostSessions) all.erase(all.begin());
  state::AtomicFile file(file_of(git_dir));
  for (const SessionBinding& one : all) {
    file.write(one.agent ? one.agent->short_name() : std::string(kWholeStream));
    file.write(" " + core::format_utc(one.seen) + " " + one.session + "\n");
  }
  file.commit();
}

bool belongs_to_stream(const git::Repository& repository) {
  const char* agent = std::getenv(kAgentVariable);
  if (agent != nullptr && *agent != '\0') return false;
  const auto record = read_enrolment(repository.layout().git_dir);
  return record && !record->agent;
}

std::string session_in_environment() {
  for (const char* name :
       {"CLAUDE_CODE_SESSION_ID", "CODEX_THREAD_ID", "GEMINI_SESSION_ID", "COPILOT_SESSION_ID"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

std::string describe(const core::Identity& identity) {
  if (identity.agent && identity.stream) {
    return identity.agent->full() + " (stream " + identity.stream->str() + ")";
  }
  if (identity.agent) return identity.agent->full();
  if (identity.stream) return "stream " + identity.stream->str();
  const std::string name = identity.name();
  return name == core::Identity{}.name() ? "an outsider" : core::printable(name);
}

}  // namespace gs::session
