// Everyday work that must go through without a word of ours: a line of the shell each, in a clone
// with a hub, two streams as `git stream start` makes them, and work of both on the hub.

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

struct Situation {
  const char* name;
  const char* script;  // in stream F's worktree
};
void PrintTo(const Situation& situation, std::ostream* out) {
  *out << situation.name;
}

// $BOT is the main worktree (on develop), $F and $E are the streams' worktrees, $HUB the bare
// repository, $BASE the commit that the streams began at. All have a commit of their own that is
// pushed; develop has moved on since.
constexpr char kNames[] = R"sh(
HUB=$PWD/../hub.git; BOT=$PWD; F=$PWD/../repo-stream-F; E=$PWD/../repo-stream-E
save() { mkdir -p "$(dirname "$1")"; echo "${2:-changed}" >"$1"; git add -- "$1"; git commit -q -m "${3:-Change $1}"; }
mate() { git clone -q "$HUB" "$BOT/../mate" 2>/dev/null; cd "$BOT/../mate"; }
)sh";
constexpr char kMake[] = R"sh(
git branch base; git clone -q --bare . "$HUB"; git -C "$HUB" branch -q -D base
git remote add origin "$HUB"; git fetch -q; git branch -q -u origin/develop
git stream install >/dev/null; git stream start E,F >/dev/null
cd "$E"; save models/risk.py "limit = 5"; git push -q -u origin HEAD 2>/dev/null
cd "$F"; save llm/sentiment.py "mood = 1"; git push -q -u origin HEAD 2>/dev/null
cd "$BOT"; save setup.py "version = 2"; git push -q origin develop 2>/dev/null
)sh";
// In place of $OLD, from an empty folder: what names the one folder names the other.
constexpr char kCopy[] = R"sh(
NEW=$(pwd -P); cp -a "$OLD/." .
grep -rlIZF --exclude-dir=objects "$OLD" repo/.git hub.git repo-stream-*/.git | xargs -0 sed -i "s#$OLD#$NEW#g"
find . -type l -lname "$OLD/*" | while read -r link; do ln -sfn "$NEW$(readlink "$link" | cut -c$((${#OLD} + 1))-)" "$link"; done
cd repo; for tree in . ../repo-stream-E ../repo-stream-F; do git -C $tree update-index -q --refresh; done
)sh";
constexpr char kBegin[] = R"sh(
BASE=$(git rev-parse base); git branch -q -D base
EB=$(git -C "$E" branch --show-current); cd "$F"; FB=$(git branch --show-current)
)sh";

