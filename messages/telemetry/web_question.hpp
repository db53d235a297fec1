// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <caf/allowed_unsafe_message_type.hpp>

namespace rr {

/// What a client of the robot's page is answered with.
struct web_answer {
  unsigned status = 200;
  std::string content_type;
  std::string body;
};

/// Order: answer what a client asks. It never leaves this process.
struct web_question {
  enum class subject : uint8_t {
    /// As JSON.
    status,
    /// As the text format of Prometheus.
    metrics,
  };

  subject about = subject::status;
  /// Tells the client; at most one call counts. For any thread.
  std::function<void(web_answer)> answer;
};

} // namespace rr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rr::web_question)
