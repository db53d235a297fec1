// SPDX-License-Identifier: BSD-3-Clause
// The robot's page.
#include "actors/web_server.hpp"
#include "app/config/web_options.hpp"
#include "app/runtime/host.hpp"
#include "bridges/web/web_server.hpp"

namespace rr {

caf::expected<web_server_actor>
host::open_web(std::vector<web_protocol> protocols, metrics_text metrics) {
  auto settings = read_web_settings(opts_);
  if (!settings)
    return std::move(settings.error());
  settings->protocols = std::move(protocols);
  settings->workers = workers_;
  settings->stop = [this](std::string_view reason,
                          stop_cord::clock::time_point read) {
    cord_.pull({"", reason, emergency_exit_code_}, read);
    return cord_.signal_latency_us();
  };
  auto open
    = [this, &settings](
        web_site_owner owner) -> caf::expected<std::unique_ptr<web_site>> {
    settings->owner = std::move(owner);
    auto made = web_server::make(std::move(*settings));
    if (!made)
      return std::move(made.error());
    watched_.push_back((*made)->witness());
    return std::unique_ptr<web_site>{std::move(*made)};
  };
  auto server = system_.spawn(serve_web, web_site_factory{open},
                              std::move(metrics), log_);
  auto status = add_made<web_status>("web server", stop_stage::services,
                                     server);
  if (!status)
    return std::move(status.error());
  log_.info("Page served", {{"address", status->address}});
  return server;
}

} // namespace rr