constexpr Situation kSituations[] = {
    // What others have done arrives.
    {"fetch", "mate; git checkout -q $EB; save models/more.py; git push -q; cd $F; git fetch -q"},
    {"fetch with tags and pruning",
     "mate; git tag v1; git push -q origin v1; git push -q origin :$EB; cd $F; git fetch -q -p "
     "--tags --all"},
    {"fetch into a branch", "cd $BOT; git fetch -q origin $EB:refs/heads/look"},
    {"pull of the integration branch",
     "mate; save setup.py; git push -q; cd $BOT; git pull -q --ff-only"},
    {"pull with a merge on the integration branch",
     "mate; save setup.py; git push -q; cd $BOT; save README; git pull -q --no-rebase --no-edit"},
    {"pull --rebase on the integration branch",
     "mate; save setup.py; git push -q; cd $BOT; save README; git pull -q --rebase"},
    {"pull of a stream's branch that a colleague went on with",
     "mate; git checkout -q $FB; save llm/news.py; git push -q; cd $F; git pull -q --ff-only"},
    {"pull --rebase of it",
     "mate; git checkout -q $FB; save llm/news.py; git push -q; cd $F; save llm/sentiment.py 2; "
     "git pull -q --rebase"},
    {"merging develop", "git merge -q --no-edit develop"},
    {"merging origin/develop", "git fetch -q; git merge -q --no-edit origin/develop"},
    {"merging develop, fetched but not pulled",
     "mate; save models/risk.py 9; git push -q; cd $F; git fetch -q; git merge -q --no-edit "
     "origin/develop"},
    {"pulling develop into a stream", "git pull -q --no-rebase --no-edit origin develop"},
    {"merging another stream's branch", "git merge -q --no-edit $EB"},
    {"merging another stream's branch from the hub",
     "git fetch -q; git merge -q --no-edit origin/$EB"},
    {"cherry-picking another stream's commit", "git cherry-pick $EB >/dev/null"},
    {"fast-forward to develop", "git reset -q --hard $BASE; git merge -q --ff-only develop"},
    {"a bundle of one's own",
     "save llm/news.py; git bundle create -q ../b.bundle $FB; git reset -q --hard HEAD~1; git pull "
     "-q --ff-only ../b.bundle $FB"},
    // Merges with hands.
    {"a merge with a conflict in one's own file",
     "cd $BOT; save llm/sentiment.py theirs; cd $F; git merge -q develop >/dev/null 2>&1 || true\n"
     "echo both >llm/sentiment.py; git add llm/sentiment.py; git commit -q --no-edit"},
    {"merge -X ours in one's own file",
     "cd $BOT; save llm/sentiment.py theirs; cd $F; git merge -q --no-edit -X ours develop"},
    {"merge -X theirs in one's own file",
     "cd $BOT; save llm/sentiment.py theirs; cd $F; git merge -q --no-edit -X theirs develop"},
    {"merge --continue",
     "cd $BOT; save llm/sentiment.py theirs; cd $F; git merge -q develop >/dev/null 2>&1 || true\n"
     "echo both >llm/sentiment.py; git add llm/sentiment.py; GIT_EDITOR=: git merge --continue "
     ">/dev/null"},
    {"merge --abort",
     "cd $BOT; save llm/sentiment.py theirs; cd $F; git merge -q develop >/dev/null 2>&1 || true; "
     "git merge --abort"},
    {"a recorded resolution (rerere)",
     "git config rerere.enabled true; cd $BOT; save llm/sentiment.py theirs; cd $F\n"
     "git merge -q develop >/dev/null 2>&1 || true; echo both >llm/sentiment.py; git commit -q -a "
     "--no-edit 2>/dev/null\n"
     "git reset -q --hard HEAD~1; git merge -q develop >/dev/null 2>&1 || true; git commit -q -a "
     "--no-edit"},
    {"a merge commit amended",
     "git merge -q --no-edit develop; git commit -q --amend -m 'Take develop in'"},
    {"merge --no-commit and commit",
     "git merge -q --no-commit --no-ff develop; git commit -q --no-edit"},
    {"merge --squash of one's own branch",
     "git checkout -q -b feature/stream-F-side; save llm/news.py; git checkout -q $FB; git merge "
     "-q --squash feature/stream-F-side >/dev/null; git commit -q -m Side"},
    {"octopus of one's own branches",
     "git checkout -q -b feature/stream-F-a; save llm/news_a.py; git checkout -q -b "
     "feature/stream-F-b $FB; save llm/news_b.py\n"
     "git checkout -q $FB; git merge -q --no-edit feature/stream-F-a feature/stream-F-b "
     ">/dev/null"},
    {"merge --no-ff of one's own branch",
     "git checkout -q -b feature/stream-F-a; save llm/news_a.py; git checkout -q $FB; git merge -q "
     "--no-ff --no-edit feature/stream-F-a"},
    {"merging develop again and again",
     "git merge -q --no-edit develop; cd $BOT; save models/risk.py 7; cd $F; git merge -q "
     "--no-edit develop; git merge -q develop"},
    {"develop merges the stream, the stream goes on",
     "cd $BOT; git merge -q --no-ff --no-edit $FB; cd $F; save llm/sentiment.py 3; git merge -q "
     "--no-edit develop"},
    {"the owner squashes a stream, the stream takes it",
     "cd $BOT; git merge -q --squash $FB >/dev/null; git commit -q -m 'Sentiment (#12)'; cd $F; "
     "git merge -q --no-edit develop"},
    {"the owner squashes another stream, this one takes it",
     "cd $BOT; git merge -q --squash $EB >/dev/null; git commit -q -m 'Risk (#13)'; cd $F; git "
     "merge -q --no-edit develop; git rebase -q develop"},
    {"a host merges, both sides had changed the owner's file",
     "cd $BOT; save models/risk.py 'limit = 6'; cd $E; git merge -q develop >/dev/null 2>&1 || "
     "true; echo 'limit = 7' >models/risk.py; git commit -q -a --no-edit\n"
     "cd $BOT; git merge -q --no-edit $EB; cd $F; git merge -q --no-edit develop"},
    // Rewriting one's own work.
    {"rebase onto develop", "git rebase -q develop"},
    {"rebase --onto", "save llm/news.py 2; git rebase -q --onto develop HEAD~1"},
    {"rebase with autostash",
     "echo dirty >llm/sentiment.py; git rebase -q --autostash develop 2>/dev/null"},
    {"rebase --exec", "git rebase -q --exec true develop >/dev/null 2>&1"},
    {"rebase with a conflict",
     "cd $BOT; save llm/sentiment.py theirs; cd $F; git rebase -q develop >/dev/null 2>&1 || true\n"
     "echo both >llm/sentiment.py; git add llm/sentiment.py; GIT_EDITOR=: git rebase --continue "
     ">/dev/null"},
    {"rebase --abort",
     "cd $BOT; save llm/sentiment.py theirs; cd $F; git rebase -q develop >/dev/null 2>&1 || true; "
     "git rebase --abort"},
    {"rebase --rebase-merges",
     "git merge -q --no-edit develop; save llm/sentiment.py 4; cd $BOT; save models/risk.py 8; cd "
     "$F; git rebase -q -r develop"},
    {"rebase drops a merge of develop",
     "git merge -q --no-edit develop; save llm/news.py; git rebase -q develop"},
    {"autosquash",
     "save llm/news.py 2; echo 3 >llm/news.py; git commit -q -a --fixup HEAD; "
     "GIT_SEQUENCE_EDITOR=: git rebase -q -i --autosquash develop 2>/dev/null"},
    {"a stack of branches, rebased with --update-refs",
     "git checkout -q -b feature/stream-F-a; save llm/news.py; git checkout -q -b "
     "feature/stream-F-b; save llm/news_b.py; git rebase -q --update-refs develop 2>/dev/null"},
    {"a stack of branches, the lower one amended",
     "git checkout -q -b feature/stream-F-a; save llm/news.py; git checkout -q $FB; git commit -q "
     "--amend -m Better\n"
     "git checkout -q feature/stream-F-a; git rebase -q --onto $FB HEAD~1"},
    {"a branch stacked on another stream's",
     "git checkout -q -b feature/stream-F-top $EB; save llm/news.py; git rebase -q develop"},
    {"a branch stacked on another stream's, which was rebased",
     "git checkout -q -b feature/stream-F-top $EB; save llm/news.py; cd $E; OLD=$(git rev-parse "
     "HEAD); git rebase -q develop; cd $F; git rebase -q --onto $EB $OLD"},
    {"amending the message", "git commit -q --amend -m Better"},
    {"amending content, author and date",
     "echo 2 >llm/sentiment.py; git commit -q -a --amend --no-edit --author 'A <a@b>' --date "
     "2020-01-01"},
    {"amending after a push, pushed with lease",
     "git commit -q --amend -m Better; git push -q --force-with-lease"},
    {"squashing by reset --soft",
     "save llm/news.py; git reset -q --soft HEAD~2; git commit -q -m Both"},
    {"dropping one's own commit",
     "save llm/news.py; git reset -q --hard HEAD~1; git reset -q --hard ORIG_HEAD"},
    {"reset to develop", "git reset -q --hard develop"},
    {"reset to what was pushed", "save llm/news.py; git reset -q --hard @{u}"},
    {"reverting one's own commit and that again",
     "git revert --no-edit HEAD >/dev/null; git revert --no-edit HEAD >/dev/null"},
    {"cherry-picking one's own commit",
     "git checkout -q -b feature/stream-F-x develop; git cherry-pick -x $FB >/dev/null"},
    {"format-patch and am -3",
     "git format-patch -q -o ../patches -1; git reset -q --hard develop; git am -q -3 "
     "../patches/*"},
    {"interactive staging",
     "printf 'mood = 2\\n' >llm/sentiment.py; echo y | git commit -q -p -m part >/dev/null"},
    {"commit-tree and update-ref",
     "echo 2 >llm/sentiment.py; git add -u; C=$(git commit-tree -m x -p HEAD $(git write-tree)); "
     "git update-ref refs/heads/$FB $C"},
    {"rewording an older commit",
     "save llm/news.py; GIT_SEQUENCE_EDITOR='sed -i 1s/pick/reword/' GIT_EDITOR=: git rebase -q -i "
     "HEAD~2 2>/dev/null"},
    {"splitting a commit",
     "echo 1 >llm/news.py; echo 2 >llm/sentiment.py; git commit -q -a -m both; git reset -q "
     "HEAD~1; save llm/news.py 1; save llm/sentiment.py 2"},
    // Setting aside, looking, keeping.
    {"stash and pop", "echo 2 >llm/sentiment.py; git stash -q; git stash pop -q"},
    {"stash -u and branch",
     "echo 2 >llm/news_new.py; git stash -q -u; git stash branch feature/stream-F-stash >/dev/null "
     "2>&1"},
    {"stash of what is another's",
     "echo 2 >models/risk.py; git stash -q; git stash pop -q; git checkout -q models/risk.py"},
    {"bisect",
     "save llm/news.py; git bisect start HEAD $BASE; git bisect run true; git bisect reset"},
    {"notes",
     "git notes add -m seen; git notes append -m again; git push -q origin refs/notes/commits"},
    {"tags", "git tag t; git tag -a -m x u; git push -q --tags; git tag -d t >/dev/null"},
    {"looking at others' work",
     "git checkout -q --detach origin/$EB; git checkout -q $FB; git switch -q -c "
     "feature/stream-F-look; git switch -q -"},
    {"a detached head, then a branch",
     "git checkout -q --detach; save llm/news.py; git branch feature/stream-F-kept; git checkout "
     "-q $FB"},
    {"branches renamed and deleted",
     "git branch feature/stream-F-a; git branch -m feature/stream-F-a feature/stream-F-b; git "
     "branch -q -D feature/stream-F-b"},
    {"a colleague's branch checked out in the owner's worktree",
     "cd $BOT; git checkout -q --detach $EB; git checkout -q -b look $FB; git checkout -q develop; "
     "git branch -q -D look"},
    {"restoring one's own file from develop",
     "git restore --source develop llm/sentiment.py; git commit -q -a -m back"},
    {"sparse checkout",
     "git sparse-checkout set llm 2>/dev/null; save llm/sentiment.py 3; git sparse-checkout "
     "disable 2>/dev/null"},
    {"sparse index",
     "git sparse-checkout set --sparse-index llm 2>/dev/null; save llm/sentiment.py 3; git merge "
     "-q --no-edit develop"},
    {"gc and repack",
     "git gc -q --prune=now; git repack -q -a -d; git pack-refs --all; git commit-graph write "
     "--no-progress; save llm/news.py"},
    {"maintenance",
     "git maintenance run --quiet; git reflog expire --expire=now --all; git fsck >/dev/null 2>&1; "
     "save llm/news.py"},
    {"worktrees moved and repaired",
     "cd $BOT; git worktree move $F $F-moved; cd $F-moved; save llm/news.py; cd $BOT; mv $F-moved "
     "$F; git worktree repair $F >/dev/null 2>&1; cd $F; save llm/news.py 2"},
    {"worktrees added and removed",
     "git worktree add -q ../third -b feature/stream-F-third develop; git worktree remove "
     "../third; git worktree prune"},
    {"a submodule in the docs",
     "git -c protocol.file.allow=always submodule --quiet add $HUB docs/sub; git commit -q -m Sub "
     "2>/dev/null"},
    {"a file that nobody owns",
     "save tools/new.py; git mv tools/new.py tools/newer.py; git commit -q -m Move"},
    {"shared files", "save tests/test_mood.py; save docs/mood.md"},
    {"moving, deleting, mode",
     "git mv llm/sentiment.py llm/sentiment_all.py; git commit -q -m Move; chmod +x "
     "llm/sentiment_all.py; git commit -q -a -m Mode; git rm -q llm/sentiment_all.py; git commit "
     "-q -m Gone"},
    {"filters and line ends",
     "echo '*.py text eol=crlf' >llm/.gitattributes; printf 'a = 1\\r\\n' >llm/sentiment.py; git "
     "add llm/sentiment.py; git commit -q -m crlf 2>/dev/null"},
    // Pushing.
    {"push of one's own branch", "save llm/news.py; git push -q"},
    {"push after a rebase", "git rebase -q develop; git push -q --force-with-lease"},
    {"push after merging develop", "git merge -q --no-edit develop; git push -q"},
    {"push after merging another stream", "git merge -q --no-edit $EB; git push -q"},
    {"push of several branches by the owner", "cd $BOT; git push -q --all; git push -q --tags"},
    {"push of a new branch, deleted again",
     "git checkout -q -b feature/stream-F-a; save llm/news.py; git push -q -u origin HEAD; git "
     "push -q origin :feature/stream-F-a"},
    {"remotes",
     "git remote add fork $HUB; git fetch -q fork; git remote rename fork other 2>/dev/null; git "
     "remote remove other"},
    {"a push to a fork",
     "git init -q --bare ../fork.git; git remote add fork ../fork.git; save llm/news.py; git push "
     "-q fork HEAD"},
    // Ways to call it.
    {"from a folder below", "cd llm; echo 2 >sentiment.py; git commit -q -m m sentiment.py"},
    {"with -C and --git-dir",
     "echo 2 >llm/sentiment.py; cd /; git -C $F commit -q -a -m m; git --git-dir=$F/.git "
     "--work-tree=$F commit -q --allow-empty -m m"},
    {"as an editor does it",
     "echo 2 >llm/sentiment.py; git add -A -- .; echo m | GIT_ASKPASS=/x VSCODE_GIT_COMMAND=commit "
     "GIT_EDITOR=false git -c user.useConfigOnly=true commit --quiet --allow-empty-message --file "
     "-"},
    {"another language",
     "export LANG=C LC_ALL=C; save llm/sentiment.py ä; LC_ALL=de_DE.UTF-8 git commit -q "
     "--allow-empty -m ö"},
    {"times far away",
     "export GIT_COMMITTER_DATE=2001-01-01T00:00:00Z TZ=Asia/Kathmandu; save llm/sentiment.py 2; "
     "GIT_COMMITTER_DATE=2037-01-01T00:00:00Z git commit -q --allow-empty -m m"},
    {"an agent of the stream, named",
     "export GIT_STREAM_AGENT=F1; save llm/sentiment.py 2; GIT_STREAM_AGENT=agent-F1 git commit -q "
     "--allow-empty -m m"},
    {"another config file",
     "git config --worktree core.editor true 2>/dev/null || true; GIT_CONFIG_COUNT=1 "
     "GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=X git commit -q --allow-empty -m m"},
    // Clones and owners.
    {"a clone that is enrolled",
     "mate; git stream init >/dev/null; git checkout -q $FB; save llm/sentiment.py 5; git push -q; "
     "git pull -q"},
    {"a shallow clone",
     "git clone -q --depth 1 file://$HUB ../shallow; cd ../shallow; git stream init >/dev/null; "
     "save README; git fetch -q --unshallow"},
    {"a partial clone",
     "git -C $HUB config uploadpack.allowFilter true; git clone -q --filter=blob:none file://$HUB "
     "../partial; cd ../partial; git stream init >/dev/null; save README"},
    {"the owner imports much",
     "cd $BOT; mkdir data; for i in $(seq 2000); do echo $i >data/f$i.py; done; git add data; git "
     "commit -q -m Import"},
    {"the owner changes the policy",
     "cd $BOT; echo '# more' >>.streams.yaml; git commit -q -a -m Policy; git push -q; cd $F; git "
     "merge -q --no-edit develop"},
    {"the owner's policy comes by pull",
     "mate; echo '# more' >>.streams.yaml; git commit -q -a -m Policy; git push -q; cd $BOT; git "
     "pull -q --ff-only; cd $F; git rebase -q develop"},
    {"the owner reverts a merge",
     "cd $BOT; git merge -q --no-ff --no-edit $EB; git revert --no-edit -m 1 HEAD >/dev/null; cd "
     "$F; git merge -q --no-edit develop"},
    {"the integration branch is checked out elsewhere",
     "cd $BOT; git checkout -q --detach; git worktree add -q ../trunk develop; cd ../trunk; save "
     "README; cd $F; git merge -q --no-edit develop"},
    {"upstreams and tags called develop",
     "git branch -q -u origin/$EB; git tag develop $EB; save llm/news.py; git merge -q --no-edit "
     "refs/heads/develop"},
};

