// SPDX-License-Identifier: Apache-2.0
// The workspace as a system behind the front: in which order a request passes the network, sign-in and limits, and who
// answers it.
#pragma once

#include <memory>
#include <mutex>

#include "e2e/simulators/databricks/world.hpp"
#include "e2e/simulators/simulator.hpp"

namespace sallyport::simulators::databricks {

class Workspace final : public System {
 public:
  /// InvalidSpec for a world file that cannot be read.
  [[nodiscard]] static Result<std::unique_ptr<Workspace>> create(const Options& options);

  [[nodiscard]] Answer answer(const http::Incoming& request, int unit) override;
  /// The paths are described in control.hpp.
  [[nodiscard]] http::Outgoing control(const http::Incoming& request, int unit) override;

 private:
  explicit Workspace(const Options& options);
  [[nodiscard]] bool shuts_out(const Call& call) const;
  [[nodiscard]] Reply serve(Call& call, std::string& who);
  [[nodiscard]] Reply serve_known(const Call& call);
  [[nodiscard]] std::chrono::milliseconds takes(const Call& call) const;

  Random* random_;
  std::mutex mutex_;  ///< guards world_
  World world_;
};

}  // namespace sallyport::simulators::databricks
