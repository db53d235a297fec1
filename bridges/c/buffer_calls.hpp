// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "bridges/buffer/shared_buffer.hpp"
#include "bridges/c/robot_runtime_buffers.h"
#include "bridges/c/state_watch.hpp"

struct rr_buffer {
  explicit rr_buffer(rr::shared_buffer::pointer opened)
    : buffer(std::move(opened)),
      name(to_string(buffer->name())),
      state(buffer->name().prefix) {
    for (const auto& each : buffer->type().parameters) {
      offsets.push_back(snapshot_size);
      if (each.readable)
        snapshot_size += (each.type.size() + 7) / 8 * 8;
    }
  }

  rr::shared_buffer::pointer buffer;
  std::string name;
  rr::state_watch state;
  /// Where a snapshot has each parameter.
  std::vector<uint64_t> offsets;
  uint64_t snapshot_size = 0;
};

namespace rr {

/// Tells the caller of the library what went wrong.
/// @param out null for one who does not ask.
/// @param parameter null where it is about none.
/// @returns the code.
int report(rr_buffer_error* out, int code, std::string_view text,
           const char* parameter) noexcept;

int report(rr_buffer_error* out, const caf::error& what,
           const char* parameter = nullptr);

/// @returns `RR_BUFFER_CLAMPED` where a number was out of range.
int report(rr_buffer_error* out, const caf::expected<value_fit>& result,
           const char* parameter = nullptr);

/// No exception leaves the library.
template <class F>
int guarded(rr_buffer_error* error, F f) noexcept {
  try {
    return f();
  } catch (const std::exception& e) {
    return report(error, RR_BUFFER_SYSTEM, e.what(), nullptr);
  } catch (...) {
    return report(error, RR_BUFFER_SYSTEM, "unknown exception", nullptr);
  }
}

/// Calls `f(index)` of a parameter that is there.
template <class F>
int with_parameter(const rr_buffer* buffer, const char* parameter,
                   rr_buffer_error* error, F f) noexcept {
  return guarded(error, [&] {
    auto index = buffer->buffer->find(parameter);
    if (!index)
      return report(error, index.error(), parameter);
    return f(*index);
  });
}

} // namespace rr
