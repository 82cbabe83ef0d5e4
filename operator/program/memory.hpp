// SPDX-License-Identifier: Apache-2.0
// Keeps the allocator from holding on to what a mass of objects once needed.
#pragma once

namespace sallyport::program {

/// Once, before the first thread starts. glibc gives each thread an arena of its own, and lets the size from which
/// memory goes straight back to the kernel grow with the largest answer ever read: good for servers that are always
/// busy, and several times what this program needs.
void keep_memory_small();

/// Returns what is free to the kernel. Takes milliseconds.
void give_back_memory();

}  // namespace sallyport::program
