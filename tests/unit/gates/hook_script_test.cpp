#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/core/version.h"
#include "lib/install/chained_hook.h"
#include "lib/install/hook_files.h"
#include "lib/process/process.h"
#include "tests/support/temp_repo.h"

namespace gs::gates {
namespace {

namespace fs = std::filesystem;

class HookScript : public testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& text) const {
    const fs::path file = folder_.path() / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    fs::permissions(file, fs::perms::owner_all);
    return file;
  }

  // Makes a program of this name that prints its arguments, a script for it, and runs that.
  std::string run(const std::string& name) const {
    const fs::path program = write(name, "#!/bin/sh\nprintf '<%s>' \"$@\"\n");
    const fs::path script =
        write("hooks/pre-commit", install::hook_script(program, "--hook=pre-commit"));
    const auto own = install::read_own_script(script);
    EXPECT_TRUE(own);
    EXPECT_EQ(own ? own->program : "", program);
    EXPECT_EQ(own ? own->argument : "", "--hook=pre-commit");
    EXPECT_EQ(own ? own->version : "", core::kVersion);
    return process::run({{script.string(), "one", "two words"}, {}, {}, {}, {}}).output;
  }

  test::TempFolder folder_;
};

TEST_F(HookScript, RunsTheProgramWithItsOwnNameAndGitsArguments) {
  const std::string expected =
      "<--hook=pre-commit><" + (folder_.path() / "hooks/pre-commit").string() + "><one><two words>";
  EXPECT_EQ(run("libexec/pre-commit"), expected);
  EXPECT_EQ(run("with space/pre-commit"), expected);
  EXPECT_EQ(run("it's \"$(quoted)\"/pre-commit"), expected);
  EXPECT_EQ(run("control\x01\tcharacters/pre-commit"), expected);
  EXPECT_EQ(run(std::string(200, 'l') + "/pre-commit"), expected);
}

TEST_F(HookScript, NamesTheProgramInTheFirstLineWhereThatIsPossible) {
  EXPECT_THAT(
      install::hook_script("/usr/local/bin/git-stream", install::hook_argument("pre-commit")),
      testing::StartsWith("#!/usr/local/bin/git-stream --hook=pre-commit\n# git-stream "));
  EXPECT_THAT(install::hook_script("/a b", "--hook=x"), testing::StartsWith("#!/bin/sh\n"));
  EXPECT_THAT(install::hook_script("/" + std::string(120, 'a'), "--hook=x"),
              testing::StartsWith("#!/bin/sh\n"));
}

// git gives a script to sh whose interpreter is no program.
TEST_F(HookScript, BlocksWhereItsProgramCannotBeRun) {
  for (const char* name : {"missing", "with space", "it's"}) {
    const fs::path program = folder_.path() / name;
    const auto by_sh = [&] {
      const fs::path script = write("pre-commit", install::hook_script(program, "--hook=x"));
      return process::run({{"sh", script.string()}, {}, {}, {}, {}});
    };
    const std::string said =
        "git-stream: cannot run " + program.string() + "; next: git stream install\n";
    EXPECT_EQ(by_sh().status, 3) << name;
    EXPECT_EQ(by_sh().errors, said);
    write(name, "");
    EXPECT_EQ(by_sh().status, 3) << name;
    EXPECT_EQ(by_sh().errors, said);
  }
}

TEST_F(HookScript, IsNotReadIntoAnybodyElsesFile) {
  EXPECT_FALSE(install::read_own_script(folder_.path() / "missing"));
  EXPECT_FALSE(install::read_own_script(folder_.path()));
  const std::string ours = install::hook_script("/p", "--hook=x");
  EXPECT_TRUE(install::read_own_script(write("a", ours)));
  const std::string others[] = {"",
                                "#!/bin/sh\n",
                                "\n" + ours,
                                "#!/bin/sh\n# runs git-stream 1\n",
                                "#!/bin/sh\n" + ours,
                                "#!/x --hook=x\n# git-stream 1:\n# pro"};
  for (const std::string& text : others)
    EXPECT_FALSE(install::read_own_script(write("b", text))) << text;
  EXPECT_FALSE(install::read_own_script(write("c", ours + std::string(70 << 10, '#'))))
      << "too large";
}

TEST_F(HookScript, KnowsWhichHookItJudges) {
  const auto judges = [&](const std::string& text, std::string_view hook) {
    const auto own = install::read_own_script(write("script", text));
    return own && own->judges(hook);
  };
  const std::string ours =
      install::hook_script("/bin/git-stream", install::hook_argument("pre-push"));
  EXPECT_TRUE(judges(ours, "pre-push"));
  EXPECT_FALSE(judges(ours, "pre-commit"));
  EXPECT_FALSE(judges(
      install::hook_script("/bin/git-stream", install::forward_argument("pre-push")), "pre-push"));
  const std::string before = "/git-stream/pre-push --hook\n# git-stream 0.1.0: x.\n# program: ";
  EXPECT_TRUE(judges("#!" + before + "/git-stream/pre-push\n# If\n", "pre-push"));
  EXPECT_FALSE(judges("#!" + before + "/git-stream/forward-hook\n# If\n", "pre-push"));
}

}  // namespace
}  // namespace gs::gates
