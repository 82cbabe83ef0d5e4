// SPDX-License-Identifier: Apache-2.0
// What nlohmann/json is made into, compiled once (json_instances.cpp) and not in each of the hundreds of files that
// read or write JSON, where it was most of the work. The precompiled headers include this; a file that is compiled
// without them makes its own.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nlohmann {

extern template class basic_json<>;
extern template class basic_json<ordered_map>;

namespace detail {

using FromText = iterator_input_adapter<const char*>;  // std::string_view, const char*
using FromString = iterator_input_adapter<std::string::const_iterator>;

extern template class serializer<json>;
extern template class serializer<ordered_json>;
extern template class iter_impl<const json>;
extern template class iter_impl<const ordered_json>;
extern template class json_sax_dom_parser<json>;
extern template class json_sax_dom_callback_parser<json>;
extern template class lexer<json, FromText>;
extern template class lexer<json, FromString>;
extern template class parser<json, FromText>;
extern template class parser<json, FromString>;

}  // namespace detail
}  // namespace nlohmann
