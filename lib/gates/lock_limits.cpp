#include "lib/gates/lock_limits.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "analyzers/ownership.h"
#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/git/files.h"

namespace gs::gates {

namespace {

namespace fs = std::filesystem;
using core::Standing;

std::string ask(const core::AgentId& owner, const std::string& path) {
  return "git stream ask " + owner.short_name() + " " +
         core::quote_shell("What I need in " + core::printable(path));
}

// The folder whose whole content a pattern means, with its '/': of "llm/" and "llm/**". Nothing for
// others.
std::optional<std::string_view> whole_folder(std::string_view pattern) {
  if (pattern.ends_with("/**")) pattern.remove_suffix(2);
  const bool plain = pattern.find_first_of("*?[\\") == pattern.npos;
  return plain && pattern.ends_with('/') ? std::optional(pattern) : std::nullopt;
}

// Judges locks for one identity.
class Judge {
 public:
  explicit Judge(session::Session& session)
      : session_(session),
        ignore_case_(session.repository().ignore_case()),
        scopes_(session.policy(), session.identity(), ignore_case_) {}

  std::optional<LockRefusal> refusal(const std::string& path) {
    if (const auto name = core::literal_path(path)) {
      auto found = judged(path, *name);
      // A plain name may be a folder's: then all below it counts.
      const auto& top = session_.repository().layout().worktree;
      const bool folder = top && git::is_folder(*top / *name);
      return found || !folder ? found : witness(path);
    }
    if (auto found = witness(path)) return found;
    return future(path);
  }

 private:
  std::optional<LockRefusal> judged(const std::string& path, std::string_view file) const {
    const core::Policy& policy = session_.policy();
    const core::Place place = scopes_.place(file);
    if (place.standing != Standing::foreign && place.standing != Standing::protected_path)
      return std::nullopt;
    const auto finding = analyzers::judge_place(policy, place, file);
    if (!finding) return std::nullopt;
    const std::string what = file == path ? "" : core::quote_path(file) + " in it: ";
    std::string next = place.owners.empty() ? "" : ask(place.owners.front(), std::string(file));
    return LockRefusal{path, what + finding->message, std::move(next)};
  }

  const std::vector<std::string>& files() {
    if (!files_) {
      files_.emplace();
      session_.repository().each_staged(
          [&](std::string_view path, const git::TreeEntry&) { files_->emplace_back(path); });
    }
    return *files_;
  }

  // A file that is there, which the lock would take from its owner.
  std::optional<LockRefusal> witness(const std::string& path) {
    for (const std::string& file : files()) {
      if (!core::pattern_matches(path, file, ignore_case_)) continue;
      if (auto found = judged(path, file)) return found;
    }
    return std::nullopt;
  }

  bool all_mine(const std::string& path) const {
    const auto folder = whole_folder(path);
    const core::Identity& who = session_.identity();
    const core::StreamSpec* stream = session_.policy().find_stream(*who.stream);
    for (const core::AgentSpec& agent : stream->agents) {
      if (who.agent && agent.id != *who.agent) continue;
      for (const std::string& own : agent.files) {
        const auto mine = whole_folder(own);
        if (own == path || (folder && mine && folder->starts_with(*mine))) return true;
      }
    }
    return false;
  }

  // Files that may come: a pattern that can meet another's is refused, unless it is one's own.
  std::optional<LockRefusal> future(const std::string& path) const {
    if (session_.policy().rules.scope == core::Action::off || all_mine(path)) return std::nullopt;
    const core::Identity& who = session_.identity();
    for (const core::StreamSpec& stream : session_.policy().streams) {
      for (const core::AgentSpec& agent : stream.agents) {
        const bool own = who.agent ? agent.id == *who.agent : stream.id == *who.stream;
        if (own) continue;
        for (const std::string& pattern : agent.files) {
          if (pattern.starts_with('!') || !core::patterns_collide(pattern, path, ignore_case_))
            continue;
          return LockRefusal{path,
                             "reaches into " + pattern + ", which belongs to " + agent.id.full() +
                                 " (stream " + stream.id.str() + ")",
                             ask(agent.id, path)};
        }
      }
    }
    return std::nullopt;
  }

  session::Session& session_;
  bool ignore_case_;
  core::ScopeMap scopes_;
  std::optional<std::vector<std::string>> files_;  // of the index, when they are asked for
};

}  // namespace

std::vector<LockRefusal> refused_locks(session::Session& session,
                                       std::span<const std::string> paths) {
  std::vector<LockRefusal> refused;
  if (!session.identity().stream || !session.pinned()) return refused;
  Judge judge(session);
  for (const std::string& path : paths) {
    if (auto found = judge.refusal(path)) refused.push_back(std::move(*found));
  }
  return refused;
}

std::vector<std::string> not_here(const session::Session& session,
                                  std::span<const std::string> paths) {
  const git::Repository& repository = session.repository();
  const bool ignore_case = repository.ignore_case();
  std::vector<std::string> missing;
  for (const std::string& path : paths) {
    const auto name = core::literal_path(path);
    std::error_code ignored;
    const auto& top = repository.layout().worktree;
    const std::string folder = path.ends_with('/') ? path.substr(0, path.size() - 1) : "";
    const fs::path there = name ? *name : folder;
    if (top && !there.empty() && fs::exists(fs::symlink_status(*top / there, ignored))) continue;
    missing.push_back(path);
  }
  const auto strike = [&](std::string_view file, const git::TreeEntry&) {
    std::erase_if(missing, [&](const std::string& path) {
      return core::pattern_matches(path, file, ignore_case);
    });
  };
  if (!missing.empty()) repository.each_staged(strike);
  const auto head = missing.empty() ? std::nullopt : repository.head();
  if (head) repository.each_file(*head, strike);
  return missing;
}

}  // namespace gs::gates
