// SPDX-License-Identifier: BSD-3-Clause
// How a run ends: in order, in a hurry, or without the actors.
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <thread>

#include <caf/send.hpp>

#include "app/runtime/host.hpp"
#include "app/runtime/program_end.hpp"

namespace rr {

namespace {

using namespace std::chrono_literals;

/// How long the actors may take to end once every child has been killed.
constexpr auto last_grace = 2s;

/// The Application may be busy for so long: it waits for the children's last
/// output, and for the processor.
constexpr auto busy_time = caf::timespan{2s};

/// How long the last log events may take to leave when actors hang.
constexpr auto last_words = 1500ms;

/// After which the main thread looks around although nothing has happened.
constexpr auto long_time = caf::timespan{24h};

} // namespace

/// Waits without end while all goes well. Once the Application stops, it bounds
/// the stop itself: all that is to be seen here is that it answers. Once the
/// cord has been pulled or the stop has been forced, all must end in time.
caf::error host::wait_for_end() {
  using clock = std::chrono::steady_clock;
  enum class phase { calm, asked, answered, hurried };
  auto now_it_is = phase::calm;
  auto deadline = clock::now();
  auto result = std::optional<caf::error>{};
  auto patience = std::max(opts_.get<caf::timespan>("application.stop-timeout"),
                           busy_time);
  auto grace = opts_.get<caf::timespan>("emergency-stop.terminate-timeout");
  // A program without children has only itself to end.
  if (children_)
    grace += last_grace;
  auto enter = [&](phase next, caf::timespan time) {
    now_it_is = next;
    deadline = clock::now() + time;
  };
  auto ask = [&] {
    enter(phase::asked, patience);
    self_->send(application_, atom::tick_v);
  };
  auto hurry = [&] {
    if (now_it_is != phase::hurried)
      enter(phase::hurried, grace);
  };
  while (!result) {
    auto calm = now_it_is == phase::calm;
    if (!calm && clock::now() >= deadline) {
      if (now_it_is != phase::answered)
        abandon(now_it_is == phase::asked ? "application" : "an actor");
      ask();
    }
    auto left = calm ? long_time : caf::timespan{deadline - clock::now()};
    // What ended at the start may have been told when nobody listened any more.
    self_->receive(
      [&](caf::down_msg& msg) {
        if (msg.source == application_.address())
          result = std::move(msg.reason);
      },
      [&](const stop_cord_pulled& fact) {
        self_->send<caf::message_priority::high>(application_, fact);
        hurry();
      },
      [&](atom::stop, const std::string& reason) {
        self_->send(application_, atom::stop_v, reason);
        if (calm)
          ask();
      },
      // It says that it stops, or answers.
      [&](atom::tick) {
        if (calm)
          ask();
        else if (now_it_is == phase::asked)
          now_it_is = phase::answered;
      },
      [&](atom::timeout) { hurry(); },
      caf::after(std::max(left, caf::timespan{0})) >> [] {});
  }
  return std::move(*result);
}

/// By threads that do not depend on the actors.
void host::force_end(std::string_view reason) {
  if (at_forced_end_)
    at_forced_end_(reason);
  if (children_)
    children_->kill_all();
}

/// On whatever thread, which may hold any lock, and has no memory. Children are
/// asked to end first: nothing is left of this process that could do it later.
void host::end_at_once(last_resort::cause why) {
  auto stopped = cord_.pulled();
  auto exit_code = stopped ? emergency_exit_code_ : 1;
  end_within(grace_ + last_words, exit_code);
  cord_.pull_untold({.process = "", .cause = "a runtime that cannot go on"});
  if (why == last_resort::cause::no_memory)
    say_last(no_memory_error_);
  if (stopped)
    secure_();
  using clock = std::chrono::steady_clock;
  for (auto end = clock::now() + grace_;
       cord_.is_any_left() && clock::now() < end;)
    std::this_thread::sleep_for(1ms);
  cord_.kill_all();
  // The cause has been told already, and whoever looks for it has a core.
  if (why == last_resort::cause::abort && !stopped)
    return end_in_its_own_time();
  ::_exit(exit_code);
}

void host::say_last(std::string_view line) noexcept {
  if (errors_) {
    errors_->try_write(line);
    return;
  }
  // Before there is an Application a reader that does not read holds up nobody.
  [[maybe_unused]] auto written = ::write(STDERR_FILENO, line.data(),
                                          line.size());
}

/// The actors hang. What no thread can reach ends with this process.
void host::abandon(const std::string& who) {
  auto exit_code = cord_.pulled() ? emergency_exit_code_ : 1;
  // Before anything that might hang as well.
  end_within(last_words, exit_code);
  force_end("the runtime cannot end in order");
  settle_();
  errors_->try_write(last_error_);
  log_.error("Unhandled error",
             {{"actor", who},
              {"error", "cannot end in order: " + who + " hangs"}});
  outputs_->close();
  at_end_(exit_code);
  ::_exit(exit_code);
}

/// The Application has ended, and what hangs would be waited for. All that is
/// left to do is to let the last log events leave.
void host::end_without_actors(int exit_code) {
  end_within(last_words, exit_code);
  force_end("the runtime cannot end in order");
  settle_();
  errors_->try_write(last_error_);
  outputs_->close();
  // Waits for the sockets of those that have ended, which is for the last
  // readers; those of an actor that hangs are never closed.
  zmq_.reset();
  at_end_(exit_code);
  ::_exit(exit_code);
}

} // namespace rr
