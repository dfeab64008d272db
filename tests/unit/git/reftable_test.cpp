#include "lib/git/refs/reftable.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fmt/core.h>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>
#include <random>
#include <thread>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/objects/loose_objects.h"
#include "lib/git/objects/object_id.h"
#include "lib/git/refs/refs.h"
#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

namespace fs = std::filesystem;
using git::Ref;
using git::Reftable;
using git::ReftableStack;
using testing::HasSubstr;

// Tables that git 2.55 has written, and what it reads from them: tests/tools/renew_tables.sh.
const fs::path kTables = GS_SOURCE_DIR "/tests/unit/git/tables";

std::string content(const fs::path& file) {
  return git::read_file(file).value();
}

// As renew_tables.sh writes it, but for the last line feed.
std::string described(const std::string& name, const Ref& ref) {
  return name + " " + (ref.target.empty() ? ref.id.hex() : "-> " + ref.target);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::string_view rest = text; !rest.empty();) lines.emplace_back(core::take_line(rest));
  return lines;
}

std::vector<std::string> as_read(const ReftableStack& stack) {
  std::vector<std::string> lines;
  const auto refs = stack.list("");
  for (const auto& [name, ref] : refs) lines.push_back(described(name, ref));
  for (const auto& [name, ref] : refs) {
    auto moves = stack.moves_of(name);
    std::reverse(moves.begin(), moves.end());
    for (const git::RefMove& move : moves)
      lines.push_back(name + ": " + move.after.hex() + " " + move.message);
  }
  return lines;
}

core::ObjectFormat format_of(std::string_view name) {
  return name == "wide" ? core::ObjectFormat::sha256 : core::ObjectFormat::sha1;
}

class TableTest : public testing::TestWithParam<const char*> {};

TEST_P(TableTest, AsGitReadsThem) {
  const fs::path folder = kTables / GetParam();
  const ReftableStack stack(folder, format_of(GetParam()), true);
  EXPECT_EQ(as_read(stack), lines_of(content(folder / "as-git-reads")));
}

TEST_P(TableTest, EachRefIsFoundAndNoOther) {
  const ReftableStack stack(kTables / GetParam(), format_of(GetParam()), true);
  for (const auto& [name, ref] : stack.list("")) {
    const auto found = stack.find(name);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ(described(name, *found), described(name, ref));
    EXPECT_FALSE(stack.find(name + "0")) << name;
    EXPECT_FALSE(stack.find(name.substr(0, name.size() - 1))) << name;
    EXPECT_TRUE(stack.moves_of(name + "0").empty());
  }
  EXPECT_FALSE(stack.find(""));
  EXPECT_FALSE(stack.find("zzz"));
  EXPECT_FALSE(stack.find("A"));
}

INSTANTIATE_TEST_SUITE_P(Of, TableTest, testing::Values("one", "stack", "many", "wide"));

TEST(ReftableTest, ListsWhatBeginsWithAPrefix) {
  const ReftableStack stack(kTables / "many", format_of("many"), true);
  for (const std::string prefix : {"refs/heads/topic/3/", "refs/heads/", "refs/tags/", "A", "z"}) {
    std::vector<std::string> expected, found;
    for (const auto& [name, ref] : stack.list(""))
      if (name.starts_with(prefix)) expected.push_back(name);
    for (const auto& [name, ref] : stack.list(prefix)) found.push_back(name);
    EXPECT_EQ(found, expected) << prefix;
  }
}

fs::path only_table(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".ref") return entry.path();
  throw std::runtime_error("no table in " + folder.string());
}

// What it says of bytes that are no sound table, whatever is asked first.
std::string complaint(const std::string& bytes, std::size_t id_size = 20) {
  try {
    const Reftable table(bytes, "X.ref", id_size);
    table.refs_from("", [](const git::RefRecord&) { return true; });
    table.moves_of("HEAD", [](const git::LogRecord&) {});
  } catch (const core::Error& error) {
    EXPECT_EQ(error.code(), core::ExitCode::broken);
    EXPECT_FALSE(error.hint().empty());
    return error.what();
  }
  return "none";
}

