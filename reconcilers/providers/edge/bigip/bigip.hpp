// SPDX-License-Identifier: Apache-2.0
// The BIG-IP backend: one device group, written by AS3 (3.50 and later) and iControl REST.
#pragma once

#include <memory>
#include <string>

#include "reconcilers/providers/edge/bigip/group.hpp"
#include "reconcilers/providers/edge/bigip/writer.hpp"
#include "reconcilers/providers/edge/edge_provider.hpp"

namespace sallyport::edge::bigip {

class BigIp final : public EdgeProvider {
 public:
  /// InvalidSpec for units that are no origins, that repeat, or that would be spoken to without TLS (allowed on
  /// loopback and with insecure_skip_verify), and whatever `connect` refuses. Nothing is sent.
  [[nodiscard]] static Result<std::unique_ptr<EdgeProvider>> create(const ir::EdgeConnection& connection,
                                                                    Surroundings around);

  [[nodiscard]] Result<Condition> check(std::stop_token stop) override;
  [[nodiscard]] Result<Observed> observe(const std::set<std::string>& tenants, std::stop_token stop) override;
  [[nodiscard]] std::vector<ir::Verdict> apply(const Changes& changes, std::stop_token stop) override;
  [[nodiscard]] Result<std::set<ir::EdgePlace>> drifted(const std::vector<ir::EdgeFragment>& applied,
                                                        std::stop_token stop) override;
  [[nodiscard]] Result<std::set<ir::EdgePlace>> would_take(const std::vector<ir::EdgeFragment>& rejected,
                                                           std::stop_token stop) override;
  [[nodiscard]] Result<Persisted> persist(std::stop_token stop) override;
  [[nodiscard]] std::string render(const std::vector<ir::EdgeFragment>& fragments) const override;
  void close(std::stop_token stop) override;

 private:
  BigIp(ir::EdgeConnection connection, Surroundings around, std::vector<std::unique_ptr<Device>> units);

  using Fragments = std::vector<const ir::EdgeFragment*>;
  using Places = std::set<ir::EdgePlace>;
  /// Those that a dry run picks out of the fragments of one tenant.
  using Pick = Result<Places> (BigIp::*)(As3& as3, const StoredTenant& stored, const Fragments& fragments,
                                         std::stop_token stop);
  [[nodiscard]] Result<Places> pick_from_each(const std::vector<ir::EdgeFragment>& fragments, Pick pick,
                                              std::stop_token stop);
  [[nodiscard]] Result<Places> pick_drifted(As3& as3, const StoredTenant& stored, const Fragments& fragments,
                                            std::stop_token stop);
  [[nodiscard]] Result<Places> pick_takeable(As3& as3, const StoredTenant& stored, const Fragments& fragments,
                                             std::stop_token stop);
  [[nodiscard]] Result<StoredTenant> look(As3& as3, const Device& unit, const std::string& tenant,
                                          std::stop_token stop);
  [[nodiscard]] Result<Observed> observe_on(Device& unit, const std::set<std::string>& tenants, std::stop_token stop);
  [[nodiscard]] Error seen_before(Error error) const;
  void carry_over(const Device& unit, const std::set<std::string>& observed);
  void write_tenants(std::map<std::string, std::vector<Task>>& by_tenant, std::stop_token stop);

  ir::EdgeConnection connection_;
  Surroundings around_;
  Group group_;
  Mine mine_;
  /// Changes that are not persisted: on which unit, and in which tenants. No unit: none.
  struct Unsaved {
    std::string unit{};
    std::set<std::string> tenants{};
  };
  Unsaved unsaved_{};
  /// What the last `observe` read.
  struct Seen {
    std::string unit{};
    SteadyTime at{};
    std::map<std::string, StoredTenant> tenants{};
  };
  [[nodiscard]] std::optional<StoredTenant> just_seen(const Device& unit, const std::string& tenant) const;
  Seen seen_{};
  std::string settled_unit_{};  ///< where no task of a former process can be running any more
  /// What a look for drift has compared with what was declared, by tenant: as AS3 stored it then.
  struct Compared {
    std::string lock_key{};
    std::set<std::string> hashes{};
  };
  std::map<std::string, Compared> compared_{};
  std::map<ir::EdgePlace, ir::Facts> shown_{};  ///< of the certificates that this process has handed over
  bool persisted_before_ = false;
  bool as3_seen_ = false;  ///< a "no such path" is then a restart, not a missing installation
};

}  // namespace sallyport::edge::bigip
