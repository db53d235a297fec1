// SPDX-License-Identifier: BSD-3-Clause
// The device and those who use it.
#include "bridges/c/buffer_calls.hpp"

using namespace rr;

namespace {

/// Tells of things of which each parameter has at most one, by `put(i, x)`.
template <class Find, class Put>
int tell_all(const rr_buffer* buffer, size_t room, size_t* count,
             rr_buffer_error* error, Find find, Put put) noexcept {
  return guarded(error, [&] {
    *count = 0;
    // First of all: what is taken and not told would be lost.
    if (room < buffer->offsets.size())
      return report(error, RR_BUFFER_WRONG_VALUE,
                    "expected room for "
                      + std::to_string(buffer->offsets.size()) + ", got it for "
                      + std::to_string(room),
                    nullptr);
    auto all = find();
    if (!all)
      return report(error, all.error());
    for (const auto& each : *all)
      put((*count)++, each);
    return int{RR_BUFFER_OK};
  });
}

} // namespace

void rr_buffer_set_valid(rr_buffer* buffer, int on) {
  buffer->buffer->set_valid(on != 0);
}

int rr_buffer_connected(const rr_buffer* buffer) {
  return guarded(nullptr, [&] { return int{buffer->buffer->connected()}; })
         == 1;
}

int rr_buffer_set_connected(rr_buffer* buffer, int on, rr_buffer_error* error) {
  return guarded(error, [&] {
    auto failed = buffer->buffer->set_connected(on != 0);
    return failed ? report(error, failed) : int{RR_BUFFER_OK};
  });
}

int rr_buffer_remove(rr_buffer* buffer, rr_buffer_error* error) {
  return guarded(error, [&] {
    auto failed = buffer->buffer->remove();
    return failed ? report(error, failed) : int{RR_BUFFER_OK};
  });
}

int rr_buffer_pending_writes(const rr_buffer* buffer, rr_buffer_request* out,
                             size_t room, size_t* count,
                             rr_buffer_error* error) {
  return tell_all(
    buffer, room, count, error,
    [&] { return buffer->buffer->pending_writes(); },
    [out](size_t i, const pending_write& x) {
      out[i] = {x.index, x.stamp};
    });
}

int rr_buffer_acknowledge(rr_buffer* buffer, const rr_buffer_request* request,
                          rr_buffer_error* error) {
  if (request->index >= buffer->offsets.size())
    return report(error, RR_BUFFER_UNKNOWN_PARAMETER, "no such index", nullptr);
  // It would be one for all requests to come.
  if (request->stamp > buffer->buffer->version(buffer_block::write))
    return report(error, RR_BUFFER_WRONG_VALUE, "no such request", nullptr);
  buffer->buffer->acknowledge({request->index, request->stamp});
  return RR_BUFFER_OK;
}

int rr_buffer_wait_for_request(rr_buffer* buffer, uint64_t* seen,
                               int64_t timeout, rr_buffer_error* error) {
  return guarded(error, [&] {
    std::optional<std::chrono::nanoseconds> limit;
    if (timeout >= 0)
      limit = std::chrono::nanoseconds{timeout};
    auto end = buffer->buffer->wait_for_request(*seen, limit);
    *seen = buffer->buffer->version(buffer_block::write);
    if (!buffer->buffer->valid())
      return report(error, RR_BUFFER_INVALID, buffer->name + " is invalid",
                    nullptr);
    switch (end) {
      case wait_end::timed_out:
        return int{RR_BUFFER_TIMED_OUT};
      case wait_end::interrupted:
        return int{RR_BUFFER_INTERRUPTED};
      default:
        return int{RR_BUFFER_OK};
    }
  });
}

int rr_buffer_request_read(rr_buffer* buffer, const char* parameter,
                           rr_buffer_error* error) {
  return guarded(error, [&] {
    auto failed = buffer->buffer->request_read(parameter);
    return failed ? report(error, failed, parameter) : int{RR_BUFFER_OK};
  });
}

int rr_buffer_take_pending_reads(rr_buffer* buffer, uint64_t* out, size_t room,
                                 size_t* count, rr_buffer_error* error) {
  return tell_all(
    buffer, room, count, error,
    [&]() -> caf::expected<std::vector<size_t>> {
      return buffer->buffer->take_pending_reads();
    },
    [out](size_t i, size_t index) { out[i] = index; });
}

int rr_buffer_subscribe(rr_buffer* buffer, const char* parameter, int on,
                        rr_buffer_error* error) {
  return with_parameter(buffer, parameter, error, [&](size_t index) {
    buffer->buffer->subscribe(index, on != 0);
    return int{RR_BUFFER_OK};
  });
}

int rr_buffer_subscribed(const rr_buffer* buffer, const char* parameter,
                         rr_buffer_error* error) {
  return with_parameter(buffer, parameter, error, [&](size_t index) {
    return int{buffer->buffer->subscribed(index)};
  });
}
