// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The values of a robot's devices, in memory that all of its processes share:
// open a device's buffer by name, read and write its parameters. See
// docs/buffers.md. Link with -lrobot-runtime-buffers.
//
// Every function may be called from any thread, but for rr_buffer_close, after
// which the buffer must not be used. Readers never wait; writers take turns.
// Values are in the machine's own order, as C has them: a bool is one byte, an
// array has its last dimension side by side.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RR_BUFFER_API __attribute__((visibility("default")))

/// What functions return: 0 and above is success. The numbers are for ever.
enum rr_buffer_code {
  RR_BUFFER_OK = 0,
  /// Written, but a number was out of range and lies at its limit now.
  RR_BUFFER_CLAMPED = 1,
  /// Nothing has been requested in that time.
  RR_BUFFER_TIMED_OUT = 2,
  /// A signal handler has run in the thread that waited.
  RR_BUFFER_INTERRUPTED = 3,
  /// No device, or no buffer of it, goes by that name.
  RR_BUFFER_UNKNOWN_DEVICE = -1,
  RR_BUFFER_UNKNOWN_PARAMETER = -2,
  /// Read what is not readable, or written what is not writeable; or another
  /// process drives the device.
  RR_BUFFER_ACCESS_REFUSED = -3,
  /// A wrong type or length, or no number.
  RR_BUFFER_WRONG_VALUE = -4,
  /// The device is gone, or the runtime has ended: close the buffer.
  RR_BUFFER_INVALID = -5,
  /// It is of another catalog or layout, or damaged.
  RR_BUFFER_INCOMPATIBLE = -6,
  /// The robot is disabled, or the request has ended, and the parameter has no
  /// safe value.
  RR_BUFFER_DISABLED = -7,
  /// Nobody has requested a value, and the parameter has no safe one.
  RR_BUFFER_NO_VALUE = -8,
  /// Too many writers: try again.
  RR_BUFFER_OVERLOADED = -9,
  /// The system refused: permission, memory.
  RR_BUFFER_SYSTEM = -10,
  /// There is no catalog, or it is bad.
  RR_BUFFER_BAD_CATALOG = -11
};

/// What went wrong. Wherever a pointer to one is asked for, NULL will do.
struct rr_buffer_error {
  /// One of `rr_buffer_code`.
  int code;
  /// The parameter it is about; empty where it is about none.
  char parameter[65];
  /// One line for people.
  char text[512];
};

enum rr_buffer_scalar {
  RR_BUFFER_BOOL = 0,
  RR_BUFFER_INT8 = 1,
  RR_BUFFER_INT16 = 2,
  RR_BUFFER_INT32 = 3,
  RR_BUFFER_INT64 = 4,
  RR_BUFFER_UINT8 = 5,
  RR_BUFFER_UINT16 = 6,
  RR_BUFFER_UINT32 = 7,
  RR_BUFFER_UINT64 = 8,
  RR_BUFFER_FLOAT = 9,
  RR_BUFFER_DOUBLE = 10,
  RR_BUFFER_CHAR = 11
};

enum rr_buffer_flag {
  RR_BUFFER_READABLE = 1,
  RR_BUFFER_WRITEABLE = 2,
  RR_BUFFER_SUBSCRIBED = 4,
  RR_BUFFER_HAS_SAFE = 32
};

/// What a parameter is like.
struct rr_buffer_parameter {
  /// Lives as long as the buffer.
  const char* name;
  /// One of `rr_buffer_scalar`.
  uint32_t scalar;
  /// Some of `rr_buffer_flag`, added up.
  uint32_t flags;
  /// None for a scalar; the outermost comes first.
  uint32_t dimension_count;
  /// How many elements each has.
  uint32_t dimensions[8];
  /// How many bytes a value has.
  uint64_t size;
  /// Where it is in what `rr_buffer_snapshot` copies, if it is readable.
  uint64_t offset;
};

/// One value to be written with others.
struct rr_buffer_value {
  /// By its name.
  const char* parameter;
  /// In the machine's own order of bytes.
  const void* value;
  /// How many bytes that is.
  uint64_t size;
};

struct rr_buffer;

/// Opens the buffer of a device.
/// @param type of the catalog.
/// @param device the UID of a Smart Device, or the number of another: decimal,
///               or hexadecimal after `0x`; or a name of RR_DEVICE_NAMES of the
///               environment, `NAME:UID` pairs separated by spaces.
/// @param prefix of the shared objects; NULL for RR_DEVICE_PREFIX of the
///               environment, or else `rr`.
/// @param out on success a buffer, to be closed; else NULL.
RR_BUFFER_API int rr_buffer_open(const char* type, const char* device,
                                 const char* prefix, struct rr_buffer** out,
                                 struct rr_buffer_error* error);

