// Repositories as `git refs migrate` leaves them between its steps, made by hand: what is read
// then, waited for, or said.

#include "lib/git/refs/migration.h"

#include <chrono>
#include <fstream>
#include <gmock/gmock.h>
#include <thread>

#include "lib/git/settings.h"
#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

namespace fs = std::filesystem;
using git::RefStorage;
using testing::HasSubstr;

constexpr char kFiles[] = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n";
constexpr char kTables[] =
    "[core]\n\trepositoryformatversion = 1\n\tbare = false\n[extensions]\n\trefStorage = "
    "reftable\n";
// Tables in which HEAD is at develop: see tests/tools/renew_tables.sh.
const fs::path kSomeTables = GS_SOURCE_DIR "/tests/unit/git/tables/one";

class MigrationTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) const {
    repo.write(".git/" + name, content);
  }
  void empty_git_dir() const {
    fs::remove_all(git);
    fs::create_directories(git / "objects");
  }
  void put_files() const {
    fs::remove_all(git / "refs");
    fs::create_directories(git / "refs/heads");
    write("HEAD", "ref: refs/heads/old\n");
  }
  void put_tables() const {
    fs::remove_all(git / "refs");
    write("HEAD", "ref: refs/heads/.invalid\n");
    write("refs/heads", "this repository uses the reftable format\n");
    fs::copy(kSomeTables, git / "reftable");
  }
  std::string branch() const { return ask(repo, repo.path(), {"branch"}); }

  TempRepo repo;
  fs::path git = repo.path() / ".git";
};

TEST_F(MigrationTest, WhatTheConfigurationSaysCounts) {
  empty_git_dir();
  put_files();
  write("config", kFiles);
  EXPECT_EQ(branch(), "old");
  put_tables();
  write("config", kTables);
  EXPECT_EQ(branch(), "develop");
  fs::create_directories(git / "ref_migration.AbCdEf");
  EXPECT_EQ(branch(), "develop") << "it has only begun, or was a dry run";
}

TEST_F(MigrationTest, IsWaitedFor) {
  empty_git_dir();
  write("config", kFiles);
  write("ref_migration.AbCdEf/HEAD", "");
  std::jthread migration([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    put_tables();
    fs::remove_all(git / "ref_migration.AbCdEf");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    write("config.lock", kTables);
    fs::rename(git / "config.lock", git / "config");
  });
  EXPECT_EQ(branch(), "develop");
}

TEST_F(MigrationTest, InterruptedItIsNamed) {
  empty_git_dir();
  write("config", kFiles);
  write("ref_migration.AbCdEf/HEAD", "");
  EXPECT_THAT(branch(), HasSubstr("git refs migrate is moving the refs in"));
  EXPECT_THAT(branch(), HasSubstr("move what is in ref_migration.AbCdEf to the git directory"));
  EXPECT_EQ(probe(repo, repo.path(), {"branch"}).status, 3);
  EXPECT_THAT(ask(repo, repo.path(), {"layout", "", (git / "objects").string()}),
              HasSubstr("git refs migrate is moving"))
      << "nor is a repository above it taken";
}

TEST_F(MigrationTest, BeforeItsLastStepItIsNamed) {
  empty_git_dir();
  put_tables();
  write("config", kFiles);
  EXPECT_THAT(branch(), HasSubstr("not stored as extensions.refStorage says"));
  empty_git_dir();
  put_files();
  write("config", kTables);
  EXPECT_THAT(branch(), HasSubstr("not stored as extensions.refStorage says"));
}

TEST_F(MigrationTest, AFolderThatOnlyLooksAlikeIsPassedOver) {
  repo.write("tool/objects/x", "");
  repo.write("tool/config", "");
  EXPECT_EQ(ask(repo, repo.path(), {"branch", "", (repo.path() / "tool").string()}), "develop");
}

TEST(RefStorageTest, Values) {
  using Kind = RefStorage::Kind;
  EXPECT_EQ(git::parse_ref_storage("files"), (RefStorage{Kind::files, {}, {}}));
  EXPECT_EQ(git::parse_ref_storage("reftable"), (RefStorage{Kind::reftable, {}, {}}));
  EXPECT_EQ(git::parse_ref_storage("reftable:///srv/x"),
            (RefStorage{Kind::reftable, "/srv/x", {}}));
  EXPECT_EQ(git::parse_ref_storage("files://below"), (RefStorage{Kind::files, "below", {}}));
  for (const char* other : {"", "pigeons", "Reftable", "reftable:", "reftable://", "://x"})
    EXPECT_EQ(git::parse_ref_storage(other), std::nullopt) << other;
}

TEST_F(MigrationTest, RefsInAnotherPlace) {
  const fs::path place = repo.folder() / "elsewhere";
  empty_git_dir();
  fs::create_directories(git / "refs");
  write("HEAD", "ref: refs/heads/.invalid\n");
  write("refs/heads", "repository uses alternate refs storage\n");
  fs::create_directories(place);
  fs::copy(kSomeTables, place / "reftable");
  write("config", std::string(kTables) + "\trefStorage = reftable://" + place.string() + "\n");
  EXPECT_EQ(branch(), "develop");
  fs::create_directories(place / "refs/heads");
  std::ofstream(place / "HEAD") << "ref: refs/heads/filed\n";
  write("config", std::string(kTables) + "\trefStorage = files://../../elsewhere\n");
  EXPECT_EQ(branch(), "filed");
}

// Newer gits would take the refs from there, older ones would not.
TEST_F(MigrationTest, RefsOfTheEnvironmentAreRefused) {
  empty_git_dir();
  put_tables();
  write("config", kTables);
  EXPECT_THAT(ask(repo, repo.path(), {"branch"}, {"GIT_REFERENCE_BACKEND=files:///elsewhere"}),
              HasSubstr("GIT_REFERENCE_BACKEND names other refs"));
  EXPECT_EQ(ask(repo, repo.path(), {"branch"}, {"GIT_REFERENCE_BACKEND=reftable"}), "develop");
}

// A worktree's own configuration does not count here, for git neither.
TEST_F(MigrationTest, AWorktreesConfigurationSaysNothingOfRefs) {
  empty_git_dir();
  put_files();
  write("config", std::string(kFiles) + "[extensions]\n\tworktreeConfig = true\n");
  write("config.worktree", "[extensions]\n\trefStorage = reftable\n");
  EXPECT_EQ(branch(), "old");
}

}  // namespace
}  // namespace gs::test
