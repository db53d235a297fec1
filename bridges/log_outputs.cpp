// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/log_outputs.hpp"

namespace rr {

log_outputs::log_outputs(std::vector<std::shared_ptr<log_output>> outputs)
  : outputs_(std::move(outputs)) {
}

void log_outputs::write(const log_event& event) noexcept {
  for (auto& output : outputs_)
    output->write(event);
}

} // namespace rr
