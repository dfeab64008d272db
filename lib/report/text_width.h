#pragma once
// How much room a text takes in a picture. Nobody knows the reader's fonts here: this is what a
// wide one (DejaVu Sans) takes, and rather more than less.

#include <string>
#include <string_view>

namespace gs::report {

// In ems; the text is printable().
double text_ems(std::string_view text, bool bold = false);
// The text where it takes no more than `ems`, otherwise as much of its beginning as does with a
// "…".
std::string fitted(std::string_view text, double ems, bool bold = false);

}  // namespace gs::report
