#include "lib/streams/names.h"

#include <algorithm>

namespace gs::streams {

namespace {

namespace fs = std::filesystem;

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

// Bytes beyond ASCII are letters of other scripts, which git takes in names as they are.
bool in_slug(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

std::string repository_name(const git::Layout& layout) {
  const fs::path home = home_of(layout);
  std::string name = home.filename().string();
  constexpr std::string_view kBare = ".git";
  if (name == kBare) name = home.parent_path().filename().string();
  if (name.size() > kBare.size() && name.ends_with(kBare)) name.resize(name.size() - kBare.size());
  return name;
}

}  // namespace

std::string slug_of(std::string_view name) {
  std::string slug;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (in_slug(c)) {
      slug += c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  if (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug.empty() ? "work" : slug;
}

core::BranchName branch_for(const core::Policy& policy, const core::StreamSpec& stream) {
  std::string name = filled(policy.branch, "{slug}", slug_of(stream.name));
  return core::BranchName(filled(std::move(name), "{stream}", stream.id.str()));
}

std::string worktree_for(const git::Layout& layout, const core::Policy& policy,
                         const core::StreamSpec& stream) {
  std::string path = filled(policy.worktree, "{repo}", repository_name(layout));
  path = filled(std::move(path), "{slug}", slug_of(stream.name));
  return filled(std::move(path), "{stream}", stream.id.str());
}

fs::path absolute_worktree(const git::Layout& layout, const std::string& worktree) {
  fs::path path = (home_of(layout) / worktree).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

}  // namespace gs::streams
