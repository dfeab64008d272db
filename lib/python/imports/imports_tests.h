#pragma once
// What the text of an `if` or an `except` says of its body.

#include "lib/python/imports/blocks.h"
#include "lib/python/imports/lexer.h"

namespace gs::python {

// Of the expression behind `if` or `elif`, which ends at the lexer's limit.
Test read_condition(Lexer lexer);

// Of what stands between `except` and its ':'.
Test read_handler(Lexer lexer);

}  // namespace gs::python
