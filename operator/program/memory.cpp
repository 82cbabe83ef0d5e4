// SPDX-License-Identifier: Apache-2.0
#include "operator/program/memory.hpp"

#include <malloc.h>

namespace sallyport::program {
namespace {

constexpr int kArenas = 2;
constexpr int kMapped = 256 << 10;  ///< bytes; setting it also stops it from growing
constexpr int kKeptFree = 1 << 20;

}  // namespace

void keep_memory_small() {
  mallopt(M_ARENA_MAX, kArenas);
  mallopt(M_MMAP_THRESHOLD, kMapped);
  mallopt(M_TRIM_THRESHOLD, kKeptFree);
}

void give_back_memory() {
  malloc_trim(0);
}

}  // namespace sallyport::program
