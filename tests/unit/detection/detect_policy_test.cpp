#include "lib/detection/detect_policy.h"

#include <gmock/gmock.h>
#include <map>

#include "analyzers/import_graph.h"
#include "lib/core/pattern.h"
#include "lib/facts/tree_imports.h"
#include "lib/git/objects/object_id.h"
#include "lib/policy/policy_file.h"
#include "lib/python/imports/imports.h"
#include "lib/python/modules.h"

namespace gs::detection {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

using Texts = std::map<std::string, std::string, std::less<>>;

RepositoryFiles files_of(const Texts& texts) {
  RepositoryFiles files;
  for (const auto& [path, text] : texts) files.paths.push_back(path);
  files.read = [&texts](std::string_view path) {
    const auto found = texts.find(path);
    return found == texts.end() ? std::nullopt : std::optional(found->second);
  };
  return files;
}

policy::ProposedPolicy detected(const Texts& texts, std::size_t scopes = 0) {
  return detect_policy(files_of(texts), core::BranchName("main"), scopes);
}

core::Policy parsed(const policy::ProposedPolicy& proposed) {
  return policy::parse_policy(policy::policy_text(proposed), "detected");
}

std::size_t scopes_with(const core::Policy& policy, const std::string& path) {
  std::size_t count = 0;
  for (const core::StreamSpec& stream : policy.streams) {
    for (const std::string& pattern : stream.agents[0].files)
      count += core::pattern_matches(pattern, path, false) ? 1U : 0U;
  }
  return count;
}

bool is_shared(const core::Policy& policy, const std::string& path) {
  return std::ranges::any_of(policy.shared, [&](const std::string& pattern) {
    return core::pattern_matches(pattern, path, false);
  });
}

// What must hold of any repository.
void expect_sound(const Texts& texts, std::size_t scopes = 0) {
  const core::Policy policy = parsed(detected(texts, scopes));
  facts::ListedTree tree;
  for (const auto& [path, text] : texts)
    tree.add(path, {git::blob_id(path, core::ObjectFormat::sha1), core::mode::file});
  tree.finish();
  python::ModuleMap modules(tree, python::python_roots(policy.python_roots, tree));
  analyzers::GraphBuilder builder(modules);
  std::vector<std::string> facts;
  facts.reserve(texts.size());
  for (const auto& [path, text] : texts) {
    if (!core::is_python_source(path)) continue;
    builder.add(path, facts.emplace_back(python::imports_of(text)));
    EXPECT_TRUE(is_shared(policy, path) || scopes_with(policy, path) == 1) << path;
  }
  const analyzers::LayerMap layers(policy);
  for (const auto& violation : analyzers::layer_violations(builder.take(), layers))
    ADD_FAILURE() << violation.message;
}

Texts flask_like() {
  Texts texts{{"pyproject.toml",
               "[tool.ruff]\nsrc = [\"src\"]\n[tool.mypy]\nfiles = [\"src\"]\n"
               "[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\n"},
              {"examples/tutorial/flaskr/__init__.py", "import flask\n"},
              {"docs/conf.py", "import flask\n"},
              {"tests/conftest.py", "import flask\n"},
              {"tests/test_app.py", "from flask import app\n"}};
  const std::string filler(4000, '#');
  texts["src/flask/__init__.py"] = "from .app import Flask\nfrom .json import dumps\n";
  texts["src/flask/globals.py"] = "x = 1\n" + filler;
  texts["src/flask/json/__init__.py"] = "from ..globals import x\n" + filler;
  texts["src/flask/json/tag.py"] = "from ..json import dumps\n" + filler;
  texts["src/flask/app.py"] =
      "from .globals import x\nfrom . import json\nfrom .cli import run\n" + filler;
  texts["src/flask/cli.py"] = "from .globals import x\n" + filler;
  texts["src/flask/sansio/app.py"] = "from ..globals import x\n" + filler;
  return texts;
}

TEST(DetectPolicy, DividesAPackageInSrcAndSharesTestsDocsAndExamples) {
  const Texts texts = flask_like();
  const policy::ProposedPolicy proposed = detected(texts);
  EXPECT_THAT(proposed.streams, SizeIs(2));
  EXPECT_THAT(proposed.shared, ElementsAre("docs/**", "examples/**", "tests/**"));
  EXPECT_THAT(proposed.python_roots, IsEmpty());  // src, as usual
  EXPECT_GT(proposed.layers.size(), 2U);
  EXPECT_THAT(proposed.layers.front().modules, Contains("flask.globals"));
  expect_sound(texts);
  for (std::size_t scopes : {1U, 2U, 3U, 5U, 40U}) expect_sound(texts, scopes);
}

TEST(DetectPolicy, FindsTheRootsOfSeveralDistributions) {
  const Texts texts{
      {"packages/core/src/acme_core/__init__.py", ""},
      {"packages/core/src/acme_core/model.py", "x = 1\n"},
      {"packages/core/tests/__init__.py", ""},
      {"packages/core/tests/test_model.py", "from acme_core import model\n"},
      {"packages/web/acme_web/__init__.py", ""},
      {"packages/web/acme_web/app.py", "from acme_core.model import x\nimport acme_web.views\n"},
      {"packages/web/acme_web/views.py", "from acme_core import model\n"},
      {"packages/web/setup.py", "import setuptools\n"}};
  const policy::ProposedPolicy proposed = detected(texts, 2);
  EXPECT_THAT(proposed.python_roots, ElementsAre("packages/core/src", "packages/web", ""));
  EXPECT_THAT(proposed.shared, Contains("packages/core/tests/**"));
  EXPECT_THAT(proposed.shared, Contains("packages/web/setup.py"));
  ASSERT_THAT(proposed.streams, SizeIs(2));
  EXPECT_THAT(proposed.streams[0].patterns, SizeIs(1));
  ASSERT_GE(proposed.layers.size(), 2U);
  EXPECT_THAT(proposed.layers[0].modules, Contains("acme_core"));
  expect_sound(texts, 2);
}

TEST(DetectPolicy, KnowsNamespacePackages) {
  const Texts texts{{"src/acme/store/__init__.py", "from acme.store import rows\n"},
                    {"src/acme/store/rows.py", "x = 1\n"},
                    {"src/acme/sales/__init__.py", "from acme.store.rows import x\n"},
                    {"src/acme/sales/orders.py", "import acme.sales\nimport acme.store\n"}};
  const policy::ProposedPolicy proposed = detected(texts, 2);
  EXPECT_THAT(proposed.python_roots, ElementsAre("src", ""));  // src has no package directly in it
  ASSERT_THAT(proposed.streams, SizeIs(2));
  ASSERT_GE(proposed.layers.size(), 2U);
  EXPECT_THAT(proposed.layers[0].modules, Contains("acme.store"));
  EXPECT_THAT(proposed.layers[1].modules, Contains("acme.sales"));
  expect_sound(texts, 2);
}

TEST(DetectPolicy, DividesAFlatFolderByFiles) {
  const Texts texts{{"report.py", "import tables\nimport loader\n"},
                    {"tables.py", "import loader\n"},
                    {"loader.py", "import json\n"},
                    {"clean.py", "import loader\n"},
                    {"test_tables.py", "import tables\n"}};
  const policy::ProposedPolicy proposed = detected(texts);
  EXPECT_THAT(proposed.streams, SizeIs(2));
  EXPECT_THAT(proposed.python_roots, IsEmpty());
  ASSERT_GE(proposed.layers.size(), 3U);
  EXPECT_THAT(proposed.layers[0].modules, ElementsAre("loader"));
  expect_sound(texts);
}

TEST(DetectPolicy, FindsScriptsThatImportTheirNeighbours) {
  const Texts texts{{"scripts/run.py", "import helpers\n"},
                    {"scripts/helpers.py", ""},
                    {"scripts/types.py", ""},
                    {"app/__init__.py", "import types\n"},
                    {"app/main.py", "import app\nimport types\n"}};
  EXPECT_THAT(detected(texts).python_roots, ElementsAre("scripts", ""));
  expect_sound(texts);
}

TEST(DetectPolicy, LeavesLayersOpenWhereAllIsOneCircle) {
  const Texts texts{{"a/__init__.py", "import b\n"}, {"b/__init__.py", "import a\n"}};
  EXPECT_THAT(detected(texts).layers, IsEmpty());
  EXPECT_THAT(policy::policy_text(detected(texts)), HasSubstr("in circles"));
  expect_sound(texts);
}

TEST(DetectPolicy, StaysSoundWithOddNamesAndContents) {
  const Texts texts{{"my-app/a b.py", "import x\n"}, {"my-app/[x].py", "from . import y\n"},
                    {"!not/__init__.py", "def\n"},   {"größe/maß.py", "import größe.maß\n"},
                    {"caf\xe9/x.py", "import y\n"},  {"nul.py", std::string("\0\0import x", 10)},
                    {".hidden/x.py", "import y\n"},  {"a/b/c/d/e/f.py", "import a.b\n"}};
  const core::Policy policy = parsed(detected(texts, 3));
  EXPECT_THAT(policy.streams, SizeIs(3));
  for (const auto& [path, text] : texts)
    EXPECT_EQ(scopes_with(policy, path), path.starts_with('.') ? 0U : 1U) << path;
}

TEST(DetectPolicy, IsThereForNothing) {
  const policy::ProposedPolicy proposed = detected({});
  EXPECT_THAT(proposed.streams, IsEmpty());
  EXPECT_THAT(proposed.layers, IsEmpty());
  EXPECT_EQ(parsed(proposed).integration_branch.str(), "main");
}

TEST(DetectPolicy, GivesEachStreamAboutAsMuch) {
  Texts texts;
  for (int package = 0; package < 6; ++package) {
    for (int module = 0; module < 10; ++module) {
      const std::string own = "p" + std::to_string(package);
      texts["lib/" + own + "/m" + std::to_string(module) + ".py"] =
          "from lib." + own + " import m0\n" +
          std::string(1000 + 100 * static_cast<std::size_t>(module), '#');
      texts["lib/" + own + "/__init__.py"] = "";
    }
  }
  texts["lib/__init__.py"] = "";
  const policy::ProposedPolicy proposed = detected(texts, 3);
  ASSERT_THAT(proposed.streams, SizeIs(3));
  for (const policy::ProposedStream& stream : proposed.streams)
    EXPECT_THAT(stream.reason, HasSubstr("33 % of the code")) << stream.name;
  expect_sound(texts, 3);
}

// Checks.

std::vector<std::string> checks_of(const Texts& texts) {
  std::vector<std::string> lines;
  for (const ProjectCheck& check : project_checks(files_of(texts).paths, files_of(texts).read)) {
    std::string line = check.step.name + ":";
    for (const std::string& word : check.step.run) line += ' ' + word;
    lines.push_back(line + "  # " + check.reason);
  }
  return lines;
}

TEST(ProjectChecks, AreWhatTheRepositoryRuns) {
  EXPECT_THAT(
      checks_of({{"pyproject.toml",
                  "[tool.ruff]\n[tool.mypy]\nfiles = \"src\"\n[tool.pytest.ini_options]\n"}}),
      ElementsAre("style: ruff check .  # pyproject.toml has [tool.ruff]",
                  "types: mypy  # pyproject.toml has [tool.mypy]",
                  "tests: pytest  # pyproject.toml has [tool.pytest.ini_options]"));
  EXPECT_THAT(checks_of({{"setup.cfg",
                          "[flake8]\nmax-line-length = 88\n[mypy]\nstrict = 1\n[tool:pytest]\n"},
                         {"pkg/__init__.py", ""}}),
              ElementsAre("style: flake8  # setup.cfg has [flake8]",
                          "types: mypy pkg  # setup.cfg has [mypy]",
                          "tests: pytest  # setup.cfg has [tool:pytest]"));
  EXPECT_THAT(
      checks_of({{"tox.ini",
                  "[tox]\nenvlist =\n    py3\n    docs\n[testenv]\ncommands = runtests.py\n"}}),
      ElementsAre("tests: tox -e py3  # there is tox.ini"));
  EXPECT_THAT(checks_of({{"tox.ini", "[tox]\nenv_list = py3{9,10}\n"}}),
              ElementsAre("tests: tox  # there is tox.ini"));
  EXPECT_THAT(checks_of({{"noxfile.py", "import nox\n"}}),
              ElementsAre("tests: nox  # there is noxfile.py"));
  EXPECT_THAT(checks_of({{".github/workflows/ci.yml",
                          "jobs:\n - run: python -m pytest -q\n - run: ruff check\n"}}),
              ElementsAre("style: ruff check .  # .github/workflows/ci.yml runs it",
                          "tests: pytest  # .github/workflows/ci.yml runs it"));
  EXPECT_THAT(checks_of({{"tests/test_a.py", "import unittest\n"}}),
              ElementsAre("tests: python3 -m unittest discover -s tests -t .  # there are "
                          "tests/test*.py, and no other runner's settings"));
  EXPECT_THAT(
      checks_of(
          {{"pytest_like.txt", ""}, {"pyproject.toml", "[tool.black]\n"}, {"not/tox.ini", ""}}),
      IsEmpty());
  EXPECT_THAT(checks_of({{"pyproject.toml", "this = is [no toml\n"}, {"setup.cfg", "[mypy\n"}}),
              IsEmpty());
}

}  // namespace
}  // namespace gs::detection
