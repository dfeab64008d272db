#include "lib/agents/shell/shell_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/agents/shell/shell_files.h"

namespace gs::agents {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The commands' words, joined by '|'; what only a shell knows is "?", subshells are "(" and ")".
std::vector<std::string> commands_in(std::string_view line) {
  std::vector<std::string> all;
  for (const Step& step : read_shell(line).steps) {
    if (step.kind == Step::Kind::open) all.emplace_back("(");
    if (step.kind == Step::Kind::close) all.emplace_back(")");
    if (step.kind != Step::Kind::command) continue;
    std::string text;
    for (const auto& [name, value] : step.command.assignments)
      text += name + "=" + value.text + "|";
    for (const Word& word : step.command.words) text += (word.exact ? word.text : "?") + "|";
    for (const auto& to : step.command.redirections)
      text += (to.writes ? ">" : "<") + (to.target.exact ? to.target.text : "?") + "|";
    if (!text.empty()) text.pop_back();
    all.push_back(std::move(text));
  }
  return all;
}

TEST(ShellReader, SplitsCommands) {
  EXPECT_THAT(commands_in("a b; c && d || e | f & g\nh"),
              ElementsAre("a|b", "c", "d", "e", "f", "g", "h"));
  EXPECT_THAT(commands_in("a # b; c\nd"), ElementsAre("a", "d"));
  EXPECT_THAT(commands_in("a \\\n  b"), ElementsAre("a|b"));
  EXPECT_THAT(commands_in(""), IsEmpty());
}

TEST(ShellReader, UnderstandsQuotes) {
  EXPECT_THAT(commands_in(R"(a 'b c' "d e" f\ g 'h'"i"j)"), ElementsAre("a|b c|d e|f g|hij"));
  EXPECT_THAT(commands_in(R"(a "b\"c" 'd\' $'e\nf\'g' "")"), ElementsAre("a|b\"c|d\\|e\nf'g|"));
  EXPECT_THAT(commands_in(R"(a "b;c" 'd|e' "#f")"), ElementsAre("a|b;c|d|e|#f"));
  EXPECT_THAT(commands_in("a $'\\x41'"), ElementsAre("a|?"));
}

TEST(ShellReader, ClaimsNothingThatTheShellWorksOut) {
  EXPECT_THAT(commands_in("a $b \"$c\" ${d} *.py [e] {f,g} ~/h i$"),
              ElementsAre("a|?|?|?|?|?|?|?|i$"));
  EXPECT_THAT(commands_in("a '$b' \"*\" \\* '~'"), ElementsAre("a|$b|*|*|~"));
  EXPECT_THAT(commands_in("a $((1 + 2))"), ElementsAre("a|?"));
  EXPECT_TRUE(read_shell("rm *.py").steps[0].command.words[1].glob);
  EXPECT_FALSE(read_shell("rm $x*.py").steps[0].command.words[1].glob);
  EXPECT_EQ(read_shell("rm 'a*'*").steps[0].command.words[1].pattern, "a\\**");
}

TEST(ShellReader, ReadsWhatIsRunWithin) {
  EXPECT_THAT(commands_in("echo $(rm a; rm b)"), ElementsAre("(", "rm|a", "rm|b", ")", "echo|?"));
  EXPECT_THAT(commands_in("echo \"`rm a`\""), ElementsAre("(", "rm|a", ")", "echo|?"));
  EXPECT_THAT(commands_in("(cd a; rm b); rm c"), ElementsAre("(", "cd|a", "rm|b", ")", "rm|c"));
  EXPECT_THAT(commands_in("diff <(sort a) b"), ElementsAre("(", "sort|a", ")", "diff|?|b"));
}

TEST(ShellReader, KnowsRedirections) {
  EXPECT_THAT(commands_in("a > b 2>&1 >> c < d 2>e &>f >|g 3<>h"),
              ElementsAre("a|>b|>c|<d|>e|>f|>g|>h"));
  EXPECT_THAT(commands_in("a 2 > b >$c"), ElementsAre("a|2|>b|>?"));
  EXPECT_THAT(commands_in("a <<< b"), ElementsAre("a"));
}

TEST(ShellReader, PassesOverHereDocuments) {
  const Reading reading = read_shell("cat > a <<'X' <<-Y\nrm b\nX\n\trm c\n\tY\nrm d");
  ASSERT_EQ(reading.steps.size(), 2U);
  EXPECT_EQ(reading.steps[0].command.here, "rm b\nrm c\n");
  EXPECT_EQ(reading.steps[1].command.words[1].text, "d");
}

TEST(ShellReader, KnowsAssignmentsAndReservedWords) {
  EXPECT_THAT(commands_in("A=1 B='2 3' c D=4"), ElementsAre("A=1|B=2 3|c|D=4"));
  EXPECT_THAT(commands_in("if a; then b; else c; fi; ! d"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(commands_in("for x in a b; do rm $x; done"), ElementsAre("rm|?"));
  EXPECT_THAT(commands_in("while a; do b; done; f() { c; }"), ElementsAre("a", "b", "f", "c"));
  EXPECT_THAT(commands_in("[[ a < b ]] && c"), ElementsAre("c"));
  EXPECT_TRUE(read_shell("if a; then cd b; fi").steps[1].command.perhaps);
  EXPECT_TRUE(read_shell("a || cd b").steps[1].command.perhaps);
  EXPECT_TRUE(read_shell("a | cd b").steps[1].command.apart);
  EXPECT_FALSE(read_shell("a && cd b").steps[1].command.apart);
}

TEST(ShellReader, StopsWhereAQuoteStaysOpen) {
  EXPECT_FALSE(read_shell("rm a; rm 'b").whole);
  EXPECT_FALSE(read_shell("echo $(rm a").whole);
  EXPECT_THAT(commands_in("rm a; rm 'b"), ElementsAre("rm|a"));
  std::string deep = "rm x";
  for (int i = 0; i < 20; ++i) deep = "echo $(" + deep + ")";
  EXPECT_FALSE(read_shell(deep).whole);
}

std::string written(std::string_view line) {
  std::string text;
  const Written all = written_by(read_shell(line).steps.at(0).command.words);
  for (const Word& word : all.files) text += word.text + " ";
  for (const Word& word : all.targets) text += ">" + word.text + " ";
  for (const Word& word : all.sources) text += "<" + word.text + " ";
  return text;
}

TEST(ShellFiles, KnowsWhatCommandsWrite) {
  EXPECT_EQ(written("rm -rf -- -a b"), "-a b ");
  EXPECT_EQ(written("/bin/rm a"), "a ");
  EXPECT_EQ(written("touch -d yesterday a"), "a ");
  EXPECT_EQ(written("tee -a a b"), "a b ");
  EXPECT_EQ(written("mv a b c"), "a b >c <a <b ");
  EXPECT_EQ(written("cp -r a b"), ">b <a ");
  EXPECT_EQ(written("cp -t d a b"), ">d <a <b ");
  EXPECT_EQ(written("cp --target-directory=d a"), ">d <a ");
  EXPECT_EQ(written("install -m 644 a b"), ">b <a ");
  EXPECT_EQ(written("dd if=a of=b"), "b ");
  EXPECT_EQ(written("chmod +x a"), "a ");
  EXPECT_EQ(written("ls a"), "");
}

TEST(ShellFiles, KnowsEditsInPlace) {
  EXPECT_EQ(written("sed s/a/b/ f"), "");
  EXPECT_EQ(written("sed -i s/a/b/ f g"), "f g ");
  EXPECT_EQ(written("sed -i.bak -e s/a/b/ f"), "f ");
  EXPECT_EQ(written("sed -ni -e p f"), "f ");
  EXPECT_EQ(written("sed --in-place=.b --expression=p f"), "f ");
  EXPECT_EQ(written("sed -e s/i/j/ f"), "");
  EXPECT_EQ(written("perl -pi -e s/a/b/ f"), "f ");
  EXPECT_EQ(written("perl -i.bak -pe s/a/b/ f"), "f ");
  EXPECT_EQ(written("perl -e 1 f"), "");
}

}  // namespace
}  // namespace gs::agents
