// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include "bridges/event_log.hpp"

namespace rr {

/// Hands every event to several outputs, in their order: the one place where an
/// output is added. Which they are is settled before the first event.
class log_outputs : public log_output {
public:
  explicit log_outputs(std::vector<std::shared_ptr<log_output>> outputs);

  void write(const log_event& event) noexcept override;

private:
  std::vector<std::shared_ptr<log_output>> outputs_;
};

} // namespace rr
