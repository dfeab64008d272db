// The ways around the gates, a row each. Shell lines use the functions (kFunctions), commits
// (kCommits) and variables (name_variables) of scratch_clone.cpp: $MINE is the agent's own file,
// $THEIRS one that it may not change, $STRAY a commit on no branch that changes it all the same.
//
// Another way is a row at its place here, one in tests/gates/prove_test.cpp, and a line of the
// table in docs/enforcement.md.

#include "lib/install/git_config.h"
#include "lib/proof/proof.h"
#include "lib/streams/worktree_git.h"

namespace gs::proof {

namespace {

using enum Gate;

constexpr char kStaged[] = R"(stage "$THEIRS")";
constexpr char kChanged[] = R"(change "$THEIRS")";
constexpr char kCommit[] = "git commit -q -m Proof";
constexpr char kUnverified[] = "git commit -q -n -m Proof";

constexpr char kOwnsGit[] = "who may write in .git can take out every gate that is there";
constexpr char kOutsiders[] =
    "who works in no stream is judged by rules.outsider, and this policy lets them";
constexpr char kTrunkReason[] =
    "work of a stream on the integration branch looks there like a merge of it; keep the branch "
    "for those who merge, by your server's own rules";
constexpr char kTracking[] =
    "what a remote-tracking branch of a recorded remote holds counts as judged until the push, "
    "which "
    "asks the remote itself";
constexpr char kBringsNothing[] =
    "a gate judges the commits that a ref brings, and this one brings none; they stay in the "
    "reflog, "
    "and on the server";
constexpr char kNobodysRef[] =
    "a server knows a stream by its branch, or by the commit's trailers, and here neither says "
    "one; on a branch of a stream it is judged";
constexpr char kOneStream[] =
    "a server knows the stream, not the agent, unless the commit's trailers say it, and the file "
    "is the stream's";

// The integration branch's merge, stopped before its commit, with a change that is on neither side.
constexpr char kSpoiledMerge[] = R"(git merge -q --no-commit --no-ff "$TRUNK"; stage "$THEIRS")";
constexpr char kTheirsDropped[] =
    R"(git merge -q --no-commit --no-ff "$TRUNK"; git checkout -q HEAD -- ":(literal)$THEIRS")";
constexpr char kLocksRemoved[] =
    R"(rm "$STATE/file_locks.json"; echo '{"locks": {}, "version": 1}' >"$STATE/file_locks.json"
       git commit -q -m Proof)";
constexpr char kLocksDamaged[] =
    R"(stage "$MINE"; rm "$STATE/file_locks.json"; printf '{' >"$STATE/file_locks.json")";
constexpr char kStagedMine[] = R"(stage "$MINE")";
constexpr char kChangedMine[] = R"(change "$MINE")";
// The integration branch has moved on, on the server.
constexpr char kServerAhead[] = R"(git -C "$SERVER" update-ref "refs/heads/$TRUNK" "$AHEAD_MINE")";

// The integration branch is checked out nowhere, so that git moves it by force; and there is a
// branch with a wider policy. A rename that a hook stops leaves git a log that is in the way of
// every copy.
constexpr char kTrunkFree[] = R"(rm -f "$REPO/.git/logs/refs/.tmp-renamed-log"
                                 git -C "$REPO" checkout -q --detach
                                 git branch -f wide "$TAKEOVER"
                                 stage "$THEIRS")";
// Where the owner's worktree stands on the integration branch again, once that is put back.
constexpr char kTrunkTaken[] = R"(git -C "$REPO" symbolic-ref HEAD "refs/heads/$TRUNK")";

constexpr Way innocent(std::string_view name, std::string_view setup, std::string_view lines,
                       Needs needs = Needs::nothing) {
  return {.group = "innocent",
          .name = name,
          .setup = setup,
          .attack = lines,
          .goal = Goal::innocent,
          .needs = needs};
}

