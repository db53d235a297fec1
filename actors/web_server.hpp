// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "bridges/log/event_log.hpp"
#include "bridges/web/web_site.hpp"
#include "messages/json.hpp"

namespace rr {

/// Makes the text of the metrics of the runtime's status.
using metrics_text = std::function<std::string(const json& status)>;

class web_server_state {
public:
  static inline constexpr auto name = "web-server";

  using pointer = web_server_actor::stateful_pointer<web_server_state>;

  explicit web_server_state(pointer self) : self_(self) {
  }

  web_server_actor::behavior_type make_behavior(const web_site_factory& make,
                                                metrics_text metrics,
                                                event_log log);

private:
  void on_question(const web_question& question);

  pointer self_;
  std::unique_ptr<web_site> site_;
  metrics_text metrics_;
  /// None yet while the runtime starts.
  status_teller_actor teller_;
};

/// Owns the sockets and the thread that serve the robot's page; what a client
/// asks of actors it has them asked. The Application and the broker talk to it.
/// Its end tells the clients, and closes their connections.
///
/// Quits with the factory's error when the address cannot be bound, and with
/// the bridge's when it fails later.
/// @param make called once, before the behaviour function returns.
/// @param metrics empty where there are none.
web_server_actor::behavior_type
serve_web(web_server_actor::stateful_pointer<web_server_state> self,
          web_site_factory make, metrics_text metrics, event_log log);

} // namespace rr
