#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/core/error.h"
#include "lib/session/identity.h"
#include "tests/support/temp_repo.h"

namespace gs::gates {
namespace {

namespace fs = std::filesystem;
using core::AgentId;
using core::StreamId;

void record(const fs::path& git_dir, const std::string& text) {
  fs::create_directories(git_dir / "stream");
  std::ofstream(git_dir / "stream" / "identity", std::ios::binary) << text;
}

TEST(Enrolment, IsReadAsItWasWritten) {
  const test::TempFolder folder;
  EXPECT_FALSE(session::read_enrolment(folder.path()));
  session::write_enrolment(folder.path(), {StreamId("F"), AgentId::parse("agent-F1")});
  const auto both = session::read_enrolment(folder.path());
  ASSERT_TRUE(both);
  EXPECT_EQ(both->agent, AgentId::parse("F1"));
  EXPECT_EQ(both->stream, StreamId("F"));
  session::write_enrolment(folder.path(), {StreamId("stream.x-1"), std::nullopt});
  const auto stream = session::read_enrolment(folder.path());
  ASSERT_TRUE(stream);
  EXPECT_FALSE(stream->agent);
  EXPECT_EQ(stream->stream, StreamId("stream.x-1"));
  session::remove_enrolment(folder.path());
  EXPECT_FALSE(session::read_enrolment(folder.path()));
  EXPECT_NO_THROW(session::remove_enrolment(folder.path()));
}

TEST(Enrolment, TakesWhatALaterVersionAdds) {
  const test::TempFolder folder;
  record(folder.path(), "since 2025\nagent F1");
  const auto read = session::read_enrolment(folder.path());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->agent, AgentId::parse("F1"));
}

TEST(Enrolment, RefusesDamage) {
  const test::TempFolder folder;
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("agent"), std::string("agent \n"),
        std::string("agent a/b\n"), std::string("agent F1\nstream ../F\n"),
        std::string("agent F1\r\n"), std::string("AGENT F1\n"), std::string("agent F\0001\n", 10),
        std::string(5000, 'x')}) {
    record(folder.path(), text);
    EXPECT_THROW(session::read_enrolment(folder.path()), core::Error) << text;
  }
}

core::Policy policy() {
  core::Policy policy;
  policy.streams.push_back({StreamId("F"), "", core::Parallel::full, {}, {}});
  for (const char* name : {"F1", "F2"})
    policy.streams.back().agents.push_back({*AgentId::parse(name), "", {}, {}});
  return policy;
}

std::string hint_for(const std::string& name) {
  try {
    session::known_agent(policy(), name);
  } catch (const core::Error& error) {
    EXPECT_EQ(error.code(), core::ExitCode::usage);
    return error.hint();
  }
  return "known";
}

TEST(KnownAgent, IsFoundByBothNames) {
  EXPECT_EQ(hint_for("F1"), "known");
  EXPECT_EQ(hint_for("agent-F2"), "known");
}

TEST(KnownAgent, AnotherIsRefusedWithTheNearest) {
  EXPECT_EQ(hint_for("f1"), "did you mean 'F1'?");
  EXPECT_EQ(hint_for("agent-F22"), "did you mean 'F2'?");
  EXPECT_EQ(hint_for("somebody"), "");
  EXPECT_EQ(hint_for(""), "");
}

TEST(KnownStream, AnotherIsRefused) {
  EXPECT_EQ(session::known_stream(policy(), "F"), StreamId("F"));
  EXPECT_EQ(session::known_stream(policy(), "stream-F"), StreamId("F"));
  EXPECT_THROW(session::known_stream(policy(), "G"), core::Error);
}

TEST(KnownName, IsAStreamsOrAnAgents) {
  EXPECT_EQ(session::known_name(policy(), "F").agent, std::nullopt);
  EXPECT_EQ(session::known_name(policy(), "stream-F").stream, StreamId("F"));
  EXPECT_EQ(session::known_name(policy(), "agent-F2").agent, AgentId::parse("F2"));
  for (const char* name : {"", "G", "agent-F", "stream-F1"})
    EXPECT_THROW(session::known_name(policy(), name), core::Error) << name;
}

}  // namespace
}  // namespace gs::gates
