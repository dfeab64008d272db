#include "lib/agents/settings/instructions.h"

#include <algorithm>

#include "lib/agents/instruction_texts.h"
#include "lib/agents/settings/marked_block.h"
#include "lib/agents/settings/settings_files.h"
#include "lib/core/error.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;

constexpr char kAgentsMd[] = "AGENTS.md";
constexpr BlockMarks kMarks{
    "<!-- git stream: begin (git stream install --agents-md renews these lines) -->",
    "<!-- git stream: end -->"};

// Claude Code's own folder, and the one that the others have in common.
constexpr char kClaudeSkill[] = ".claude/skills/git-stream/SKILL.md";
constexpr char kSkill[] = ".agents/skills/git-stream/SKILL.md";

std::string skill_file(const SettingsForm& form) {
  return form.dialect == "claude" ? kClaudeSkill : kSkill;
}

void remove_block(const git::Layout& layout, std::vector<std::string>& done) {
  const fs::path file = *layout.worktree / kAgentsMd;
  if (behind_link(file)) return;  // never written to
  const std::string before = read_settings(file);
  const std::string after = without_block(before, kMarks, file.string());
  if (after == before) return;
  if (after.empty())
    remove_settings(*layout.worktree, file);
  else
    write_settings(file, after);
  done.push_back("took git stream's lines out of " + file.string());
}

void remove_skill(const git::Layout& layout, const char* name, std::vector<std::string>& done) {
  const fs::path file = *layout.worktree / name;
  const std::string text = behind_link(file) ? "" : read_settings(file);
  if (text.empty()) return;
  if (text != skill_text()) {
    done.push_back("left: " + file.string() + ", which was changed");
    return;
  }
  remove_settings(*layout.worktree, file);
  done.push_back("removed " + file.string());
}

}  // namespace

const std::string& agents_md_block() {
  static const std::string text(kAgentsMdBlock +
                                1);  // behind the newline that a literal begins with
  return text;
}

const std::string& skill_text() {
  static const std::string text(kSkillText + 1);
  return text;
}

std::vector<std::string> write_agents_md(const git::Layout& layout) {
  const fs::path file = *layout.worktree / kAgentsMd;
  const std::string before = read_settings(file);
  const std::string after = with_block(before, kMarks, agents_md_block(), file.string());
  if (after == before) return {};
  write_settings(file, after);
  return {"wrote how to work with git stream into " + file.string() + ": commit it"};
}

std::vector<std::string> write_skills(const git::Layout& layout,
                                      std::span<const SettingsForm* const> forms) {
  std::vector<std::string> done;
  for (const SettingsForm* form : forms) {
    const fs::path file = *layout.worktree / skill_file(*form);
    if (read_settings(file) == skill_text()) continue;
    write_settings(file, skill_text());
    done.push_back("wrote the skill " + file.string() + ": commit it");
  }
  return done;
}

std::vector<std::string> remove_instructions(const git::Layout& layout) {
  std::vector<std::string> done;
  if (!layout.worktree) return done;
  try {
    remove_block(layout, done);
  } catch (const core::Error& error) {
    done.push_back(std::string("left: ") + error.what());
  }
  for (const char* name : {kClaudeSkill, kSkill}) remove_skill(layout, name, done);
  return done;
}

}  // namespace gs::agents
