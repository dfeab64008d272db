// A sandbox without a remote and without any of our hooks: what comes of it, as a bundle or as
// patches, is judged where it arrives.

#include <gtest/gtest.h>

#include "tests/gates/push_scene.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

class Sandbox : public testing::Test {
 protected:
  Sandbox() {
    sandbox.must("git remote remove origin; git checkout -q -b " + std::string(kNewsBranch));
    commit_unjudged(sandbox, "llm/news.py", "good = True\n");
  }

  void change_others_file() const { commit_unjudged(sandbox, "models/risk.py"); }
  void bundle() const {
    sandbox.must("git bundle create -q ../work.bundle develop.." + std::string(kNewsBranch));
  }
  void patches() const {
    sandbox.must("git format-patch -q -o ../patches develop.." + std::string(kNewsBranch));
  }
  // Takes the bundle's branch as it is.
  std::string take() const {
    return "git fetch -q ../work.bundle " + std::string(kNewsBranch) + ":" + kNewsBranch;
  }

  PushScene repo;
  Place sandbox = repo.clone("sandbox", "-b develop");
};

TEST_F(Sandbox, ABundleOfGoodWorkIsTaken) {
  bundle();
  EXPECT_THAT(repo.owner().sh(take()), Silent());
  EXPECT_EQ(repo.owner().must("git log --format=%s develop.." + std::string(kNewsBranch)),
            "Change\n");
}

TEST_F(Sandbox, ABundleWithOthersFilesIsRefusedWhole) {
  change_others_file();
  bundle();
  const Said said = repo.owner().sh(take());
  EXPECT_NE(said.status, 0);
  EXPECT_THAT(said.errors, HasSubstr("models/risk.py: scope: belongs to agent-E1 (stream E)"));
  EXPECT_NE(repo.owner().sh("git rev-parse -q --verify " + std::string(kNewsBranch)).status, 0);
}

TEST_F(Sandbox, PatchesAreJudgedOneByOne) {
  change_others_file();
  patches();
  const Place f2 = repo.enrolled("F2", kNewsBranch);
  const Said said = f2.sh("git am -q ../patches/*.patch");
  EXPECT_NE(said.status, 0);
  EXPECT_THAT(said.errors, HasSubstr("models/risk.py: scope: belongs to agent-E1 (stream E)"));
  EXPECT_EQ(f2.must("git log --format=%s develop..HEAD"), "Change\n");
  EXPECT_EQ(f2.must("git diff --name-only develop HEAD"), "llm/news.py\n");
}

TEST_F(Sandbox, ABundleIsJudgedByTheServerToo) {
  repo.server().must("git stream install --server");
  change_others_file();
  bundle();
  const Place clone = repo.clone("carrier");  // no gate of ours stands in it
  clone.must(take());
  const Said said = clone.sh("git push -q origin " + std::string(kNewsBranch));
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.errors, HasSubstr("models/risk.py: scope: belongs to agent-E1 (stream E)"));
  EXPECT_EQ(repo.at_server(kNewsBranch), "");
}

}  // namespace
}  // namespace gs::test
