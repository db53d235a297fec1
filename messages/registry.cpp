// SPDX-License-Identifier: BSD-3-Clause
#include <caf/actor_system_config.hpp>

#include "messages/call/remote_exchange.hpp"
#include "messages/call/routing.hpp"
#include "messages/control/control.hpp"
#include "messages/device/device_uid.hpp"
#include "messages/device/device_update.hpp"
#include "messages/error.hpp"
#include "messages/fwd.hpp"
#include "messages/log/log_event.hpp"
#include "messages/log/log_forwarding.hpp"
#include "messages/process/process.hpp"
#include "messages/process/reload.hpp"
#include "messages/process/status.hpp"
#include "messages/process/stop.hpp"
#include "messages/record/process_end.hpp"
#include "messages/record/run_record.hpp"
#include "messages/record/stop_statistics.hpp"
#include "messages/telemetry/web_status.hpp"

namespace rr {

// Apart from the rest of `error.hpp`, which needs no other message: so does the
// C library of the buffers.
void register_messages(caf::actor_system_config& cfg) {
  constexpr auto category = caf::detail::error_factory<ec>::category;
  cfg.add_message_types<caf::id_block::rr>();
  cfg.add_error_category(category, [](uint8_t code, caf::atom_value,
                                      const caf::message& context) {
    return describe(caf::error{code, category, context});
  });
}

} // namespace rr
