# SPDX-License-Identifier: BSD-3-Clause
"""Guards of actors and the root; when one is gone the simulation finds it."""
import dataclasses

ROOT = 'app/runtime/application.cpp'
STOP = 'app/runtime/application_stop.cpp'
FAILSAFE = 'app/runtime/application_failsafe.cpp'
REQUESTS = 'app/runtime/application_requests.cpp'
PLAN = 'app/runtime/start_plan.cpp'
CHILD = 'actors/process_supervisor.cpp'
ENDS = 'actors/process_supervisor_ends.cpp'
ORDERS = 'actors/process_supervisor_orders.cpp'
READINESS = 'actors/process_supervisor_readiness.cpp'
RECORDER = 'actors/run_recorder.cpp'
LATCH = 'app/runtime/robot_latch.cpp'
RELAY = 'actors/call_relay.cpp'
UPDATES = 'actors/update_subscriber.cpp'


@dataclasses.dataclass
class Guard:
    name: str
    path: str
    # A statement, or a condition; between « and » where others are like it.
    text: str
    without: str = ''
    is_condition: bool = False

    def parts(self):
        """What is before it, it, and what is after it."""
        if '«' not in self.text:
            return '', self.text, ''
        before, rest = self.text.split('«')
        own, after = rest.split('»')
        return before, own, after


def condition(name, path, text, without):
    return Guard(name, path, text, without, True)


GUARDS = [
    Guard('supervisors are told that a stop has begun', STOP,
          'self_->send<caf::message_priority::high>(supervisor,'
          ' atom::stop_v);'),
    condition('a stage ends before the next one is stopped', ROOT,
              'std::none_of(resources_.begin(), resources_.end(), in_stage)',
              'true'),
    condition('the end waits for the cord that was pulled', STOP,
              'settings_.cord->pulled() != cord_reported_', 'false'),
    condition('the last words are said once', STOP,
              'std::exchange(told_exit_code_, exit_code) == exit_code', 'false'),
    condition('a stop begins once', STOP,
              'std::exchange(phase_, phase::stopping) == phase::stopping',
              'phase_ = phase::stopping, false'),
    condition('a clock that was set before means nothing', STOP,
              'number != clock_', 'false'),
    Guard('what hangs is waited for so long', STOP,
          'self_->delayed_send(self_, patience, atom::timeout_v, ++clock_);'),
    Guard('without children an emergency goes on to the rest', STOP,
          'if (!any)\n    stop_last_stage();'),
    Guard('an emergency sets how the run ends', STOP,
          'exit_reason_ = caf::make_error(ec::emergency_stop,'
          ' stop_reason_);'),
    condition('a forced end hides no emergency', STOP,
              'verdict.action == failsafe_action::stop', 'true'),
    condition('an actor that ends in an emergency raises one', ROOT,
              'if («reason == ec::emergency_stop») {\n'
              '    raise(actor_emergency', 'false'),
    condition('a cause of an emergency pulls the cord', FAILSAFE,
              'before.action != failsafe_action::emergency_stop', 'false'),
    Guard('children have their terminate-timeout', STOP,
          'return longest + std::max(kill_patience,'
          ' settings_.stop_timeout);', 'return caf::timespan{0};'),
    Guard('an order that fails is answered', REQUESTS,
          'promise.deliver(is_ours ? std::move(what) : robot_stops());'),
    condition('a process waits for those before it', PLAN,
              'each.released || «!is_due(each)»', 'false'),
    condition('a start on its way ends with the robot', CHILD,
              'if («robot_stops_»)\n    return refusal_in_stop();\n'
              '  if (stopped_for_good_)', 'false'),
    condition('a process starts once', CHILD,
              'state_ != process_state::idle', 'false'),
    Guard('a delay before a restart ends with the robot', CHILD,
          'if (state_ == process_state::restarting)\n'
          '    state_ = process_state::exited;'),
    Guard('a child that ends has done its order', ENDS,
          '      quit(quit_reason_);\n    «end_order({});»\n  }'),
    Guard('an exit message ends a child that lives', CHILD,
          'else\n    «terminate();»'),
    Guard('what a supervisor owes is answered at its end', CHILD,
          'if (*order)\n      (*order)->promise.deliver('
          'refusal_in_stop());'),
    Guard('a child that does not end is killed', CHILD,
          'self_->delayed_send(self_, settings_.terminate_timeout,'
          ' atom::timeout_v,\n                      ++timers_);'),
    Guard('a kill reaches the child', CHILD, 'child_->kill();'),
    condition('no order is taken while the robot stops', ORDERS,
              'stopping() || robot_stops_', 'false'),
    Guard('an order that becomes void is answered', ORDERS,
          'next_order_->promise.deliver(status());'),
    Guard('the next order follows', ORDERS,
          'order_ = std::exchange(next_order_, std::nullopt);',
          'order_ = std::nullopt;'),
    Guard('an order to stop is for good', ORDERS,
          'stopped_for_good_ = order_->kind == order_kind::stop;'),
    condition('an order to restart ends with the robot', ORDERS,
              '&& «!robot_stops_»\n', 'true'),
    Guard('an order to stop ends the delay of a restart', ORDERS,
          'if (state_ == process_state::restarting)\n'
          '      state_ = process_state::exited;'),
    condition('no restart is planned while the robot stops', ENDS,
              'stopping() || robot_stops_', 'stopping()'),
    condition('a child that would start again has no reaction', ENDS,
              'is_spared(failed)', 'false'),
    condition('a look that is set already is not set again', READINESS,
              'at >= look_at_', 'false'),
    Guard('a disk that hangs is waited for so long', RECORDER,
          'self_->delayed_send(self_, last_write, atom::timeout_v);'),
    condition('the end waits until the stop is latched', STOP,
              'cord_reported_ && settings_.settle', 'false'),
    Guard('what cannot be read is latched, too', LATCH,
          """if (!stop)
    «return found_latch{std::nullopt, "cannot read " + state.path() + '/'
                                       + latch_file + ": "
                                       + describe(stop.error())};»""",
          'return std::nullopt;'),
    condition('a call says that its client has ended', RELAY,
              'what != caf::sec::request_receiver_down', 'true'),
    Guard('who cannot listen ends', UPDATES, 'self->quit(opened.error());'),
]
