// SPDX-License-Identifier: BSD-3-Clause
// Devices that change: so many motors of the catalog, two parameters of each,
// so many times a second. usage: devices COUNT CATALOG [RATE], which is 1000
// Says `ready`, and goes on until it is ended; the prefix is RR_DEVICE_PREFIX.
#include <stdio.h>

#include "bench/measure.h"
#include "bridges/c/robot_runtime_buffers.h"

enum { most = 1024 };

int main(int argc, char** argv) {
  static struct rr_buffer* motors[most];
  struct rr_buffer_error error;
  int count = argc == 3 || argc == 4 ? atoi(argv[1]) : 0;
  int rate = argc == 4 ? atoi(argv[3]) : 1000;
  if (count < 1 || count > most || rate < 1)
    return 2;
  for (int i = 0; i < count; ++i) {
    // The device id is 1; 16 hexadecimal digits are the motor's own.
    char uid[40];
    snprintf(uid, sizeof uid, "0x100%016x", (unsigned) i);
    if (rr_buffer_create("motor", uid, NULL, argv[2], &motors[i], &error) < 0) {
      fprintf(stderr, "devices: %s\n", error.text);
      return 1;
    }
  }
  puts("ready");
  fflush(stdout);
  int64_t next = now_ns();
  for (uint32_t tick = 0;; ++tick) {
    for (int i = 0; i < count; ++i) {
      float value = (float) (tick % 1000) / 1000;
      rr_buffer_set(motors[i], "duty_cycle", &value, sizeof value, &error);
      rr_buffer_set(motors[i], "enc_pos", &value, sizeof value, &error);
    }
    next += 1000000000 / rate;
    sleep_until(next);
  }
}
