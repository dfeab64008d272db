#pragma once
// How wide text is on a terminal.

#include <cstddef>
#include <string_view>

namespace gs::core {

// What the text, which is not empty, starts with; a byte that is no UTF-8 counts as a letter.
struct Letter {
  std::size_t bytes = 1;
  std::size_t columns = 1;  // wide letters and pictures two, marks that join the one before none
};
Letter first_letter(std::string_view text);

// The columns that printable UTF-8 takes.
std::size_t display_width(std::string_view text);

}  // namespace gs::core
