#pragma once
// What can follow on a command line of `git stream` that is being typed: asked by the shells'
// completion scripts beside this file. Nothing is changed, and nothing said of what is amiss.

#include <string>
#include <vector>

#include "plugins/git-stream/command.h"

namespace gs::command {

// The first argument of such a call: this, and for whom. Its other arguments:
//   bash LINE BREAKS          what is typed behind "git stream" up to the cursor; $COMP_WORDBREAKS
//   words WORD..., fish WORD...  the words behind "git stream" up to the cursor, without quotes
inline constexpr char kCompletionFlag[] = "--completions=";

// Prints texts that each end with NUL: first who completes, "words" (we do), "files" or "commands"
// (the shell); then for bash, each text that readline is to put in the place of the typed part; for
// words, each word and the line that says what it is; for fish, both with a tab between them.
// Always 0; after a second, nothing is printed.
int print_completions(const DeclaredCommand& declared, const std::string& shell,
                      const std::vector<std::string>& arguments, Context& context);

// Prints the declarations as JSON, from which the manual is made.
inline constexpr char kDeclarationsFlag[] = "--declarations";
void print_declarations(const DeclaredCommand& declared);

}  // namespace gs::command
