// SPDX-License-Identifier: Apache-2.0
#include "operator/schema/leaves.hpp"

#include <algorithm>

#include "operator/schema/default_text.hpp"

namespace sallyport::schema {

namespace {

bool has_items(const Shape& shape) {
  return shape.form == Form::List || shape.form == Form::Map;
}

class Walk {
 public:
  Walk(Side side, std::vector<Leaf>& out) : side_(side), out_(out) {}

  void visit(const Shape& shape, const void* initial, const std::string& path) {
    for (const FieldShape& field : shape.fields) {
      const std::string at = path + "." + std::string(field.name);
      const Shape& type = *field.shape;
      if (type.form == Form::Struct) {
        visit(type, initial_below(field, initial), at);
      } else if (has_items(type) && type.element->form == Form::Struct) {
        visit_items(field, initial_below(field, initial), at);
      } else {
        add(shape, field, initial, at);
      }
    }
  }

 private:
  void visit_items(const FieldShape& field, const void* initial, const std::string& at) {
    const bool map = field.options.list == ListType::Map;
    if (map) {
      std::vector<std::string_view> keys;
      std::ranges::copy_if(field.options.keys, std::back_inserter(keys), [](auto key) { return !key.empty(); });
      keys_.push_back(keys);
    }
    // only the fields of the items themselves are keys, not those of structs inside them
    const std::vector<std::string_view> outer =
        std::exchange(own_keys_, map ? keys_.back() : std::vector<std::string_view>());
    visit(*field.shape->element, initial, at + (field.shape->form == Form::List ? "[]" : "{}"));
    own_keys_ = outer;
    if (map) keys_.pop_back();
  }

  void add(const Shape& shape, const FieldShape& field, const void* initial, const std::string& at) {
    const Shape& item = has_items(*field.shape) ? *field.shape->element : *field.shape;
    Leaf leaf;
    leaf.path = at;
    leaf.side = side_;
    leaf.form = field.shape->form;
    leaf.item = item.form;
    leaf.bits = item.bits;
    leaf.options = field.options;
    leaf.doc = field.doc;
    leaf.effect = field.options.effect;
    leaf.default_text = default_text(field, initial);
    for (const EnumName& name : item.names) leaf.enum_values.push_back(name.text);
    leaf.keys = keys_;
    leaf.is_key =
        at.ends_with("[]." + std::string(field.name)) && std::ranges::find(own_keys_, field.name) != own_keys_.end();
    leaf.is_tag = !shape.tag.empty() && field.name == shape.tag;
    leaf.is_arm = std::ranges::any_of(
        shape.arms, [&](const Arm& arm) { return arm.member == field.name && arm.presence == Presence::Must; });
    out_.push_back(std::move(leaf));
  }

  Side side_;
  std::vector<Leaf>& out_;
  std::vector<std::vector<std::string_view>> keys_{};
  std::vector<std::string_view> own_keys_{};
};

}  // namespace

std::vector<Leaf> leaves(const KindShape& kind) {
  std::vector<Leaf> all;
  Walk(Side::Spec, all).visit(*kind.spec, kind.spec->initial(), "spec");
  Walk(Side::Status, all).visit(*kind.status, kind.status->initial(), "status");
  return all;
}

}  // namespace sallyport::schema
