// SPDX-License-Identifier: BSD-3-Clause
// What others ask of the application: single processes, and how the robot is.
#include <memory>
#include <type_traits>
#include <utility>

#include <caf/actor_registry.hpp>

#include "app/runtime/application.hpp"
#include "bridges/process/process_statistics.hpp"
#include "messages/log/error_fields.hpp"
#include "messages/process/status.hpp"

namespace rr {

namespace {

caf::error let_go_of(const std::string& process) {
  return caf::make_error(ec::reloading,
                         "process " + process
                           + " is ended by a reload, try again after it");
}

} // namespace

caf::error application_state::robot_stops() {
  return caf::make_error(ec::robot_stopping, "the robot is stopping");
}

caf::expected<process_supervisor_actor>
application_state::supervisor_of(const std::string& process) const {
  if (phase_ == phase::stopping)
    return robot_stops();
  if (is_leaving(process))
    return let_go_of(process);
  for (size_t i = 0; i < supervisors_.size(); ++i)
    if (settings_.processes[i].name == process)
      return supervisors_[i];
  return caf::make_error(ec::unknown_process, "no process is named " + process);
}

template <class Order>
caf::result<process_status> application_state::pass_on(const Order& order) {
  auto supervisor = supervisor_of(order.name);
  if (!supervisor)
    return supervisor.error();
  if constexpr (std::is_same_v<Order, stop_process>) {
    plan_.withdraw(order.name);
    start_due();
  }
  auto promise = self_->make_response_promise<process_status>();
  self_->request(*supervisor, caf::infinite, order)
    .then([=](process_status& now) mutable { promise.deliver(std::move(now)); },
          [=, this](caf::error& what) mutable {
            // One that has ended has no word of ours: the robot stops by it.
            auto is_ours = what.category()
                           == caf::detail::error_factory<ec>::category;
            if (what == ec::robot_stopping && phase_ != phase::stopping)
              what = let_go_of(order.name);
            promise.deliver(is_ours ? std::move(what) : robot_stops());
          });
  return promise;
}

template caf::result<process_status>
application_state::pass_on(const start_process&);
template caf::result<process_status>
application_state::pass_on(const stop_process&);
template caf::result<process_status>
application_state::pass_on(const restart_process&);

/// What the supervisor knows, and what only the whole robot's start tells.
process_status application_state::with_plan(process_status status) const {
  auto process = plan_.index_of(status.name);
  if (!process)
    return status;
  status.startup = plan_.startup(*process);
  if (status.state == process_state::idle) {
    status.waiting_for = plan_.waits_for(*process);
    if (!status.waiting_for.empty())
      status.state = process_state::waiting;
  }
  return status;
}

/// Of one whose supervisor has ended.
process_status
application_state::last_words_of(const std::string& process) const {
  if (auto found = last_words_.find(process); found != last_words_.end())
    return found->second;
  process_status result;
  result.name = process;
  result.state = process_state::exited;
  return result;
}

template <class Question>
caf::result<robot_status> application_state::ask_all(Question question) {
  struct gathering {
    robot_status result;
    size_t pending;
  };
  auto all = std::make_shared<gathering>();
  all->pending = supervisors_.size();
  all->result.state = to_string(phase_);
  all->result.latched = settings_.latches && settings_.cord->pulled();
  if (settings_.starter)
    all->result.containment = settings_.starter->containment();
  all->result.processes.resize(supervisors_.size());
  auto promise = self_->make_response_promise<robot_status>();
  auto settle = [all, promise](size_t answers) mutable {
    all->pending -= answers;
    if (all->pending == 0)
      promise.deliver(std::move(all->result));
  };
  settle(0);
  for (size_t i = 0; i < supervisors_.size(); ++i) {
    auto process = settings_.processes[i].name;
    self_->request(supervisors_[i], caf::infinite, question)
      .then(
        [=, this](process_status& status) mutable {
          all->result.processes[i] = with_plan(std::move(status));
          settle(1);
        },
        [=, this](const caf::error&) mutable {
          all->result.processes[i] = with_plan(last_words_of(process));
          settle(1);
        });
  }
  return promise;
}

template caf::result<robot_status> application_state::ask_all(atom::status);
template caf::result<robot_status> application_state::ask_all(atom::list);

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
