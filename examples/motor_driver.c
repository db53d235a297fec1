// SPDX-License-Identifier: BSD-3-Clause
// The driver of a motor, in C: does what is requested of it, and tells what the
// motor does, which is simulated. SIGTERM or SIGINT stops and unplugs it.
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "bridges/c/robot_runtime_buffers.h"

static volatile sig_atomic_t stopping = 0;

static void on_signal(int number) {
  stopping = number;
}

struct motor {
  float duty_cycle, position;
  double time;
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

static void drive(struct motor* motor, float duty_cycle) {
  double time = now();
  motor->position += motor->duty_cycle * (float) (time - motor->time);
  motor->time = time;
  motor->duty_cycle = duty_cycle;
}

static void step(struct rr_buffer* buffer, struct motor* motor) {
  // These first: a request that comes while the motor is told stays pending.
  struct rr_buffer_request pending[16];
  size_t count = 0;
  rr_buffer_pending_writes(buffer, pending, 16, &count, NULL);
  float requested = 0; // where the buffer has been closed
  rr_buffer_requested(buffer, "duty_cycle", &requested, sizeof requested, NULL);
  drive(motor, requested);
  struct rr_buffer_value values[]
    = {{"duty_cycle", &motor->duty_cycle, sizeof(motor->duty_cycle)},
       {"enc_pos", &motor->position, sizeof(motor->position)}};
  rr_buffer_set_many(buffer, values, 2, NULL);
  for (size_t i = 0; i < count; ++i)
    rr_buffer_acknowledge(buffer, &pending[i], NULL);
}

int main(int argc, char** argv) {
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  struct rr_buffer_error error = {.text = "usage: motor_driver UID"};
  struct rr_buffer* buffer = NULL;
  if (argc != 2
      || rr_buffer_create("motor", argv[1], NULL, NULL, &buffer, &error) < 0
      || rr_buffer_set_connected(buffer, 1, &error) < 0) {
    fprintf(stderr, "no motor: %s\n", error.text);
    rr_buffer_close(buffer);
    return 1;
  }
  struct motor motor = {0, 0, now()};
  uint64_t seen = 0;
  int code = 0;
  // For 10 ms at most: the end of a request, or of the robot, wakes nobody.
  while (!stopping && code >= 0) {
    step(buffer, &motor);
    code = rr_buffer_wait_for_request(buffer, &seen, 10 * 1000 * 1000, &error);
  }
  drive(&motor, 0);
  printf("motor off at %.2f\n", (double) motor.position);
  if (code < 0)
    fprintf(stderr, "the motor is gone: %s\n", error.text);
  else
    rr_buffer_remove(buffer, NULL);
  rr_buffer_close(buffer);
  return code < 0;
}
