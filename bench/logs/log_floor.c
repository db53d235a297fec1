/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the log forwarder is measured against: libzmq's own proxy between a SUB
 * that takes everything and a PUB.
 *
 *   bench-log-floor FRONTEND BACKEND
 *
 * Prints the two addresses really bound on one line; ends with its standard
 * input.
 */
#include <pthread.h>
#include <unistd.h>

#include "bench/sockets.h"

static void* frontend;
static void* backend;

static void* bind_socket(void* context, int type, const char* address) {
  void* result = open_socket(context, type, 10000);
  if (type == ZMQ_SUB)
    check(zmq_setsockopt(result, ZMQ_SUBSCRIBE, "", 0), "SUBSCRIBE");
  check(zmq_bind(result, address), address);
  return result;
}

static void* proxy(void* unused) {
  (void) unused;
  zmq_proxy(backend, frontend, NULL);
  return NULL;
}

int main(int argc, char** argv) {
  if (argc != 3)
    return 2;
  void* context = zmq_ctx_new();
  frontend = bind_socket(context, ZMQ_PUB, argv[1]);
  backend = bind_socket(context, ZMQ_SUB, argv[2]);
  print_addresses(frontend, backend);
  pthread_t thread;
  if (pthread_create(&thread, NULL, proxy, NULL) != 0)
    return 1;
  char unused;
  while (read(STDIN_FILENO, &unused, 1) > 0) {
  }
  /* The proxy never ends by itself. */
  _exit(0);
}
