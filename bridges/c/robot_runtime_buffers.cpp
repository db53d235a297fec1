// SPDX-License-Identifier: BSD-3-Clause
// Buffers, and the values in them.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "bridges/buffer/buffer_snapshot.hpp"
#include "bridges/buffer/buffer_transaction.hpp"
#include "bridges/c/buffer_calls.hpp"
#include "bridges/catalog/catalog_file.hpp"
#include "messages/device/device_names.hpp"

using namespace rr;

namespace {

std::string or_environment(const char* text, const char* variable,
                           const char* otherwise) {
  if (!text)
    text = std::getenv(variable);
  return text ? text : otherwise;
}

/// A name goes before a number, as everywhere.
caf::expected<device_uid> uid_of(const std::string& device) {
  auto names
    = parse_device_names(or_environment(nullptr, "RR_DEVICE_NAMES", ""));
  if (auto found = names.find(device); found != names.end())
    return found->second;
  return parse_device_uid(device);
}

caf::expected<buffer_name> name_of(const char* type, const char* device,
                                   const char* prefix) {
  auto uid = uid_of(device ? device : "");
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
    // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): `guarded` does.
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

int64_t rr_buffer_last_update(const rr_buffer* buffer) {
  return buffer->buffer->last_change(buffer_block::update).count();
}

int64_t rr_buffer_last_write(const rr_buffer* buffer) {
  return buffer->buffer->last_change(buffer_block::write).count();
}
