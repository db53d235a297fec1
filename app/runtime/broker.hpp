// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/remote_method.hpp"
#include "app/config/options.hpp"
#include "app/runtime/status_query.hpp"
#include "bridges/call/connected_services.hpp"
#include "bridges/system/stop_cord.hpp"
#include "messages/device/catalog.hpp"

namespace rr {

/// What the broker's methods act on.
struct broker_context : status_sources {
  /// Outlives the service.
  stop_cord* cord = nullptr;
  int emergency_exit_code = 255;
  /// Every option by its name in snake case: `router_frontend`. Durations are
  /// seconds.
  json options;
  /// None without a catalog.
  buffer_store_actor store = {};
  /// What the store's devices are.
  catalog types = {};
  /// Who is connected to the router's backend.
  std::shared_ptr<connected_services> services
    = std::make_shared<connected_services>();
};

/// The methods of the runtime's own service, section 4 of the contract: `ping`,
/// `get_option`, `status`, `list_uids`, `list_services`, `update_gamepads`,
/// `start_process`, `stop_process`, `restart_process`, `reload`,
/// `emergency_stop` and `stop_robot`, the orderly stop. `reload` answers
/// `{ "started", "stopped", "restarted" }`, lists of names, or an error whose
/// context has the lines of what is wrong as `problems`. `get_option` also
/// takes the names of the Python runtime (`option_of_python_name`).
/// `list_services` answers a list of
/// `{ "identity", "since" }`; it may be given an identity to which the caller
/// has just sent a message, and answers the error `nobody holds that address`
/// when that found nobody. `status` adds `control`, `update`, `broker`, the
/// service's own counters, `stops`, and `descriptors`, their limit and the
/// connections refused for it. All are urgent: orders about a process wait at
/// the process, to which the service gives them in the order in which they
/// came.
method_table broker_methods(broker_context context);

/// Of them `emergency_stop`, for who answers that in the broker's place.
method_table emergency_methods(broker_context context);

/// `broker_context::options` of these.
json options_as_json(const options& opts);

} // namespace rr
