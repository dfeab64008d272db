#include "tests/gates/push_scene.h"

#include <sstream>

namespace gs::test {

PushScene::PushScene(const std::string& policy) : StreamRepo(policy) {
  owner().must(
      "git init -q --bare -b develop ../server.git; git remote add origin ../server.git;"
      "git -c core.hooksPath=/dev/null push -q origin develop; git fetch -q");
}

Place PushScene::server() const {
  return Place(*this, folder() / "server.git");
}

std::string PushScene::at_server(const std::string& ref) const {
  std::string id = server().sh("git rev-parse -q --verify " + ref).output;
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

Place PushScene::enrolled(const std::string& agent, const std::string& branch) const {
  Place place = worktree(agent, branch);
  place.must("git stream install --agent " + agent);
  return place;
}

Place PushScene::clone(const std::string& name, const std::string& options) const {
  Place(*this, folder()).must("git clone -q " + options + " server.git " + name);
  return Place(*this, folder() / name);
}

void commit_unjudged(const Place& place, std::string_view path, std::string_view content,
                     const std::string& trailers) {
  place.write(path, content);
  const std::string message = trailers.empty() ? "Change" : "Change\n\n" + trailers;
  place.must("git add -- " + word(path) + "; git -c core.hooksPath=/dev/null commit -q -m " +
             word(message));
}

std::string block_of(const Said& said) {
  std::istringstream lines(without_times(said.errors));
  std::string block, line;
  constexpr std::string_view kRemote = "remote: ";
  while (std::getline(lines, line)) {
    if (line.starts_with(kRemote)) line.erase(0, kRemote.size());
    while (!line.empty() && line.back() == ' ') line.pop_back();
    if (line.starts_with("git-stream: ") || line.starts_with("  ")) block += line + "\n";
  }
  return block;
}

}  // namespace gs::test
