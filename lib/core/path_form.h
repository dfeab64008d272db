#pragma once
// Paths as file systems compare them. To APFS, HFS+ and ext4's casefold two names are one file when
// they are canonically equivalent (`é` as one character or as `e` and U+0301), and, where case is
// ignored, when they differ in letter case. git folds ASCII only, and keeps such names apart.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gs::core {

bool is_ascii(std::string_view text);

// nfc, nfkc: Unicode Standard Annex #15. folded: canonical caseless matching (The Unicode Standard,
// 3.13, D145) with full case folding (ß is ss), without the characters that are ignored by default
// (HFS+ and casefold pass over some), in NFC.
enum class TextForm : std::uint8_t { nfc, nfkc, folded };

// Nothing for bytes that are no UTF-8.
std::optional<std::string> in_form(std::string_view utf8, TextForm form);

// What all spellings of one path have in common, for paths and patterns alike: NFC; folded where
// case is ignored. Of bytes that are no UTF-8 only ASCII letters are folded.
std::string path_form(std::string_view path, bool ignore_case);
bool same_path(std::string_view a, std::string_view b, bool ignore_case);

// A path that is compared with many patterns.
struct FormedPath {
  FormedPath(std::string_view text, bool ignore_case);

  std::string_view path;
  std::optional<std::string> form;  // none for ASCII, and for what is no UTF-8
};

}  // namespace gs::core
