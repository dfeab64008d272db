#include "lib/facts/blob_facts.h"

#include <gtest/gtest.h>

#include "lib/facts/tree_imports.h"
#include "tests/support/temp_repo.h"

namespace gs::gates {
namespace {

TEST(BlobKnowledge, KeepsCallsInTheCacheAndTakesThemFromThere) {
  const test::TempRepo repo;
  repo.write("a.py", "from m import f\nf(1, *x)\n");
  repo.commit_all("Start");
  const git::Repository repository = git::Repository::discover(repo.path());
  const auto blob =
      *core::ObjectId::from_hex(repo.git({"rev-parse", "HEAD:a.py"}).substr(0, test::id_digits()));
  const core::Calls expected{{{{"f"}, 2, 1, {}, true, false}}, {}, false};
  EXPECT_EQ(facts::BlobKnowledge(repository).calls(blob), expected);

  const facts::FactCache cache = facts::open_fact_cache(repository.layout());
  {
    const facts::FactCache::Reader reader(cache);
    EXPECT_EQ(reader.get(facts::FactKind::calls, blob), core::serialize(expected));
  }
  core::Calls other = expected;
  other.list[0].line = 7;
  const std::string frozen = core::serialize(other);
  cache.put(std::vector{facts::FactCache::Entry{facts::FactKind::calls, blob, frozen}});
  EXPECT_EQ(facts::BlobKnowledge(repository).calls(blob), other);

  cache.put(std::vector{facts::FactCache::Entry{facts::FactKind::calls, blob, "\x01no calls"}});
  EXPECT_EQ(facts::BlobKnowledge(repository).calls(blob), expected);
}

TEST(BlobKnowledge, KeepsNamesInTheCacheAndTakesThemFromThere) {
  const test::TempRepo repo;
  repo.write("a.py", "f(1)\n");
  repo.commit_all("Start");
  const git::Repository repository = git::Repository::discover(repo.path());
  const auto blob =
      *core::ObjectId::from_hex(repo.git({"rev-parse", "HEAD:a.py"}).substr(0, test::id_digits()));
  const core::NameFacts expected{{{"f", {}, 1, core::UnboundName::Doubt::none}}, {}};
  EXPECT_EQ(facts::BlobKnowledge(repository).names(blob), expected);

  const facts::FactCache cache = facts::open_fact_cache(repository.layout());
  EXPECT_EQ(facts::FactCache::Reader(cache).get(facts::FactKind::names, blob),
            core::serialize(expected));
  const std::string kept = core::serialize(core::NameFacts{});
  cache.put(std::vector{facts::FactCache::Entry{facts::FactKind::names, blob, kept}});
  EXPECT_EQ(facts::BlobKnowledge(repository).names(blob), core::NameFacts{});
}

}  // namespace
}  // namespace gs::gates
