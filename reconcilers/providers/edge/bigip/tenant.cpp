// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/providers/edge/bigip/tenant.hpp"

#include <nlohmann/json.hpp>

#include "operator/base/text.hpp"
#include "reconcilers/providers/edge/bigip/marks.hpp"
#include "reconcilers/providers/edge/bigip/upstream.hpp"

namespace sallyport::edge::bigip {
namespace {

/// The oldest AS3 that has what we use; a device refuses a schemaVersion above its own (f5.md 1.2).
constexpr const char* kSchemaVersion = "3.50.0";

std::string text_of(const Json& object, std::string_view name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_application(const Json& member) {
  return text_of(member, "class") == "Application";
}

/// Keys of what an application refers to in Shared, wherever in it the reference stands. With an empty `shared`: of
/// what an object in Shared refers to there.
void collect_upstreams(const Json& value, const std::string& shared, std::set<std::string>& keys) {
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    if (text.starts_with(shared)) keys.insert(upstream_key(std::string_view(text).substr(shared.size())));
  }
  if (!value.is_structured()) return;
  for (const Json& inner : value) collect_upstreams(inner, shared, keys);
}

/// The tenant's applications as they will be, and what they will need of Shared.
class Patch {
 public:
  Patch(const StoredTenant& stored, const InstanceId& instance)
      : stored_(stored), instance_(instance), there_(stored.presence == Presence::There ? *stored.declared : none()) {}

  Json compose(const std::vector<Wanted>& wanted) {
    for (const Wanted& one : wanted) add(one);
    if (puts_.empty() && removes_.empty()) return Json::array();
    if (stored_.presence != Presence::There) return create(wanted);
    Json ops = add_shared(wanted);
    for (auto& op : puts_) ops.push_back(std::move(op));
    for (auto& op : removes_) ops.push_back(std::move(op));
    for (auto& op : remove_unused(wanted)) ops.push_back(std::move(op));
    return ops;
  }

 private:
  [[nodiscard]] std::string path(std::string_view name) const { return "/" + stored_.name + "/" + std::string(name); }
  [[nodiscard]] static const Json& none() {
    static const Json kNone = Json::object();
    return kNone;
  }
  [[nodiscard]] const Json& shared() const {
    const auto found = there_.find(kShared);
    return found == there_.end() ? none() : *found;
  }

  void add(const Wanted& one) {
    const std::string& name = one.fragment->place.application;
    if (one.declared) {
      puts_.push_back({{"op", "add"}, {"path", path(name)}, {"value", *one.declared}});
    } else if (there_.contains(name)) {  // removing what is not there is refused
      removes_.push_back({{"op", "remove"}, {"path", path(name)}});
    }
  }

  [[nodiscard]] Json create(const std::vector<Wanted>& wanted) const {
    return Json::array({{{"op", "add"}, {"path", "/" + stored_.name}, {"value", whole_tenant(wanted, instance_)}}});
  }

  [[nodiscard]] Json add_shared(const std::vector<Wanted>& wanted) const {
    Json needed = Json::object();
    for (const Wanted& one : wanted) {
      if (one.declared) needed.update(upstream_objects(*one.fragment));
    }
    Json ops = Json::array();
    if (needed.empty()) return ops;
    if (shared().empty()) {
      Json whole = {{"class", "Application"}, {"template", "shared"}};
      whole.update(needed);
      ops.push_back({{"op", "add"}, {"path", path(kShared)}, {"value", std::move(whole)}});
      return ops;
    }
    for (const auto& [name, object] : needed.items()) {
      // None is ever changed in place, but somebody else may have changed it: then it is put right.
      if (shared().value(name, Json()) == object) continue;
      ops.push_back({{"op", "add"}, {"path", path(kShared) + "/" + name}, {"value", object}});
    }
    return ops;
  }

  [[nodiscard]] std::set<std::string> keys_in_use(const std::vector<Wanted>& wanted) const {
    std::set<std::string> keys;
    std::set<std::string> replaced;
    for (const Wanted& one : wanted) {
      replaced.insert(one.fragment->place.application);
      if (one.declared) collect_upstreams(*one.declared, path(kShared) + "/", keys);
    }
    for (const auto& [name, member] : there_.items()) {
      if (name != kShared && !replaced.contains(name)) collect_upstreams(member, path(kShared) + "/", keys);
    }
    return keys;
  }

  /// What stays in Shared keeps what it refers to there: a pool its monitor, whoever it is that uses the pool.
  void add_foundations(std::set<std::string>& keys) const {
    const std::set<std::string> used = keys;
    for (const auto& [name, object] : shared().items()) {
      const std::string key = upstream_key(name);
      if (object.is_object() && (key.empty() || used.contains(key))) collect_upstreams(object, "", keys);
    }
  }

