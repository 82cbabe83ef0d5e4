// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/workers.hpp"

namespace sallyport::runtime {

template class Workers<Key>;

}  // namespace sallyport::runtime
