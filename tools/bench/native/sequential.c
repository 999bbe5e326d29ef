/* Whole files in sequence. Each is new to the mount, so nothing of it is cached there. One part is one file. */
#include <fcntl.h>
#include <unistd.h>
#include "client.h"

static const char *file_of(const char *root, unsigned part)
{
  return path_of("%s/sequential-%02u", root, part);
}

static void write_pass(unsigned part)
{
  if (items(part) == 0) return;
  const char *path = file_of(mount_root, part);
  int fd = must_open(path, O_WRONLY | O_CREAT | O_EXCL);
  for (uint64_t offset = 0; offset < bytes_each && !out_of_time(); offset += BLOCK) {
    fill(block, BLOCK, content_of(run_seed, part, 0), offset);
    uint64_t begun = now();
    if (write(fd, block, BLOCK) != BLOCK) fail("write", path);
    finished(begun, BLOCK, part);
  }
  must_close(fd, path);
}

static void write_verify(unsigned part)
{
  if (done_of(part) > 0)
    verify_content(file_of(lower_root, part), (uint64_t)done_of(part) * BLOCK, content_of(run_seed, part, 0));
}

static void read_prepare(void)
{
  for (unsigned part = 0; part < PARTS; part++)
    if (items(part) > 0)
      write_content(file_of(lower_root, part), O_WRONLY | O_CREAT | O_EXCL, bytes_each, content_of(run_seed, part, 0));
}

static void read_pass(unsigned part)
{
  if (items(part) == 0) return;
  const char *path = file_of(mount_root, part);
  int fd = must_open(path, O_RDONLY);
  for (uint64_t offset = 0; offset < bytes_each && !out_of_time(); offset += BLOCK) {
    uint64_t begun = now();
    if (read(fd, block, BLOCK) != BLOCK) fail("read", path);
    finished(begun, BLOCK, part);
    check_page_ends(block, BLOCK, content_of(run_seed, part, 0), offset, path);
  }
  must_close(fd, path);
}

/* Through the mount: a daemon that keeps lower files open for a while must learn that they are gone. */
static void sequential_remove(void)
{
  for (unsigned part = 0; part < PARTS; part++) unlink(file_of(mount_root, part));
}

const struct workload sequential_workloads[] = {
  {.name = "sequential-write", .pass = write_pass, .verify = write_verify, .remove = sequential_remove},
  {.name = "sequential-read", .prepare = read_prepare, .pass = read_pass, .remove = sequential_remove},
  {.name = NULL},
};
