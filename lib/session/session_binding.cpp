#include "lib/session/session_binding.h"

#include <algorithm>
#include <cstdlib>

#include "lib/session/identity.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/state/clock.h"
#include "lib/state/files.h"

namespace gs::session {

namespace {

namespace fs = std::filesystem;
using core::AgentId;

constexpr std::size_t kLargestBindings = 1 << 20, kMostSessions = 1000;
constexpr std::string_view kWholeStream = "-";

fs::path file_of(const fs::path& git_dir) {
  return git_dir / "stream" / "sessions";
}

std::string_view take_word(std::string_view& line) {
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(word.size() + 1, line.size()));
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
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
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

}  // namespace gs::session
