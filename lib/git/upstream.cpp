#include "lib/git/upstream.h"

namespace gs::git {

namespace {

// Where a fetch with this refspec puts the remote's ref; nothing when it leaves it alone.
std::optional<std::string> tracked(const std::string& text, const std::string& ref) {
  int status = 0;
  const auto refspec = make_handle<Refspec>(
      status, [&](git_refspec** out) { return git_refspec_parse(out, text.c_str(), 1); });
  if (!refspec || git_refspec_src_matches(refspec.get(), ref.c_str()) == 0) return std::nullopt;
  git_buf name = GIT_BUF_INIT;
  std::optional<std::string> result;
  if (git_refspec_transform(&name, refspec.get(), ref.c_str()) == 0 && name.size > 0)
    result = std::string(name.ptr, name.size);
  git_buf_dispose(&name);
  return result;
}

}  // namespace

std::optional<std::string> upstream_of(const Settings& settings, const std::string& branch) {
  const std::optional<std::string> remote = settings.local("branch." + branch + ".remote");
  const std::optional<std::string> merge = settings.local("branch." + branch + ".merge");
  if (!remote || !merge || merge->empty()) return std::nullopt;
  if (*remote == ".") return merge;
  std::optional<std::string> result;
  for (const std::string& refspec : settings.local_values("remote." + *remote + ".fetch")) {
    // "^pattern" takes refs out of what the others fetch.
    const bool negative = refspec.starts_with('^');
    if (negative && tracked(refspec.substr(1) + ":" + refspec.substr(1), *merge))
      return std::nullopt;
    if (!negative && !result) result = tracked(refspec, *merge);
  }
  return result;
}

}  // namespace gs::git
