// SPDX-License-Identifier: Apache-2.0
// Beast's messages and ours. For the .cpp files of the listener.
#pragma once

#include <boost/beast/core/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>
#include <string_view>

#include "operator/http/listener.hpp"

namespace sallyport::http {

using BeastRequest = boost::beast::http::request<boost::beast::http::string_body>;
using BeastResponse = boost::beast::http::response<boost::beast::http::string_body>;

[[nodiscard]] Incoming to_incoming(BeastRequest&& message, std::string peer);
/// Headers that could not stand in one line are left out, and the body of an answer that has none.
[[nodiscard]] BeastResponse to_message(Outgoing&& answer, unsigned version);
[[nodiscard]] Outgoing plain_answer(int status, std::string_view text);
/// What is answered to a request that could not be read.
[[nodiscard]] int status_of(const boost::beast::error_code& failure);

}  // namespace sallyport::http
