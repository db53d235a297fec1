// SPDX-License-Identifier: BSD-3-Clause

// A runtime with devices, one of whose actors hangs from the start:
// `hanging_robot [OPTION...]`. Prints the event `hanging` when it does.

#include <cstdio>
#include <thread>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "app/host.hpp"
#include "app/robot_devices.hpp"
#include "bridges/catalog_file.hpp"
#include "bridges/signal_listener.hpp"

namespace {

using namespace rr;

caf::behavior hang(caf::event_based_actor* self) {
  caf::anon_send(caf::actor{self}, atom::start_v);
  return {[](atom::start) {
    std::puts(R"({"event":"hanging"})");
    std::fflush(stdout);
    for (;;)
      std::this_thread::sleep_for(std::chrono::hours{1});
  }};
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
                 return caf::actor_cast<caf::actor>(parent->spawn(hang));
               }});
  return program.open_application() ? 9 : program.run();
}

} // namespace

int main(int argc, char** argv) {
  if (block_stop_signals())
    return 9;
  auto line = command_line::split({argv + 1, argv + argc});
  return run(options::read(line.options, options::own_environment()));
}