std::string with_checksum(std::string bytes) {
  constexpr std::size_t kFooter = 68, kCrc = 4;
  const std::size_t end = bytes.size() - kCrc;
  const std::uint32_t crc =
      git::crc32(std::string_view(bytes).substr(bytes.size() - kFooter, kFooter - kCrc));
  for (unsigned i = 0; i < kCrc; ++i) bytes[end + i] = static_cast<char>(crc >> (24U - 8U * i));
  return bytes;
}

TEST(ReftableTest, DamageIsSaidInOneLine) {
  const std::string sound = content(only_table(kTables / "one"));
  EXPECT_EQ(complaint(sound), "none");
  EXPECT_THAT(complaint(""), HasSubstr("the ref table X.ref is damaged"));
  EXPECT_THAT(complaint("# pack-refs with: peeled\n"), HasSubstr("does not begin as one"));
  EXPECT_THAT(complaint(sound, 32), HasSubstr("ids have another repository's size"));
  EXPECT_THAT(complaint(content(only_table(kTables / "wide"))),
              HasSubstr("ids have another repository's size"));
  for (std::size_t size = 0; size < sound.size(); ++size)
    EXPECT_NE(complaint(sound.substr(0, size)), "none") << size;
  EXPECT_THAT(complaint(sound.substr(0, sound.size() - 1) + "x"), HasSubstr("checksum"));
  std::string version = sound;
  version[4] = 3;
  EXPECT_THAT(complaint(version), HasSubstr("version"));
  std::string longer = sound;
  longer[25] = '\x7f';  // the first block's length
  EXPECT_THAT(complaint(longer), HasSubstr("longer than the table"));
  std::string restarts = sound;
  restarts[24] = 'x';
  EXPECT_THAT(complaint(restarts), HasSubstr("no known kind"));
}

// Every byte of a table changed in turn, with a checksum that is right: it is read, or is damaged.
TEST(ReftableTest, ChangedBytesAreReadOrRefused) {
  for (const char* name : {"one", "stack"}) {
    const std::string sound = content(only_table(kTables / name));
    for (std::size_t at = 0; at < sound.size(); ++at) {
      for (const char byte : {'\0', '\x01', '\x7f', '\xff'}) {
        std::string bytes = sound;
        bytes[at] = byte;
        complaint(with_checksum(std::move(bytes)));
      }
    }
  }
}

