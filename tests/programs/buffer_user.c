// SPDX-License-Identifier: BSD-3-Clause
// A program in C that uses a buffer: doubles `speed` of the device that its
// arguments name, requests `duty_cycle`, and prints what it reads. With a third
// argument it only requests that duty cycle, and waits.
#include "bridges/c/robot_runtime_buffers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail(const char* what, const struct rr_buffer_error* error) {
  printf("%s: %d [%s] %s\n", what, error->code, error->parameter, error->text);
  return 1;
}

/// Uses what a device's driver uses, and says whether all of it was right.
static int drive(struct rr_buffer* buffer) {
  size_t parameters = rr_buffer_count(buffer);
  struct rr_buffer_request pending[16];
  uint64_t asked[16];
  size_t count = 9;
  float duty_cycle = 0.5f;
  if (parameters > 16
      || rr_buffer_write(buffer, "duty_cycle", &duty_cycle, sizeof(duty_cycle),
                         NULL)
           < 0)
    return 0;
  if (rr_buffer_pending_writes(buffer, pending, parameters - 1, &count, NULL)
        != RR_BUFFER_WRONG_VALUE
      || rr_buffer_pending_writes(buffer, pending, 16, &count, NULL) != 0
      || count != 1 || pending[0].index != 0)
    return 0;
  uint64_t seen = 0;
  if (rr_buffer_wait_for_request(buffer, &seen, -1, NULL) != 0 || seen == 0
      || rr_buffer_wait_for_request(buffer, &seen, 0, NULL)
           != RR_BUFFER_TIMED_OUT)
    return 0;
  if (rr_buffer_acknowledge(buffer, pending, NULL) != 0
      || rr_buffer_pending_writes(buffer, pending, 16, &count, NULL) != 0
      || count != 0)
    return 0;
  pending[0].index = parameters;
  if (rr_buffer_acknowledge(buffer, pending, NULL)
      != RR_BUFFER_UNKNOWN_PARAMETER)
    return 0;
  // What has no room is not lost.
  if (rr_buffer_request_read(buffer, "speed", NULL) != 0
      || rr_buffer_take_pending_reads(buffer, asked, 0, &count, NULL)
           != RR_BUFFER_WRONG_VALUE
      || rr_buffer_take_pending_reads(buffer, asked, 16, &count, NULL) != 0
      || count != 1 || asked[0] != 1)
    return 0;
  if (rr_buffer_subscribed(buffer, "speed", NULL) != 1
      || rr_buffer_subscribe(buffer, "speed", 0, NULL) != 0
      || rr_buffer_subscribed(buffer, "speed", NULL) != 0
      || rr_buffer_subscribed(buffer, "sped", NULL)
           != RR_BUFFER_UNKNOWN_PARAMETER)
    return 0;
  return 1;
}

/// The speed, by the call that reads all values.
static double speed_of_all(struct rr_buffer* buffer) {
  double result = -1;
  char values[1024];
  int64_t offset = rr_buffer_values_offset(buffer, 1);
  if (offset < 0 || rr_buffer_values_size(buffer) > sizeof(values)
      || rr_buffer_values_offset(buffer, 2) != -1
      || rr_buffer_values_offset(buffer, 99) != -1
      || rr_buffer_read_values(buffer, values, 8, NULL) != RR_BUFFER_WRONG_VALUE
      || rr_buffer_read_values(buffer, values, sizeof(values), NULL) != 0)
    return result;
  memcpy(&result, values + offset, sizeof(result));
  return result;
}

static int request(struct rr_buffer* buffer, float duty_cycle) {
  struct rr_buffer_error error;
  if (rr_buffer_write(buffer, "duty_cycle", &duty_cycle, sizeof(duty_cycle),
                      &error)
      < 0)
    return fail("write", &error);
  for (;;)
    pause();
}

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4)
    return 2;
  struct rr_buffer_error error;
  struct rr_buffer* buffer = NULL;
  if (rr_buffer_open(argv[1], argv[2], NULL, &buffer, &error) < 0)
    return fail("open", &error);
  if (argc == 4)
    return request(buffer, strtof(argv[3], NULL));
  double speed = 0;
  if (rr_buffer_get(buffer, "speed", &speed, sizeof(speed), &error) < 0)
    return fail("get", &error);
  speed *= 2;
  if (rr_buffer_set(buffer, "speed", &speed, sizeof(speed), &error) < 0)
    return fail("set", &error);
  float duty_cycle = 7;
  int code = rr_buffer_write(buffer, "duty_cycle", &duty_cycle,
                             sizeof(duty_cycle), &error);
  if (code != RR_BUFFER_CLAMPED)
    return fail("write", &error);
  if (rr_buffer_set(buffer, "sped", &speed, sizeof(speed), NULL)
      != RR_BUFFER_UNKNOWN_PARAMETER)
    return fail("unknown", &error);
  if (rr_buffer_get(buffer, "speed", &speed, 4, &error)
      != RR_BUFFER_WRONG_VALUE)
    return fail("size", &error);
  if (rr_buffer_connected(buffer) || rr_buffer_set_connected(buffer, 1, &error)
      || !rr_buffer_connected(buffer))
    return fail("connect", &error);
  if (speed_of_all(buffer) != speed || !drive(buffer))
    return fail("drive", &error);
  printf("%s %zu parameters, speed %g, valid %d\n", rr_buffer_name(buffer),
         rr_buffer_count(buffer), speed, rr_buffer_valid(buffer));
  rr_buffer_close(buffer);
  rr_buffer_close(NULL);
  return 0;
}
