// SPDX-License-Identifier: BSD-3-Clause
#include "tests/simulation/simulated_robot.hpp"

#include <algorithm>

#include <caf/scheduled_actor.hpp>
#include <caf/send.hpp>

#include "messages/error.hpp"
#include "messages/process/status.hpp"

namespace rr::simulation {

namespace {

using namespace std::chrono_literals;

/// `emergency-stop.terminate-timeout`.
constexpr auto emergency_patience = 250ms;

/// What the host adds to it before it ends the process without the actors.
constexpr auto host_grace = emergency_patience + 2s;

/// Messages that may wait for one actor: more than a schedule has steps.
constexpr size_t longest_mailbox = 256;

/// Whoever the cord signals for.
thread_local simulated_robot* signalled = nullptr;

caf::exit_msg exit_message(bool emergency) {
  auto reason = emergency ? caf::make_error(ec::emergency_stop, "planted")
                          : caf::error{caf::exit_reason::user_shutdown};
  return {caf::actor_addr{}, std::move(reason)};
}

caf::actor_system_config& shared_config() {
  static struct config : caf::actor_system_config {
    config() {
      register_messages(*this);
      set("scheduler.policy", caf::atom("testing"));
      set("logger.file-verbosity", caf::atom("quiet"));
      set("logger.console-verbosity", caf::atom("quiet"));
    }
  } result;
  return result;
}

} // namespace

/// Hears what is logged.
class simulated_robot::ear : public log_output {
public:
  explicit ear(simulated_robot& robot) : judge_(robot.judge_), robot_(robot) {
  }

  void write(const log_event& event) noexcept override {
    if (event.event == "Application is exiting")
      robot_.on_last_words(event);
    else if (event.event == "Unhandled error")
      for (const auto& field : event.fields)
        if (auto text = std::get_if<std::string>(&field.value);
            text && text->starts_with("unexpected message"))
          judge_.accuse(promise::unhandled, *text);
  }

private:
  witness& judge_;
  simulated_robot& robot_;
};

simulated_robot::simulated_robot(const scenario& world, disk& state)
  : world_(world),
    disk_(state),
    system_(shared_config()),
    sched_(
      dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())),
    log_(std::make_shared<ear>(*this), "robot", log_level::info),
    cord_(64, signal_group),
    state_(std::move(*robot_state::make_private(robot_state::max_patience))),
    view_{world_, judge_, cord_, log_, sched_.clock(), stop_begun_},
    children_(view_),
    core_((sched_.clock().current_time += 1h, system_), view_),
    operators_(system_, view_, children_),
    calls_(system_, view_, core_, operators_) {
  signalled = this;
  began_ = quiet_since_ = sched_.clock().now();
  cord_.observe([this](const stop_cord_pulled& fact) { on_pulled(fact); });
  cord_.at_first(
    [this](const stop_cause_view&) { state_->disable("emergency stop"); });
  state_->enable();
  root_ = system_.spawn(application, make_settings());
  root_->attach_functor([this](const caf::error& reason) {
    root_ended_ = true;
    end_reason_ = reason;
    others_at_end_ = core_.living();
    // The host waits for it, too.
    write_latch(false);
  });
  caf::anon_send(root_, atom::start_v);
}

simulated_robot::~simulated_robot() {
  // Whatever lives, and hangs, is ended for good.
  judge_.accuse("", "");
  system_.await_actors_before_shutdown(false);
  children_.close();
  core_.close();
  operators_.close();
  calls_.close();
  caf::anon_send_exit(root_, caf::exit_reason::kill);
  root_ = nullptr;
  while (sched_.has_job())
    sched_.run_once();
  sched_.clock().cancel_all();
  while (sched_.has_job())
    sched_.run_once();
  // What hung may have started one since.
  children_.close();
  signalled = nullptr;
}

