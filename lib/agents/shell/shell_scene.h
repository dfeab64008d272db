#pragma once
// Where a line of the shell has got to while it is read: for shell_intent.cpp and shell_git.cpp.

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "lib/agents/shell/shell_reader.h"
#include "lib/agents/tool_call_check.h"

namespace gs::agents {

class ShellScene {
 public:
  ShellScene(app::Session& session, std::optional<std::filesystem::path> folder)
      : session_(session), folder_(std::move(folder)) {}

  app::Session& session() const { return session_; }
  // The working directory; nothing once it cannot be known.
  const std::optional<std::filesystem::path>& folder() const { return folder_; }
  void go_to(std::optional<std::filesystem::path> folder) { folder_ = std::move(folder); }

  // The file that a word names, and all below it when it is a folder. A word that only a shell can
  // work out names none.
  void touch(const Word& word);
  // The same relative to another folder.
  void touch_in(const std::optional<std::filesystem::path>& folder, const Word& word);
  // What a command puts at `target`: into it when it is a folder, each source under its own name.
  void put_into(const std::optional<std::filesystem::path>& folder, const Word& target,
                const std::vector<Word>& sources);
  // For those who work in a stream.
  void refuse(core::Rule rule, std::string what, std::string message, std::string hint);

  Intent take() { return std::move(intent_); }

 private:
  void add(const std::filesystem::path& folder, const std::string& path);

  app::Session& session_;
  std::optional<std::filesystem::path> folder_;
  Intent intent_;
};

// `git …` and `git stream …`; `words` starts with "git".
void read_git(ShellScene& scene, std::span<const Word> words);

// Whether "NAME=value" before a command, or exported, is somebody else's word. Refused then.
void read_assignment(ShellScene& scene, const std::string& name, const Word& value);

}  // namespace gs::agents
