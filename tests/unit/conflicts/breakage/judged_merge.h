#pragma once
// What is found in a merge that git really made.

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <string>
#include <vector>

#include "lib/conflicts/breakage/merged_tree.h"
#include "tests/unit/streams/merge_support.h"

namespace gs::conflicts {

using test::Files;

inline constexpr char kPolicy[] = R"(version: 1
streams:
  E: {name: Shop, agents: {E1: {files: ["**"]}}}
  F: {name: Tax, agents: {F1: {files: ["tax/**"]}}}
)";

// Five lines apart, so that git merges what either side does to one of them.
inline std::string text_of(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += part + "\n#\n#\n#\n#\n";
  return text;
}

// "shop.py:6: block: uses json, which is no longer imported" each; who did it goes to `who`.
inline std::vector<std::string> judged(const Files& start, const Files& develop,
                                       const Files& stream, const char* policy = kPolicy,
                                       std::vector<std::string>* who = nullptr) {
  const test::MergeScene scene(policy);
  scene.commit(start);
  scene.repo.git({"checkout", "-q", "-b", "feature/stream-F"});
  scene.commit(stream);
  scene.repo.git({"checkout", "-q", "develop"});
  scene.commit(develop);
  const auto before = core::ObjectId::from_hex(scene.rev("HEAD"));
  scene.repo.git({"merge", "-q", "--no-ff", "-m", "Merge", "feature/stream-F"});
  session::Session session = scene.session();
  std::vector<std::string> lines;
  for (const core::Finding& finding :
       judge_merged(session, *before, *core::ObjectId::from_hex(scene.rev("HEAD")))) {
    const std::size_t at = finding.message.find("; last changed by ");
    if (who != nullptr) who->push_back(at == std::string::npos ? "" : finding.message.substr(at));
    lines.push_back(fmt::format("{}:{}: {}: {}", finding.path, finding.line,
                                finding.severity == core::Severity::block ? "block" : "warn",
                                finding.message.substr(0, at)));
  }
  return lines;
}

// Of one file, shop.py, in parts: as it was, what develop made of it, and what the stream did.
using Parts = std::vector<std::string>;
inline std::vector<std::string> judged_file(const Parts& start, const Parts& develop,
                                            const Parts& stream) {
  const Files more{{"tax/__init__.py", "RATE = 20\n"}};
  Files first = more;
  first["shop.py"] = text_of(start);
  return judged(first, {{"shop.py", text_of(develop)}}, {{"shop.py", text_of(stream)}});
}

}  // namespace gs::conflicts
