// git's post-merge: runs after a merge or a pull; cannot stop it. githooks(5).
#include "lib/app/hook.h"
#include "lib/streams/merge/after_merge.h"

int main(int argc, char** argv) {
  return gs::app::run_hook("post-merge", argc, argv, gs::streams::after_git_merge);
}
