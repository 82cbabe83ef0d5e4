// SPDX-License-Identifier: Apache-2.0
#include "operator/runtime/work_queue.hpp"

namespace sallyport::runtime {

template class WorkQueue<Key>;

}  // namespace sallyport::runtime
