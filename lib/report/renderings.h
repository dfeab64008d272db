#pragma once
// The whole report in the formats that people and tools read. Pure: values in, text out.

#include <string>

#include "lib/report/account.h"

namespace gs::report {

std::string account_json(const Account& account);      // {"schema": 1, …}: everything
std::string account_markdown(const Account& account);  // CommonMark with tables
std::string account_html(const Account& account);      // one page that needs nothing else
std::string account_junit(const Account& account);     // findings and steps as test cases
std::string account_sarif(const Account& account);     // findings; steps as notifications
std::string account_text(const Account& account);      // a few lines for a terminal

}  // namespace gs::report
