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
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <zmq.h>

static void* frontend;
static void* backend;

static void check(int rc, const char* what) {
  if (rc >= 0)
    return;
  fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
  exit(1);
}

static void* bind_socket(void* context, int type, const char* address) {
  void* result = zmq_socket(context, type);
  int queue = 10000;
  int linger = 0;
  check(zmq_setsockopt(result, ZMQ_SNDHWM, &queue, sizeof queue), "SNDHWM");
  check(zmq_setsockopt(result, ZMQ_RCVHWM, &queue, sizeof queue), "RCVHWM");
  check(zmq_setsockopt(result, ZMQ_LINGER, &linger, sizeof linger), "LINGER");
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
  char front[256];
  char back[256];
  size_t length = sizeof front;
  zmq_getsockopt(frontend, ZMQ_LAST_ENDPOINT, front, &length);
  length = sizeof back;
  zmq_getsockopt(backend, ZMQ_LAST_ENDPOINT, back, &length);
  printf("%s %s\n", front, back);
  fflush(stdout);
  pthread_t thread;
  if (pthread_create(&thread, NULL, proxy, NULL) != 0)
    return 1;
  char unused;
  while (read(STDIN_FILENO, &unused, 1) > 0) {
  }
  /* The proxy never ends by itself. */
  _exit(0);
}
