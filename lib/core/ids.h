#pragma once
// Names that must not be mixed up: each is its own small type around a string.

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gs::core {

template <class Tag>
class Name {
 public:
  Name() = default;
  explicit Name(std::string text) : text_(std::move(text)) {}

  const std::string& str() const { return text_; }
  auto operator<=>(const Name&) const = default;

 private:
  std::string text_;
};

using StreamId = Name<struct StreamTag>;    // "F", as in the policy
using BranchName = Name<struct BranchTag>;  // "develop", without refs/heads/

// An agent, in the short form of the policy's keys ("F1"); `full()` is what state files hold.
class AgentId {
 public:
  // From "agent-F1" or "F1"; nothing when it is empty, longer than 64 bytes, or holds
  // anything but ASCII letters, digits, '.', '_' and '-', or does not start with a letter or digit.
  static std::optional<AgentId> parse(std::string_view text);

  const std::string& short_name() const { return short_; }
  std::string full() const { return "agent-" + short_; }
  auto operator<=>(const AgentId&) const = default;

 private:
  explicit AgentId(std::string short_name) : short_(std::move(short_name)) {}
  std::string short_;
};

// The same rules for a stream's name; used for policy keys and options.
bool valid_id(std::string_view text);

// Whether a holder's name is a person's: "outsider", or an owner's, "Ada Lovelace (owner)". No
// agent and no stream can be called so.
bool is_person(std::string_view name);
inline constexpr std::string_view kOwnerMark = " (owner)";

// Whether two holders' names mean one agent: "F1" and "agent-F1" do. All people are one.
bool same_holder(std::string_view a, std::string_view b);
// Whether somebody means this holder by a name: as before, or an owner without the mark.
bool means_holder(std::string_view name, std::string_view holder);

// ---- Who acts. An identity is found by lib/app and only passed around below it.

struct Identity {
  // Which answer won (contract, section 3).
  enum class Source { none, environment, worktree, branch };

  std::optional<StreamId> stream;
  std::optional<AgentId> agent;  // implies stream
  Source source = Source::none;
  std::string person = {};  // of an outsider, where it was asked for: "Ada Lovelace (owner)"

  bool outsider() const { return !stream && !agent; }

  // The name under which locks are held and lines are logged: "agent-F1"; "stream-F" for a stream
  // without an agent; the person's; "outsider".
  std::string name() const {
    if (agent) return agent->full();
    if (stream) return "stream-" + stream->str();
    return person.empty() ? std::string("outsider") : person;
  }
};

// ---- How far a stream is.

enum class StreamStatus { waiting, in_progress, completed, merged };  // waiting: not started

// As orchestrator_state.json spells them; "waiting" is never written there.
inline constexpr std::array<std::pair<StreamStatus, std::string_view>, 4> kStreamStatuses{{
    {StreamStatus::waiting, "waiting"},
    {StreamStatus::in_progress, "in_progress"},
    {StreamStatus::completed, "completed"},
    {StreamStatus::merged, "merged"},
}};

constexpr std::string_view status_name(StreamStatus status) {
  return kStreamStatuses[static_cast<std::size_t>(status)].second;
}

constexpr std::optional<StreamStatus> parse_status(std::string_view name) {
  for (const auto& [status, text] : kStreamStatuses) {
    if (text == name) return status;
  }
  return std::nullopt;
}

// Whether those who depend on it may begin.
constexpr bool is_done(StreamStatus status) {
  return status == StreamStatus::completed || status == StreamStatus::merged;
}

}  // namespace gs::core
