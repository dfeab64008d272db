#pragma once
// Shows bytes to whoever watches, who may be slow, or gone.

#include <memory>
#include <string_view>

namespace gs::process {

// Writes to a descriptor from a thread of its own. show() never waits: what does not fit into a
// mebibyte is left out, and that is said. Nothing is shown any more once a write failed.
class Screen {
 public:
  explicit Screen(int descriptor);
  // Waits for what is still to be shown, as long as it moves; a screen that stands still for two
  // seconds is left alone.
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void show(std::string_view bytes);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace gs::process
