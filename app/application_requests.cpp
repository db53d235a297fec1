// SPDX-License-Identifier: BSD-3-Clause
// What others ask of the application: single processes, and how the robot is.
#include <memory>
#include <utility>

#include <caf/actor_registry.hpp>

#include "app/application.hpp"
#include "bridges/process_statistics.hpp"
#include "messages/error_fields.hpp"
#include "messages/status.hpp"

namespace rr {

template <class Order>
void application_state::answer_when_started(
  const process_supervisor_actor& supervisor, Order order,
  status_promise promise) {
  self_->request(supervisor, caf::infinite, order)
    .then([=, this](int32_t) { answer_status(supervisor, promise); },
          [=](caf::error& what) mutable { promise.deliver(std::move(what)); });
}

void application_state::answer_status(
  const process_supervisor_actor& supervisor, status_promise promise) {
  self_->request(supervisor, caf::infinite, atom::status_v)
    .then([=](process_status& now) mutable { promise.deliver(std::move(now)); },
          [=](caf::error& what) mutable { promise.deliver(std::move(what)); });
}

caf::expected<process_supervisor_actor>
application_state::supervisor_of(const std::string& process) const {
  if (phase_ == phase::stopping)
    return caf::make_error(ec::robot_stopping, "the robot is stopping");
  for (size_t i = 0; i < supervisors_.size(); ++i)
    if (settings_.processes[i].name == process)
      return supervisors_[i];
  return caf::make_error(ec::unknown_process, "no process is named " + process);
}

caf::result<process_status>
application_state::on_start(const std::string& process) {
  auto supervisor = supervisor_of(process);
  if (!supervisor)
    return supervisor.error();
  auto promise = self_->make_response_promise<process_status>();
  self_->request(*supervisor, caf::infinite, atom::status_v)
    .then(
      [=, this](const process_status& now) mutable {
        // A process that has ended is started anew; one that runs refuses.
        if (now.state == process_state::exited)
          answer_when_started(*supervisor, atom::restart_v, promise);
        else
          answer_when_started(*supervisor, atom::start_v, promise);
      },
      [=](caf::error& what) mutable { promise.deliver(std::move(what)); });
  return promise;
}

caf::result<process_status>
application_state::on_stop(const std::string& process) {
  auto supervisor = supervisor_of(process);
  if (!supervisor)
    return supervisor.error();
  auto promise = self_->make_response_promise<process_status>();
  self_->send(*supervisor, atom::terminate_v);
  // A process that never started has stopped, too.
  self_->request(*supervisor, caf::infinite, atom::wait_v)
    .then([=, this](int32_t) { answer_status(*supervisor, promise); },
          [=, this](const caf::error&) {
            answer_status(*supervisor, promise);
          });
  return promise;
}

caf::result<process_status>
application_state::on_restart(const std::string& process) {
  auto supervisor = supervisor_of(process);
  if (!supervisor)
    return supervisor.error();
  auto promise = self_->make_response_promise<process_status>();
  answer_when_started(*supervisor, atom::restart_v, promise);
  return promise;
}

caf::result<robot_status> application_state::status() {
  struct gathering {
    robot_status result;
    size_t pending;
  };
  auto all = std::make_shared<gathering>();
  all->pending = supervisors_.size();
  all->result.state = to_string(phase_);
  all->result.processes.resize(supervisors_.size());
  auto promise = self_->make_response_promise<robot_status>();
  auto settle = [all, promise]() mutable {
    if (all->pending == 0)
      promise.deliver(std::move(all->result));
  };
  settle();
  for (size_t i = 0; i < supervisors_.size(); ++i) {
    all->result.processes[i].name = settings_.processes[i].name;
    all->result.processes[i].state = process_state::exited;
    self_->request(supervisors_[i], caf::infinite, atom::status_v)
      .then(
        [=](process_status& status) mutable {
          all->result.processes[i] = std::move(status);
          --all->pending;
          settle();
        },
        [=](const caf::error&) mutable {
          --all->pending;
          settle();
        });
  }
  return promise;
}

void application_state::report_health() {
  auto statistics = read_process_statistics();
  if (!statistics) {
    settings_.log.warning("Health check failed",
                          error_fields(statistics.error()));
    return;
  }
  settings_.log.info(
    "Health check",
    {{"thread_count", statistics->thread_count},
     {"actor_count", self_->system().registry().running()},
     {"process_count", settings_.starter ? settings_.starter->count() : 0},
     {"resident_kib", statistics->resident_kib}});
}

} // namespace rr
