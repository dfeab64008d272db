#include "lib/python/imports/imports.h"

#include "lib/python/imports/scan.h"

namespace gs::python {

std::string imports_of(std::string_view source) {
  Found found;
  if (source.size() > kLargestSource) {
    found.report(core::Trouble::too_large, 1);
    return found.take();
  }
  const Source text = read_source(source);
  Texts texts(text.foreign);
  const auto scan = [&](bool every_call) {
    found = {};
    for (const core::Partial& partial : text.partials) found.report(partial.trouble, partial.line);
    return Scan(text, texts, found, every_call).run();
  };
  if (!scan(false)) scan(true);
  return found.take();
}

}  // namespace gs::python
