// SPDX-License-Identifier: BSD-3-Clause

// robot-runtime, with every command, whose actors go wrong when they are told
// to. A line `FAULT ACTOR` that is written to the FIFO that RR_TEST_FAULTS
// names befalls the first actor of that name: FAULT is
// - throws: an exception leaves a handler of it;
// - hangs: a handler never returns; the file FIFO.hangs is there then;
// - killed: it gets an exit message that cannot be handled.

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include <caf/actor_cast.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/send.hpp>

#include "actors/support/report_errors.hpp"
#include "app/command/commands.hpp"
#include "app/runtime/program_output.hpp"
#include "bridges/process/process_surroundings.hpp"

namespace {

using namespace rr;

std::mutex mutex;
std::condition_variable& another_begun = *new std::condition_variable;

/// By name. Never destroyed: a thread reads it until the process ends.
auto& actors = *new std::map<std::string, caf::actor_addr>;

const char* fifo() {
  return std::getenv("RR_TEST_FAULTS");
}

[[noreturn]] void hang() {
  auto file = std::string{fifo()} + ".hangs";
  ::close(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  for (;;)
    ::pause();
}

/// Waits for one that has not begun yet.
caf::actor find(const std::string& name) {
  auto lock = std::unique_lock{mutex};
  auto has_begun = [&] { return actors.contains(name); };
  if (!another_begun.wait_for(lock, std::chrono::seconds{20}, has_begun))
    return {};
  return caf::actor_cast<caf::actor>(actors.at(name));
}

void befall(const std::string& fault, const std::string& name) {
  auto victim = find(name);
  if (!victim)
    return print_error("no actor " + name);
  if (fault == "killed")
    caf::anon_send_exit(victim, caf::exit_reason::kill);
  else
    caf::anon_send(victim, std::string{"fault"}, fault);
}

void listen() {
  // For both, so that it never ends.
  std::fstream lines{fifo()};
  for (std::string fault, name; lines >> fault >> name;)
    befall(fault, name);
}

void remember(caf::scheduled_actor* self) {
  auto guard = std::lock_guard{mutex};
  actors.emplace(self->name(), self->address());
  another_begun.notify_all();
  static std::once_flag once;
  std::call_once(once, [] { std::thread{listen}.detach(); });
}

} // namespace

/// What every actor calls first, and what the linker makes of that
/// (`--wrap`).
void report_errors_of_actors(caf::scheduled_actor* self, event_log log) //
  asm("__real__ZN2rr13report_errorsEPN3caf15scheduled_actorENS_9event_logE");
void report_errors_and_remember(caf::scheduled_actor* self, event_log log) //
  asm("__wrap__ZN2rr13report_errorsEPN3caf15scheduled_actorENS_9event_logE");

void report_errors_and_remember(caf::scheduled_actor* self, event_log log) {
  report_errors_of_actors(self, log);
  if (!fifo())
    return;
  // Nobody else sends what no actor understands.
  self->set_default_handler(
    [](caf::scheduled_actor*,
       caf::message_view& what) -> caf::result<caf::message> {
      auto message = what.move_content_to_message();
      if (!message.match_elements<std::string, std::string>())
        return caf::sec::unexpected_message;
      if (message.get_as<std::string>(1) == "hangs")
        hang();
      throw std::runtime_error{"a fault of a test"};
    });
  remember(self);
}

int main(int argc, char** argv) {
  settle_program();
  return run_program({argv + (argc > 0), argv + argc});
}
