// The whole report for programs that know findings and tests: what report.h already says.

#include "lib/core/text.h"
#include "lib/report/markup.h"
#include "lib/report/renderings.h"

namespace gs::report {

namespace {

Subject subject_of(const Account& account) {
  return {account.branch + " at " + short_id(account.commit),
          account.version,
          account.files_checked,
          account.imports_checked,
          {},
          account.steps};
}

}  // namespace

std::string account_junit(const Account& account) {
  return junit(subject_of(account), account.entries());
}

std::string account_sarif(const Account& account) {
  return sarif(subject_of(account), account.entries());
}

}  // namespace gs::report
