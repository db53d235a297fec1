/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When the publishers of a storm write. Programs of a robot do not keep step
 * with each other: the pauses of each are random, and exponentially
 * distributed, as between the events of many independent causes.
 */
#pragma once

#include <math.h>
#include <stdlib.h>

/* @returns seconds from an event to the next; `srand48` makes them those of one
 * publisher, the same in every round. */
static inline double next_pause(double events_per_second) {
  return -log(1 - drand48()) / events_per_second;
}