// Made once in this process, and copied.
class Scene {
 public:
  static const Scene& get() {
    static const Scene kScene;
    return kScene;
  }

  const Said& said() const { return said_; }
  std::string folder() const { return std::filesystem::canonical(repo_.folder()).string(); }

 private:
  Scene() : said_(repo_.owner().sh("exec 2>&1\n" + std::string(kNames) + kMake)) {}

  StreamRepo repo_;
  Said said_;
};

class Innocent : public testing::TestWithParam<Situation> {};

TEST_P(Innocent, GoesThroughSilently) {
  const Scene& scene = Scene::get();
  ASSERT_EQ(scene.said().status, 0) << scene.said().output;
  EXPECT_THAT(scene.said().output, testing::Not(testing::HasSubstr("git-stream")));
  const TempRepo copy;
  std::filesystem::remove_all(copy.path());
  const Place folder = Place(copy, copy.folder()).with("OLD=" + scene.folder());
  const Said said =
      folder.sh("exec 2>&1\n" + std::string(kCopy) + kNames + kBegin + GetParam().script);
  EXPECT_EQ(said.status, 0) << GetParam().script << said.output;
  EXPECT_THAT(said.output, testing::Not(testing::HasSubstr("git-stream"))) << GetParam().script;
}

std::string title(const testing::TestParamInfo<Situation>& tested) {
  std::string name = tested.param.name;
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Everyday, Innocent, testing::ValuesIn(kSituations), title);

}  // namespace
}  // namespace gs::test
