// SPDX-License-Identifier: BSD-3-Clause

// A runtime with devices in which something hangs: `hanging_robot [OPTION...]
// [WHAT [FILE]]`, WHAT, or the variable RR_TEST_HANGS, being
// - actor: an actor, from the start (the default);
// - root: the Application itself, from the start;
// - emergency: an actor that pulls the stop cord once it is told to end.
// Makes FILE, and prints the event `hanging`, when it does, or will. A stop is
// latched, on a disk that is slow.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "app/runtime/host.hpp"
#include "app/runtime/program_output.hpp"
#include "app/runtime/robot_devices.hpp"
#include "app/runtime/robot_latch.hpp"
#include "app/runtime/runtime_watch.hpp"
#include "bridges/catalog/catalog_file.hpp"
#include "bridges/system/signal_listener.hpp"

/// In the place of the C library's. Longer than what is left of a robot once it
/// has been stopped in an emergency (250 ms), for whoever does not wait for the
/// latch.
extern "C" int fsync(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

namespace {

using namespace rr;

[[noreturn]] void hang() {
  for (;;)
    std::this_thread::sleep_for(std::chrono::hours{1});
}

/// Where it is told that also shows where nobody reads; may be empty.
std::string file;

/// Prints nothing where nobody reads.
void say() {
  if (!file.empty())
    ::close(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  pollfd room{STDOUT_FILENO, POLLOUT, 0};
  if (::poll(&room, 1, 0) != 1)
    return;
  std::puts(R"({"event":"hanging"})");
  std::fflush(stdout);
}

caf::behavior hang_at_once(caf::event_based_actor* self) {
  caf::anon_send(caf::actor{self}, atom::start_v);
  return {[](atom::start) {
    say();
    hang();
  }};
}

caf::behavior hang_when_told(caf::event_based_actor* self, stop_cord* cord) {
  self->set_exit_handler([cord](const caf::exit_msg&) {
    cord->pull({"", "test", 255});
    hang();
  });
  say();
  return {[](int) {}};
}

caf::actor make(caf::local_actor* parent, const std::string& what,
                stop_cord& cord) {
  if (what == "emergency")
    return parent->spawn(hang_when_told, &cord);
  if (what == "actor")
    return parent->spawn(hang_at_once);
  say();
  hang();
}

int run(const options& opts, const std::string& what,
        std::shared_ptr<log_dispatcher> log) {
  auto types = load_catalog(opts.get<std::string>("device.catalog")).value;
  host program{opts, std::move(log)};
  auto state = state_directory::make(
    opts.get<std::string>("application.state-directory"));
  if (!state
      || latch_emergencies(program, std::move(*state),
                           std::make_shared<hold_list>()))
    return 9;
  auto devices = robot_devices::make(opts, std::move(types), program.log());
  if (!devices)
    return 9;
  (*devices)->disable_by(program);
  auto watch = runtime_watch::start(
    {.interval = opts.get<caf::timespan>("emergency-stop.heartbeat"),
     .patience = opts.get<caf::timespan>("emergency-stop.heartbeat-timeout"),
     .log = program.log(),
     .beat = [memory = devices->get()] { memory->beat(); },
     .begin_anew = {},
     .hold = {},
     .environment = [](const char*) -> const char* { return nullptr; }});
  if (!watch)
    return 9;
  program.add({"hanging", stop_stage::services,
               [&](caf::local_actor* parent, const application_actor&) {
                 return make(parent, what, program.cord());
               }});
  if (program.open_application())
    return 9;
  (*watch)->add(program);
  auto result = program.run();
  (*watch).reset();
  return result;
}

} // namespace

int main(int argc, char** argv) {
  if (block_stop_signals())
    return 9;
  auto line = command_line::split({argv + 1, argv + argc});
  auto opts = options::read(line.options, options::own_environment());
  auto named = std::getenv("RR_TEST_HANGS");
  auto what = std::string{named ? named : "actor"};
  if (!line.rest.empty())
    what = line.rest.front();
  if (line.rest.size() > 1)
    file = line.rest[1];
  return with_log(opts, [&](std::shared_ptr<log_dispatcher> log, const auto&) {
    return run(opts, what, std::move(log));
  });
}
