/* Calls that end the program when they fail: a benchmark that goes on after an error measures the error. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "client.h"

/* Without the exit handlers: a forked process must not print what its parent has buffered. */
void fail(const char *what, const char *path)
{
  dprintf(STDERR_FILENO, "client: %s %s: %s\n", what, path, strerror(errno));
  _exit(1);
}

void fail_because(const char *format, ...)
{
  char text[LONGEST_PATH + 256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  dprintf(STDERR_FILENO, "client: %s\n", text);
  _exit(1);
}

/* One of a few static buffers, so that two paths may stand in one expression; to be kept, one is copied. */
const char *path_of(const char *format, ...)
{
  static char paths[4][LONGEST_PATH];
  static unsigned next;
  char *path = paths[next++ % 4];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(path, LONGEST_PATH, format, arguments);
  va_end(arguments);
  if (length < 0 || length >= (int)LONGEST_PATH) fail_because("a path is longer than %u bytes", LONGEST_PATH - 1);
  return path;
}

void keep(struct kept *kept, const char *path)
{
  memcpy(kept->path, path, strlen(path) + 1);
}

int must_open(const char *path, int flags)
{
  int fd = open(path, flags | O_CLOEXEC, 0644);
  if (fd < 0) fail("open", path);
  return fd;
}

void must_close(int fd, const char *path)
{
  if (close(fd) != 0) fail("close", path);
}

void must_mkdir(const char *path)
{
  if (mkdir(path, 0755) != 0 && errno != EEXIST) fail("mkdir", path);
}

void must_unlink(const char *path)
{
  if (unlink(path) != 0) fail("unlink", path);
}

void must_run(const char *const words[])
{
  pid_t child = fork();
  if (child < 0) fail("fork", words[0]);
  if (child == 0) {
    /* It takes words that may be changed, and changes none. */
    execvp(words[0], (char *const *)(uintptr_t)words);
    fail("exec", words[0]);
  }
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail("waitpid", words[0]);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail_because("%s failed (status %d)", words[0], status);
}
