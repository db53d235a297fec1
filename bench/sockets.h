// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// Sockets of libzmq alone, for the floors and the loads.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

// Ends the program with libzmq's reason when a call of it has failed.
static inline void check(int rc, const char* what) {
  if (rc >= 0)
    return;
  fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
  exit(1);
}

static inline void set_number(void* socket, int option, int value) {
  check(zmq_setsockopt(socket, option, &value, sizeof value), "option");
}

// `queue` is for both directions, in messages.
static inline void* open_socket(void* context, int type, int queue) {
  void* result = zmq_socket(context, type);
  set_number(result, ZMQ_SNDHWM, queue);
  set_number(result, ZMQ_RCVHWM, queue);
  set_number(result, ZMQ_LINGER, 0);
  return result;
}

// The topic is what the socket subscribes to; NULL for none.
static inline void* connect_socket(void* context, int type, int queue,
                                   const char* topic, const char* address) {
  void* result = open_socket(context, type, queue);
  if (topic != NULL)
    check(zmq_setsockopt(result, ZMQ_SUBSCRIBE, topic, strlen(topic)), topic);
  check(zmq_connect(result, address), address);
  return result;
}

// One that makes itself known to the router by that identity.
static inline void* connect_dealer(void* context, const char* identity,
                                   const char* address) {
  void* result = open_socket(context, ZMQ_DEALER, 100000);
  set_number(result, ZMQ_PROBE_ROUTER, 1);
  check(zmq_setsockopt(result, ZMQ_ROUTING_ID, identity, strlen(identity)),
        identity);
  check(zmq_connect(result, address), address);
  return result;
}

// Prints the two addresses that are really bound on one line.
static inline void print_addresses(void* frontend, void* backend) {
  char front[256];
  char back[256];
  size_t length = sizeof front;
  check(zmq_getsockopt(frontend, ZMQ_LAST_ENDPOINT, front, &length), "address");
  length = sizeof back;
  check(zmq_getsockopt(backend, ZMQ_LAST_ENDPOINT, back, &length), "address");
  printf("%s %s\n", front, back);
  fflush(stdout);
}
