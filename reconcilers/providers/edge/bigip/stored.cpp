// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/stored.hpp"

#include <nlohmann/json.hpp>

#include "reconcilers/providers/edge/bigip/marks.hpp"

namespace sallyport::edge::bigip {
namespace {

/// Decides, while the text is read, what of it becomes a document.
class Keeper {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key) {
      note_key(depth, parsed.get_ref<const std::string&>());
      return true;
    }
    if (event == Json::parse_event_t::object_end) drop_discarded(parsed);
    if (!inside_application(depth)) return true;
    switch (event) {
      case Json::parse_event_t::value:
        return is_mark(depth) || is_reference(parsed);
      case Json::parse_event_t::object_end:
      case Json::parse_event_t::array_end:
        return !parsed.empty();
      default:
        return true;
    }
  }

 private:
  /// The parser leaves a mark where a value was not kept.
  static void drop_discarded(Json& object) {
    for (auto member = object.begin(); member != object.end();) {
      member = member->is_discarded() ? object.erase(member) : std::next(member);
    }
  }
  void note_key(int depth, const std::string& key) {
    if (depth == 1 && key == "declaration") base_ = 2;
    if (depth == base_) {
      shared_prefix_ = "/" + key + "/" + std::string(kShared) + "/";
    }
    if (depth == base_ + 1) application_ = key;
    if (depth == base_ + 2) member_ = key;
  }
  /// Below an application that is not Shared. Keys of tenants are at depth `base_`, of applications one deeper.
  [[nodiscard]] bool inside_application(int depth) const { return depth >= base_ + 2 && application_ != kShared; }
  [[nodiscard]] bool is_mark(int depth) const {
    return depth == base_ + 2 && (member_ == "class" || member_ == "remark");
  }
  [[nodiscard]] bool is_reference(const Json& value) const {
    return value.is_string() && value.get_ref<const std::string&>().starts_with(shared_prefix_);
  }

  int base_ = 1;
  std::string application_;
  std::string member_;
  std::string shared_prefix_;
};

}  // namespace

Json parse_stored(const std::string& body) {
  Keeper keeper;
  const auto keep = [&keeper](int depth, Json::parse_event_t event, Json& parsed) {
    return keeper(depth, event, parsed);
  };
  Json document = Json::parse(body, keep, /*allow_exceptions=*/false);
  if (document.is_object() && document.contains("declaration") && document["declaration"].is_object())
    document = Json(std::move(document["declaration"]));
  return document;
}

}  // namespace sallyport::edge::bigip
