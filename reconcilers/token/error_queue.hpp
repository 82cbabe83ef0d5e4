// SPDX-License-Identifier: Apache-2.0
// What OpenSSL refuses leaves entries in its queue of errors, which a later TLS connection of the same thread would
// report as its own.
#pragma once

#include <openssl/err.h>

namespace sallyport::token {

/// Empties the thread's queue when it goes out of scope.
class ErrorQueue {
 public:
  ErrorQueue() = default;
  ~ErrorQueue() { ERR_clear_error(); }
  ErrorQueue(const ErrorQueue&) = delete;
  ErrorQueue& operator=(const ErrorQueue&) = delete;
};

}  // namespace sallyport::token
