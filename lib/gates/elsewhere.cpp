#include "lib/gates/elsewhere.h"

#include <algorithm>
#include <map>
#include <set>

#include "lib/facts/blob_knowledge.h"
#include "lib/git/refs/history.h"
#include "lib/state/handoffs.h"

namespace gs::gates {

namespace {

using analyzers::Elsewhere;
using core::ImportEdge;
using core::ObjectId;

// The imported files, each with the names that are taken from it.
using Taken = std::map<std::string, std::set<std::string>>;

Taken names_taken(const std::vector<ImportEdge>& edges) {
  Taken taken;
  for (const ImportEdge& edge : edges) {
    if (!edge.target_path.empty())
      taken[edge.target_path].insert(edge.names.begin(), edge.names.end());
  }
  return taken;
}

bool is_regular(const std::optional<git::TreeEntry>& entry) {
  return entry && core::mode::is_regular(entry->mode);
}

class Search {
 public:
  Search(session::Session& session, const std::vector<ImportEdge>& edges, const ObjectId& base)
      : session_(session), base_(base), taken_(names_taken(edges)) {
    for (const auto& [file, names] : taken_) files_.push_back(file);
  }

  std::vector<Elsewhere> run(const std::vector<OthersBranch>& others) {
    std::vector<Elsewhere> found;
    if (files_.empty()) return found;
    integration_ = integration_tip().value_or(base_);
    for (const auto& [stream, branch, tip] : others) {
      for (const std::string& file : changed_there(tip))
        found.push_back(look(stream, branch, tip, file));
    }
    return found;
  }

 private:
  // Most modules are the same on all branches: only for the others is asked who changed them.
  std::vector<std::string> changed_there(const ObjectId& tip) {
    const git::Repository& repository = session_.repository();
    std::vector<std::string> files = git::differing(repository, base_, tip, files_);
    if (files.empty()) return files;
    const auto parted = git::merge_base(repository, integration_, tip);
    return parted ? git::differing(repository, *parted, tip, files) : files;
  }

  std::optional<ObjectId> integration_tip() const {
    const git::Repository& repository = session_.repository();
    const std::string& name = session_.policy().integration_branch.str();
    const auto local = repository.resolve("refs/heads/" + name);
    return local ? local : repository.resolve("refs/remotes/origin/" + name);
  }

  Elsewhere look(const core::StreamId& stream, const core::BranchName& branch, const ObjectId& tip,
                 const std::string& file) const {
    Elsewhere there{stream, branch, file, false, {}};
    const git::Repository& repository = session_.repository();
    const auto theirs = repository.entry(tip, file);
    there.gone = !is_regular(theirs);
    const std::set<std::string>& names = taken_.at(file);
    const auto ours = repository.entry(base_, file);
    if (there.gone || names.empty() || !is_regular(ours)) return there;
    const core::Interface here = facts::interface_of_blob(repository, ours->id);
    const core::Interface changed = facts::interface_of_blob(repository, theirs->id);
    for (const std::string& name : names) {
      const bool lost = changed.binds(name) == core::Interface::Answer::no &&
                        here.binds(name) != core::Interface::Answer::no;
      if (lost) there.gone_names.push_back(name);
    }
    return there;
  }

  session::Session& session_;
  const ObjectId& base_;
  ObjectId integration_;  // where branches left from
  const Taken taken_;
  std::vector<std::string> files_;
};

}  // namespace

std::vector<OthersBranch> others_branches(session::Session& session) {
  std::vector<OthersBranch> found;
  if (session.policy().streams.empty()) return found;
  const auto own = session.repository().current_branch();
  for (auto& [branch, tip] : git::branches(session.repository())) {
    const auto stream = core::stream_of_branch(session.policy(), branch);
    if (stream && stream != session.identity().stream && branch != own)
      found.push_back({*stream, std::move(branch), tip});
  }
  return found;
}

std::vector<Elsewhere> find_elsewhere(session::Session& session, const std::vector<OthersBranch>& others,
                                      const std::vector<ImportEdge>& edges,
                                      const std::optional<ObjectId>& base) {
  if (!base || others.empty()) return {};
  return Search(session, edges, *base).run(others);
}

std::set<std::string> touched_elsewhere(session::Session& session, const std::vector<OthersBranch>& others,
                                        const std::vector<std::string>& files,
                                        const std::optional<ObjectId>& base) {
  std::set<std::string> touched;
  if (!base || files.empty()) return touched;
  for (const OthersBranch& other : others) {
    for (std::string& file : git::differing(session.repository(), *base, other.tip, files))
      touched.insert(std::move(file));
  }
  return touched;
}

std::vector<core::PatternList> scopes_of_earlier(session::Session& session) {
  const auto& agent = session.identity().agent;
  const core::AgentSpec* spec = agent ? session.policy().find_agent(*agent) : nullptr;
  std::vector<core::PatternList> scopes;
  for (std::size_t i = 0; spec != nullptr && i < spec->after.size(); ++i) {
    if (const core::AgentSpec* before = session.policy().find_agent(spec->after[i]))
      scopes.emplace_back(before->files, session.repository().ignore_case());
  }
  return scopes;
}

std::vector<core::AgentId> finished_agents(session::Session& session) {
  const auto& agent = session.identity().agent;
  const core::AgentSpec* spec = agent ? session.policy().find_agent(*agent) : nullptr;
  std::vector<core::AgentId> done;
  if (spec == nullptr || spec->after.empty()) return done;
  const state::Finished finished = state::read_finished(session.state());
  for (const core::AgentId& before : spec->after) {
    const core::StreamSpec* stream = session.policy().stream_of(before);
    const bool stream_done =
        stream != nullptr &&
        std::count(finished.streams.begin(), finished.streams.end(), stream->id.str()) > 0;
    const bool handed_on = std::any_of(
        finished.agents.begin(), finished.agents.end(),
        [&](const std::string& name) { return core::same_holder(name, before.full()); });
    if (stream_done || handed_on) done.push_back(before);
  }
  return done;
}

}  // namespace gs::gates
