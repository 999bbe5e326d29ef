/* Many small files that are there already: asked for, read, written. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "client.h"

static void files_prepare(void)
{
  if (bytes_each > BLOCK || bytes_each % PAGE != 0)
    fail_because("%s needs files of whole pages up to 1 MiB", workload->name);
  make_tree("files", bytes_each);
}

static void stat_pass(unsigned part)
{
  struct place place;
  struct stat attributes;
  place_of(&place, mount_root, "files", part, 'f');
  for (unsigned i = 0; i < items(part) && !out_of_time(); i++) {
    const char *path = item_of(&place, i);
    uint64_t begun = now();
    if (lstat(path, &attributes) != 0) fail("lstat", path);
    finished(begun, 0, part);
    if ((uint64_t)attributes.st_size != bytes_each) fail_because("wrong size of %s", path);
  }
}

static void open_pass(unsigned part)
{
  struct place place;
  place_of(&place, mount_root, "files", part, 'f');
  for (unsigned i = 0; i < items(part) && !out_of_time(); i++) {
    const char *path = item_of(&place, i);
    uint64_t begun = now();
    int fd = must_open(path, O_RDONLY);
    if (read(fd, block, bytes_each) != (ssize_t)bytes_each) fail("read", path);
    must_close(fd, path);
    finished(begun, bytes_each, part);
    check_every_word(block, bytes_each, content_of(KEPT_SEED, part, i), 0, path);
  }
}

static void written_prepare(void)
{
  make_tree("written", bytes_each);
}

static void write_pass(unsigned part)
{
  struct place place;
  place_of(&place, mount_root, "written", part, 'f');
  for (unsigned i = 0; i < items(part) && !out_of_time(); i++) {
    const char *path = item_of(&place, i);
    fill(block, bytes_each, content_of(run_seed, part, i), 0);
    uint64_t begun = now();
    int fd = must_open(path, O_WRONLY);
    if (write(fd, block, bytes_each) != (ssize_t)bytes_each) fail("write", path);
    must_close(fd, path);
    finished(begun, bytes_each, part);
  }
}

static void write_verify(unsigned part)
{
  struct place place;
  place_of(&place, lower_root, "written", part, 'f');
  for (unsigned i = 0; i < items(part) && i < done_of(part); i++)
    verify_content(item_of(&place, i), bytes_each, content_of(run_seed, part, i));
}

const struct workload file_workloads[] = {
  {.name = "stat", .prepare = files_prepare, .ready = warm_up, .pass = stat_pass, .repeats = 1},
  {.name = "open-read-close", .prepare = files_prepare, .ready = warm_up, .pass = open_pass, .repeats = 1},
  {.name = "write-close", .prepare = written_prepare, .ready = warm_up, .pass = write_pass, .verify = write_verify,
   .repeats = 1},
  {.name = NULL},
};
