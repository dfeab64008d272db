#include "lib/streams/validation/steps.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/core.h>
#include <fstream>

#include "lib/core/error.h"
#include "lib/core/interface.h"
#include "lib/git/refs/history.h"
#include "lib/state/journal.h"

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

std::vector<ValidateStep> validation_steps(session::Session& session) {
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

namespace {

namespace fs = std::filesystem;
using report::StepRun;

constexpr std::size_t kTailLines = 40, kTailBytes = 16 << 10, kLongestLine = 400;

// Terminals' colours are left out; a line that draws over itself is shown as it ended.
std::string without_escapes(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (const std::size_t again = line.rfind('\r'); again != line.npos) line.remove_prefix(again + 1);
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\x1b') {
      out += line[i];
    } else if (i + 1 < line.size() && line[i + 1] == '[') {
      for (i += 2; i < line.size() && (line[i] < '@' || line[i] > '~'); ++i) {
      }
    }
  }
  if (out.size() > kLongestLine) out = out.substr(0, kLongestLine) + " …";
  return out;
}

std::vector<std::string> tail_of(const fs::path& log) {
  std::ifstream in(log, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(in.tellg(), 0));
  const std::size_t length = std::min(size, kTailBytes);
  in.seekg(static_cast<std::streamoff>(size - length));
  std::string text(length, '\0');
  in.read(text.data(), static_cast<std::streamsize>(length));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  std::vector<std::string> lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back(without_escapes(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (size > length && !lines.empty()) lines.erase(lines.begin());  // half a line
  if (lines.size() > kTailLines)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kTailLines));
  return lines;
}

std::string shown_place(session::Session& session, const fs::path& file) {
  const git::Layout& layout = session.repository().layout();
  const fs::path& home = layout.main_worktree ? *layout.main_worktree : layout.common_dir;
  const std::string place = file.lexically_relative(home).native();
  return place.empty() || place.starts_with("..") ? file.native() : place;
}

std::optional<int> number(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

StepRun run_from_log(std::map<std::string, std::string>& step) {
  StepRun run;
  run.name = step["name"];
  StepResult result;
  const StepOutcome all[] = {StepOutcome::ok, StepOutcome::failed, StepOutcome::timed_out,
                             StepOutcome::missing, StepOutcome::interrupted};
  for (const StepOutcome outcome : all) {
    if (outcome_name(outcome) == step["outcome"]) result.outcome = outcome;
  }
  result.ending.exit_code = number(step["exit_code"]);
  result.ending.signal = number(step["signal"]);
  run.outcome = outcome_name(result.outcome);
  run.text = result.text();
  run.milliseconds = std::int64_t{1000} * number(step["duration"]).value_or(0);
  return run;
}

}  // namespace

std::vector<StepRun> step_runs(session::Session& session, const Validation& validation) {
  const auto steps = validation_steps(session);
  const auto command = [&](const std::string& name) {
    const auto step = std::ranges::find(steps, name, &core::ValidateStep::name);
    return step == steps.end() ? std::vector<std::string>{} : step->run;
  };
  std::vector<StepRun> runs;
  for (const StepResult& step : validation.steps) {
    StepRun run{step.name,
                std::string(outcome_name(step.outcome)),
                step.text(),
                command(step.name),
                step.ending.duration.count(),
                {},
                {}};
    if (step.outcome == StepOutcome::missing) {
      run.text = "not run: " + step.why;
    } else {
      run.log = shown_place(session, step.log);
      run.tail = tail_of(step.log);
    }
    runs.push_back(std::move(run));
  }
  for (const std::string& name : validation.not_run)
    runs.push_back({name, "not_run", "not run", command(name), 0, {}, {}});
  return runs;
}

namespace {

// Whether a commit that the log names has this tree.
class SameTree {
 public:
  SameTree(const git::Repository& repository, const core::ObjectId& commit)
      : repository_(repository), tree_(tree_of(commit)) {
    known_.emplace(commit.hex(), true);
  }

  bool operator()(const std::string& commit) {
    const auto [found, fresh] = known_.try_emplace(commit, false);
    const auto id = fresh ? core::ObjectId::from_hex(commit) : std::nullopt;
    if (id && tree_) found->second = tree_of(*id) == tree_;
    return found->second;
  }