/// Opens it, or makes it where there is none.
/// @param catalog the path of a catalog; NULL for RR_DEVICE_CATALOG of the
///                environment.
RR_BUFFER_API int rr_buffer_create(const char* type, const char* device,
                                   const char* prefix, const char* catalog,
                                   struct rr_buffer** out,
                                   struct rr_buffer_error* error);

/// Others keep the buffer. NULL is closed already.
RR_BUFFER_API void rr_buffer_close(struct rr_buffer* buffer);

/// The name of the shared object; lives as long as the buffer.
RR_BUFFER_API const char* rr_buffer_name(const struct rr_buffer* buffer);

/// 1 while its values mean anything, else 0.
RR_BUFFER_API int rr_buffer_valid(const struct rr_buffer* buffer);

/// Says whether its values mean anything. Every other call refuses a buffer
/// that is not valid.
RR_BUFFER_API void rr_buffer_set_valid(struct rr_buffer* buffer, int on);

/// 1 while a process drives the device: has connected it, and has not ended
/// since, however; else 0. Of a gamepad it is the runtime, while somebody holds
/// it.
RR_BUFFER_API int rr_buffer_connected(const struct rr_buffer* buffer);

/// Says that this process drives the device, until it ends, or says that it
/// does not. A driver that starts again after its end takes its device over;
/// the runtime removes one whose driver has ended a second ago. A device that
/// nobody has connected stays. Starts the thread of rr_buffer_write.
/// @returns RR_BUFFER_ACCESS_REFUSED while another process drives it,
///          RR_BUFFER_INVALID when it is gone: close it, and make another.
RR_BUFFER_API int rr_buffer_set_connected(struct rr_buffer* buffer, int on,
                                          struct rr_buffer_error* error);

/// Says that the device is gone: marks the buffer invalid, and removes it. Who
/// has it open keeps the memory, and is to close it. A device that comes back
/// gets another buffer.
/// @returns RR_BUFFER_ACCESS_REFUSED while another process drives it.
RR_BUFFER_API int rr_buffer_remove(struct rr_buffer* buffer,
                                   struct rr_buffer_error* error);

/// How many parameters it has.
RR_BUFFER_API size_t rr_buffer_count(const struct rr_buffer* buffer);

/// What parameter `index` is like, in the order of their ids, from 0.
RR_BUFFER_API int rr_buffer_describe(const struct rr_buffer* buffer,
                                     size_t index,
                                     struct rr_buffer_parameter* out,
                                     struct rr_buffer_error* error);

/// Copies a current value: all zeros until the device has set it.
/// @param size of `out`: the parameter's.
RR_BUFFER_API int rr_buffer_get(struct rr_buffer* buffer, const char* parameter,
                                void* out, size_t size,
                                struct rr_buffer_error* error);

/// Sets a current value, for the device.
RR_BUFFER_API int rr_buffer_set(struct rr_buffer* buffer, const char* parameter,
                                const void* value, size_t size,
                                struct rr_buffer_error* error);

/// Requests a value, until another is requested, the robot is disabled, or this
/// process ends, by `exec` too; closing the buffer does not end it. The first
/// request of a process starts a thread in it, which handles no signal and does
/// nothing. A fork is a process of its own, and requests for itself.
RR_BUFFER_API int rr_buffer_write(struct rr_buffer* buffer,
                                  const char* parameter, const void* value,
                                  size_t size, struct rr_buffer_error* error);

/// Copies a requested value, for the device. While the robot is disabled, and
/// while nobody has requested any, it is the safe value; RR_BUFFER_DISABLED or
/// RR_BUFFER_NO_VALUE where there is none. The former also of an invalid
/// buffer: a device gets its safe value when the runtime is gone. A request
/// ends with the process that made it, and when it has not been renewed for as
/// long as the parameter `expires`: then it is the safe value, or
/// RR_BUFFER_DISABLED.
RR_BUFFER_API int
rr_buffer_requested(struct rr_buffer* buffer, const char* parameter, void* out,
                    size_t size, struct rr_buffer_error* error);

/// These do as rr_buffer_set and rr_buffer_write with a value in JSON: `0.5`,
/// `[1, 2]`.
RR_BUFFER_API int rr_buffer_set_json(struct rr_buffer* buffer,
                                     const char* parameter, const char* value,
                                     struct rr_buffer_error* error);
RR_BUFFER_API int rr_buffer_write_json(struct rr_buffer* buffer,
                                       const char* parameter, const char* value,
                                       struct rr_buffer_error* error);

/// Sets, or requests, many values as one: others see all of them or none. When
/// one is refused, nothing is written.
RR_BUFFER_API int rr_buffer_set_many(struct rr_buffer* buffer,
                                     const struct rr_buffer_value* values,
                                     size_t count,
                                     struct rr_buffer_error* error);
