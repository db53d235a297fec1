// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>

#include <caf/expected.hpp>

#include "bridges/log/log_dispatcher.hpp"
#include "bridges/log_stream/log_publication.hpp"

namespace rr {

/// Publishes this program's events, from its making to its end.
class log_publishing {
public:
  /// All that has been written so far is published first.
  virtual ~log_publishing();

  /// For any thread.
  virtual log_publisher_status status() const = 0;
};

using log_publishing_factory
  = std::function<caf::expected<std::unique_ptr<log_publishing>>(
    log_failure_listener)>;

/// Adds a publication to the outputs of the dispatcher, and at its end takes it
/// out again. Waits for the forwarder as the settings say.
/// @returns errors as `log_publication::make` does.
caf::expected<std::unique_ptr<log_publishing>>
publish_log(std::shared_ptr<log_dispatcher> from, zmq::context_t& context,
            log_publication_settings settings, log_failure_listener listener);

} // namespace rr
