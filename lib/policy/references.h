#pragma once
// What a policy's parts say about each other, with places: checked once everything is read.

#include <cstddef>
#include <string>
#include <vector>

#include "lib/policy/yaml.h"

namespace gs::policy {

struct Reference {
  std::string from, to;  // stream or agent ids; for a layer: its name and the module
  const YamlNode* at = nullptr;
};

struct TaskReference {
  std::size_t task = 0;  // its index
  const YamlNode *stream = nullptr, *agent = nullptr;
};

struct References {
  std::vector<Reference> streams;     // `from` is the stream, at its key
  std::vector<Reference> agents;      // `from` is the agent, `to` its stream, at its key
  std::vector<Reference> depends_on;  // stream to stream
  std::vector<Reference> after;       // agent to agent
  std::vector<Reference> modules;     // layer to module
  std::vector<TaskReference> tasks;
  const YamlNode* branch = nullptr;  // where the naming rule and the integration branch are
  const YamlNode* integration_branch = nullptr;  // given; null where the default stands
};

}  // namespace gs::policy
