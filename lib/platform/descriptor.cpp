#include "lib/platform/descriptor.h"

#include <unistd.h>

namespace gs::platform {

void Descriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

}  // namespace gs::platform
