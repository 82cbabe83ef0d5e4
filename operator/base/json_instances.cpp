// SPDX-License-Identifier: Apache-2.0
#include "operator/base/json_instances.hpp"

namespace nlohmann {

template class basic_json<>;
template class basic_json<ordered_map>;

namespace detail {

template class serializer<json>;
template class serializer<ordered_json>;
template class iter_impl<const json>;
template class iter_impl<const ordered_json>;
template class json_sax_dom_parser<json>;
template class json_sax_dom_callback_parser<json>;
template class lexer<json, FromText>;
template class lexer<json, FromString>;
template class parser<json, FromText>;
template class parser<json, FromString>;

}  // namespace detail
}  // namespace nlohmann