TEST(ReftableTest, TheListNamesWhatIsThere) {
  const TempFolder folder;
  const auto say = [&](const std::string& list) {
    std::ofstream(folder.path() / "tables.list") << list;
    try {
      ReftableStack(folder.path(), format_of(""), true).list("");
      return std::string("none");
    } catch (const core::Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_THROW(ReftableStack(folder.path(), format_of(""), true).find("HEAD"), core::Error);
  EXPECT_FALSE(ReftableStack(folder.path(), format_of(""), false).find("HEAD"));
  EXPECT_EQ(say(""), "none");
  EXPECT_THAT(say("0x1-0x2-3.ref\n"), HasSubstr("a ref table is missing"));
  EXPECT_THAT(say("../../etc/passwd\n"), HasSubstr("names what is no table"));
}

// ---- against the git at hand, where it knows tables

// Where the environment promises them, a git that does not know them is a failure.
bool git_knows_tables(const TempRepo& repo) {
  const bool knows =
      repo.try_git({"init", "-q", "--ref-format=reftable", (repo.folder() / "probe").string()})
          .status == 0;
  const char* promised = std::getenv("GIT_DEFAULT_REF_FORMAT");
  EXPECT_TRUE(knows || promised == nullptr || std::string_view(promised) != "reftable");
  return knows;
}

// Refs as a worktree sees them, asked of git.
std::string by_git(const TempRepo& repo, const fs::path& worktree) {
  std::string text =
      repo.git_in(worktree, {"for-each-ref", "--format=%(refname) %(objectname) %(symref)"});
  const auto head = repo.run_in(worktree, {"git", "symbolic-ref", "-q", "HEAD"});
  text += "HEAD " + (head.status == 0 ? head.output : repo.git_in(worktree, {"rev-parse", "HEAD"}));
  for (const char* ref : {"HEAD", "refs/heads/develop", "refs/heads/a/0", "refs/heads/a/1"})
    text += repo.run_in(worktree, {"git", "reflog", "show", "--format=%H %gs", ref, "--"}).output;
  return text;
}

// As the repositories of git's defaults store refs here.
git::RefStorage in_tables() {
  const char* const hash = std::getenv("GIT_DEFAULT_HASH");
  const bool wide = hash != nullptr && std::string_view(hash) == "sha256";
  return {git::RefStorage::Kind::reftable,
          {},
          wide ? core::ObjectFormat::sha256 : core::ObjectFormat::sha1};
}

std::string by_us(const fs::path& common_dir, const fs::path& git_dir) {
  const git::Refs refs({git_dir, common_dir, {}, {}, in_tables()});
  std::vector<std::string> names = refs.list("refs/");
  if (git_dir != common_dir) {
    std::erase_if(names, [](const std::string& name) {
      return name.starts_with("refs/bisect/") || name.starts_with("refs/worktree/");
    });
    for (const char* own : {"refs/bisect/", "refs/worktree/"})
      for (const std::string& name : refs.list(own)) names.push_back(name);
    std::sort(names.begin(), names.end());
  }
  std::string text;
  for (const std::string& name : names) {
    const auto id = refs.follow(name);
    if (id) text += name + " " + id->hex() + " " + refs.read(name)->target + "\n";
  }
  const auto head = refs.read("HEAD").value();
  text += "HEAD " + (head.target.empty() ? head.id.hex() : head.target) + "\n";
  for (const char* ref : {"HEAD", "refs/heads/develop", "refs/heads/a/0", "refs/heads/a/1"}) {
    auto moves = refs.moves_of(ref);
    std::reverse(moves.begin(), moves.end());
    for (const git::RefMove& move : moves) text += move.after.hex() + " " + move.message + "\n";
  }
  return text;
}

class TableRepo {
 public:
  explicit TableRepo(const TempRepo& repo) : repo_(repo), path_(repo.folder() / "tables") {
    repo.git({"init", "-q", "-b", "develop", "--ref-format=reftable", path_.string()});
    sh(path_, "git commit -q --allow-empty -m one && git commit -q --allow-empty -m two");
  }

  const fs::path& path() const { return path_; }
  fs::path git_dir() const { return path_ / ".git"; }
  fs::path linked() const { return repo_.folder() / "linked"; }
  std::string sh(const fs::path& folder, const std::string& line) const {
    const process::Result result = repo_.run_in(folder, {"sh", "-c", line});
    EXPECT_EQ(result.status, 0) << line << "\n" << result.errors;
    return result.output;
  }

 private:
  const TempRepo& repo_;
  fs::path path_;
};

TEST(ReftableDifferential, AsGitSeesThemAfterEveryStep) {
  const TempRepo repo;
  if (!git_knows_tables(repo)) GTEST_SKIP() << "this git knows no reftable";
  const TableRepo tables(repo);
  tables.sh(tables.path(), "git worktree add -q ../linked -b linked");
  const std::vector<std::string> steps{
      "git update-ref --create-reflog -m 'made a' refs/heads/a/0 HEAD",
      "for i in 1 2 3 4 5 6 7 8 9; do echo update refs/heads/a/$i HEAD~1; done | git update-ref "
      "--stdin",
      "git branch -D -q a/2 a/3",
      "git branch -m a/4 renamed",
      "git tag light && git tag -a -m tag heavy HEAD~1",
      "git symbolic-ref refs/remotes/origin/HEAD refs/heads/develop",
      "git symbolic-ref refs/heads/name refs/heads/a/0",
      "git commit -q --allow-empty -m three",
      "git update-ref refs/bisect/bad HEAD && git update-ref refs/worktree/x HEAD~1",
      "git switch -q --detach HEAD~1",
      "git commit -q --allow-empty -m aside && git switch -q -",
      "git reflog delete HEAD@{1}",
      "for i in $(seq 400); do echo create refs/heads/many/$i/name HEAD; done | git update-ref "
      "--stdin",
      "git pack-refs",
      "git for-each-ref --format='delete %(refname)' refs/heads/many/1* | git update-ref --stdin",
      "git update-ref --create-reflog refs/heads/a/1 HEAD && git update-ref -d refs/heads/a/0",
      "git reflog expire --expire=now refs/heads/a/1",  // of HEAD, git shows another then
      "git pack-refs"};
  for (const std::string& step : steps) {
    for (const fs::path& folder : {tables.path(), tables.linked()}) {
      // Names that are everybody's are there already in the second one.
      repo.run_in(folder, {"sh", "-c", step});
      EXPECT_EQ(by_us(tables.git_dir(), tables.git_dir()), by_git(repo, tables.path())) << step;
      EXPECT_EQ(by_us(tables.git_dir(), tables.git_dir() / "worktrees/linked"),
                by_git(repo, tables.linked()))
          << step;
    }
  }
}

// HEAD's file says nothing of the branch here.
TEST(ReftableDifferential, ConfigurationThatDependsOnTheRepository) {
  const TempRepo repo;
  if (!git_knows_tables(repo)) GTEST_SKIP() << "this git knows no reftable";
  const TableRepo tables(repo);
  std::ofstream(repo.folder() / "own") << "[alias]\n\there = rev-parse\n";
  const std::vector<std::string> conditions{"gitdir:" + tables.git_dir().string(), "onbranch:dev*",
                                            "onbranch:x"};
  for (const std::string& condition : conditions) {
    std::ofstream(repo.folder() / "global")
        << "[includeIf \"" << condition << "\"]\n\tpath = own\n";
    const std::string set = "GIT_CONFIG_GLOBAL=" + (repo.folder() / "global").string();
    const std::string git =
        repo.run_in(tables.path(), {"env", set, "git", "config", "alias.here"}).output;
    EXPECT_EQ(ask(repo, tables.path(), {"config", "alias.here"}, {set}),
              git.empty() ? "none" : trimmed(git))
        << condition;
  }
}

TEST(ReftableDifferential, SymbolicRefsWithoutEnd) {
  const TempRepo repo;
  if (!git_knows_tables(repo)) GTEST_SKIP() << "this git knows no reftable";
  const TableRepo tables(repo);
  tables.sh(tables.path(), "git symbolic-ref refs/heads/a refs/heads/b");
  tables.sh(tables.path(), "git symbolic-ref refs/heads/b refs/heads/a");
  const git::Refs refs({tables.git_dir(), tables.git_dir(), {}, {}, in_tables()});
  EXPECT_THROW(refs.follow("refs/heads/a"), core::Error);
  EXPECT_EQ(refs.read("refs/heads/a")->target, "refs/heads/b");
}

TEST(ReftableDifferential, OthersWriteAndCompactMeanwhile) {
  const TempRepo repo;
  if (!git_knows_tables(repo)) GTEST_SKIP() << "this git knows no reftable";
  const TableRepo tables(repo);
  const git::Refs refs({tables.git_dir(), tables.git_dir(), {}, {}, in_tables()});
  const auto develop = refs.follow("HEAD");
  ASSERT_TRUE(develop);
  std::atomic<bool> done{false};
  std::jthread writer([&] {
    for (const char* change : {"update refs/heads/x$i HEAD", "delete refs/heads/x$i"})
      tables.sh(tables.path(), std::string("for i in $(seq 60); do echo ") + change +
                                   " | git update-ref --stdin; [ $((i % 20)) != 0 ] || "
                                   "git pack-refs; done");
    done = true;
  });
  while (!done) {
    EXPECT_LE(refs.list("refs/heads/").size(), 61U);
    EXPECT_EQ(refs.follow("HEAD"), develop);
    // One that opens everything anew does not stumble either.
    EXPECT_EQ(git::Refs({tables.git_dir(), tables.git_dir(), {}, {}, in_tables()}).follow("HEAD"),
              develop);
  }
  writer.join();
  EXPECT_EQ(refs.list("refs/heads/").size(), 1U);
}

}  // namespace
}  // namespace gs::test
