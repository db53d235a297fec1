/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the router is measured against: two ROUTER sockets and a loop that swaps
 * the first two frames, on libzmq alone, without a check of anything. It drains
 * a socket at each wake-up, as anybody would who cares for speed.
 *
 *   bench-router-floor FRONTEND BACKEND
 *
 * Prints the two addresses really bound on one line; ends with its standard
 * input.
 */
#include <unistd.h>

#include "bench/sockets.h"

static void* bind_router(void* context, const char* address) {
  void* result = open_socket(context, ZMQ_ROUTER, 100000);
  check(zmq_bind(result, address), address);
  return result;
}

/* Moves all that waits, from one socket to the other. */
static void forward(void* from, void* to, zmq_msg_t frames[3]) {
  for (;;) {
    int count = 0;
    do {
      if (zmq_msg_recv(&frames[count], from, ZMQ_DONTWAIT) < 0)
        return;
    } while (zmq_msg_more(&frames[count]) && ++count < 3);
    if (count != 2)
      continue; /* A probe. */
    zmq_msg_send(&frames[1], to, ZMQ_SNDMORE);
    zmq_msg_send(&frames[0], to, ZMQ_SNDMORE);
    zmq_msg_send(&frames[2], to, 0);
  }
}

int main(int argc, char** argv) {
  if (argc != 3)
    return 2;
  void* context = zmq_ctx_new();
  void* frontend = bind_router(context, argv[1]);
  void* backend = bind_router(context, argv[2]);
  print_addresses(frontend, backend);
  zmq_msg_t frames[3];
  for (int i = 0; i < 3; ++i)
    zmq_msg_init(&frames[i]);
  zmq_pollitem_t items[] = {{frontend, 0, ZMQ_POLLIN, 0},
                            {backend, 0, ZMQ_POLLIN, 0},
                            {NULL, STDIN_FILENO, ZMQ_POLLIN, 0}};
  while (items[2].revents == 0) {
    if (zmq_poll(items, 3, -1) < 0)
      break;
    if (items[0].revents != 0)
      forward(frontend, backend, frames);
    if (items[1].revents != 0)
      forward(backend, frontend, frames);
  }
  zmq_close(frontend);
  zmq_close(backend);
  zmq_ctx_term(context);
  return 0;
}