constexpr Way kWays[] = {
    // Making a commit.
    {"commits", "git commit", pre_commit, kStaged, kCommit},
    {"commits", "git commit -a", pre_commit, kChanged, "git commit -q -a -m Proof"},
    {"commits", "git commit -p", pre_commit, kChanged, "echo y | git commit -q -p -m Proof"},
    {"commits", "git commit -- PATH", pre_commit, kChanged,
     R"(git commit -q -m Proof -- ":(literal)$THEIRS")"},
    {"commits", "git commit -i PATH", pre_commit, kChanged,
     R"(git commit -q -m Proof -i -- ":(literal)$THEIRS")"},
    {"commits", "git commit -n", reference_transaction, kStaged, kUnverified},
    {"commits", "git commit --amend", pre_commit, kStaged, "git commit -q --amend --no-edit"},
    {"commits", "git commit --amend -n", reference_transaction, kStaged,
     "git commit -q -n --amend --no-edit"},
    {"commits", "git commit, HEAD detached, then git branch -f", pre_commit, kStaged,
     "git checkout -q --detach; git commit -q -m Proof; git branch -f quick"},
    {"commits", "git commit -n, HEAD detached, then git branch -f", reference_transaction, kStaged,
     "git checkout -q --detach; git commit -q -n -m Proof; git branch -f quick"},
    {"commits", "git checkout -b OTHER-NAME, git commit -n", reference_transaction, kStaged,
     "git checkout -q -b quick; git commit -q -n -m Proof"},
    {"commits", "git stash pop, git commit -a", pre_commit, kChanged,
     "git stash -q; git stash pop -q; git commit -q -a -m Proof"},
    // Changes that are no new lines in a file.
    {"commits", "git mv THEIRS MINE", pre_commit, "",
     R"(git mv -f -- "$THEIRS" "$MINE"; git commit -q -m Proof)"},
    {"commits", "git rm THEIRS", pre_commit, "",
     R"(git rm -q -- ":(literal)$THEIRS"; git commit -q -m Proof)"},
    {"commits", "git update-index --chmod=+x", pre_commit, "",
     R"(git update-index --chmod=+x -- "$THEIRS"; git commit -q -m Proof)"},
    {"commits", "a symbolic link in its place", pre_commit, R"(ln -sfn elsewhere "./$THEIRS")",
     R"(git add -- ":(literal)$THEIRS"; git commit -q -m Proof)"},
    {"commits", "a submodule in its place", pre_commit, "",
     R"(git update-index --cacheinfo "160000,$START,$THEIRS"; git commit -q -m Proof)"},
    // As on a file system that does not tell letters' case apart.
    {.group = "commits",
     .name = "its name in other letters, core.ignoreCase",
     .gate = pre_commit,
     .setup = "git config core.ignorecase true",
     .attack = R"(git update-index --add --cacheinfo "100644,$STRAY_BLOB,$ALIAS"
                  git commit -q -m Proof)",
     .goal = Goal::alias,
     .needs = Needs::letters,
     .cleanup = "git config core.ignorecase false"},
    {.group = "commits",
     .name = "its name in other letters",
     .gate = pre_commit,
     .attack = R"(git update-index --add --cacheinfo "100644,$STRAY_BLOB,$ALIAS"
                  git commit -q -m Proof)",
     .goal = Goal::alias,
     .needs = Needs::letters},
    {"commits", "GIT_INDEX_FILE=… git commit", pre_commit, "",
     R"(export GIT_INDEX_FILE="$ROOT/index"
        git read-tree HEAD
        git update-index --cacheinfo "100644,$STRAY_BLOB,$THEIRS"
        git commit -q -m Proof)"},
    // A folder outside every worktree, with another version of the file.
    {"commits", "GIT_DIR=… GIT_WORK_TREE=… git commit", pre_commit,
     R"(echo '# elsewhere' | put "$ROOT/elsewhere/$THEIRS")",
     R"(cd "$ROOT/elsewhere"
        export GIT_DIR="$WORK_GIT_DIR" GIT_WORK_TREE="$ROOT/elsewhere"
        git add -f -- ":(literal)$THEIRS"
        git commit -q -m Proof)"},

    // Commits that git makes, or that exist on no branch yet.
    {"commits that are there", "git cherry-pick", reference_transaction, "",
     R"(git cherry-pick "$STRAY")"},
    {"commits that are there", "git cherry-pick -n, git commit -n", reference_transaction, "",
     R"(git cherry-pick -n "$STRAY"; git commit -q -n -m Proof)"},
    {"commits that are there", "git revert", reference_transaction, "",
     R"(git revert --no-edit "$START")"},
    {"commits that are there", "git rebase -i", reference_transaction,
     R"(printf 'pick %s\n' "$TIP" "$STRAY" >"$ROOT/todo")",
     R"(GIT_SEQUENCE_EDITOR='cp ../todo' git rebase -q -i "$START")"},
    {"commits that are there", "git am", reference_transaction,
     R"(git format-patch -1 --stdout "$STRAY" >"$ROOT/patch")", "git am -q ../patch"},
    {"commits that are there", "git apply --index, git commit -n", reference_transaction,
     R"(git format-patch -1 --stdout "$STRAY" >"$ROOT/patch")",
     "git apply --index ../patch; git commit -q -n -m Proof"},
    {"commits that are there", "git reset --hard COMMIT", reference_transaction, "",
     R"(git reset -q --hard "$STRAY")"},
    {"commits that are there", "git checkout -B BRANCH COMMIT", reference_transaction, "",
     R"(git checkout -q -B "$BRANCH" "$STRAY")"},
    {"commits that are there", "git branch OTHER-NAME COMMIT", reference_transaction, "",
     R"(git branch quick "$STRAY")"},
    {"commits that are there", "git commit-tree, git update-ref", reference_transaction, "",
     R"(commit=$(git commit-tree -p HEAD -m Proof "$STRAY^{tree}")
        git update-ref "refs/heads/$BRANCH" "$commit")"},
    {"commits that are there", "git update-ref --stdin", reference_transaction, "",
     R"(echo "update refs/heads/$BRANCH $STRAY" | git update-ref --stdin)"},
    {"commits that are there", "git fetch . COMMIT:BRANCH", reference_transaction, "",
     R"(git fetch -q . "$STRAY:refs/heads/quick")"},
    {"commits that are there", "git push --no-verify . COMMIT:BRANCH", reference_transaction, "",
     R"(git push -q --no-verify . "$STRAY:refs/heads/quick")"},
    {.group = "commits that are there",
     .name = "git worktree add -b OTHER-NAME",
     .gate = reference_transaction,
     .attack = R"(git worktree add -q -b quick ../quick "$STRAY")",
     .cleanup = R"(rm -rf "$ROOT/quick"; git worktree prune)"},
    {"commits that are there", "git fast-import", reference_transaction, "",
     R"(git fast-import --quiet --done <<END
commit refs/heads/$BRANCH
committer a <a@b> 0 +0000
data 5
Proof
from $TIP
M 100644 $STRAY_BLOB $THEIRS
done
END)"},

    {"merges", "git merge --no-commit, a change, git commit", pre_commit, kSpoiledMerge, kCommit},
    {"merges", "git merge --no-commit, a change, git commit -n", reference_transaction,
     kSpoiledMerge, kUnverified},
    {"merges", "git merge --no-commit, a change, git merge --continue", pre_commit, kSpoiledMerge,
     "git merge --continue"},
    {"merges", "git merge --squash, git commit", pre_commit, "",
     R"(git merge -q --squash "$SIDE"; git commit -q -m Proof)"},
    {"merges", "git merge COMMIT", reference_transaction, "", R"(git merge -q --no-edit "$SIDE")"},
    {"merges", "git merge --no-verify COMMIT", reference_transaction, "",
     R"(git merge -q --no-verify --no-edit "$SIDE")"},
    {"merges", "git merge --ff-only COMMIT", reference_transaction, "",
     R"(git merge -q --ff-only "$STRAY")"},
    {"merges", "git merge of three (octopus)", reference_transaction, "",
     R"(git merge -q --no-edit "$SIDE" "$EMPTY_SIDE")"},
    // Made by somebody who belongs to no stream, or in a worktree that git-stream never saw.
    {.group = "merges",
     .name = "a scratch branch made elsewhere, merged later",
     .gate = reference_transaction,
     .setup = R"(git -C "$REPO" branch scratch "$SIDE")",
     .attack = "git merge -q --no-edit scratch",
     .goal = Goal::theirs_on_branch},
    {"merges", "git tag COMMIT, git merge TAG", reference_transaction, "",
     R"(git tag quick "$SIDE"; git merge -q --no-edit quick)"},
    {"merges", "git pull . REF", reference_transaction, "",
     R"(git update-ref refs/quick/side "$SIDE"
        git pull -q --no-rebase --no-edit . refs/quick/side)"},
    {.group = "merges",
     .name = "git merge, where both sides changed a locked file",
     .gate = reference_transaction,
     .setup = R"(lock "$MINE")",
     .attack = R"(git merge -q --no-edit "$AHEAD_MINE")",
     .goal = Goal::mine,
     .needs = Needs::lock},

    // A merge that drops what the integration branch has changed: $THEIRS is there as it was
    // before.
    {"merges", "git merge -s ours", pre_merge_commit, "",
     R"(git merge -q -s ours --no-edit "$TRUNK")", "", Goal::refs},
    {"merges", "git merge -s ours --no-verify", reference_transaction, "",
     R"(git merge -q --no-verify -s ours --no-edit "$TRUNK")", "", Goal::refs},
    {"merges", "git merge --no-commit, git checkout HEAD -- THEIRS, git commit", pre_commit,
     kTheirsDropped, kCommit, "", Goal::refs},
    {"merges", "git merge --no-commit, git checkout HEAD -- THEIRS, git commit -n",
     reference_transaction, kTheirsDropped, kUnverified, "", Goal::refs},
    {"merges", "git commit-tree -p HEAD -p INTEGRATION-BRANCH HEAD^{tree}", reference_transaction,
     "",
     R"(commit=$(git commit-tree -p HEAD -p "$TRUNK" -m Proof "HEAD^{tree}")
        git update-ref "refs/heads/$BRANCH" "$commit")",
     "", Goal::refs},
    {"merges", "git merge -s ours of three", reference_transaction, "",
     R"(git merge -q -s ours --no-edit "$AHEAD" "$EMPTY_SIDE")", "", Goal::refs},

    {.group = "others' branches",
     .name = "git branch -f OTHERS-BRANCH COMMIT",
     .gate = reference_transaction,
     .attack = R"(git branch -f "$RIVALS" "$STRAY")",
     .needs = Needs::other_stream},
    {.group = "others' branches",
     .name = "git branch OTHERS-NEW-BRANCH COMMIT",
     .gate = reference_transaction,
     .attack = R"(git branch "$RIVALS-quick" "$STRAY")",
     .needs = Needs::other_stream},
    {.group = "others' branches",
     .name = "git checkout OTHERS-BRANCH, git commit",
     .gate = pre_commit,
     .attack = R"(git checkout -q "$RIVALS"
                  git update-index --cacheinfo "100644,$STRAY_BLOB,$THEIRS"
                  git commit -q -m Proof)",
     .needs = Needs::other_stream},
    {.group = "others' branches",
     .name = "git branch -D OTHERS-BRANCH",
     .attack = R"(git branch -q -D "$RIVALS")",
     .reason = kBringsNothing,
     .goal = Goal::refs,
     .needs = Needs::other_stream},
    {.group = "others' branches",
     .name = "git branch -m BRANCH OTHERS-NEW-BRANCH, git commit",
     .gate = pre_commit,
     .attack = R"(git branch -q -m "$RIVALS-quick"; stage "$THEIRS"; git commit -q -m Proof)",
     .needs = Needs::other_stream},
    {.group = "others' branches",
     .name = "git update-ref refs/remotes/NEW-REMOTE/OTHERS-BRANCH, git merge",
     .gate = reference_transaction,
     .attack = R"(git update-ref "refs/remotes/quick/$RIVALS" "$STRAY"
                  git merge -q --ff-only "refs/remotes/quick/$RIVALS")",
     .goal = Goal::theirs_on_branch,
     .needs = Needs::other_stream},
    {.group = "others' branches",
     .name = "git fetch of a repository of one's own, git merge",
     .gate = reference_transaction,
     .setup = R"(git init -q --bare --template= "$ROOT/own.git"
                 git push -q "$ROOT/own.git" "$STRAY:refs/heads/$RIVALS")",
     .attack = R"(git remote add own "$ROOT/own.git"
                  git fetch -q own
                  git merge -q --ff-only "own/$RIVALS")",
     .goal = Goal::theirs_on_branch,
     .needs = Needs::other_stream,
     .cleanup = R"(git remote remove own; rm -rf "$ROOT/own.git")"},
    {.group = "others' branches",
     .name = "git update-ref refs/remotes/origin/OTHERS-BRANCH, git merge",
     .attack = R"(git update-ref "refs/remotes/origin/$RIVALS" "$STRAY"
                  git merge -q --ff-only "origin/$RIVALS")",
     .reason = kTracking,
     .goal = Goal::theirs_on_branch,
     .needs = Needs::other_stream},
    {"others' branches", "git update-ref of the integration branch", reference_transaction, "",
     R"(git update-ref "refs/heads/$TRUNK" "$STRAY")"},
    {.group = "others' branches",
     .name = "git branch -m INTEGRATION-BRANCH OTHER-NAME",
     .gate = reference_transaction,
     .attack = R"(git branch -m "$TRUNK" quick)",
     .goal = Goal::refs,
     .cleanup = kTrunkTaken,
     .otherwise =
         {When::refs_in_tables, none,
          "git renames refs in tables without asking any hook; every gate blocks until the "
          "branch is back"}},
    {.group = "others' branches",
     .name = "git branch -C OTHER-NAME INTEGRATION-BRANCH, git commit",
     .gate = pre_commit,
     .setup = kTrunkFree,
     .attack = R"(git branch -C wide "$TRUNK"; git commit -q -m Proof)",
     .cleanup = kTrunkTaken},
    {.group = "others' branches",
     .name = "git branch -M OTHER-NAME INTEGRATION-BRANCH, git commit",
     .gate = reference_transaction,
     .setup = kTrunkFree,
     .attack = R"(git branch -M wide "$TRUNK"; git commit -q -m Proof)",
     .cleanup = kTrunkTaken,
     .otherwise = {When::refs_in_tables, pre_commit}},
    {.group = "others' branches",
     .name = "git branch -C OTHER-NAME BRANCH",
     .setup = R"(rm -f "$REPO/.git/logs/refs/.tmp-renamed-log"; git branch -f quick "$SIDE")",
     .attack =
         R"(git checkout -q --detach; git branch -C quick "$BRANCH"; git checkout -q "$BRANCH")",
     .reason = "git asks no hook before it copies a branch; the push is judged",
     .goal = Goal::theirs_on_branch},
    {"others' branches", "git update-ref -d of the integration branch", reference_transaction, "",
     R"(git update-ref -d "refs/heads/$TRUNK")", "", Goal::refs},
    {"others' branches", "git update-ref of the integration branch to an older commit", none, "",
     R"(git update-ref "refs/heads/$TRUNK" "$START")", kBringsNothing, Goal::refs},
    {"others' branches", "git fetch . COMMIT:INTEGRATION-BRANCH", reference_transaction, "",
     R"(git fetch -q --force --update-head-ok . "$STRAY:refs/heads/$TRUNK")"},

    // Being somebody else.
    {"identity", "GIT_STREAM_AGENT= git commit", pre_commit, kStaged,
     "GIT_STREAM_AGENT= git commit -q -m Proof"},
    {"identity", "GIT_STREAM_AGENT=NOBODY git commit", pre_commit, kStaged,
     "GIT_STREAM_AGENT=no.such.agent git commit -q -m Proof"},
    {"identity", "git commit --author", pre_commit, kStaged,
     "git commit -q -m Proof --author 'A <a@example.org>'"},
    {.group = "identity",
     .name = "the enrolment removed, git commit",
     .gate = pre_commit,
     .setup = kStaged,
     .attack = R"(mv "$WORK_GIT_DIR/stream/identity" "$ROOT/identity"; git commit -q -m Proof)",
     .cleanup = R"(mv "$ROOT/identity" "$WORK_GIT_DIR/stream/identity")",
     .otherwise = {When::same_stream, none,
                   "the branch says the stream, not the agent, and the file is the stream's"}},
    {.group = "identity",
     .name = "GIT_STREAM_AGENT=OWNER git commit",
     .gate = pre_commit,
     .setup = kStaged,
     .attack = R"(GIT_STREAM_AGENT="$OWNER" git commit -q -m Proof)",
     .needs = Needs::owner},
    {.group = "identity",
     .name = "git stream install --agent OWNER, git commit",
     .gate = pre_commit,
     .setup = kStaged,
     .attack = R"("$PROGRAM" install --agent "$OWNER" || true; git commit -q -m Proof)",
     .needs = Needs::owner},
    {"identity", "git stream install --owner, git commit", pre_commit, kStaged,
     R"("$PROGRAM" install --owner || true; git commit -q -m Proof)"},
    {"identity", "git stream uninstall, git commit", pre_commit, kStaged,
     R"("$PROGRAM" uninstall || true; git commit -q -m Proof)"},
    {"identity", "git stream uninstall --all, git commit", pre_commit, kStaged,
     R"("$PROGRAM" uninstall --all || true; git commit -q -m Proof)"},
    {.group = "identity",
     .name = "GIT_STREAM_BYPASS=… git commit",
     .setup = kStaged,
     // No other row may make this very commit in the same second: it is known as bypassed then.
     .attack = "GIT_STREAM_BYPASS='a proof' git commit -q -m 'Proof of a bypass'",
     .reason = "the policy allows it; it is logged as `bypassed`, with the reason given",
     .otherwise = {When::bypass_blocks, pre_commit}},
    {.group = "identity",
     .name = "git commit in a worktree of no stream",
     .attack = R"(git update-index --cacheinfo "100644,$STRAY_BLOB,$THEIRS"
                  git commit -q -m Proof)",
     .reason = kOutsiders,
     .cleanup = "git reset -q --hard",
     .in_owners_worktree = true,
     .otherwise = {When::outsider_blocks, pre_commit, kOutsiders}},

    // Editing what the gates rely on.
    {"what the gates rely on", "git -c core.hooksPath=/dev/null commit", none, kStaged,
     "git -c core.hooksPath=/dev/null commit -q -m Proof", "git was told to run no hooks"},
    {.group = "what the gates rely on",
     .name = "the hooks removed, git commit",
     .setup = kStaged,
     .attack = R"(mv "$REPO/.git/hooks" "$REPO/.git/hooks.away"; git commit -q -m Proof)",
     .reason = kOwnsGit,
     .cleanup = R"(rm -rf "$REPO/.git/hooks"; mv "$REPO/.git/hooks.away" "$REPO/.git/hooks")"},
    {"what the gates rely on", "a file written into .git/refs", none, "", R"(forge quick "$STRAY")",
     "git does not know of it, and runs no hook"},
    {"what the gates rely on", "a wider policy in the worktree, git commit", pre_commit, kStaged,
     "widen; git commit -q -m Proof"},
    {"what the gates rely on", "a wider policy committed with -n, git commit -n",
     reference_transaction, kStaged,
     R"(widen
        git add "$POLICY"
        git commit -q -n -m Wider -- "$POLICY"
        git commit -q -n -m Proof)"},
    {.group = "what the gates rely on",
     .name = "a wider policy put on the integration branch",
     .gate = reference_transaction,
     .attack = R"(git update-ref "refs/heads/$TRUNK" "$TAKEOVER")",
     .goal = Goal::policy},
    {"what the gates rely on", "a wider policy on the integration branch's upstream, git commit",
     pre_commit, kStaged,
     R"(git update-ref refs/remotes/origin/wide "$TAKEOVER"
        git branch -q -u origin/wide "$TRUNK"
        git commit -q -m Proof)"},
    {"what the gates rely on", "a wider policy on the remote-tracking branch, git commit",
     pre_commit, kStaged,
     R"(git update-ref "refs/remotes/origin/$TRUNK" "$TAKEOVER"; git commit -q -m Proof)"},
    {"what the gates rely on",
     "a wider policy in a tag of the integration branch's name, git commit", pre_commit, kStaged,
     R"(git tag "$TRUNK" "$TAKEOVER"; git commit -q -m Proof)"},
    {.group = "what the gates rely on",
     .name = "git symbolic-ref of the integration branch, git commit",
     .gate = pre_commit,
     .setup = kStaged,
     .attack = R"(git update-ref refs/quick/wide "$TAKEOVER"
                  git symbolic-ref "refs/heads/$TRUNK" refs/quick/wide
                  git commit -q -m Proof)",
     .otherwise = {When::symbolic_refs_judged, reference_transaction}},
    {"what the gates rely on", "git replace of the integration branch's tip, git commit",
     pre_commit, kStaged, R"(git replace "$AHEAD" "$TAKEOVER"; git commit -q -m Proof)"},
    {"what the gates rely on", "git replace of HEAD's tree, git commit", pre_commit, kStaged,
     R"(git replace "$TIP^{tree}" "$STRAY^{tree}"; git commit -q -m Proof)"},
    {.group = "what the gates rely on",
     .name = "git config hook.pre-commit.enabled false, git commit",
     .gate = pre_commit,
     .setup = kStaged,
     .attack = R"(git config hook.pre-commit.enabled false
                  git config hook.reference-transaction.enabled false
                  git commit -q -m Proof)",
     .cleanup = R"(git config --unset hook.pre-commit.enabled
                   git config --unset hook.reference-transaction.enabled)"},
    {.group = "what the gates rely on",
     .name = "the note of the integration branch edited, git commit",
     .setup = kStaged,
     .attack = R"(forge wide "$TAKEOVER"
                  echo wide >"$REPO/.git/stream/integration"
                  rm -f "$REPO/.git/stream/integration-tip"
                  git commit -q -m Proof)",
     .reason = kOwnsGit,
     .cleanup = R"(echo "$TRUNK" >"$REPO/.git/stream/integration")"},
    {.group = "what the gates rely on",
     .name = "git commit of a locked file",
     .gate = pre_commit,
     .setup = R"(lock "$MINE"; stage "$MINE")",
     .attack = kCommit,
     .goal = Goal::mine,
     .needs = Needs::lock},
    {.group = "what the gates rely on",
     .name = "git commit -n of a locked file",
     .gate = reference_transaction,
     .setup = R"(lock "$MINE"; stage "$MINE")",
     .attack = kUnverified,
     .goal = Goal::mine,
     .needs = Needs::lock},
    {.group = "what the gates rely on",
     .name = "the lock removed from its file, git commit",
     .setup = R"(lock "$MINE"; stage "$MINE")",
     .attack = kLocksRemoved,
     .reason = "locks keep those apart who ask; the state is a file of the same user's",
     .goal = Goal::mine,
     .needs = Needs::lock},
    {.group = "what the gates rely on",
     .name = "rm -rf .claude, git commit of a locked file",
     .gate = pre_commit,
     .setup = R"(lock "$MINE"; stage "$MINE")",
     .attack = "rm -rf .claude; git clean -qfdx; git commit -q -m Proof",
     .goal = Goal::mine,
     .needs = Needs::lock},
    {.group = "what the gates rely on",
     .name = "the state moved away, git commit",
     .gate = pre_commit,
     .setup = kStagedMine,
     .attack = R"(mv "$STATE" "$ROOT/state"; git commit -q -m Proof)",
     .goal = Goal::mine,
     .cleanup = R"(rm -rf "$STATE"; mv "$ROOT/state" "$STATE")"},
    {.group = "what the gates rely on",
     .name = "the file of locks damaged, git commit",
     .gate = pre_commit,
     .setup = kLocksDamaged,
     .attack = kCommit,
     .goal = Goal::mine},
    {.group = "what the gates rely on",
     .name = "the file of locks damaged, git commit -n",
     .gate = reference_transaction,
     .setup = kLocksDamaged,
     .attack = kUnverified,
     .goal = Goal::mine},

    // What is sent to others: commits, then the agent's own work where it does not belong.
    {.group = "pushes",
     .name = "git push COMMIT:BRANCH",
     .gate = pre_push,
     .attack = R"(git push -q origin "$STRAY:refs/heads/$BRANCH")",
     .goal = Goal::theirs_on_server},
    {.group = "pushes",
     .name = "git tag COMMIT, git push TAG",
     .gate = pre_push,
     .attack = R"(git tag quick "$STRAY"; git push -q origin refs/tags/quick)",
     .goal = Goal::theirs_on_server},
    {.group = "pushes",
     .name = "git push COMMIT:refs/notes/…",
     .gate = pre_push,
     .attack = R"(git update-ref refs/notes/quick "$STRAY"; git push -q origin refs/notes/quick)",
     .goal = Goal::theirs_on_server},
    {.group = "pushes",
     .name = "git push --no-verify COMMIT:BRANCH",
     .gate = pre_receive,
     .attack = R"(git push -q --no-verify origin "$STRAY:refs/heads/$BRANCH")",
     .goal = Goal::theirs_on_server,
     .otherwise = {When::same_stream, none, kOneStream}},
    {.group = "pushes",
     .name = "git push --no-verify TAG",
     .attack = R"(git tag quick "$STRAY"; git push -q --no-verify origin refs/tags/quick)",
     .reason = kNobodysRef,
     .goal = Goal::theirs_on_server,
     .otherwise = {When::same_stream, none, kOneStream}},
    {.group = "pushes",
     .name = "git push --no-verify COMMIT:refs/notes/…",
     .attack = R"(git update-ref refs/notes/quick "$STRAY"
                  git push -q --no-verify origin refs/notes/quick)",
     .reason = kNobodysRef,
     .goal = Goal::theirs_on_server,
     .otherwise = {When::same_stream, none, kOneStream}},
    {.group = "pushes",
     .name = "git push from a clone without git-stream",
     .gate = pre_receive,
     .setup = R"(cd "$ROOT"
                 git clone -q --shared --template= --no-checkout server.git plain
                 git -C plain reset -q --soft "$STRAY")",
     .attack = R"(git -C "$ROOT/plain" push -q origin "HEAD:refs/heads/$BRANCH")",
     .goal = Goal::theirs_on_server,
     .cleanup = R"(rm -rf "$ROOT/plain")",
     .otherwise = {When::same_stream, none, kOneStream}},
    {.group = "pushes",
     .name = "git push HEAD:OTHERS-BRANCH",
     .gate = pre_push,
     .attack = R"(git push -q origin -f "HEAD:refs/heads/$RIVALS")",
     .goal = Goal::server_refs,
     .needs = Needs::other_stream},
    {.group = "pushes",
     .name = "git push --delete OTHERS-BRANCH",
     .gate = pre_push,
     .attack = R"(git push -q origin --delete "$RIVALS")",
     .goal = Goal::server_refs,
     .needs = Needs::other_stream},
    {.group = "pushes",
     .name = "git push --no-verify HEAD:OTHERS-BRANCH",
     .gate = pre_receive,
     .attack = R"(git push -q --no-verify origin -f "HEAD:refs/heads/$RIVALS")",
     .goal = Goal::server_refs,
     .needs = Needs::other_stream},
    {.group = "pushes",
     .name = "git push HEAD:INTEGRATION-BRANCH",
     .gate = pre_push,
     .attack = R"(git push -q origin -f "HEAD:refs/heads/$TRUNK")",
     .goal = Goal::server_refs},
    {.group = "pushes",
     .name = "git push --no-verify HEAD:INTEGRATION-BRANCH",
     .attack = R"(git rebase -q "$TRUNK"; git push -q --no-verify origin "HEAD:refs/heads/$TRUNK")",
     .reason = kTrunkReason,
     .goal = Goal::server_refs},
    {.group = "pushes",
     .name = "git push --no-verify of an older INTEGRATION-BRANCH",
     .gate = pre_receive,
     .attack = R"(git push -q --no-verify origin -f "$START:refs/heads/$TRUNK")",
     .goal = Goal::server_refs},
    {.group = "pushes",
     .name = "git push --no-verify --delete INTEGRATION-BRANCH",
     .gate = pre_receive,
     .attack = R"(git -C "$SERVER" symbolic-ref HEAD refs/heads/none
                  git push -q --no-verify origin --delete "$TRUNK")",
     .goal = Goal::server_refs,
     .cleanup = R"(git -C "$SERVER" symbolic-ref HEAD "refs/heads/$TRUNK")"},
    {.group = "pushes",
     .name = "git push --no-verify of an older OTHERS-BRANCH",
     .gate = pre_receive,
     .attack = R"(git push -q --no-verify origin -f "$GROUND:refs/heads/$RIVALS")",
     .goal = Goal::server_refs,
     .needs = Needs::other_stream},
    {.group = "pushes",
     .name = "git push --no-verify --delete OTHERS-BRANCH",
     .gate = pre_receive,
     .attack = R"(git push -q --no-verify origin --delete "$RIVALS")",
     .goal = Goal::server_refs,
     .needs = Needs::other_stream},
    {.group = "pushes",
     .name = "git push --no-verify COMMIT:OTHERS-NEW-BRANCH COMMIT:BRANCH",
     .gate = pre_receive,
     .attack =
         R"(git push -q --no-verify origin "$STRAY:refs/heads/$RIVALS-quick" "$STRAY:refs/heads/$BRANCH")",
     .goal = Goal::theirs_on_server,
     .needs = Needs::other_stream},
    {.group = "pushes",
     .name = "git push --no-verify, core.hooksPath=/dev/null in the pusher's configuration",
     .gate = pre_receive,
     .setup = R"(printf '[core]\n\thooksPath = /dev/null\n' >"$ROOT/global")",
     .attack =
         R"(GIT_CONFIG_GLOBAL="$ROOT/global" git push -q --no-verify origin "$STRAY:refs/heads/$BRANCH")",
     .goal = Goal::theirs_on_server,
     .otherwise = {When::same_stream, none, kOneStream}},
    {.group = "pushes",
     .name = "git push HEAD:NO-STREAMS-NAME",
     .gate = pre_push,
     .attack = "git push -q origin HEAD:refs/heads/quick",
     .goal = Goal::server_refs,
     .needs = Needs::branch_name},

    // What must go through.
    innocent("git commit", kStagedMine, kCommit),
    innocent("git commit -a", kChangedMine, "git commit -q -a -m Proof"),
    innocent("git commit --amend", kStagedMine,
             "git commit -q -m Proof; git commit -q --amend -m 'Proof again'"),
    innocent("git cherry-pick", "", R"(git cherry-pick "$FRESH")"),
    innocent("git revert", "", "git revert --no-edit HEAD"),
    innocent("git merge INTEGRATION-BRANCH", "", R"(git merge -q --no-edit "$TRUNK")"),
    innocent("git rebase INTEGRATION-BRANCH", "", R"(git rebase -q "$TRUNK")"),
    innocent("git pull INTEGRATION-BRANCH", kServerAhead,
             R"(git pull -q --no-rebase --no-edit origin "$TRUNK")"),
    innocent("git pull --rebase INTEGRATION-BRANCH", kServerAhead,
             R"(git pull -q --rebase origin "$TRUNK")"),
    innocent("git fetch", kServerAhead, "git fetch -q origin"),
    innocent("git stash, git stash pop", kChangedMine, "git stash -q; git stash pop -q"),
    innocent("git branch -D of its own branch", "",
             R"(git branch quick "$FRESH"; git branch -q -D quick)"),
    innocent("git push of its own branch", "", R"(git push -q origin "$BRANCH")"),
    innocent("git push --force after a rebase", "",
             R"(git push -q origin "$BRANCH"
                git rebase -q "$TRUNK"
                git push -q --force origin "$BRANCH")"),
    innocent("git push of a tag on it", "", "git tag quick; git push -q origin refs/tags/quick"),
    innocent("git merge -X ours in its own file",
             R"(git branch -f quick "$AHEAD_MINE"; stage "$MINE"; git commit -q -m Proof)",
             "git merge -q --no-edit -X ours quick"),
    innocent("git merge --squash of its own branch", R"(git branch -f quick "$FRESH")",
             "git merge -q --squash quick; git commit -q -m Proof"),
    innocent("git commit --amend after a merge of INTEGRATION-BRANCH", "",
             R"(git merge -q --no-edit "$TRUNK"; git commit -q --amend -m Proof)"),
    innocent("git rebase --onto INTEGRATION-BRANCH", "",
             R"(git rebase -q --onto "$TRUNK" "$START")"),
    innocent("git branch -m within the stream", "",
             R"(git branch -m "$BRANCH-quick"; stage "$MINE"; git commit -q -m Proof)"),
    innocent("git commit of a shared file", "",
             R"(echo "# everybody's" | put "./$SHARED"
                git add -f -- ":(literal)$SHARED"
                git commit -q -m Proof)",
             Needs::shared),
};

}  // namespace

std::span<const Way> all_ways() {
  return kWays;
}

}  // namespace gs::proof
