// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <caf/duration.hpp>

#include "actors/interfaces.hpp"
#include "app/runtime/status_text.hpp"
#include "bridges/control/control_session.hpp"
#include "bridges/system/descriptor_guard.hpp"
#include "bridges/system/hold_list.hpp"

namespace rr {

/// Whom to ask for what `status` tells, and what nobody need be asked for.
struct status_sources {
  application_actor root;
  router_actor router;
  log_forwarder_actor log_forwarder;
  log_publisher_actor log_publisher;
  log_subscriber_actor log_reader;
  /// None where nothing is written down.
  run_recorder_actor recorder = {};
  /// None where no black box is kept.
  flight_recorder_actor flight_recorder = {};
  update_publisher_actor update_publisher = {};
  /// None without a page.
  web_server_actor web_server = {};
  /// `application.name`.
  std::string name;
  std::chrono::steady_clock::time_point started_at;
  /// How many descriptors this process may have.
  uint64_t descriptor_limit = 0;
  /// Who drives.
  std::shared_ptr<control_session> control;
  /// What holds the robot back.
  std::shared_ptr<hold_list> holds = std::make_shared<hold_list>();
};

/// Asks all at once for what `status` tells.
/// @param self the actor that asks.
/// @param broker whose counters are told; may be none.
/// @param known what is told of those who do not answer.
/// @param done called once, on `self`, with all of it, and the first error of
///             one that has not answered.
template <class Self, class Done>
void ask_for_status(Self* self, const status_sources& whom,
                    const remote_service_actor& broker, caf::duration patience,
                    runtime_status known, Done done) {
  struct gathering {
    runtime_status status;
    caf::error failed;
    size_t missing = 0;
  };
  auto all = std::make_shared<gathering>();
  all->status = std::move(known);
  auto& now = all->status;
  now.name = whom.name;
  now.uptime = std::chrono::steady_clock::now() - whom.started_at;
  now.descriptor_limit = whom.descriptor_limit;
  now.refused_connections = descriptor_guard::refused();
  now.control = whom.control->status();
  now.held_by = whom.holds->list();
  auto ask = [&]<class Status>(const auto& who, Status& where) {
    if (!who)
      return;
    auto settle = [all, done] {
      if (--all->missing == 0)
        done(all->status, all->failed);
    };
    ++all->missing;
    self->request(who, patience, atom::status_v)
      .then(
        [settle, &where](Status& status) {
          where = std::move(status);
          settle();
        },
        [settle, all](caf::error& what) {
          if (!all->failed)
            all->failed = std::move(what);
          settle();
        });
  };
  ask(whom.root, now.robot);
  ask(whom.router, now.router);
  ask(whom.log_forwarder, now.forwarder);
  ask(whom.log_publisher, now.publisher);
  ask(whom.log_reader, now.reader);
  ask(broker, now.broker);
  ask(whom.recorder, now.stops);
  ask(whom.flight_recorder, now.last_record);
  if (whom.update_publisher && !now.update)
    now.update.emplace();
  if (now.update)
    ask(whom.update_publisher, *now.update);
  if (whom.web_server && !now.web)
    now.web.emplace();
  if (now.web)
    ask(whom.web_server, *now.web);
}

} // namespace rr
