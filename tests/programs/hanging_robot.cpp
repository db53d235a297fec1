// SPDX-License-Identifier: BSD-3-Clause

// A runtime with devices, one of whose actors hangs from the start:
// `hanging_robot [OPTION...]`. It is the Application when RR_TEST_HANGS is
// `root`. Prints the event `hanging` when it does.

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "app/host.hpp"
#include "app/robot_devices.hpp"
#include "bridges/catalog_file.hpp"
#include "bridges/signal_listener.hpp"

namespace {

using namespace rr;

[[noreturn]] void hang_here() {
  std::puts(R"({"event":"hanging"})");
  std::fflush(stdout);
  for (;;)
    std::this_thread::sleep_for(std::chrono::hours{1});
}

caf::behavior hang(caf::event_based_actor* self) {
  caf::anon_send(caf::actor{self}, atom::start_v);
  return {[](atom::start) { hang_here(); }};
}

int run(const options& opts) {
  auto types = load_catalog(opts.get<std::string>("device.catalog")).value;
  host program{opts, *log_dispatcher::make(16, {})};
  auto devices = robot_devices::make(opts, std::move(types), program.log());
  if (!devices)
    return 9;
  (*devices)->disable_by(program);
  program.add({"hanging", stop_stage::services,
               [](caf::local_actor* parent, const application_actor&) {
                 auto who = std::getenv("RR_TEST_HANGS");
                 if (who && std::string_view{who} == "root")
                   hang_here();
                 return caf::actor_cast<caf::actor>(parent->spawn(hang));
               }});
  if (program.open_application())
    return 9;
  (*devices)->beat_while_alive(program);
  auto result = program.run();
  (*devices)->stop_beating();
  return result;
}

} // namespace

int main(int argc, char** argv) {
  if (block_stop_signals())
    return 9;
  auto line = command_line::split({argv + 1, argv + argc});
  return run(options::read(line.options, options::own_environment()));
}
