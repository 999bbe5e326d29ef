/* Directories listed, and trees walked. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "client.h"

#define FILES_PER_DIRECTORY 30u
#define LISTING (32u * 1024u)

/* getdents64(2), which has no declaration to include. */
struct entry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

static void many_prepare(void)
{
  make_flat(path_of("%s/many-%u", lower_root, count), count, 0, KEPT_SEED, 0);
}

/* The C library reads directories in pieces of this size too; here each piece is timed. */
static void many_pass(unsigned part)
{
  if (part > 0) return;
  static char listing[LISTING] __attribute__((aligned(8)));
  const char *path = path_of("%s/many-%u", mount_root, count);
  int fd = must_open(path, O_RDONLY | O_DIRECTORY);
  uint64_t found = 0, sum = 0;
  for (;;) {
    uint64_t begun = now();
    long length = syscall(SYS_getdents64, fd, listing, sizeof listing);
    if (length < 0) fail("getdents64", path);
    unsigned files = 0;
    for (long at = 0; at < length;) {
      const struct entry *entry = (const struct entry *)(const void *)(listing + at);
      at += entry->length;
      if (entry->name[0] == '.') continue;
      files++;
      sum += strtoul(entry->name + 1, NULL, 10);
    }
    if (length == 0) break;
    finished_many(begun, 0, files, part);
    found += files;
  }
  must_close(fd, path);
  if (found != count || sum != (uint64_t)count * (count - 1) / 2)
    fail_because("%s lists %llu entries of %u, or the wrong ones", path, (unsigned long long)found, count);
}

static const char *branch_of(const char *root, unsigned part)
{
  return path_of("%s/tree-%02u", root, part);
}

static void tree_prepare(void)
{
  for (unsigned part = 0; part < PARTS; part++) {
    must_mkdir(branch_of(lower_root, part));
    for (unsigned made = 0; made < items(part); made += FILES_PER_DIRECTORY) {
      unsigned left = items(part) - made;
      const char *directory = path_of("%s/d%03u", branch_of(lower_root, part), made / FILES_PER_DIRECTORY);
      make_flat(directory, left < FILES_PER_DIRECTORY ? left : FILES_PER_DIRECTORY, 0, KEPT_SEED, part);
    }
  }
}

static unsigned walk(const char *path, unsigned part)
{
  unsigned files = 0;
  DIR *directory = opendir(path);
  if (directory == NULL) fail("opendir", path);
  for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    char child[LONGEST_PATH];
    struct stat attributes;
    if (snprintf(child, sizeof child, "%s/%s", path, entry->d_name) >= (int)sizeof child) fail("walk", path);
    uint64_t begun = now();
    if (lstat(child, &attributes) != 0) fail("lstat", child);
    finished(begun, 0, part);
    files += S_ISDIR(attributes.st_mode) ? walk(child, part) : 1;
  }
  closedir(directory);
  return files;
}

static void tree_pass(unsigned part)
{
  const char *path = branch_of(mount_root, part);
  unsigned files = walk(path, part);
  if (files != items(part)) fail_because("%s has %u files, not %u", path, files, items(part));
}

const struct workload directory_workloads[] = {
  {.name = "readdir-10k", .prepare = many_prepare, .ready = warm_up, .pass = many_pass, .repeats = 1},
  {.name = "readdir-100k", .prepare = many_prepare, .ready = warm_up, .pass = many_pass, .repeats = 1},
  {.name = "walk", .prepare = tree_prepare, .ready = warm_up, .pass = tree_pass, .repeats = 1},
  {.name = NULL},
};
