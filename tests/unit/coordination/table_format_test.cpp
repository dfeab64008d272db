#include "lib/coordination/table_format.h"

#include <gmock/gmock.h>

namespace gs::coordination {
namespace {

using testing::HasSubstr;

const std::string kHex(32, 'a'), kOther(32, 'b');

LeaseTable table() {
  LeaseTable table;
  table.store = StoreId(kHex);
  table.last = {9};
  table.hosts[HostId("box-1")] = {{9}, Nonce(kOther)};
  table.hosts[HostId("box-2")] = {{7}, Nonce(kHex)};
  table.leases = {
      {"llm/\xff.py",
       "F",
       "agent-F1",
       "split \"it\"",
       HostId("box-1"),
       {3},
       core::Seconds{60},
       true},
      {"docs/*.md", "", "Ada (owner)", "", HostId("box-2"), {7}, core::Seconds{3600}, false}};
  return table;
}

TEST(TableFormat, ReadsWhatItWrites) {
  const std::string text = render_table(table(), 1234);
  const ReadTable read = parse_table(text);
  EXPECT_EQ(read.table, table());
  EXPECT_EQ(read.history, 1234U);
  EXPECT_EQ(render_table(read.table, read.history), text);
  EXPECT_EQ(lease_of(json_of(table().leases[0])), table().leases[0]);
}

TEST(TableFormat, OneLeaseIsOneLine) {
  LeaseTable more = table();
  more.leases.push_back(more.leases[1]);
  const std::string before = render_table(table(), 0), after = render_table(more, 0);
  EXPECT_EQ(std::count(after.begin(), after.end(), '\n'),
            std::count(before.begin(), before.end(), '\n') + 1);
}

// The text with one part replaced by another.
std::string with(const std::string& part, const std::string& other) {
  std::string text = render_table(table(), 0);
  const std::size_t at = text.find(part);
  EXPECT_NE(at, text.npos) << part;
  return text.replace(at, part.size(), other);
}

std::string fault_of(const std::string& text) {
  try {
    parse_table(text);
  } catch (const core::JsonError& error) {
    return error.what();
  }
  return "";
}

TEST(TableFormat, RefusesWhatIsNoTable) {
  const std::string long_name(5000, 'x');
  for (const auto& [text, fault] : std::initializer_list<std::pair<std::string, const char*>>{
           {"", "it is empty"},
           {"[]", "not JSON"},
           {"{}", "not of version 1"},
           {with("\"version\":1", "\"version\":2"), "not of version 1"},
           {with("\"store\":\"" + kHex + "\",", ""), "without the store's name"},
           {with(kHex, "nonsense"), "hexadecimal"},
           {with("\"last\":9,", "\"last\":8,"), "none of the store's"},
           {with("\"last\":9,", "\"last\":10,"), "the last change is nobody's"},
           {with("\"last\":9,", "\"last\":-1,"), "no number"},
           {with("\"last\":9,", "\"last\":9007199254740993,"), "no number"},
           {with("\"last\":7", "\"last\":9"), "none of the store's"},
           {with("\"generation\": 7", "\"generation\": 8"), "newer than its host's last change"},
           {with("\"generation\": 7", "\"generation\": 0"), "without path"},
           {with("\"host\": \"box-2\"", "\"host\": \"box-3\""), "not listed"},
           {with("\"box-2\":", "\"../box\":"), "name is none"},
           {with("docs/*.md", "/etc/passwd"), "path is none"},
           {with("docs/*.md", "../x"), "path is none"},
           {with("Ada (owner)", "Ada\\u001b[2J"), "control characters"},
           {with("Ada (owner)", long_name), "too long"},
           {with("\"seconds\": 3600", "\"seconds\": 1e3"), "no number"},
           {with("\"seconds\": 3600", "\"seconds\": 99999999999"), "no number"},
           {with("\"agent\": \"Ada (owner)\", ", ""), "without path, agent"},
           {with("]}", "]} x"), "not JSON"},
       }) {
    EXPECT_THAT(fault_of(text), HasSubstr(fault)) << text.substr(0, 300);
  }
  LeaseTable twice = table();
  twice.leases.push_back(twice.leases[1]);
  EXPECT_THAT(fault_of(render_table(twice, 0)), HasSubstr("two leases of one path"));
}

TEST(TableFormat, PassesOverWhatItDoesNotKnow) {
  EXPECT_EQ(parse_table(with("\"seconds\": 3600", "\"new\":{\"x\":[1]},\"seconds\": 3600")).table,
            table());
}

TEST(TableFormat, RefusesAMillionEntries) {
  LeaseTable many = table();
  Lease lease = many.leases[1];
  for (std::size_t i = 0; i < kMostLeases; ++i) {
    lease.path = "p" + std::to_string(i);
    many.leases.push_back(lease);
  }
  EXPECT_THAT(fault_of(render_table(many, 0)), HasSubstr("more than 50000 leases"));
  EXPECT_THAT(fault_of(std::string(kTableLimit + 1, ' ')), HasSubstr("larger than 16 MiB"));
}

TEST(TableFormat, HostsAreNamedAsRefsCanBe) {
  EXPECT_TRUE(valid_host("box-1_a"));
  for (const char* const name : {"", "-x", "a/b", "a.lock", "a b", "..", "\xc3\xa4", "a~1"})
    EXPECT_FALSE(valid_host(name)) << name;
}

}  // namespace
}  // namespace gs::coordination
