// SPDX-License-Identifier: BSD-3-Clause

// A service that echoes, to be killed: `echo_service ADDRESS IDENTITY`.

#include <caf/all.hpp>
#include <unistd.h>

#include "actors/remote_service.hpp"
#include "bridges/call/zmq_channel.hpp"
#include "bridges/zmq/zmq_context.hpp"
#include "messages/error.hpp"

int main(int argc, char** argv) {
  using namespace rr;
  if (argc != 3)
    return 2;
  caf::actor_system_config config;
  register_messages(config);
  caf::actor_system system{config};
  auto context = zmq_context::make();
  if (!context)
    return 1;
  method_table methods;
  methods.emplace(
    "echo", remote_method::at_once(argument_count::exactly(1),
                                   [](const json& args) -> caf::expected<json> {
                                     return args[0];
                                   }));
  zmq_channel_settings channel;
  channel.address = argv[1];
  channel.identity = argv[2];
  auto open = [&](channel_listener listener) {
    return connect_dealer((*context)->get(), channel, std::move(listener));
  };
  system.spawn(remote_service, remote_service_settings{}, methods, nullptr,
               open, event_log{});
  for (;;)
    ::pause();
}