application_settings simulated_robot::make_settings() {
  application_settings result;
  core_.on_end([this](const std::string& name) {
    if (stop_begun_ && !left_behind_ && children_.any_here())
      judge_.accuse(promise::children_first, name);
  });
  result.resources = core_.resources();
  for (auto& each : calls_.resources())
    result.resources.push_back(std::move(each));
  result.processes = world_.processes;
  result.starter = &children_;
  result.cord = &cord_;
  result.log = log_;
  result.recorder = core_.recorder();
  result.health_interval = 1s;
  result.stop_timeout = world_.stop_timeout;
  result.latches = world_.latches;
  result.on_running = [this] { ++running_calls_; };
  result.on_stop = [this] {
    stop_begun_ = true;
    ++stop_calls_;
    stop_began_ = sched_.clock().now();
  };
  // The host waits for the thread that writes.
  result.settle = [this] { write_latch(false); };
  result.on_hang = [this] { left_behind_ = true; };
  return result;
}

/// After them no log event leaves any more.
void simulated_robot::on_last_words(const log_event& said) {
  ++last_words_;
  for (const auto& field : said.fields)
    if (auto code = std::get_if<int64_t>(&field.value);
        code && field.name == "exit_code") {
      if (std::exchange(told_exit_code_, *code) == *code)
        judge_.accuse(promise::last_words, "twice the same");
      if (*code == emergency_code && unlatched_)
        judge_.accuse(promise::latched, "that is not told any more");
    }
}

// -- what others do -----------------------------------------------------------

void simulated_robot::signal_group(pid_t group, int number) noexcept {
  if (signalled)
    signalled->on_signal(group, number);
}

void simulated_robot::on_signal(pid_t group, int number) {
  if (state_->enabled())
    judge_.accuse(promise::disabled_first, "signal " + std::to_string(number)
                                             + " to group "
                                             + std::to_string(group));
  children_.signal(group, number);
}

void simulated_robot::on_pulled(const stop_cord_pulled& fact) {
  judge_cause(fact.cause);
  // Its latency is of the real clock.
  untold_pull_ = stop_cord_pulled{fact.cause, 0};
  if (world_.latches)
    unlatched_ = fact.cause;
  kill_at_ = sched_.clock().now() + emergency_patience;
  hurry_host();
}

void simulated_robot::hurry_host() {
  abandon_at_ = std::min(abandon_at_, sched_.clock().now() + host_grace);
}

bool simulated_robot::pull(cord_puller who) {
  switch (who) {
    case cord_puller::person:
      return cord_.pull({"", "a person", emergency_code});
    case cord_puller::watch:
      return cord_.pull(
        {"", "the watch", emergency_code, 0, failsafe_cause::core_actor_hangs});
    default:
      return false;
  }
}

bool simulated_robot::tell_pull() {
  if (!untold_pull_)
    return false;
  caf::anon_send<caf::message_priority::high>(root_, *untold_pull_);
  untold_pull_.reset();
  return true;
}

bool simulated_robot::write_latch(bool fails) {
  auto cause = std::exchange(unlatched_, std::nullopt);
  if (!cause)
    return false;
  if (fails)
    latch_failed_ = true;
  else
    disk_.latch(*cause, emergency_code);
  return true;
}

bool simulated_robot::signal() {
  if (++signals_ == 1) {
    caf::anon_send(root_, atom::stop_v, std::string{"SIGTERM"});
    return true;
  }
  caf::anon_send<caf::message_priority::high>(root_, atom::kill_v);
  force_untold_ = true;
  hurry_host();
  return true;
}

bool simulated_robot::kill_groups(bool forced) {
  if (forced) {
    if (!std::exchange(force_untold_, false))
      return false;
    state_->disable("the stop was forced by a second signal");
  } else {
    if (kill_at_ > sched_.clock().now())
      return false;
    kill_at_ = time_point::max();
  }
  children_.kill_groups();
  return true;
}

bool simulated_robot::ask_health(bool reports) {
  if (reports)
    caf::anon_send(root_, atom::health_v);
  else
    caf::anon_send(root_, atom::health_v, uint64_t{1});
  return true;
}

// -- steps --------------------------------------------------------------------

