#pragma once
// Names that must not be mixed up: each is its own small type around a string.

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

// Whether two holders' names mean one agent: "F1" and "agent-F1" do.
bool same_holder(std::string_view a, std::string_view b);

}  // namespace gs::core
