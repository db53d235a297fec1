// SPDX-License-Identifier: BSD-3-Clause
// A program in C that uses a buffer: doubles `speed` of the device that its
// arguments name, requests `duty_cycle`, and prints what it reads. With a third
// argument it only requests that duty cycle, and waits.
#include "bridges/c/robot_runtime_buffers.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int fail(const char* what, const struct rr_buffer_error* error) {
  printf("%s: %d [%s] %s\n", what, error->code, error->parameter, error->text);
  return 1;
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
  printf("%s %zu parameters, speed %g, valid %d\n", rr_buffer_name(buffer),
         rr_buffer_count(buffer), speed, rr_buffer_valid(buffer));
  rr_buffer_close(buffer);
  rr_buffer_close(NULL);
  return 0;
}