bool simulated_robot::apply(const choice& step) {
  auto done = false;
  switch (step.kind) {
    case step_kind::run:
      done = run(step.subject);
      break;
    case step_kind::pass:
      done = pass();
      break;
    case step_kind::tell_pull:
      done = tell_pull();
      break;
    case step_kind::write_latch:
      done = write_latch(step.detail == 1);
      break;
    case step_kind::kill_groups:
      done = kill_groups(step.subject == 1);
      break;
    case step_kind::pull:
      done = !root_ended_ && pull(static_cast<cord_puller>(step.subject));
      break;
    case step_kind::signal:
      done = !root_ended_ && signal();
      break;
    case step_kind::ask_health:
      done = !root_ended_ && ask_health(step.subject == 1);
      break;
    case step_kind::exit_message:
      done = !root_ended_;
      caf::anon_send(caf::actor_cast<caf::actor>(root_),
                     exit_message(step.subject == 1));
      break;
    case step_kind::hang:
      done = hang(step.subject);
      break;
    case step_kind::order:
    case step_kind::ask:
      done = !root_ended_ && operators_.apply(step, root_);
      break;
    default:
      done = children_.apply(step) || calls_.apply(step)
             || (!root_ended_ && core_.apply(step));
      exceptions_ |= done && step.kind == step_kind::plant_exception;
      core_ended_ |= done && step.kind == step_kind::end_core;
  }
  if (done)
    judge();
  return done;
}

bool simulated_robot::run(uint16_t actor) {
  auto place = place_of(actor);
  if (!place || !is_runnable(*place))
    return false;
  if (auto count = job(*place)->mailbox().size(); count > longest_mailbox)
    judge_.accuse(promise::bounded_mailbox, std::string{job(*place)->name()}
                                              + " has " + std::to_string(count)
                                              + " messages");
  auto begin = sched_.jobs.begin();
  auto which = begin + static_cast<std::ptrdiff_t>(*place);
  std::rotate(begin, which, which + 1);
  foresee(*job(0));
  sched_.run_once();
  judge_handled();
  return true;
}

bool simulated_robot::pass() {
  if (!may_pass())
    return false;
  auto quiet = !any_runnable();
  if (quiet && !anything_hangs())
    judge_quiet();
  auto& clock = sched_.clock();
  clock.current_time = std::max(clock.current_time, next_due());
  if (quiet)
    quiet_since_ = clock.current_time;
  if (!anything_hangs())
    calls_.judge();
  clock.trigger_expired_timeouts();
  if (clock.current_time < abandon_at_ || root_ended_)
    return true;
  abandoned_ = true;
  write_latch(false);
  if (!anything_hangs())
    judge_.accuse(promise::bounded_end, "the host ends it without its actors");
  return true;
}

bool simulated_robot::hang(uint16_t actor) {
  if (root_ended_ || actor == root_->id() || !place_of(actor))
    return false;
  // Whoever asks waits for an answer, and would have none.
  auto name = std::string_view{job(*place_of(actor))->name()};
  if (name == "scheduled_actor" || name == "remote-client"
      || name == "call-relay")
    return false;
  return hung_.insert(actor).second;
}

std::optional<choice> simulated_robot::calm_step() {
  for (size_t i = 0; i < sched_.jobs.size(); ++i)
    if (is_runnable(i))
      return choice{step_kind::run, static_cast<uint16_t>(job(i)->id())};
  if (untold_pull_)
    return choice{step_kind::tell_pull};
  if (force_untold_)
    return choice{step_kind::kill_groups, 1};
  if (kill_at_ <= sched_.clock().now())
    return choice{step_kind::kill_groups};
  if (auto step = children_.calm_step())
    return step;
  if (auto step = calls_.calm_step())
    return step;
  if (root_ended_ && calls_.waiting() == 0)
    return std::nullopt;
  if (auto step = core_.calm_step(); step && !root_ended_)
    return step;
  if (signals_ == 0 && !root_ended_)
    return choice{step_kind::signal};
  if (may_pass())
    return choice{step_kind::pass};
  return std::nullopt;
}

} // namespace rr::simulation
