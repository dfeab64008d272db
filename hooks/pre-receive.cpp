// git's pre-receive: runs where a push arrives, before any ref moves; anything but 0 refuses all of
// it. githooks(5).
#include "lib/app/push_gate.h"

int main(int argc, char** argv) {
  return gs::app::run_hook("pre-receive", argc, argv, gs::app::judge_received);
}
