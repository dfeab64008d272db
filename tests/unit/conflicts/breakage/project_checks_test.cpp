// Migrations, requirements and fixtures that a clean merge breaks, in trees that git really merged.

#include <gmock/gmock.h>
#include <string>
#include <vector>

#include "lib/conflicts/breakage/project_checks/project_check.h"
#include "tests/unit/conflicts/breakage/judged_merge.h"

namespace gs::conflicts {
namespace {

using test::Files;
using testing::ElementsAre;
using testing::IsEmpty;

std::string django(const std::string& follows, const std::string& more = "") {
  return "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n" + more +
         "    dependencies = [" + follows + "]\n    operations = []\n";
}
std::string alembic(const std::string& id, const std::string& down) {
  return "revision = '" + id + "'\ndown_revision = " + down + "\nbranch_labels = None\n";
}

using Faults = std::vector<std::string>;

Faults messages(const std::vector<ProjectFault>& faults) {
  Faults lines;
  for (const ProjectFault& fault : faults)
    lines.push_back((fault.blocks ? "" : "note: ") + fault.message);
  return lines;
}

TEST(DjangoMigrations, Faults) {
  const std::string one = "shop/migrations/0001_initial.py", two = "shop/migrations/0002_a.py",
                    three = "shop/migrations/0002_b.py", four = "shop/migrations/0003_merge.py";
  const std::string first = django(""), after = django("('shop', '0001_initial')");
  const std::vector<std::pair<std::vector<ProjectFile>, Faults>> cases{
      {{{one, first}}, {}},
      {{{one, first}, {two, after}}, {}},
      {{{one, first}, {two, after}, {three, after}}, {"2 last migrations: 0002_a and 0002_b"}},
      {{{one, first},
        {two, after},
        {three, after},
        {four, django("('shop', '0002_a'), ('shop', '0002_b')")}},
       {}},
      {{{one, first}, {two, after}, {three, django("('shop', '0002_a')")}}, {}},
      // An app whose label is not its folder's name.
      {{{one, first}, {two, django("('store', '0001_initial')")}}, {}},
      {{{one, first},
        {two, django("('store', '0001_initial')")},
        {three, django("('store', '0001_initial'), ('auth', '0001_initial')")}},
       {"2 last migrations: 0002_a and 0002_b"}},
      // Other apps' migrations count for nothing.
      {{{one, first},
        {two, django("('shop', '0001_initial'), ('auth', '0011_x'), "
                     "migrations.swappable_dependency(settings.AUTH_USER_MODEL)")}},
       {}},
      {{{one, first}, {two, django("('shop', '0001_gone')")}},
       {"2 last migrations: 0001_initial and 0002_a", "follows 0001_gone, which is not there"}},
      {{{one, first}, {two, django("('shop', '__first__')")}},
       {"2 last migrations: 0001_initial and 0002_a"}},
      // Squashed ones stand for those that they replace.
      {{{one, first},
        {two, after},
        {"shop/migrations/0001_squashed_0002_a.py",
         django("", "    replaces = [('shop', '0001_initial'), ('shop', '0002_a')]\n")},
        {"shop/migrations/0003_c.py", django("('shop', '0002_a')")}},
       {}},
      // Nothing is known of the order.
      {{{one, first}, {two, django("") + "    dependencies += more\n"}, {three, after}},
       {"note: two migrations 0002: 0002_a and 0002_b"}},
      {{{one, "class Migration(\n"}, {two, after}, {three, after}},
       {"note: two migrations 0002: 0002_a and 0002_b"}},
      {{{"shop/migrations/helpers.py", "X = 1\n"}, {one, first}}, {}},
      {{}, {}},
  };
  for (const auto& [files, expected] : cases)
    EXPECT_EQ(messages(django_faults(files)), expected) << files.size();
}

TEST(AlembicRevisions, Faults) {
  const auto file = [](const std::string& id, const std::string& down) {
    return ProjectFile{"db/versions/" + id + "_x.py", alembic(id, down)};
  };
  const std::vector<std::pair<std::vector<ProjectFile>, Faults>> cases{
      {{file("a1", "None"), file("b2", "'a1'")}, {}},
      {{file("a1", "None"), file("b2", "'a1'"), file("c3", "'a1'")}, {"2 heads: b2 and c3"}},
      {{file("a1", "None"), file("b2", "'a1'"), file("c3", "'a1'"), file("d4", "('b2', 'c3')")},
       {}},
      {{file("a1", "None"), file("b2", "'zz'")},
       {"2 heads: a1 and b2", "follows zz, which is not there"}},
      {{file("a1f", "None"), file("b2", "'a1'")}, {}},
      {{file("a1", "None"), file("b2", "previous()"), file("c3", "'a1'")}, {}},
      {{file("a1", "None"),
        {"db/versions/b2_x.py", "revision = 'b2'\ndown_revision = None\nbranch_labels = ('x',)\n"}},
       {}},
      {{file("a1", "None"), {"db/versions/tool.py", "X = 1\n"}}, {}},
  };
  for (const auto& [files, expected] : cases)
    EXPECT_EQ(messages(alembic_faults(files)), expected) << files.size();
}

TEST(Requirements, Faults) {
  const std::vector<std::pair<ProjectFile, Faults>> cases{
      {{"requirements.txt", "a==1\nb==1\nA==2\n"},
       {"requires a==1 and, in line 3, A==2: no version is both"}},
      {{"requirements.txt", "a==1\na>=1\n"}, {}},
      {{"requirements.txt", "a==1; python_version<'3'\na==2; python_version>='3'\n"}, {}},
  };
  for (const auto& [file, expected] : cases)
    EXPECT_EQ(messages(requirements_faults({file})), expected) << file.text;
  const std::vector<std::pair<std::string, Faults>> pyprojects{
      {"[project]\ndependencies = [\n  'a>=2',\n  'b',\n  'a<2',\n]\n",
       {"requires a>=2 and, in line 5, a<2: no version is both"}},
      {"[project]\ndependencies = ['a>=2']\n[project.optional-dependencies]\nx = ['a<2']\n", {}},
      {"[tool.ruff]\nline-length = 100\n[tool.mypy]\n[tool.ruff]\n",
       {"the table tool.ruff is there twice, again in line 4"}},
      {"[tool.ruff]\nselect = ['E']\nline-length = 1\nselect = ['F']\n",
       {"the key tool.ruff.select is there twice, again in line 4"}},
      {"[[tool.mypy.overrides]]\nmodule = 'a'\n[[tool.mypy.overrides]]\nmodule = 'b'\n", {}},
      {"not toml", {}},
  };
  for (const auto& [text, expected] : pyprojects)
    EXPECT_EQ(messages(pyproject_faults({{"pyproject.toml", text}})), expected) << text;
}

TEST(Fixtures, Faults) {
  const std::vector<std::pair<std::string, Faults>> cases{
      {"@pytest.fixture\ndef db(): pass\n@pytest.fixture(name='db')\ndef make(): pass\n",
       {"note: db and make are both the fixture db: pytest takes the later one"}},
      {"@pytest.fixture\ndef db(): pass\n@pytest.fixture(name='other')\ndef make(): pass\n", {}},
      {"@pytest.fixture\ndef db(): pass\n@pytest.fixture\ndef db(): pass\n", {}},
      {"@pytest.fixture(name=NAME)\ndef db(): pass\n@pytest.fixture\ndef x(): pass\n", {}},
      {"@other(name='db')\ndef a(): pass\n@pytest.fixture\ndef db(): pass\n", {}},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(messages(fixture_faults({{"conftest.py", text}})), expected) << text;
}

TEST(ProjectChecks, GroupsOfFiles) {
  EXPECT_EQ(django_group("shop/migrations/0001_x.py"), "shop/migrations/");
  EXPECT_EQ(django_group("migrations/0001_x.py"), "migrations/");
  EXPECT_EQ(django_group("shop/migrations/__init__.py"), "");
  EXPECT_EQ(django_group("shop/immigrations/0001_x.py"), "");
  EXPECT_EQ(django_group("shop/migrations/sub/x.py"), "");
  EXPECT_EQ(alembic_group("db/versions/a.py"), "db/versions/");
  EXPECT_EQ(alembic_group("db/versions/a.txt"), "");
  for (const char* path : {"requirements.txt", "a/requirements-dev.txt", "dev-requirements.txt",
                           "requirements/test.txt", "requirements/test.in", "constraints.txt"})
    EXPECT_EQ(requirements_group(path), path);
  EXPECT_EQ(requirements_group("notes.txt"), "");
  EXPECT_EQ(requirements_group("requirements.py"), "");
  EXPECT_EQ(pyproject_group("a/pyproject.toml"), "a/pyproject.toml");
  EXPECT_EQ(fixture_group("tests/conftest.py"), "tests/conftest.py");
  EXPECT_EQ(fixture_group("shop/models.py"), "");
}

const std::string kLines(40, '\n');

TEST(ProjectChecks, OfAMergedTree) {
  const Files start{{"shop/migrations/0001_initial.py", django("")},
                    {"requirements.txt", "a==1\n" + kLines + "z==1\n"}};
  const std::string after = django("('shop', '0001_initial')");
  EXPECT_THAT(
      judged(start, {{"shop/migrations/0002_a.py", after}}, {{"shop/migrations/0002_b.py", after}}),
      ElementsAre("shop/migrations/0002_a.py:0: block: 2 last migrations: 0002_a and 0002_b"));
  EXPECT_THAT(judged(start, {{"shop/migrations/0002_a.py", after}},
                     {{"store/migrations/0001_b.py", django("")}}),
              IsEmpty());
  EXPECT_THAT(judged(start, {{"requirements.txt", "a==1\nnew==1\n" + kLines + "z==1\n"}},
                     {{"requirements.txt", "a==1\n" + kLines + "new==2\nz==1\n"}}),
              ElementsAre("requirements.txt:2: block: requires new==1 and, in line 43, new==2: no "
                          "version is both"));
}

TEST(ProjectChecks, WhatASideHadIsNothingNew) {
  const std::string after = django("('shop', '0001_initial')");
  const Files start{{"shop/migrations/0001_initial.py", django("")},
                    {"shop/migrations/0002_a.py", after},
                    {"shop/migrations/0002_b.py", after}};
  EXPECT_THAT(judged(start, {{"shop/migrations/0003_c.py", django("('shop', '0002_a')")}},
                     {{"shop/migrations/0003_d.py", django("('shop', '0002_b')")}}),
              IsEmpty());
}

}  // namespace
}  // namespace gs::conflicts
