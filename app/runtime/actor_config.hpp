// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/actor_system_config.hpp>

#include "app/config/options.hpp"

namespace rr {

/// CAF's configuration of a robot: this project's messages, and CAF's own
/// sections as the options have them. It reads no file and no argument.
class actor_config : public caf::actor_system_config {
public:
  /// @throws std::runtime_error where the system refuses the threads of an
  /// actor
  ///         system, which could not say so itself.
  explicit actor_config(const options& opts);
};

} // namespace rr
