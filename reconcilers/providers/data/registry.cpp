// SPDX-License-Identifier: Apache-2.0
// The one place that names the data platforms.
#include "reconcilers/providers/data/databricks/databricks.hpp"

namespace sallyport::data {

Result<std::unique_ptr<DataProvider>> make_data_provider(const ir::DataConnection& connection, Surroundings around) {
  http::ClientOptions options;
  options.base_url = connection.host;
  options.tls.ca_bundle_pem = connection.ca_bundle;
  std::unique_ptr<http::Client> http = TRY(around.connect(std::move(options)));
  return std::unique_ptr<DataProvider>(
      std::make_unique<databricks::Databricks>(connection, std::move(http), std::move(around)));
}

}  // namespace sallyport::data
