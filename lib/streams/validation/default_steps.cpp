#include "lib/streams/validation/default_steps.h"

#include "lib/core/interface.h"
#include "lib/git/refs/history.h"

namespace gs::streams {

namespace {

using core::ValidateStep;

// Every package at the top is imported, as the program that uses it would.
constexpr char kImportAll[] = R"(import importlib
import pkgutil
import sys

sys.path.insert(0, "")
failed = False
for module in pkgutil.iter_modules([""]):
    if not module.ispkg or module.name == "tests":
        continue
    try:
        importlib.import_module(module.name)
        print(f"ok      {module.name}")
    except ImportError as error:
        print(f"FAILED  {module.name}: {error}")
        failed = True
sys.exit(failed)
)";

struct Tree {
  bool python = false, tests = false;
};

Tree look_at(const git::Repository& repository) {
  Tree tree;
  const auto each = [&](std::string_view path, const git::TreeEntry&) {
    tree.tests = tree.tests || path.starts_with("tests/");
    tree.python = tree.python || path.ends_with(".py");
  };
  if (const auto head = repository.head()) repository.each_file(*head, each);
  return tree;
}

}  // namespace

std::vector<ValidateStep> validation_steps(app::Session& session) {
  const core::Policy& policy = session.policy();
  if (policy.validate_given || !session.pinned()) return policy.validate;
  const Tree tree = look_at(session.repository());
  std::vector<ValidateStep> steps;
  if (tree.python) steps.push_back({"types", {"mypy", ".", "--ignore-missing-imports"}, {}});
  if (tree.tests) steps.push_back({"tests", {"pytest", "tests/", "-v", "--tb=short"}, {}});
  if (tree.python) steps.push_back({"imports", {"python3", "-c", kImportAll}, {}});
  if (!policy.layers.empty()) steps.push_back({"layers", {"git", "stream", "check", "--all"}, {}});
  return steps;
}

}  // namespace gs::streams
