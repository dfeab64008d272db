// git's prepare-commit-msg: runs before a message is edited; anything but 0 stops the commit.
// githooks(5).
#include "lib/app/message_hook.h"

int main(int argc, char** argv) {
  return gs::app::run_hook("prepare-commit-msg", argc, argv, gs::app::sign_message);
}
