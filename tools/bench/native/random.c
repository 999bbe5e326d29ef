/* Pages of large files, read and written by position. */
#include <fcntl.h>
#include <unistd.h>
#include "client.h"
#include "random.h"

int random_files[PARTS];

const char *random_path(const char *root, unsigned part)
{
  return path_of("%s/random-%02u", root, part);
}

uint64_t random_length(void)
{
  return bytes_each / PARTS;
}

/* An odd step visits every page of a power of two once. */
uint64_t random_offset(unsigned item)
{
  return (item * UINT64_C(40503)) % (random_length() / PAGE) * PAGE;
}

void random_prepare(void)
{
  uint64_t pages = random_length() / PAGE;
  if (pages < items(0) || (pages & (pages - 1)) != 0)
    fail_because("%s needs %u files of 2^n pages, %u at least, not of %llu", workload->name, PARTS, items(0),
                 (unsigned long long)pages);
  for (unsigned part = 0; part < PARTS; part++)
    write_content(random_path(lower_root, part), O_WRONLY | O_CREAT | O_EXCL, random_length(),
                  content_of(run_seed, part, 0));
}

void random_open(void)
{
  for (unsigned part = 0; part < PARTS; part++) random_files[part] = must_open(random_path(mount_root, part), O_RDWR);
}

void random_remove(void)
{
  for (unsigned part = 0; part < PARTS; part++) {
    close(random_files[part]);
    unlink(random_path(mount_root, part));
  }
}

static void read_pass(unsigned part)
{
  for (unsigned i = 0; i < items(part) && !out_of_time(); i++) {
    uint64_t offset = random_offset(i), begun = now();
    if (pread(random_files[part], block, PAGE, (off_t)offset) != PAGE) fail("pread", random_path(mount_root, part));
    finished(begun, PAGE, part);
    check_page_ends(block, PAGE, content_of(run_seed, part, 0), offset, "what pread returned");
  }
}

/* What is written has item 1 in it, unlike what was there, so that it shows whether it arrived. */
static void write_pass(unsigned part)
{
  for (unsigned i = 0; i < items(part) && !out_of_time(); i++) {
    uint64_t offset = random_offset(i);
    fill(block, PAGE, content_of(run_seed, part, 1), offset);
    uint64_t begun = now();
    if (pwrite(random_files[part], block, PAGE, (off_t)offset) != PAGE) fail("pwrite", random_path(mount_root, part));
    finished(begun, PAGE, part);
  }
}

static void write_verify(unsigned part)
{
  const char *path = random_path(lower_root, part);
  int fd = must_open(path, O_RDONLY);
  for (unsigned i = 0; i < items(part); i++) {
    uint64_t offset = random_offset(i);
    if (pread(fd, block, PAGE, (off_t)offset) != PAGE) fail("pread", path);
    check_every_word(block, PAGE, content_of(run_seed, part, i < done_of(part)), offset, path);
  }
  must_close(fd, path);
}

const struct workload random_workloads[] = {
  {.name = "random-read", .prepare = random_prepare, .ready = random_open, .pass = read_pass, .remove = random_remove},
  {.name = "random-write", .prepare = random_prepare, .ready = random_open, .pass = write_pass,
   .verify = write_verify, .remove = random_remove},
  {.name = NULL},
};
