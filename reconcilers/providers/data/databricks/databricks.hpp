// SPDX-License-Identifier: Apache-2.0
// Databricks as a data platform: serving endpoints and their access lists (databricks.md 1, 2, 5, 8).
#pragma once

#include <mutex>

#include "reconcilers/providers/data/databricks/answer.hpp"
#include "reconcilers/providers/data/databricks/catalogue.hpp"
#include "reconcilers/providers/data/databricks/missed.hpp"
#include "reconcilers/providers/data/databricks/session.hpp"

namespace sallyport::data::databricks {

class Databricks final : public DataProvider {
 public:
  Databricks(ir::DataConnection connection, std::unique_ptr<http::Client> http, Surroundings around);

  Result<std::string> check(std::stop_token stop) override;
  Result<ServingEndpoint> resolve(const std::string& name, std::stop_token stop) override;
  std::vector<ir::Verdict> converge(const Step& step, std::stop_token stop) override;
  std::vector<ir::Verdict> compare(const Step& step, std::stop_token stop) override;
  std::string render(const ir::GrantFragment& fragment) const override;

  /// One step over one endpoint, as it goes along (work.hpp).
  struct Work;

 private:
  // databricks.cpp: looking, and what it comes to
  [[nodiscard]] Result<ir::Principal> me(std::stop_token stop);
  [[nodiscard]] Result<AccessList> read_list(const std::string& id, std::stop_token stop);
  [[nodiscard]] Result<Work> look(const Step& step, const std::vector<ir::Ledger>& ledgers, std::stop_token stop);
  [[nodiscard]] Result<Work> look_at(const Step& step, const ServingEndpoint& endpoint,
                                     const std::vector<ir::Ledger>& ledgers, std::stop_token stop);
  [[nodiscard]] Result<void> plan(Work& work, std::stop_token stop);
  void judge_consent(Work& work) const;
  [[nodiscard]] std::vector<ir::Verdict> converge_open(const Step& step, const std::vector<ir::Ledger>& ledgers,
                                                       std::stop_token stop);
  [[nodiscard]] Result<void> forget(const std::vector<ir::Ledger>& ledgers);
  void remember_standing(const Work& work);

  // verdicts.cpp
  [[nodiscard]] std::vector<ir::Verdict> without_endpoint(const Step& step, const Error& error) const;
  [[nodiscard]] std::vector<ir::Verdict> verdicts_of(const Work& work, const std::optional<Error>& failed) const;

  // changes.cpp: everything that writes
  [[nodiscard]] Result<void> carry_out(Work& work, std::stop_token stop);
  [[nodiscard]] Result<void> claim(Work& work, std::stop_token stop);
  [[nodiscard]] Result<void> grant(Work& work, std::stop_token stop);
  [[nodiscard]] Result<void> grant_some(Work& work, std::vector<ir::Grant> entries, std::stop_token stop);
  [[nodiscard]] Result<void> revoke(Work& work, std::stop_token stop);
  [[nodiscard]] Result<void> replace_list(Work& work, const AccessList& list, std::stop_token stop);
  [[nodiscard]] Result<void> verify(Work& work, std::stop_token stop);
  [[nodiscard]] Result<void> close_ledger(Work& work, std::stop_token stop);
  [[nodiscard]] Result<void> change_tags(Work& work, std::string body, const std::string& action, std::stop_token stop);
  [[nodiscard]] http::Request change_list(const Work& work, std::string method, std::string body,
                                          const std::string& action) const;
  void miss(Work& work, const ir::Principal& principal, const std::string& why);

  const ir::DataConnection connection_;
  const Surroundings around_;
  Session session_;
  Catalogue catalogue_;
  MissedPrincipals missed_;
  std::mutex mutex_;
  std::optional<ir::Principal> me_;
  /// By endpoint id, then principal: what was last seen because of us. A level that is missing from it is no drift.
  std::map<std::string, std::map<std::string, ir::Level>> in_force_;
  /// By the same two: since when a level stands as wanted. A restart begins to wait anew.
  std::map<std::string, std::map<std::string, SteadyTime>> standing_;
};

}  // namespace sallyport::data::databricks
