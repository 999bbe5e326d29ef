/*
 * What a build does to its sources: 100 small files of 1 to 16 KiB in each of many directories, every one opened, read
 * to its end and closed, once. Parts take turns with the directories.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "client.h"

#define CACHES "/proc/sys/vm/drop_caches"
/* The requests that forget what was dropped come after the write has returned, and are not the workload's. */
#define FORGOTTEN_AFTER_US 50000

static const char *file_of(const char *root, unsigned file)
{
  return path_of("%s/d%03u/f%02u", root, file / MIX_FILES_PER_DIRECTORY, file % MIX_FILES_PER_DIRECTORY);
}

/* 1 to 16 KiB in whole words; the same for a number in every tree. */
static uint64_t size_of(unsigned file)
{
  return 1024 + content_of(KEPT_SEED, PARTS, file) % (15 * 1024 / 8 + 1) * 8;
}

void make_mixed(const char *directory, unsigned files)
{
  struct stat last;
  struct kept home;
  keep(&home, directory);
  const char *root = home.path;
  if (stat(file_of(root, files - 1), &last) == 0) return;
  must_mkdir(root);
  for (unsigned file = 0; file < files; file++) {
    if (file % MIX_FILES_PER_DIRECTORY == 0) must_mkdir(path_of("%s/d%03u", root, file / MIX_FILES_PER_DIRECTORY));
    write_content(file_of(root, file), O_WRONLY | O_CREAT, size_of(file), content_of(KEPT_SEED, PARTS, file));
  }
}

void verify_mixed(const char *directory, unsigned files)
{
  struct kept home;
  keep(&home, directory);
  const char *root = home.path;
  for (unsigned file = 0; file < files; file++)
    verify_content(file_of(root, file), size_of(file), content_of(KEPT_SEED, PARTS, file));
}

static void mix_prepare(void)
{
  make_mixed(path_of("%s/mix", lower_root), count);
}

static void drop_caches(void)
{
  int fd = must_open(CACHES, O_WRONLY);
  if (write(fd, "3", 1) != 1) fail("write", CACHES);
  must_close(fd, CACHES);
  usleep(FORGOTTEN_AFTER_US);
}

static void read_file(const char *root, unsigned file, unsigned part)
{
  const char *path = file_of(root, file);
  uint64_t size = size_of(file), content = content_of(KEPT_SEED, PARTS, file), begun = now();
  int fd = must_open(path, O_RDONLY);
  ssize_t got = read(fd, block, BLOCK);
  if (got < 0 || read(fd, block + got, 1) != 0) fail("read to the end", path);
  must_close(fd, path);
  finished(begun, size, part);
  if ((uint64_t)got != size) fail_because("%s has %zd bytes, not %llu", path, got, (unsigned long long)size);
  check_every_word(block, size, content, 0, path);
}

static void mix_pass(unsigned part)
{
  struct kept root;
  unsigned directories = (count + MIX_FILES_PER_DIRECTORY - 1) / MIX_FILES_PER_DIRECTORY;
  keep(&root, path_of("%s/mix", mount_root));
  for (unsigned directory = part; directory < directories; directory += PARTS) {
    for (unsigned i = 0; i < MIX_FILES_PER_DIRECTORY; i++) {
      unsigned file = directory * MIX_FILES_PER_DIRECTORY + i;
      /* Where time ran out before all was warm, what is warm is all that is read. */
      if (file >= count || out_of_time() || (warmed > 0 && operations_so_far() >= warmed)) return;
      read_file(root.path, file, part);
    }
  }
}

const struct workload mix_workloads[] = {
  {.name = "build-mix-cold", .prepare = mix_prepare, .ready = drop_caches, .pass = mix_pass},
  {.name = "build-mix-warm", .prepare = mix_prepare, .ready = warm_up, .pass = mix_pass},
  {.name = NULL},
};
