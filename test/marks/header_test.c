/* The marks header as a C99 program uses it: compiled with -std=c99 -Wall -Wextra -Werror, and run. */
#include <cradle_marks.h>

static int faults;

static void expect(int holds, const char* what) {
  if (!holds) {
    fprintf(stderr, "failed: %s\n", what);
    ++faults;
  }
}

static void set_number(const char* name, unsigned long long value) {
  char text[32];
  snprintf(text, sizeof text, "%llu", value);
  setenv(name, text, 1);
}

/* What has arrived at `fd`, without its instant; "" if nothing. */
static const char* arrived(int fd) {
  static char buffer[1024];
  const ssize_t n = read(fd, buffer, sizeof buffer - 1);
  const char* name;
  buffer[n > 0 ? n : 0] = '\0';
  name = strchr(buffer, ' ');
  return n > 0 && buffer[0] == '@' && name ? name + 1 : "";
}

static void test_pipe(void) {
  int ends[2];
  struct stat at;
  if (pipe(ends) != 0) abort();
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  set_number("CRADLE_MARKS", (unsigned long long)ends[1]);
  cradle_mark("epoch 1");
  expect(strcmp(arrived(ends[0]), "epoch 1\n") == 0, "a mark arrives");
  cradle_markf("loss=%.2f\n%s", 0.25, "x");
  expect(strcmp(arrived(ends[0]), "loss=0.25 x\n") == 0, "a mark is one line");

  fstat(ends[1], &at);
  set_number("CRADLE_MARKS_INODE", (unsigned long long)at.st_ino + 1);
  cradle_mark("x");
  expect(strcmp(arrived(ends[0]), "") == 0, "another pipe is not written to");
  set_number("CRADLE_MARKS_INODE", (unsigned long long)at.st_ino);
  cradle_mark("y");
  expect(strcmp(arrived(ends[0]), "y\n") == 0, "the pipe of the inode is written to");

  while (1) { /* fill the pipe: a blocking write would wait for ever */
    struct pollfd room;
    char filler[4096];
    memset(filler, 'x', sizeof filler);
    room.fd = ends[1];
    room.events = POLLOUT;
    if (poll(&room, 1, 0) != 1 || write(ends[1], filler, sizeof filler) < 0) break;
  }
  cradle_mark("full");
  expect((fcntl(ends[1], F_GETFL) & O_NONBLOCK) == 0, "the pipe's flags are the program's own");

  close(ends[0]);
  signal(SIGPIPE, SIG_DFL); /* the default would end this program */
  cradle_mark("nobody reads");
  close(ends[1]);
  unsetenv("CRADLE_MARKS_INODE");
}

static void test_foreign_file(const char* folder) {
  char path[512];
  struct stat at;
  int fd;
  snprintf(path, sizeof path, "%s/foreign", folder);
  fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  set_number("CRADLE_MARKS", (unsigned long long)fd);
  cradle_mark("x");
  expect(fstat(fd, &at) == 0 && at.st_size == 0, "a file that took the number is not written to");
  close(fd);
  unlink(path);
}

static void test_socket(const char* folder) {
  struct sockaddr_un at;
  const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  memset(&at, 0, sizeof at);
  at.sun_family = AF_UNIX;
  if ((size_t)snprintf(at.sun_path, sizeof at.sun_path, "%s/marks.sock", folder) >= sizeof at.sun_path) abort();
  unlink(at.sun_path);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  expect(bind(fd, (const struct sockaddr*)&at, sizeof at) == 0, "a socket can be bound");
  setenv("CRADLE_MARKS", at.sun_path, 1);
  cradle_mark("to the socket");
  expect(strcmp(arrived(fd), "to the socket\n") == 0, "a mark goes to a socket");
  setenv("CRADLE_MARKS", "987654", 1);
  setenv("CRADLE_MARKS_SOCKET", at.sun_path, 1);
  cradle_mark("instead");
  expect(strcmp(arrived(fd), "instead\n") == 0, "a closed number falls back to the socket");
  close(fd);
  unlink(at.sun_path);
  errno = ERANGE;
  cradle_mark("nobody listens");
  expect(errno == ERANGE, "errno is left alone");
}

int main(int argc, char** argv) {
  cradle_mark("outside of a run nothing happens");
  cradle_mark(NULL);
  test_pipe();
  test_foreign_file(argc > 1 ? argv[1] : ".");
  test_socket(argc > 1 ? argv[1] : ".");
  return faults ? 1 : 0;
}
