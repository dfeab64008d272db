#include "lib/conflicts/stream_work.h"

#include <algorithm>
#include <array>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace gs::conflicts {

namespace {

namespace fs = std::filesystem;

// Branches are files, too: a name of 255 bytes is the longest, and the rule adds its own.
constexpr std::size_t kLongestSlug = 100;

const fs::path& home_of(const git::Layout& layout) {
  return layout.main_worktree ? *layout.main_worktree : layout.common_dir;
}

std::string filled(std::string text, std::string_view placeholder, const std::string& value) {
  for (std::size_t at = 0; (at = text.find(placeholder, at)) != std::string::npos;) {
    text.replace(at, placeholder.size(), value);
    at += value.size();
  }
  return text;
}

struct Range {
  char32_t first, last;
};

// Beyond ASCII: controls, punctuation, spaces, symbols and pictures (Unicode's block names).
constexpr std::array<Range, 14> kNoLetters{{{0x80, 0xa9},
                                            {0xab, 0xb4},
                                            {0xb6, 0xb9},
                                            {0xbb, 0xbf},
                                            {0xd7, 0xd7},
                                            {0xf7, 0xf7},
                                            {0x2000, 0x2bff},  // General Punctuation to Arrows-B
                                            {0x2e00, 0x2e7f},  // Supplemental Punctuation
                                            {0x3000, 0x3004},  // CJK Symbols and Punctuation
                                            {0x3008, 0x3020},
                                            {0xe000, 0xf8ff},  // Private Use
                                            {0xfe00, 0xfe6f},  // Variation Selectors to Small Forms
                                            {0xff00, 0xff20},  // Fullwidth digits and signs
                                            {0x1f000, 0x1faff}}};  // pictures

char32_t decoded(std::string_view letter) {
  if (letter.size() == 1) return static_cast<unsigned char>(letter[0]);
  const auto first = static_cast<unsigned char>(letter[0]);
  char32_t code = first & (0xffU >> (letter.size() + 1));
  for (const char c : letter.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3fU);
  return code;
}

bool in_slug(std::string_view letter) {
  const char32_t code = decoded(letter);
  if (code < 0x80) return (code >= 'a' && code <= 'z') || (code >= '0' && code <= '9');
  return std::none_of(kNoLetters.begin(), kNoLetters.end(), [&](const Range& range) {
    return range.first <= code && code <= range.last;
  });
}

}  // namespace

std::string slug_of(std::string_view name) {
  std::string slug;
  while (!name.empty() && slug.size() < kLongestSlug) {
    const std::size_t length = std::max<std::size_t>(core::utf8_length(name), 1);
    std::string letter(name.substr(0, length));
    name.remove_prefix(length);
    if (letter[0] >= 'A' && letter[0] <= 'Z') letter[0] = static_cast<char>(letter[0] - 'A' + 'a');
    const bool whole = length > 1 || static_cast<unsigned char>(letter[0]) < 0x80;
    if (whole && in_slug(letter)) {
      slug += letter;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  if (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug.empty() ? "work" : slug;
}

std::string titled(const core::StreamSpec& stream) {
  const std::string& id = stream.id.str();
  if (stream.name.empty() || stream.name == id) return id;
  return id + " (" + core::printable(stream.name) + ")";
}

core::BranchName branch_for(const core::Policy& policy, const core::StreamSpec& stream) {
  return branch_named(policy, stream, slug_of(stream.name));
}

core::BranchName branch_named(const core::Policy& policy, const core::StreamSpec& stream,
                              const std::string& slug) {
  std::string name = filled(policy.branch, "{slug}", slug);
  return core::BranchName(filled(std::move(name), "{stream}", stream.id.str()));
}

std::string worktree_for(const git::Layout& layout, const core::Policy& policy,
                         const core::StreamSpec& stream) {
  return worktree_named(layout, policy, stream, slug_of(stream.name));
}

std::string worktree_named(const git::Layout& layout, const core::Policy& policy,
                           const core::StreamSpec& stream, const std::string& slug) {
  std::string path = filled(policy.worktree, "{slug}", slug);
  path = filled(std::move(path), "{stream}", stream.id.str());
  return filled(std::move(path), "{repo}", repository_name(layout));  // which may hold braces
}

std::string repository_name(const git::Layout& layout) {
  const fs::path home = home_of(layout);
  std::string name = home.filename().string();
  constexpr std::string_view kBare = ".git";
  // HUB/.git or HUB/.bare beside the worktrees of a hub.
  const bool hidden = !layout.main_worktree && name.starts_with('.') && home.has_parent_path();
  if (hidden) name = home.parent_path().filename().string();
  if (name.size() > kBare.size() && name.ends_with(kBare)) name.resize(name.size() - kBare.size());
  return name;
}

fs::path absolute_worktree(const git::Layout& layout, const std::string& worktree) {
  fs::path path = (home_of(layout) / worktree).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

std::optional<core::ObjectId> find_integration_tip(session::Session& session) {
  const git::Repository& repository = session.repository();
  const std::string& name = session.policy().integration_branch.str();
  if (const auto local = repository.resolve("refs/heads/" + name)) return local;
  return repository.resolve(policy::remote_integration_ref(repository.layout()));
}

core::ObjectId integration_tip(session::Session& session) {
  if (const auto tip = find_integration_tip(session)) return *tip;
  const std::string& name = session.policy().integration_branch.str();
  throw core::Error(core::ExitCode::usage, "the integration branch " + name + " does not exist",
                    "git branch " + name);
}

}  // namespace gs::conflicts
