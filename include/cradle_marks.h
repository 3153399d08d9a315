/* Marks: a measured program tells `cradle run` where its epochs and stages lie. C99 and C++, no dependency. */
/*
 *   #include "cradle_marks.h"
 *   cradle_mark("epochs=50");
 *   for (int epoch = 1; epoch <= 50; ++epoch) { ...; cradle_markf("epoch-%d", epoch); }
 *
 * Outside of `cradle run` every call does nothing. A call never blocks, never raises SIGPIPE, never fails and leaves
 * errno alone: a meter in trouble must not touch the program. What cannot be sent at once is lost. Safe in threads.
 *
 * CRADLE_MARKS is the number of a pipe's descriptor, or the absolute path of a Unix datagram socket. A child may have
 * closed that number and opened a file under it: only a pipe is written to, and only the one whose inode is
 * CRADLE_MARKS_INODE where that is set. Else the mark goes to the datagram socket CRADLE_MARKS_SOCKET, if there is one.
 * A line is "@<seconds of CLOCK_BOOTTIME> name\n", below 512 bytes, so that lines of several writers never mix.
 */
#ifndef CRADLE_MARKS_H
#define CRADLE_MARKS_H

/* A strict ISO mode (-std=c99) hides POSIX; asking for it here adds names and changes none. */
#if defined(__STRICT_ANSI__) && !defined(_POSIX_C_SOURCE) && !defined(_XOPEN_SOURCE) && !defined(_DEFAULT_SOURCE) && \
    !defined(_GNU_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#if !defined(CLOCK_MONOTONIC) || !defined(SIG_BLOCK)
#error "cradle_marks.h needs POSIX.1-2008: include it first, or compile with -D_POSIX_C_SOURCE=200809L"
#endif

enum {
  CRADLE_MARKS_LONGEST_NAME = 400, /* with its time a line stays below POSIX's least PIPE_BUF, 512 */
  CRADLE_MARKS_LONGEST_LINE = 448
};

/* The pipe of the marks, or -1: the number in CRADLE_MARKS if what is open there is that pipe. */
static inline int cradle_marks_pipe_(void) {
  const char* text = getenv("CRADLE_MARKS");
  const char* inode = getenv("CRADLE_MARKS_INODE");
  char* end = NULL;
  struct stat at;
  long fd;
  if (!text || *text < '0' || *text > '9') return -1;
  fd = strtol(text, &end, 10);
  if (*end != '\0' || fd < 0 || fd > 0x7fffffffL) return -1;
  if (fstat((int)fd, &at) != 0 || !S_ISFIFO(at.st_mode)) return -1;
  if (inode && *inode) {
    const unsigned long long expected = strtoull(inode, &end, 10);
    if (*end != '\0' || expected != (unsigned long long)at.st_ino) return -1;
  }
  return (int)fd;
}

/* The datagram socket of the marks, or NULL. */
static inline const char* cradle_marks_socket_(void) {
  const char* path = getenv("CRADLE_MARKS");
  if (!path || *path != '/') path = getenv("CRADLE_MARKS_SOCKET");
  return path && *path == '/' ? path : NULL;
}

/* Writes without blocking: through an own description of the pipe, so that nobody else's flags change. */
static inline void cradle_marks_write_(int fd, const char* line, size_t length) {
  char path[32];
  int own;
  ssize_t written;
  sigset_t pipe_signal, before, pending;
  struct pollfd room;
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  room.fd = fd;
  room.events = POLLOUT;
  room.revents = 0;
  if (own < 0 && (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT))) return; /* no /proc, or nobody reads */

  /* SIGPIPE is held back, and taken away if this write raised it. */
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  sigemptyset(&pending);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  written = write(own < 0 ? fd : own, line, length);
  if (written < 0 && errno == EPIPE && sigismember(&pending, SIGPIPE) != 1) {
    const struct timespec now = {0, 0};
    sigtimedwait(&pipe_signal, NULL, &now);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (own >= 0) close(own);
}

static inline void cradle_marks_send_(const char* path, const char* line, size_t length) {
  struct sockaddr_un to;
  const size_t path_length = strlen(path);
  int fd;
  if (path_length >= sizeof to.sun_path) return;
  memset(&to, 0, sizeof to);
  to.sun_family = AF_UNIX;
  memcpy(to.sun_path, path, path_length + 1);
  fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  if (sendto(fd, line, length, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr*)&to, (socklen_t)sizeof to) < 0)
    length = 0; /* lost: nothing to be done, and nothing to be said */
  close(fd);
}

/* Marks this instant with a name of `length` bytes; what exceeds 400 bytes is cut, line ends become spaces. */
static inline void cradle_mark_n(const char* name, size_t length) {
  const int saved = errno;
  const int fd = cradle_marks_pipe_();
  const char* path = fd < 0 ? cradle_marks_socket_() : NULL;
  struct timespec now;
#ifdef CLOCK_BOOTTIME
  const clockid_t clock = CLOCK_BOOTTIME;
#else
  const clockid_t clock = 7; /* CLOCK_BOOTTIME in the Linux ABI */
#endif
  if ((fd >= 0 || path) && name && clock_gettime(clock, &now) == 0) {
    char line[CRADLE_MARKS_LONGEST_LINE];
    size_t i, at;
    at = (size_t)snprintf(line, 40, "@%lld.%09ld ", (long long)now.tv_sec, (long)now.tv_nsec);
    if (length > CRADLE_MARKS_LONGEST_NAME) length = CRADLE_MARKS_LONGEST_NAME;
    for (i = 0; i < length; ++i) line[at++] = name[i] == '\n' || name[i] == '\r' || name[i] == '\0' ? ' ' : name[i];
    line[at++] = '\n';
    if (fd >= 0)
      cradle_marks_write_(fd, line, at);
    else
      cradle_marks_send_(path, line, at);
  }
  errno = saved;
}

/* Marks this instant: "epoch-3" when epoch 3 has ended, "val_loss=0.31" for a metric, or any name. */
static inline void cradle_mark(const char* name) { cradle_mark_n(name, name ? strlen(name) : 0); }

/* The same with printf's formats: cradle_markf("epoch-%d/%d", epoch, epochs). */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
static inline void
cradle_markf(const char* format, ...) {
  char name[CRADLE_MARKS_LONGEST_NAME + 1];
  va_list arguments;
  int length;
  va_start(arguments, format);
  length = vsnprintf(name, sizeof name, format, arguments);
  va_end(arguments);
  if (length > 0) cradle_mark(name);
}

#endif
