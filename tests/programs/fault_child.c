/* SPDX-License-Identifier: BSD-3-Clause */

/* A child of a robot in which something fails: it marks by files that it is
 * there, that it was asked to end, and that it has raised an emergency.
 *
 * usage: FOLDER NAME drive UID | FOLDER NAME ready | FOLDER NAME raise FIFO
 *
 * It requests a value of a motor; or says that it is ready; or raises the
 * emergency code once something comes out of the FIFO. */
#include "bridges/c/robot_runtime_buffers.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char ended[256];

static void mark(const char* path) {
  close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static void end(int signal) {
  (void) signal;
  mark(ended);
  _exit(0);
}

static int drive(const char* motor) {
  struct rr_buffer_error error;
  struct rr_buffer* buffer = NULL;
  float duty_cycle = 0.5f;
  if (rr_buffer_create("motor", motor, NULL, NULL, &buffer, &error) >= 0
      && rr_buffer_write(buffer, "duty_cycle", &duty_cycle, sizeof(duty_cycle),
                         &error)
           >= 0)
    return 1;
  puts(error.text);
  fflush(stdout);
  return 0;
}

static int say_ready(void) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  const char* address = getenv("NOTIFY_SOCKET");
  size_t length = address == NULL ? 0 : strlen(address);
  if (length == 0 || length > sizeof(to.sun_path))
    return 0;
  memcpy(to.sun_path, address, length);
  if (*address == '@')
    to.sun_path[0] = '\0';
  int out = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  socklen_t size
    = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + length);
  return sendto(out, "READY=1", 7, 0, (struct sockaddr*) &to, size) == 7;
}

int main(int argc, char** argv) {
  if (argc < 4)
    return 2;
  char up[256];
  snprintf(up, sizeof(up), "%s/up-%s", argv[1], argv[2]);
  snprintf(ended, sizeof(ended), "%s/terminated-%s", argv[1], argv[2]);
  signal(SIGTERM, end);
  if ((strcmp(argv[3], "drive") == 0 && !drive(argv[4]))
      || (strcmp(argv[3], "ready") == 0 && !say_ready()))
    return 1;
  mark(up);
  char word;
  if (strcmp(argv[3], "raise") == 0
      && read(open(argv[4], O_RDONLY | O_CLOEXEC), &word, 1) == 1) {
    /* From now on it is no other end. */
    signal(SIGTERM, SIG_IGN);
    snprintf(up, sizeof(up), "%s/raised-%s", argv[1], argv[2]);
    mark(up);
    return 255;
  }
  for (;;)
    pause();
}
