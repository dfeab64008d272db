#include "lib/core/import_facts.h"

#include <gtest/gtest.h>
#include <string>

namespace core = gs::core;
using core::Import;
using core::ImportKind;
using core::ImportReader;
using core::ImportScope;
using core::ImportWriter;
using core::Trouble;

namespace {

std::string some_facts() {
  ImportWriter writer;
  Import plain;
  plain.module = "os.path";
  plain.alias = "p";
  plain.line = 3;
  writer.add(plain);
  writer.add(core::Partial{Trouble::open_string, 70000});
  Import from;
  from.kind = ImportKind::from;
  from.scope = ImportScope::function;
  from.type_checking = from.guarded = true;
  from.line = 400000;
  from.level = 2;
  from.names = {{"a", ""}, {"b", "c"}};
  writer.add(from);
  Import dynamic;
  dynamic.kind = ImportKind::dynamic;
  dynamic.scope = ImportScope::class_body;
  dynamic.module = std::string_view("x\0y", 3);
  dynamic.anchor = "__package__";
  writer.add(dynamic);
  writer.add(core::Partial{Trouble::too_large, 1});
  return writer.take();
}

TEST(ImportFacts, ComeBackAsTheyWere) {
  const std::string bytes = some_facts();
  ImportReader reader(bytes);
  Import import;
  ASSERT_TRUE(reader.next(import));
  EXPECT_EQ(import.kind, ImportKind::import);
  EXPECT_EQ(import.module, "os.path");
  EXPECT_EQ(import.alias, "p");
  EXPECT_EQ(import.line, 3U);
  ASSERT_TRUE(reader.next(import));
  EXPECT_EQ(import.kind, ImportKind::from);
  EXPECT_EQ(import.scope, ImportScope::function);
  EXPECT_TRUE(import.type_checking);
  EXPECT_TRUE(import.guarded);
  EXPECT_EQ(import.line, 400000U);
  EXPECT_EQ(import.level, 2U);
  EXPECT_EQ(import.module, "");
  ASSERT_EQ(import.names.size(), 2U);
  EXPECT_EQ(import.names[0].name, "a");
  EXPECT_EQ(import.names[0].alias, "");
  EXPECT_EQ(import.names[1].alias, "c");
  ASSERT_TRUE(reader.next(import));
  EXPECT_EQ(import.scope, ImportScope::class_body);
  EXPECT_EQ(import.module, std::string_view("x\0y", 3));
  EXPECT_EQ(import.anchor, "__package__");
  EXPECT_EQ(import.level, 0U);
  EXPECT_TRUE(import.names.empty());
  EXPECT_FALSE(import.type_checking || import.guarded);
  EXPECT_FALSE(reader.next(import));
  EXPECT_FALSE(reader.next(import));
  EXPECT_FALSE(reader.damaged());
  ASSERT_EQ(reader.partials().size(), 2U);
  EXPECT_EQ(reader.partials()[0].trouble, Trouble::open_string);
  EXPECT_EQ(reader.partials()[0].line, 70000U);
}

TEST(ImportFacts, OfAnEmptyFileAreWhole) {
  const std::string bytes = ImportWriter().take();
  ImportReader reader(bytes);
  Import import;
  EXPECT_FALSE(reader.next(import));
  EXPECT_FALSE(reader.damaged());
}

TEST(ImportFacts, CutAnywhereAreDamaged) {
  const std::string bytes = some_facts();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    ImportReader reader(cut);
    for (Import import; reader.next(import);) {
    }
    EXPECT_TRUE(reader.damaged()) << size;
  }
  const std::string behind = bytes + '\0';
  ImportReader reader(behind);
  for (Import import; reader.next(import);) {
  }
  EXPECT_TRUE(reader.damaged());
}

TEST(ImportFacts, HaveWordsForEverything) {
  EXPECT_EQ(core::kind_name(ImportKind::star), "star");
  EXPECT_EQ(core::scope_name(ImportScope::class_body), "class");
  for (auto trouble = Trouble::unreadable_import; trouble <= Trouble::too_large;
       trouble = static_cast<Trouble>(static_cast<int>(trouble) + 1))
    EXPECT_FALSE(core::trouble_text(trouble).empty());
}

}  // namespace
