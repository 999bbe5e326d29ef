/*
 * The program that does the work. It is the same for every rival and costs little beside the calls it makes, so that
 * a difference between two rivals is theirs.
 *
 *   client WORKLOAD MOUNT LOWER COUNT BYTES MINIMUM_MS
 *
 * prepares what the workload needs beneath LOWER (where it costs the rival nothing), warms it up through MOUNT, prints
 * "ready" and waits for a line. Then it performs the workload through MOUNT, prints "OPERATIONS BYTES NANOSECONDS" and
 * waits again, so that the caller can take its samples on either side. With the second line, or the end of input, it
 * removes what must not pile up. For the native rival MOUNT and LOWER are the same directory.
 *
 *   client spin CPU
 *
 * burns the time of that core that nobody else wants (SCHED_IDLE), so that the core never sleeps, and dies with its
 * parent.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096u
#define BLOCK (1024u * 1024u)
#define FILES_PER_DIRECTORY 30u

static const char *mount, *lower;
static unsigned count;
static uint64_t bytes_each;
static uint64_t operations, bytes_moved;
static char block[BLOCK];
static int open_file = -1;

static void fail(const char *what, const char *path)
{
  fprintf(stderr, "client: %s %s: %s\n", what, path, strerror(errno));
  exit(1);
}

/* One of a few static buffers, so that two paths may stand in one expression. */
static const char *path_of(const char *format, ...)
{
  static char paths[4][4096];
  static unsigned next;
  char *path = paths[next++ % 4];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(path, sizeof paths[0], format, arguments);
  va_end(arguments);
  if (length < 0 || length >= (int)sizeof paths[0]) {
    fprintf(stderr, "client: a path is longer than %zu bytes\n", sizeof paths[0] - 1);
    exit(1);
  }
  return path;
}