RR_BUFFER_API int rr_buffer_write_many(struct rr_buffer* buffer,
                                       const struct rr_buffer_value* values,
                                       size_t count,
                                       struct rr_buffer_error* error);

/// How many bytes rr_buffer_snapshot copies.
RR_BUFFER_API size_t rr_buffer_snapshot_size(const struct rr_buffer* buffer);

/// Copies all current values as they were at one instant, each to its offset.
RR_BUFFER_API int rr_buffer_snapshot(struct rr_buffer* buffer, void* out,
                                     size_t size,
                                     struct rr_buffer_error* error);

/// How many bytes rr_buffer_read_values copies; a multiple of 32.
RR_BUFFER_API size_t rr_buffer_values_size(const struct rr_buffer* buffer);

/// Where rr_buffer_read_values puts parameter `index`; -1 for what it does not
/// copy: what is not readable, and arrays of more than 256 bytes.
RR_BUFFER_API int64_t rr_buffer_values_offset(const struct rr_buffer* buffer,
                                              size_t index);

/// The fastest way to read: copies all current values as they were at one
/// instant, but for large arrays. Neither allocates nor looks up anything.
/// @param size of `out`: rr_buffer_values_size, or more.
RR_BUFFER_API int rr_buffer_read_values(struct rr_buffer* buffer, void* out,
                                        size_t size,
                                        struct rr_buffer_error* error);

// -- the device and those who use it -----------------------------------------

/// A request that has not reached the device.
struct rr_buffer_request {
  /// The parameter that it is of, as rr_buffer_describe counts them.
  uint64_t index;
  /// Tells it from other requests of that parameter.
  uint64_t stamp;
};

/// Tells which parameters have a request that has not reached the device, at
/// most one for each. It is rr_buffer_requested that tells which of them have
/// ended.
/// @param room how many `out` has room for: rr_buffer_count, or more.
/// @param count gets how many there are.
RR_BUFFER_API int rr_buffer_pending_writes(const struct rr_buffer* buffer,
                                           struct rr_buffer_request* out,
                                           size_t room, size_t* count,
                                           struct rr_buffer_error* error);

/// Says that a request has reached the device. What has been requested since is
/// pending still.
RR_BUFFER_API int rr_buffer_acknowledge(struct rr_buffer* buffer,
                                        const struct rr_buffer_request* request,
                                        struct rr_buffer_error* error);

/// Waits until a value has been requested since the caller looked, without
/// polling. It hears of requests alone: that the robot is disabled, or that a
/// request has ended with its process or by its age, nobody tells it. So the
/// timeout should be no longer than the device may do meanwhile what it was
/// told before; after each wait rr_buffer_requested tells what to do.
/// @param seen what this call has put there the last time, 0 before the first;
///             gets what a caller that reads the requests now has seen.
/// @param timeout in nanoseconds; below 0 for ever.
/// @returns RR_BUFFER_OK, RR_BUFFER_TIMED_OUT or RR_BUFFER_INTERRUPTED;
///          RR_BUFFER_INVALID as soon as the buffer is.
RR_BUFFER_API int rr_buffer_wait_for_request(struct rr_buffer* buffer,
                                             uint64_t* seen, int64_t timeout,
                                             struct rr_buffer_error* error);

/// Asks the device to report a parameter.
RR_BUFFER_API int rr_buffer_request_read(struct rr_buffer* buffer,
                                         const char* parameter,
                                         struct rr_buffer_error* error);

/// Tells which parameters the device was asked to report, in ascending order,
/// by their index; they are no longer asked for then.
/// @param room how many `out` has room for: rr_buffer_count, or more.
/// @param count gets how many there are.
RR_BUFFER_API int rr_buffer_take_pending_reads(struct rr_buffer* buffer,
                                               uint64_t* out, size_t room,
                                               size_t* count,
                                               struct rr_buffer_error* error);

/// Says whether the device is to report a parameter without being asked: at
/// first as the catalog says.
RR_BUFFER_API int rr_buffer_subscribe(struct rr_buffer* buffer,
                                      const char* parameter, int on,
                                      struct rr_buffer_error* error);

/// @returns 1 if it is to, 0 if it is not, or what went wrong.
RR_BUFFER_API int rr_buffer_subscribed(const struct rr_buffer* buffer,
                                       const char* parameter,
                                       struct rr_buffer_error* error);

/// When a value was last set, or requested: CLOCK_MONOTONIC in nanoseconds, up
/// to 4 ms early; 0 for never.
RR_BUFFER_API int64_t rr_buffer_last_update(const struct rr_buffer* buffer);
RR_BUFFER_API int64_t rr_buffer_last_write(const struct rr_buffer* buffer);

#ifdef __cplusplus
}
#endif
