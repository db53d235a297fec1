// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>

#include <caf/expected.hpp>

#include "messages/telemetry/web_question.hpp"
#include "messages/telemetry/web_status.hpp"

namespace rr {

/// Makes an answer, and tells it by the function that it is given, once and
/// from any thread. Called by the site's thread, must not block.
using web_source = std::function<void(std::function<void(web_answer)>)>;

/// What whoever owns a site does for it.
struct web_site_owner {
  /// What `GET /status` and `GET /metrics` answer; empty for 404.
  web_source status;
  web_source metrics;
  /// The site cannot go on. On its thread; must not block.
  std::function<void(const web_failed&)> failed;
};

/// What serves the robot's page, until its end.
class web_site {
public:
  virtual ~web_site() = default;

  /// From any thread.
  virtual web_status status() const = 0;
};

/// Opens a site.
using web_site_factory
  = std::function<caf::expected<std::unique_ptr<web_site>>(web_site_owner)>;

} // namespace rr