static uint64_t now(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int must_open(const char *path, int flags)
{
  int fd = open(path, flags | O_CLOEXEC, 0644);
  if (fd < 0) fail("open", path);
  return fd;
}

static void must_close(int fd, const char *path)
{
  if (close(fd) != 0) fail("close", path);
}

static void write_file(const char *path, int flags, uint64_t length)
{
  int fd = must_open(path, flags);
  for (uint64_t done = 0; done < length;) {
    size_t piece = length - done < BLOCK ? (size_t)(length - done) : BLOCK;
    if (write(fd, block, piece) != (ssize_t)piece) fail("write", path);
    done += piece;
  }
  must_close(fd, path);
}

static void must_mkdir(const char *path)
{
  if (mkdir(path, 0755) != 0 && errno != EEXIST) fail("mkdir", path);
}

/* Files f00000… in a directory of their own; those there already are kept, so a tree is made once for all rounds. */
static void make_files(const char *directory, unsigned files, uint64_t length)
{
  char home[4096];
  snprintf(home, sizeof home, "%s/%s", lower, directory);
  must_mkdir(home);
  struct stat last;
  if (files > 0 && stat(path_of("%s/f%05u", home, files - 1), &last) == 0) return;
  for (unsigned i = 0; i < files; i++) write_file(path_of("%s/f%05u", home, i), O_WRONLY | O_CREAT, length);
}

static void remove_files(const char *root, const char *directory)
{
  for (unsigned i = 0; i < count; i++) unlink(path_of("%s/%s/f%05u", root, directory, i));
  const char *home = path_of("%s/%s", root, directory);
  if (rmdir(home) != 0 && errno != ENOENT) fail("rmdir", home);
}

/* ---- whole files in sequence: each is new to the mount, so nothing of it is cached there ---- */

static void write_pass(void)
{
  for (unsigned i = 0; i < count; i++)
    write_file(path_of("%s/sequential-%u", mount, i), O_WRONLY | O_CREAT | O_EXCL, bytes_each);
  bytes_moved += count * bytes_each;
  operations += count * (bytes_each / BLOCK);
}

static void read_prepare(void)
{
  for (unsigned i = 0; i < count; i++)
    write_file(path_of("%s/sequential-%u", lower, i), O_WRONLY | O_CREAT | O_EXCL, bytes_each);
}

static void read_pass(void)
{
  for (unsigned i = 0; i < count; i++) {
    const char *path = path_of("%s/sequential-%u", mount, i);
    int fd = must_open(path, O_RDONLY);
    ssize_t got;
    while ((got = read(fd, block, BLOCK)) > 0) {
      bytes_moved += (uint64_t)got;
      operations++;
    }
    if (got < 0) fail("read", path);
    must_close(fd, path);
  }
}

/* Through the mount: a daemon that keeps lower files open for a while must learn that they are gone. */
static void sequential_remove(void)
{
  for (unsigned i = 0; i < count; i++) unlink(path_of("%s/sequential-%u", mount, i));
}

/* ---- pages of one large file in an order without neighbours, each page once ---- */

static void random_prepare(void)
{
  write_file(path_of("%s/random", lower), O_WRONLY | O_CREAT | O_EXCL, bytes_each);
}

static void random_open(void)
{
  open_file = must_open(path_of("%s/random", mount), O_RDWR);
  memset(block, 'r', sizeof block); /* unlike what the file holds, so that what was written shows */
}

/* An odd step visits every page of a power of two once. */
static off_t random_offset(unsigned i)
{
  return (off_t)((i * UINT64_C(40503)) % (bytes_each / PAGE) * PAGE);
}

static void random_read_pass(void)
{
  for (unsigned i = 0; i < count; i++)
    if (pread(open_file, block, PAGE, random_offset(i)) != PAGE) fail("pread", "random");
  operations += count;
  bytes_moved += (uint64_t)count * PAGE;
}

static void random_write_pass(void)
{
  for (unsigned i = 0; i < count; i++)
    if (pwrite(open_file, block, PAGE, random_offset(i)) != PAGE) fail("pwrite", "random");
  operations += count;
  bytes_moved += (uint64_t)count * PAGE;
}

static void random_remove(void)
{
  if (open_file >= 0) close(open_file);
  unlink(path_of("%s/random", mount));
}

/* ---- many small files in one directory ---- */

static void files_prepare(void)
{
  make_files("files", count, bytes_each);
}

static void stat_pass(void)
{
  struct stat attributes;
  for (unsigned i = 0; i < count; i++) {
    const char *path = path_of("%s/files/f%05u", mount, i);
    if (lstat(path, &attributes) != 0) fail("lstat", path);
  }
  operations += count;
}

static void open_pass(void)
{
  for (unsigned i = 0; i < count; i++) {
    const char *path = path_of("%s/files/f%05u", mount, i);
    int fd = must_open(path, O_RDONLY);
    if (read(fd, block, bytes_each) != (ssize_t)bytes_each) fail("read", path);
    must_close(fd, path);
  }
  operations += count;
  bytes_moved += count * bytes_each;
}

static void create_prepare(void)
{
  must_mkdir(path_of("%s/create", lower));
}

static void create_pass(void)
{
  for (unsigned i = 0; i < count; i++)
    write_file(path_of("%s/create/f%05u", mount, i), O_WRONLY | O_CREAT | O_EXCL, bytes_each);
  operations += count;
  bytes_moved += count * bytes_each;
}

static void create_remove(void)
{
  remove_files(mount, "create");
}

static void unlink_prepare(void)
{
  make_files("unlink", count, bytes_each);
}

static void unlink_pass(void)
{
  for (unsigned i = 0; i < count; i++) {
    const char *path = path_of("%s/unlink/f%05u", mount, i);
    if (unlink(path) != 0) fail("unlink", path);
  }
  operations += count;
}

static void unlink_remove(void)
{
  remove_files(mount, "unlink");
}

/* ---- directories ---- */

static void readdir_prepare(void)
{
  make_files("many", count, 0);
}

static void readdir_pass(void)
{
  const char *path = path_of("%s/many", mount);
  DIR *directory = opendir(path);
  if (directory == NULL) fail("opendir", path);
  uint64_t before = operations;
  errno = 0;
  for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
    if (entry->d_name[0] != '.') operations++;
  if (errno != 0) fail("readdir", path);
  closedir(directory);
  if (operations - before != count) {
    fprintf(stderr, "client: %s lists %llu entries of %u\n", path, (unsigned long long)(operations - before), count);
    exit(1);
  }
}

static void walk_prepare(void)
{
  must_mkdir(path_of("%s/tree", lower));
  for (unsigned i = 0; i < (count + FILES_PER_DIRECTORY - 1) / FILES_PER_DIRECTORY; i++) {
    char directory[32];
    snprintf(directory, sizeof directory, "tree/d%03u", i);
    unsigned left = count - i * FILES_PER_DIRECTORY;
    make_files(directory, left < FILES_PER_DIRECTORY ? left : FILES_PER_DIRECTORY, 0);
  }
}

static void walk(const char *path)
{
  DIR *directory = opendir(path);
  if (directory == NULL) fail("opendir", path);
  for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    char child[4096];
    struct stat attributes;
    if (snprintf(child, sizeof child, "%s/%s", path, entry->d_name) >= (int)sizeof child) exit(1);
    if (lstat(child, &attributes) != 0) fail("lstat", child);
    operations++;
    if (S_ISDIR(attributes.st_mode)) walk(child);
  }
  closedir(directory);
}

