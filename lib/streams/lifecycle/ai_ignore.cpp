#include "lib/streams/lifecycle/ai_ignore.h"

#include <algorithm>
#include <vector>

#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/install/git_config.h"
#include "lib/install/installation.h"
#include "lib/state/files.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::AgentSpec;
using core::StreamSpec;
using Patterns = std::vector<std::string>;

constexpr char kLine[] = "/.aiignore";
constexpr char kNote[] = "written by git stream start for a stream's agents";
constexpr std::string_view kMark = "# Written by git stream start: ";
constexpr std::size_t kLargest = 4 << 20;

bool is_negated(const std::string& pattern) {
  return pattern.starts_with('!');
}

bool negates(const AgentSpec& agent) {
  return std::any_of(agent.files.begin(), agent.files.end(), is_negated);
}

bool negates(const StreamSpec& stream) {
  return std::any_of(stream.agents.begin(), stream.agents.end(),
                     [](const AgentSpec& agent) { return negates(agent); });
}

// The last line that matches counts, and a negated pattern frees only its own agent's files: those
// with one come before those without.
template <class Value>
std::vector<const Value*> negating_first(const std::vector<Value>& values) {
  std::vector<const Value*> sorted;
  for (const Value& value : values) sorted.push_back(&value);
  std::stable_partition(sorted.begin(), sorted.end(),
                        [](const Value* value) { return negates(*value); });
  return sorted;
}

// Patterns as git reads a list of pathspecs: only negative ones mean all but those.
Patterns in_order(const Patterns& patterns) {
  Patterns sorted = patterns;
  std::stable_partition(sorted.begin(), sorted.end(), [](const auto& p) { return !is_negated(p); });
  if (!sorted.empty() && is_negated(sorted.front())) sorted.insert(sorted.begin(), "**");
  return sorted;
}

// One line of a gitignore file holds no line break, and loses spaces at its end.
std::string as_ignore_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = '?';
  }
  const std::size_t spaces = text.size() - (text.find_last_not_of(' ') + 1);
  const std::string_view before(text.data(), text.size() - spaces);
  const std::size_t escapes = before.size() - (before.find_last_not_of('\\') + 1);
  const std::size_t plain = spaces > 0 && escapes % 2 == 1 ? spaces - 1 : spaces;
  text.resize(text.size() - plain);
  for (std::size_t i = 0; i < plain; ++i) text += "\\ ";
  return text;
}

class Writer {
 public:
  Writer(bool ignore_case, const std::function<bool(std::string_view)>& is_folder)
      : ignore_case_(ignore_case), is_folder_(is_folder) {}

  void comment(const std::string& text) { text_ += "# " + core::printable(text) + "\n"; }
  void blank() { text_ += '\n'; }
  void plain(std::string_view line) { text_ += line; }

  // Whether something that is listed so far can be meant by the pattern.
  bool lists(const std::string& pattern) const {
    for (const std::string& file : files_of(pattern)) {
      for (const std::string& other : listed_) {
        if (core::patterns_collide(other, file, ignore_case_)) return true;
      }
    }
    return false;
  }

  void ignore(const std::string& pattern) {
    line(pattern, is_negated(pattern));
    if (is_negated(pattern)) return;
    for (std::string& file : files_of(pattern)) listed_.push_back(std::move(file));
  }
  void free(const std::string& pattern) { line(pattern, !is_negated(pattern)); }

  std::string take() { return std::move(text_); }

 private:
  void line(const std::string& pattern, bool freed) {
    for (const std::string& file : files_of(pattern))
      text_ += (freed ? "!/" : "/") + as_ignore_line(file) + "\n";
  }

  // The pattern, without its '!', as patterns of files alone: a name without wildcards means all
  // below it, too.
  Patterns files_of(const std::string& pattern) const {
    const std::string bare = is_negated(pattern) ? pattern.substr(1) : pattern;
    if (bare.ends_with('/')) return {bare + "**"};
    if (core::is_pattern(bare)) return {bare};
    if (is_folder_(bare)) return {bare + "/**"};
    if (names_file(bare)) return {bare};
    return {bare, bare + "/**"};
  }

  // By its last component, as people write it: what is not there yet may become either.
  static bool names_file(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return name.find('.', 1) != std::string_view::npos;
  }

  bool ignore_case_;
  const std::function<bool(std::string_view)>& is_folder_;
  std::string text_;
  Patterns listed_;
};

// "agents of stream F", "agent-F1"
std::string title(const AiIgnoreReader& reader) {
  return reader.agent != nullptr ? reader.agent->id.full()
                                 : "agents of stream " + reader.stream.id.str();
}

bool is_own(const AiIgnoreReader& reader, const StreamSpec& stream, const AgentSpec& agent) {
  return stream.id == reader.stream.id && (reader.agent == nullptr || reader.agent->id == agent.id);
}

void list_others(Writer& writer, const core::Policy& policy, const AiIgnoreReader& reader) {
  for (const StreamSpec* stream : negating_first(policy.streams)) {
    std::vector<const AgentSpec*> others = negating_first(stream->agents);
    std::erase_if(others, [&](const AgentSpec* agent) {
      return agent->files.empty() || is_own(reader, *stream, *agent);
    });
    if (others.empty()) continue;
    writer.blank();
    writer.comment("Stream " + stream->id.str() + ": " + stream->name);
    for (const AgentSpec* agent : others) {
      for (const std::string& pattern : in_order(agent->files)) writer.ignore(pattern);
    }
  }
}

