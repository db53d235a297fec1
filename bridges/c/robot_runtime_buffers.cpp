// SPDX-License-Identifier: BSD-3-Clause
#include "bridges/c/robot_runtime_buffers.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "bridges/buffer/buffer_snapshot.hpp"
#include "bridges/buffer/buffer_transaction.hpp"
#include "bridges/buffer/shared_buffer.hpp"
#include "bridges/c/state_watch.hpp"
#include "bridges/catalog/catalog_file.hpp"

using namespace rr;

struct rr_buffer {
  explicit rr_buffer(shared_buffer::pointer opened)
    : buffer(std::move(opened)),
      name(to_string(buffer->name())),
      state(buffer->name().prefix) {
    for (const auto& each : buffer->type().parameters) {
      offsets.push_back(snapshot_size);
      if (each.readable)
        snapshot_size += (each.type.size() + 7) / 8 * 8;
    }
  }

  shared_buffer::pointer buffer;
  std::string name;
  state_watch state;
  /// Where a snapshot has each parameter.
  std::vector<uint64_t> offsets;
  uint64_t snapshot_size = 0;
};

namespace {

int code_of(const caf::error& what) {
  if (what.category() != caf::detail::error_factory<ec>::category)
    return RR_BUFFER_SYSTEM;
  switch (static_cast<ec>(what.code())) {
    case ec::unknown_device:
    case ec::malformed:
      return RR_BUFFER_UNKNOWN_DEVICE;
    case ec::unknown_parameter:
      return RR_BUFFER_UNKNOWN_PARAMETER;
    case ec::access_refused:
      return RR_BUFFER_ACCESS_REFUSED;
    case ec::wrong_value:
      return RR_BUFFER_WRONG_VALUE;
    case ec::invalid_buffer:
      return RR_BUFFER_INVALID;
    case ec::incompatible_buffer:
      return RR_BUFFER_INCOMPATIBLE;
    case ec::robot_disabled:
      return RR_BUFFER_DISABLED;
    case ec::no_value:
      return RR_BUFFER_NO_VALUE;
    case ec::overloaded:
      return RR_BUFFER_OVERLOADED;
    case ec::bad_configuration:
      return RR_BUFFER_BAD_CATALOG;
    default:
      return RR_BUFFER_SYSTEM;
  }
}

/// Cuts a text to what fits, and ends it.
template <size_t Size>
void copy_text(std::string_view from, char (&to)[Size]) noexcept {
  auto size = std::min(from.size(), Size - 1);
  std::memcpy(to, from.data(), size);
  to[size] = '\0';
}

int report(rr_buffer_error* out, int code, std::string_view text,
           const char* parameter) noexcept {
  if (out) {
    out->code = code;
    copy_text(parameter ? parameter : "", out->parameter);
    copy_text(text, out->text);
  }
  return code;
}

int report(rr_buffer_error* out, const caf::error& what,
           const char* parameter = nullptr) {
  return report(out, code_of(what), describe(what), parameter);
}

int report(rr_buffer_error* out, const caf::expected<value_fit>& result,
           const char* parameter = nullptr) {
  if (!result)
    return report(out, result.error(), parameter);
  return *result == value_fit::clamped ? RR_BUFFER_CLAMPED : RR_BUFFER_OK;
}

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

std::string or_environment(const char* text, const char* variable,
                           const char* otherwise) {
  if (!text)
    text = std::getenv(variable);
  return text ? text : otherwise;
}

caf::expected<buffer_name> name_of(const char* type, const char* device,
                                   const char* prefix) {
  auto uid = parse_device_uid(device ? device : "");
  if (!uid)
    return std::move(uid.error());
  return buffer_name{or_environment(prefix, "RR_DEVICE_PREFIX", "rr"),
                     {type ? type : "", *uid}};
}

caf::expected<shared_buffer::pointer> create(const buffer_name& name,
                                             const char* catalog_path) {
  auto path = or_environment(catalog_path, "RR_DEVICE_CATALOG", "");
  auto refused = [](const std::string& why) {
    return caf::make_error(ec::bad_configuration, why);
  };
  if (path.empty())
    return refused("no catalog: set RR_DEVICE_CATALOG to its path");
  auto reading = load_catalog(path);
  for (const auto& each : reading.problems)
    if (!each.is_warning)
      return refused(path + ":" + to_string(each));
  const auto* type = reading.value.find(name.key.type);
  if (!type)
    return caf::make_error(ec::unknown_device,
                           name.key.type + ": no such type in " + path);
  return shared_buffer::create(name, *type);
}

template <class Open>
int open_with(const char* type, const char* device, const char* prefix,
              rr_buffer** out, rr_buffer_error* error, Open open) noexcept {
  return guarded(error, [&] {
    *out = nullptr;
    auto name = name_of(type, device, prefix);
    if (!name)
      return report(error, name.error());
    caf::expected<shared_buffer::pointer> opened = open(*name);
    if (!opened)
      return report(error, opened.error());
    *out = new rr_buffer{std::move(*opened)};
    return int{RR_BUFFER_OK};
  });
}

uint32_t flags_of(const parameter& param) {
  uint32_t result = 0;
  if (param.readable)
    result |= RR_BUFFER_READABLE;
  if (param.writeable)
    result |= RR_BUFFER_WRITEABLE;
  if (param.subscribed)
    result |= RR_BUFFER_SUBSCRIBED;
  if (param.safe)
    result |= RR_BUFFER_HAS_SAFE;
  return result;
}

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

/// Copies a value by `read(index, bytes)`, if the caller's piece of memory is
/// as large as it.
template <class Read>
int load(const rr_buffer* buffer, const char* parameter, void* out, size_t size,
         rr_buffer_error* error, Read read) noexcept {
  return with_parameter(buffer, parameter, error, [&](size_t index) {
    auto wanted = buffer->buffer->type().parameters[index].type.size();
    if (size != wanted)
      return report(error, RR_BUFFER_WRONG_VALUE,
                    std::string{parameter} + ": expected "
                      + std::to_string(wanted) + " bytes, got "
                      + std::to_string(size),
                    parameter);
    auto bytes = std::span{static_cast<std::byte*>(out), size};
    if (caf::error failed = read(index, bytes))
      return report(error, failed, parameter);
    return int{RR_BUFFER_OK};
  });
}

int store(rr_buffer* buffer, buffer_block block, const char* parameter,
          const void* value, size_t size, rr_buffer_error* error) noexcept {
  return with_parameter(buffer, parameter, error, [&](size_t index) {
    auto bytes = std::span{static_cast<const std::byte*>(value), size};
    return report(error, buffer->buffer->store_bytes(block, index, bytes),
                  parameter);
  });
}

int store_json(rr_buffer* buffer, buffer_block block, const char* parameter,
               const char* text, rr_buffer_error* error) noexcept {
  return guarded(error, [&] {
    auto value = json::parse(text, nullptr, false);
    if (value.is_discarded())
      return report(error, RR_BUFFER_WRONG_VALUE,
                    std::string{parameter} + ": not JSON: " + text, parameter);
    return report(error,
                  block == buffer_block::update
                    ? buffer->buffer->set(parameter, value)
                    : buffer->buffer->write(parameter, value),
                  parameter);
  });
}

int store_many(rr_buffer* buffer, buffer_block block,
               const rr_buffer_value* values, size_t count,
               rr_buffer_error* error) noexcept {
  return guarded(error, [&] {
    auto transaction = buffer->buffer->begin();
    if (!transaction)
      return report(error, transaction.error());
    int result = RR_BUFFER_OK;
    for (const auto& each : std::span{values, count}) {
      auto index = buffer->buffer->find(each.parameter);
      if (!index)
        return report(error, index.error(), each.parameter);
      auto bytes = std::span{static_cast<const std::byte*>(each.value),
                             each.size};
      auto code = report(error, transaction->store_bytes(block, *index, bytes),
                         each.parameter);
      if (code < 0)
        return code;
      result = std::max(result, code);
    }
    transaction->commit();
    return result;
  });
}

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

int rr_buffer_open(const char* type, const char* device, const char* prefix,
                   rr_buffer** out, rr_buffer_error* error) {
  return open_with(type, device, prefix, out, error,
                   [](const buffer_name& name) {
                     return shared_buffer::open(name);
                   });
}

int rr_buffer_create(const char* type, const char* device, const char* prefix,
                     const char* catalog, rr_buffer** out,
                     rr_buffer_error* error) {
  return open_with(type, device, prefix, out, error,
                   [catalog](const buffer_name& name) {
                     return create(name, catalog);
                   });
}

void rr_buffer_close(rr_buffer* buffer) {
  delete buffer;
}

const char* rr_buffer_name(const rr_buffer* buffer) {
  return buffer->name.c_str();
}

int rr_buffer_valid(const rr_buffer* buffer) {
  return buffer->buffer->valid();
}

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

size_t rr_buffer_count(const rr_buffer* buffer) {
  return buffer->buffer->type().parameters.size();
}

int rr_buffer_describe(const rr_buffer* buffer, size_t index,
                       rr_buffer_parameter* out, rr_buffer_error* error) {
  const auto& all = buffer->buffer->type().parameters;
  if (index >= all.size())
    return report(error, RR_BUFFER_UNKNOWN_PARAMETER, "no such index", nullptr);
  const auto& param = all[index];
  *out = {};
  out->name = param.name.c_str();
  out->scalar = static_cast<uint32_t>(param.type.scalar);
  out->flags = flags_of(param);
  out->dimension_count = static_cast<uint32_t>(param.type.dimensions.size());
  std::copy(param.type.dimensions.begin(), param.type.dimensions.end(),
            out->dimensions);
  out->size = param.type.size();
  out->offset = buffer->offsets[index];
  return RR_BUFFER_OK;
}

int rr_buffer_get(rr_buffer* buffer, const char* parameter, void* out,
                  size_t size, rr_buffer_error* error) {
  return load(buffer, parameter, out, size, error, [&](auto index, auto bytes) {
    return buffer->buffer->get_bytes(index, bytes);
  });
}

int rr_buffer_requested(rr_buffer* buffer, const char* parameter, void* out,
                        size_t size, rr_buffer_error* error) {
  return load(buffer, parameter, out, size, error, [&](auto index, auto bytes) {
    auto state = buffer->state.get();
    return state ? buffer->buffer->requested_bytes(index, bytes, *state)
                 : caf::make_error(ec::system_error, "out of memory");
  });
}

int rr_buffer_set(rr_buffer* buffer, const char* parameter, const void* value,
                  size_t size, rr_buffer_error* error) {
  return store(buffer, buffer_block::update, parameter, value, size, error);
}

int rr_buffer_write(rr_buffer* buffer, const char* parameter, const void* value,
                    size_t size, rr_buffer_error* error) {
  return store(buffer, buffer_block::write, parameter, value, size, error);
}

int rr_buffer_set_json(rr_buffer* buffer, const char* parameter,
                       const char* value, rr_buffer_error* error) {
  return store_json(buffer, buffer_block::update, parameter, value, error);
}

int rr_buffer_write_json(rr_buffer* buffer, const char* parameter,
                         const char* value, rr_buffer_error* error) {
  return store_json(buffer, buffer_block::write, parameter, value, error);
}

int rr_buffer_set_many(rr_buffer* buffer, const rr_buffer_value* values,
                       size_t count, rr_buffer_error* error) {
  return store_many(buffer, buffer_block::update, values, count, error);
}

int rr_buffer_write_many(rr_buffer* buffer, const rr_buffer_value* values,
                         size_t count, rr_buffer_error* error) {
  return store_many(buffer, buffer_block::write, values, count, error);
}

size_t rr_buffer_snapshot_size(const rr_buffer* buffer) {
  return buffer->snapshot_size;
}

int rr_buffer_snapshot(rr_buffer* buffer, void* out, size_t size,
                       rr_buffer_error* error) {
  return guarded(error, [&] {
    if (size != buffer->snapshot_size)
      return report(error, RR_BUFFER_WRONG_VALUE,
                    "expected " + std::to_string(buffer->snapshot_size)
                      + " bytes, got " + std::to_string(size),
                    nullptr);
    if (!buffer->buffer->valid())
      return report(error, RR_BUFFER_INVALID, buffer->name + " is invalid",
                    nullptr);
    auto seen = buffer->buffer->snapshot(buffer_block::update);
    if (!seen)
      return report(error, seen.error());
    for (size_t i = 0; i < buffer->offsets.size(); ++i)
      if (seen->has(i)) {
        auto bytes = seen->bytes(i);
        std::memcpy(static_cast<std::byte*>(out) + buffer->offsets[i],
                    bytes.data(), bytes.size());
      }
    return int{RR_BUFFER_OK};
  });
}

size_t rr_buffer_values_size(const rr_buffer* buffer) {
  return buffer->buffer->values_size(buffer_block::update);
}

int64_t rr_buffer_values_offset(const rr_buffer* buffer, size_t index) {
  if (index >= buffer->offsets.size())
    return -1;
  auto result = buffer->buffer->offset_of(buffer_block::update, index);
  return result ? static_cast<int64_t>(*result) : -1;
}

int rr_buffer_read_values(rr_buffer* buffer, void* out, size_t size,
                          rr_buffer_error* error) {
  const auto& values = *buffer->buffer;
  if (size < values.values_size(buffer_block::update)) [[unlikely]]
    return report(error, RR_BUFFER_WRONG_VALUE, "no room for all values",
                  nullptr);
  auto code = values.read_values(buffer_block::update,
                                 static_cast<std::byte*>(out));
  if (code == ec::none) [[likely]]
    return RR_BUFFER_OK;
  return guarded(error, [&] {
    return code == ec::invalid_buffer
             ? report(error, RR_BUFFER_INVALID, buffer->name + " is invalid",
                      nullptr)
             : report(error, buffer_memory::overtaken(buffer->name));
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

int64_t rr_buffer_last_update(const rr_buffer* buffer) {
  return buffer->buffer->last_change(buffer_block::update).count();
}

int64_t rr_buffer_last_write(const rr_buffer* buffer) {
  return buffer->buffer->last_change(buffer_block::write).count();
}