static void walk_pass(void)
{
  walk(path_of("%s/tree", mount));
}

static const struct workload {
  const char *name;
  void (*prepare)(void);
  void (*warm)(void);
  void (*pass)(void);
  void (*remove)(void);
} workloads[] = {
  {"sequential-write", NULL, NULL, write_pass, sequential_remove},
  {"sequential-read", read_prepare, NULL, read_pass, sequential_remove},
  {"random-read", random_prepare, random_open, random_read_pass, random_remove},
  {"random-write", random_prepare, random_open, random_write_pass, random_remove},
  {"stat", files_prepare, stat_pass, stat_pass, NULL},
  {"open-read-close", files_prepare, open_pass, open_pass, NULL},
  {"create-write", create_prepare, NULL, create_pass, create_remove},
  {"unlink", unlink_prepare, NULL, unlink_pass, unlink_remove},
  {"readdir", readdir_prepare, readdir_pass, readdir_pass, NULL},
  {"walk", walk_prepare, walk_pass, walk_pass, NULL},
};

_Noreturn static void spin(int core)
{
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  const struct sched_param idle = {0};
  if (sched_setaffinity(0, sizeof cores, &cores) != 0) fail("sched_setaffinity", "core");
  if (sched_setscheduler(0, SCHED_IDLE, &idle) != 0) fail("sched_setscheduler", "SCHED_IDLE");
  for (;;) __asm__ volatile("");
}

static uint64_t number(const char *text)
{
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno != 0 || end == text || *end != 0) {
    fprintf(stderr, "client: \"%s\" is not a whole number\n", text);
    exit(2);
  }
  return value;
}

/* What the passes rely on. */
static void check_sizes(const struct workload *workload)
{
  int random = workload->warm == random_open, small = workload->pass == open_pass;
  if (count == 0 || count > 99999 || (random && (bytes_each / PAGE < count || (bytes_each & (bytes_each - 1)) != 0)) ||
      (small && bytes_each > BLOCK)) {
    fprintf(stderr, "client: %s needs a COUNT of 1 to 99999%s%s, not %u of %llu bytes\n", workload->name,
            random ? " pages of a file of 2^n bytes that has as many" : "", small ? " files of 1 MiB at most" : "", count,
            (unsigned long long)bytes_each);
    exit(2);
  }
}

static int next_line(void)
{
  char line[16];
  return fgets(line, sizeof line, stdin) != NULL;
}

static void perform(const struct workload *workload, uint64_t minimum_ns)
{
  operations = bytes_moved = 0;
  uint64_t start = now(), elapsed;
  do {
    workload->pass();
    elapsed = now() - start;
  } while (workload->warm == workload->pass && elapsed < minimum_ns);
  printf("%llu %llu %llu\n", (unsigned long long)operations, (unsigned long long)bytes_moved,
         (unsigned long long)elapsed);
}

int main(int arguments, char **argument)
{
  if (arguments == 3 && strcmp(argument[1], "spin") == 0) spin((int)number(argument[2]));
  if (arguments != 7) {
    fputs("usage: client WORKLOAD MOUNT LOWER COUNT BYTES MINIMUM_MS | client spin CPU\n", stderr);
    return 2;
  }
  const struct workload *workload = NULL;
  for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++)
    if (strcmp(workloads[i].name, argument[1]) == 0) workload = &workloads[i];
  if (workload == NULL) {
    fprintf(stderr, "client: there is no workload \"%s\"\n", argument[1]);
    return 2;
  }
  mount = argument[2];
  lower = argument[3];
  uint64_t wanted = number(argument[4]);
  count = wanted > UINT32_MAX ? 0 : (unsigned)wanted;
  bytes_each = number(argument[5]);
  check_sizes(workload);
  memset(block, 's', sizeof block);
  if (workload->prepare != NULL) workload->prepare();
  if (workload->warm != NULL) workload->warm();
  puts("ready");
  fflush(stdout);
  if (next_line()) {
    perform(workload, number(argument[6]) * 1000000u);
    fflush(stdout);
    next_line();
  }
  if (workload->remove != NULL) workload->remove();
  return 0;
}
