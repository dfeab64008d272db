#include "lib/policy/policy_cache.h"

#include <gmock/gmock.h>

#include "lib/policy/policy_file.h"
#include "tests/unit/policy/example_text.h"

namespace gs::policy {
namespace {

core::Policy example() {
  return parse_policy(example_text(), "trading-bot.yaml");
}

// Every field differs from its default, so that a forgotten one is seen.
core::Policy unusual() {
  return parse_policy(R"(version: 1
integration_branch: trunk
branch: lane/{stream}
worktree: /srv/{stream}
state_dir: state
streams:
  A: {name: One, parallel: none, agents: {A1: {scope: s, files: [a, "!b"]}}}
  B: {name: Two, parallel: partial, depends_on: [A], agents: {B1: {files: ["é"], after: [A1]}}}
shared: [s]
protected: [p, "q/"]
layers: [{name: l, modules: [m, n.o], independent: true}]
python: {roots: [src], ignore: [dynamic]}
locks: {ttl: 36500d, auto: false}
coordination: {store: etcd, remote: upstream, stale: block, endpoints: ["http://e:1"], prefix: p}
rules: {scope: warn, lock: off, unowned: block, layer: off, import-conflict: block,
        branch-name: warn, outsider: block, bypass: block}
validate: [{name: v, run: [r, ""], timeout: 1s}, {name: w, run: [r]}]
agent_command: [c, "{agent}"]
tasks: [{title: t, stream: A, agent: A1, priority: P4, status: cancelled}, {title: u}]
)",
                      "p");
}

TEST(PolicyCache, ThawsWhatItFroze) {
  for (const core::Policy& policy : {core::Policy(), example(), unusual()}) {
    const std::optional<core::Policy> thawed = deserialize(serialize(policy));
    ASSERT_TRUE(thawed);
    EXPECT_EQ(*thawed, policy);
  }
}

TEST(PolicyCache, ThawsNothingThatIsCutOrLonger) {
  const std::string frozen = serialize(unusual());
  for (std::size_t size = 0; size < frozen.size(); ++size) {
    EXPECT_FALSE(deserialize(std::string_view(frozen).substr(0, size))) << size;
  }
  EXPECT_FALSE(deserialize(frozen + '\0'));
}

TEST(PolicyCache, ThawsNothingWithAByteChanged) {
  const std::string frozen = serialize(unusual());
  for (std::size_t at = 0; at < frozen.size(); ++at) {
    for (const int flip : {1, 0x80, 0xff}) {
      std::string changed = frozen;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      EXPECT_FALSE(deserialize(changed)) << at;
    }
  }
}

TEST(PolicyCache, ThawsNothingOfAnotherKey) {
  const std::string frozen = serialize(unusual(), "one");
  EXPECT_TRUE(deserialize(frozen, "one"));
  EXPECT_FALSE(deserialize(frozen, "two"));
  EXPECT_FALSE(deserialize(frozen));
}

// Behind the checksum: what decode() takes is a policy, and encodes to the same bytes.
TEST(PolicyCache, DecodesOnlyWhatEncodeMakes) {
  const std::string bytes = encode(unusual());
  std::size_t taken = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int value : {0, 1, 2, 3, 4, 0x7f, 0xff}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(value);
      const std::optional<core::Policy> policy = decode(changed);
      if (!policy) continue;
      ++taken;
      EXPECT_EQ(encode(*policy), changed) << at;
    }
  }
  EXPECT_GT(taken, 0U);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode(std::string_view(bytes).substr(0, size))) << size;
  }
}

TEST(PolicyCache, ChecksumsEveryByte) {
  EXPECT_EQ(checksum(""), 0xcbf29ce484222325U);
  EXPECT_EQ(checksum("a"), 0xaf63dc4c8601ec8cU);  // FNV-1a's own test vector
  EXPECT_NE(checksum("12345678"), checksum("12345679"));
  EXPECT_NE(checksum("123456781"), checksum("123456782"));
}

}  // namespace
}  // namespace gs::policy