std::vector<const AgentSpec*> own_agents(const AiIgnoreReader& reader) {
  std::vector<const AgentSpec*> own = negating_first(reader.stream.agents);
  std::erase_if(own,
                [&](const AgentSpec* agent) { return !is_own(reader, reader.stream, *agent); });
  return own;
}

// Own and shared files that a line above would hide.
void free_own(Writer& writer, const core::Policy& policy, const AiIgnoreReader& reader) {
  Patterns own_files, shared;
  for (const AgentSpec* agent : own_agents(reader)) {
    for (const std::string& pattern : in_order(agent->files)) {
      if (writer.lists(pattern)) own_files.push_back(pattern);
    }
  }
  for (const std::string& pattern : in_order(policy.shared)) {
    if (!is_negated(pattern) && writer.lists(pattern)) shared.push_back(pattern);
  }
  const std::string whose = reader.agent != nullptr ? reader.agent->id.full() + "'s own"
                                                    : "stream " + reader.stream.id.str() + "'s own";
  for (const auto& [patterns, heading] :
       {std::pair(&own_files, "Of that, " + whose),
        std::pair(&shared, std::string("Shared by all streams"))}) {
    if (patterns->empty()) continue;
    writer.blank();
    writer.comment(heading);
    for (const std::string& pattern : *patterns) writer.free(pattern);
  }
}

// Where nobody's files are refused: all but what is one's own or shared.
void list_all_but_own(Writer& writer, const core::Policy& policy, const AiIgnoreReader& reader) {
  writer.blank();
  writer.comment("All that is in nobody's scope, too (rules.unowned: block), but for these");
  writer.ignore("**");
  std::vector<const Patterns*> freed{&policy.shared};
  for (const AgentSpec* agent : own_agents(reader)) freed.push_back(&agent->files);
  std::ranges::stable_partition(
      freed, [](const Patterns* patterns) { return std::ranges::any_of(*patterns, is_negated); });
  for (const Patterns* patterns : freed) {
    for (const std::string& pattern : in_order(*patterns)) writer.free(pattern);
  }
}

bool is_tracked(const git::Layout& layout) {
  return !install::git_output(layout, {"ls-files", "-z", "--", std::string(core::kAiIgnoreFile)})
              .empty();
}

}  // namespace

std::string ai_ignore(const core::Policy& policy, const AiIgnoreReader& reader, bool ignore_case,
                      const std::function<bool(std::string_view)>& is_folder) {
  Writer writer(ignore_case, is_folder);
  writer.plain(kMark);
  writer.plain("it follows the policy when that is run again.\n");
  writer.comment("What is listed here, " + title(reader) + " may not touch.");
  if (policy.rules.unowned == core::Unowned::block) {
    list_all_but_own(writer, policy, reader);
  } else {
    list_others(writer, policy, reader);
    free_own(writer, policy, reader);
  }
  if (!policy.protect.empty()) {
    writer.blank();
    writer.comment("Protected: nobody in a stream may touch it");
    for (const std::string& pattern : in_order(policy.protect)) writer.ignore(pattern);
  }
  writer.blank();
  writer.comment("The patterns are the policy's own: they speak of files, never of whole folders");
  writer.plain("!*/\n");
  return writer.take();
}

AiIgnore write_ai_ignore(const git::Layout& layout, const std::string& text, bool may_be_tracked) {
  const fs::path file = *layout.worktree / core::kAiIgnoreFile;
  const fs::file_status status = fs::symlink_status(file);
  if ((may_be_tracked || fs::exists(status)) && is_tracked(layout)) return AiIgnore::tracked;
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status)) return AiIgnore::foreign;
    const std::string old = state::read_file(file, kLargest).value_or("");
    if (!old.starts_with(kMark)) return AiIgnore::foreign;
    install::exclude(layout, kLine, kNote);
    if (old == text) return AiIgnore::unchanged;
  } else {
    install::exclude(layout, kLine, kNote);
  }
  // By way of the git directory: what a call that is killed leaves in the worktree would be new
  // there.
  const fs::path draft = layout.git_dir / "stream" / "aiignore";
  std::error_code other_file_system;
  fs::create_directories(draft.parent_path());
  state::AtomicFile::replace(draft, text);
  fs::rename(draft, file, other_file_system);
  if (other_file_system) {
    state::AtomicFile::replace(file, text);
    fs::remove(draft);
  }
  return AiIgnore::written;
}

AiIgnore renew_ai_ignore(session::Session& session, const git::Layout& layout,
                         const AiIgnoreReader& reader, const core::ObjectId& base, bool base_only) {
  const git::Repository& repository = session.repository();
  const auto is_folder = [&](std::string_view path) {
    const auto entry = repository.entry(base, path);
    return entry && entry->mode == core::mode::tree;
  };
  const std::string text = ai_ignore(session.policy(), reader, repository.ignore_case(), is_folder);
  return write_ai_ignore(layout, text,
                         !base_only || repository.entry(base, core::kAiIgnoreFile).has_value());
}

bool has_own_ai_ignore(const fs::path& worktree) {
  const fs::path file = worktree / core::kAiIgnoreFile;
  std::error_code ignored;
  if (!fs::is_regular_file(fs::symlink_status(file, ignored))) return false;
  if (!state::read_file(file, kLargest).value_or("").starts_with(kMark)) return false;
  return git_output_in(worktree, {"ls-files", "--", std::string(core::kAiIgnoreFile)}).empty();
}

void unexclude_ai_ignore(const git::Layout& layout) {
  install::unexclude(layout, kLine, kNote);
}

}  // namespace gs::streams
