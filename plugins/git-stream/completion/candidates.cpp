#include "plugins/git-stream/completion/candidates.h"

#include <algorithm>
#include <functional>

#include "lib/core/lock.h"
#include "lib/core/text.h"
#include "lib/git/refs/refs.h"
#include "lib/git/worktrees/worktrees.h"
#include "lib/state/locks.h"
#include "lib/state/streams.h"
#include "lib/streams/lifecycle/tasks.h"
#include "plugins/git-stream/commands/log_actions.h"

namespace gs::command {

namespace {

using Words = std::vector<Candidate>;

std::vector<std::string> branches(session::Session& session) {
  constexpr std::string_view kHeads = "refs/heads/";
  std::vector<std::string> names;
  for (const std::string& ref : git::Refs(session.repository().layout()).list(std::string(kHeads)))
    names.push_back(ref.substr(kHeads.size()));
  return names;
}

// Only streams that have a branch: nothing of another can be merged.
bool has_branch(const core::StreamSpec& stream, const core::Policy& policy,
                const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [&](const std::string& name) {
    return core::stream_of_branch(policy, core::BranchName(name)) == stream.id;
  });
}

Words streams(const WantedValue& wanted, Context& context) {
  session::Session& session = context.session();
  const core::Policy& policy = session.policy();
  const bool begun =
      wanted.command == "merge" || wanted.command == "order" || wanted.command == "conflicts";
  const auto names = begun ? branches(session) : std::vector<std::string>();
  Words words;
  for (const core::StreamSpec& stream : policy.streams) {
    if (!begun || has_branch(stream, policy, names))
      words.push_back({stream.id.str(), stream.name});
  }
  return words;
}

Words agents(const WantedValue&, Context& context) {
  Words words;
  for (const core::StreamSpec& stream : context.session().policy().streams) {
    for (const core::AgentSpec& agent : stream.agents)
      words.push_back({agent.id.short_name(), agent.scope.empty() ? stream.name : agent.scope});
  }
  return words;
}

Words streams_and_agents(const WantedValue& wanted, Context& context) {
  Words words = streams(wanted, context);
  for (Candidate& agent : agents(wanted, context)) words.push_back(std::move(agent));
  return words;
}

// A path or pattern of the repository as it is written here.
std::string from_prefix(const std::string& path, const std::string& prefix) {
  if (path.starts_with(prefix) && path.size() > prefix.size()) return path.substr(prefix.size());
  return ":/" + path;
}

Words locks(const WantedValue& wanted, Context& context) {
  session::Session& session = context.session();
  if (!state::state_exists(session.state())) return {};
  const std::string me = session.identity().name(), prefix = context.prefix();
  Words words;
  for (const core::Lock& lock : state::read_locks(session.state())) {
    const bool can =
        wanted.of_everybody || core::same_holder(lock.agent, me) || !lock.live(session.now());
    if (can) words.push_back({from_prefix(lock.path, prefix), lock.agent});
  }
  return words;
}

bool number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

Words tasks(const WantedValue& wanted, Context& context) {
  Words words;
  for (const streams::Task& task : streams::task_list(context.session())) {
    const std::string digits = std::to_string(task.number);
    if (number(wanted.typed)) words.push_back({digits, task.task.title});
    words.push_back({task.task.title, digits + ", " + task.task.status});
  }
  return words;
}

Words steps(const WantedValue&, Context& context) {
  Words words;
  for (const core::ValidateStep& step : context.session().policy().validate)
    words.push_back({step.name, core::joined(step.run)});
  return words;
}

Words actions(const WantedValue&, Context&) {
  Words words;
  for (const std::string_view action : kActions) words.push_back({std::string(action), {}});
  return words;
}

Words local_branches(const WantedValue&, Context& context) {
  Words words;
  for (std::string& name : branches(context.session()))
    words.push_back({std::move(name), "branch"});
  return words;
}

Words commits(const WantedValue& wanted, Context& context) {
  const git::Refs refs(context.session().repository().layout());
  Words words = local_branches(wanted, context);
  words.push_back({"HEAD", "what is checked out"});
  for (const std::string prefix : {"refs/remotes/", "refs/tags/"}) {
    const char* const kind = prefix == "refs/tags/" ? "tag" : "remote branch";
    for (const std::string& ref : refs.list(prefix))
      words.push_back({ref.substr(prefix.size()), kind});
  }
  return words;
}

Words worktrees(const WantedValue&, Context& context) {
  const git::Repository& repository = context.session().repository();
  Words words;
  for (const git::Worktree& worktree : repository.worktrees()) {
    const auto branch = git::branch_worked_on(worktree, repository.layout());
    words.push_back({near_path(worktree.path), branch ? branch->str() : "no branch"});
  }
  return words;
}

// Those of a list or range that stand before what is typed now stay, and are not named again.
Words after(std::string_view separator, const std::string& typed, Words words) {
  const std::size_t at = typed.rfind(separator);
  if (at == typed.npos) return words;
  const std::string before = typed.substr(0, at + separator.size());
  std::string_view rest = before;
  while (separator == "," && !rest.empty()) {
    const std::string_view named = core::take_part(rest, ',');
    std::erase_if(words, [&](const Candidate& one) { return one.word == named; });
  }
  for (Candidate& one : words) one.word.insert(0, before);
  return words;
}

struct ValueRow {
  std::string_view value;
  Words (*words)(const WantedValue& wanted, Context& context);
  std::string_view separator = {};  // of a list
};

constexpr ValueRow kValues[] = {
    {"STREAM", streams},
    {"STREAMS", streams, ","},
    {"AGENT", agents},
    {"NAME", streams_and_agents},
    {"NAMES", streams_and_agents, ","},
    {"LOCK", locks},
    {"TASK", tasks},
    {"STEP", steps},
    {"ACTION", actions},
    {"BRANCH", local_branches},
    {"COMMIT", commits},
    {"A..B", commits, ".."},
    {"WORKTREE", worktrees},
};

Words listed(const std::string& value, char separator) {
  Words words;
  std::string_view rest = value;
  while (!rest.empty()) words.push_back({std::string(core::take_part(rest, separator)), {}});
  return words;
}

}  // namespace

Candidates candidates_for(const WantedValue& wanted, Context& context) {
  const std::string& value = wanted.value;
  if (value == "PATH" || value == "FILE") return {Candidates::By::files, {}};
  if (value.find('|') != value.npos) return {{}, listed(value, '|')};
  if (value.find(',') != value.npos) return {{}, after(",", wanted.typed, listed(value, ','))};
  const auto row = std::ranges::find(kValues, value, &ValueRow::value);
  if (row == std::end(kValues)) return {};
  Words words = row->words(wanted, context);
  return {{}, row->separator.empty() ? words : after(row->separator, wanted.typed, words)};
}

}  // namespace gs::command
