// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/error.hpp>
#include <caf/meta/type_name.hpp>

#include "messages/fwd.hpp"

namespace rr {

/// Something that may block, to be done by a thread of the worker pool. It
/// never leaves this process.
struct work {
  /// Runs on a worker's thread; its error, or its exception, is the answer.
  std::function<caf::error()> run;
};

/// Fact: a worker is done with the work of that number.
struct work_done {
  uint64_t id = 0;
  caf::error result;
  friend bool operator==(const work_done& x, const work_done& y) {
    return x.id == y.id && x.result == y.result;
  }
};

template <class Inspector>
auto inspect(Inspector& f, work_done& x) {
  return f(caf::meta::type_name("work_done"), x.id, x.result);
}

} // namespace rr

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rr::work)