  /// Only what we named: an object that somebody else put into Shared stays.
  [[nodiscard]] Json remove_unused(const std::vector<Wanted>& wanted) const {
    std::set<std::string> keys = keys_in_use(wanted);
    const bool none_needed = keys.empty();
    add_foundations(keys);
    Json ops = Json::array();
    bool others = false;
    for (const auto& [name, object] : shared().items()) {
      if (!object.is_object()) continue;
      const std::string key = upstream_key(name);
      const bool unused = !key.empty() && !keys.contains(key);
      if (!unused) others = true;
      if (unused) ops.push_back({{"op", "remove"}, {"path", path(kShared) + "/" + name}});
    }
    if (ops.empty()) return ops;
    if (!others && none_needed) return Json::array({{{"op", "remove"}, {"path", path(kShared)}}});
    return ops;
  }

  const StoredTenant& stored_;
  const InstanceId& instance_;
  const Json& there_;
  std::vector<Json> puts_;
  std::vector<Json> removes_;
};

http::Change change_of(const StoredTenant& stored, const Wanted& one, std::string_view gateway) {
  const ir::EdgeFragment& fragment = *one.fragment;
  const std::optional<Entry> found = stored.entry(fragment.place.application);
  http::Change change;
  change.object = fragment.owner.text();
  change.uid = fragment.owner.uid.str();
  change.resource_version = fragment.owner.resource_version;
  change.generation = fragment.owner.generation;
  change.target = "bigip " + std::string(gateway) + ": " + path_of(fragment.place);
  change.action = !one.declared ? "delete" : found ? "update" : "create";
  change.before = found ? found->hash : "";
  change.after = one.declared ? fragment.hash() : "";
  return change;
}

}  // namespace

std::string StoredTenant::label() const {
  return declared ? text_of(*declared, "label") : std::string();
}

std::string StoredTenant::lock_key() const {
  return declared ? text_of(*declared, "optimisticLockKey") : std::string();
}

bool StoredTenant::is_ours(const InstanceId& instance) const {
  return presence != Presence::There || label() == tenant_label(instance);
}

std::map<std::string, Entry> StoredTenant::entries() const {
  std::map<std::string, Entry> found;
  if (!declared) return found;
  for (const auto& [application, member] : declared->items()) {
    if (application != kShared && is_application(member))
      found.emplace(application, read_remark(text_of(member, "remark")));
  }
  return found;
}

std::optional<Entry> StoredTenant::entry(std::string_view application) const {
  if (!declared || application == kShared) return std::nullopt;
  const auto found = declared->find(application);
  if (found == declared->end() || !is_application(*found)) return std::nullopt;
  return read_remark(text_of(*found, "remark"));
}

std::set<std::string> StoredTenant::upstreams(std::string_view application) const {
  std::set<std::string> keys;
  if (entry(application))
    collect_upstreams(*declared->find(application), "/" + name + "/" + std::string(kShared) + "/", keys);
  return keys;
}

Json empty_declaration(const InstanceId& instance) {
  return {{"class", "ADC"}, {"schemaVersion", kSchemaVersion}, {"id", "sallyport-" + instance.str()}};
}

Json whole_tenant(const std::vector<Wanted>& wanted, const InstanceId& instance) {
  Json shared = {{"class", "Application"}, {"template", "shared"}};
  Json applications = Json::object();
  for (const Wanted& one : wanted) {
    if (!one.declared) continue;
    shared.update(upstream_objects(*one.fragment));
    applications[one.fragment->place.application] = *one.declared;
  }
  Json tenant = {{"class", "Tenant"}, {"label", tenant_label(instance)}, {std::string(kShared), std::move(shared)}};
  tenant.update(applications);
  return tenant;
}

Write touch(const StoredTenant& stored) {
  const Json ops =
      Json::array({{{"op", "replace"}, {"path", "/" + stored.name + "/label"}, {"value", stored.label()}}});
  return {"PATCH", ops.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Write compose(const StoredTenant& stored, const std::vector<Wanted>& wanted, const InstanceId& instance,
              std::string_view gateway) {
  Patch patch(stored, instance);
  Json ops = patch.compose(wanted);
  if (ops.empty()) return {};
  Write write{"PATCH", {}};
  if (stored.presence == Presence::NothingStored) {
    write.method = "POST";
    Json adc = empty_declaration(instance);
    adc[stored.name] = std::move(ops[0]["value"]);
    ops = {{"class", "AS3"}, {"action", "deploy"}, {"persist", false}, {"declaration", std::move(adc)}};
  }
  // `refuse` has let only ASCII through; should that ever fail, a replaced byte is better than an exception's text.
  write.body = ops.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (const Wanted& one : wanted) {
    if (one.declared || stored.entry(one.fragment->place.application))
      write.changes.push_back(change_of(stored, one, gateway));
  }
  return write;
}

}  // namespace sallyport::edge::bigip