 private:
  std::optional<core::ObjectId> tree_of(const core::ObjectId& commit) const {
    try {
      return git::tree_of(repository_, commit);
    } catch (const core::Error&) {  // the log may outlive a commit
      return std::nullopt;
    }
  }

  const git::Repository& repository_;
  std::optional<core::ObjectId> tree_;  // nothing: the commit is not here
  std::map<std::string, bool> known_;
};

}  // namespace

std::vector<StepRun> logged_runs(const git::Repository& repository, const state::LogRead& log,
                                 const core::ObjectId& commit) {
  std::vector<StepRun> runs;
  SameTree same(repository, commit);
  for (auto line = log.lines.rbegin(); line != log.lines.rend(); ++line) {
    const state::Activity& activity = line->activity;
    if (activity.action != "validated" || state::log_field(activity, "dirty") == "true" ||
        !same(state::log_field(activity, "commit")))
      continue;
    const std::size_t newer = runs.size();
    for (const auto& [name, json] : activity.fields) {
      if (name != "steps") continue;
      for (auto& step : state::plain_objects(json)) {
        StepRun run = run_from_log(step);
        const auto end = runs.begin() + static_cast<std::ptrdiff_t>(newer);
        if (std::find_if(runs.begin(), end,
                         [&](const StepRun& known) { return known.name == run.name; }) == end)
          runs.push_back(std::move(run));
      }
    }
  }
  return runs;
}

std::vector<std::string> steps_without_result(const std::vector<ValidateStep>& steps,
                                              const std::vector<StepRun>& runs) {
  std::vector<std::string> names;
  for (const ValidateStep& step : steps) {
    const bool known = std::ranges::any_of(runs, [&](const StepRun& run) {
      return run.name == step.name && (run.ok() || run.failed());
    });
    if (!known) names.push_back(step.name);
  }
  return names;
}

std::string test_status(const std::vector<StepRun>& runs) {
  std::string failed, passed, others;
  const auto add = [](std::string& list, const std::string& text) {
    list += (list.empty() ? "" : ", ") + text;
  };
  for (const StepRun& run : runs) {
    if (run.ok()) {
      add(passed, run.name);
    } else if (run.outcome == "failed") {
      const std::size_t bracket = run.text.find('(');
      add(failed, run.name + (bracket == run.text.npos ? "" : " " + run.text.substr(bracket)));
    } else if (run.failed()) {
      add(failed, run.name + " (" + run.text + ")");
    } else {
      add(others, run.name + " (" + run.text + ")");
    }
  }
  std::string text;
  const auto part = [&](const char* word, const std::string& list) {
    if (!list.empty()) text += (text.empty() ? "" : "; ") + std::string(word) + list;
  };
  part("FAILED: ", failed);
  part("passed: ", passed);
  part("not run: ", others);
  return text;
}

namespace {

constexpr std::size_t kRunsRead = 64;  // validations that are looked at, of whatever commit

std::vector<StepRun> recent_runs(session::Session& session, const core::ObjectId& commit) {
  return logged_runs(session.repository(),
                     state::recent_lines(session.state().activity(), "validated", kRunsRead),
                     commit);
}

}  // namespace

std::string_view kind_name(ValidationState::Kind kind) {
  constexpr std::array<std::string_view, 4> kNames{"no_steps", "not_validated", "failed", "passed"};
  return kNames[static_cast<std::size_t>(kind)];
}

ValidationState validation_state(session::Session& session, const core::ObjectId& commit) {
  using Kind = ValidationState::Kind;
  const std::vector<ValidateStep> steps = validation_steps(session);
  if (steps.empty()) return {};
  const std::vector<StepRun> runs = recent_runs(session, commit);
  ValidationState state{Kind::failed, {}, std::ranges::any_of(runs, &StepRun::ok)};
  for (const StepRun& run : runs)
    if (run.failed()) state.steps.push_back(run.name);
  if (!state.steps.empty()) return state;
  state.steps = steps_without_result(steps, runs);
  state.kind = state.steps.empty() ? Kind::passed : Kind::not_validated;
  return state;
}

std::string test_status(session::Session& session, const core::ObjectId& commit) {
  return test_status(recent_runs(session, commit));
}

}  // namespace gs::streams
