/* Pages touched through a mapping, in random order. The kernel is told so: else it would read many around each. */
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/mman.h>
#include "client.h"
#include "random.h"

static const char *mappings[PARTS];

static void map(void)
{
  random_open();
  for (unsigned part = 0; part < PARTS; part++) {
    void *mapping = mmap(NULL, random_length(), PROT_READ, MAP_SHARED, random_files[part], 0);
    if (mapping == MAP_FAILED) fail("mmap", random_path(mount_root, part));
    if (madvise(mapping, random_length(), MADV_RANDOM) != 0) fail("madvise", random_path(mount_root, part));
    mappings[part] = mapping;
  }
}

static void touch_pass(unsigned part)
{
  for (unsigned i = 0; i < items(part) && !out_of_time(); i++) {
    uint64_t offset = random_offset(i), begun = now();
    (void)*(const volatile char *)(mappings[part] + offset);
    finished(begun, PAGE, part);
    check_page_ends(mappings[part] + offset, PAGE, content_of(run_seed, part, 0), offset, "a mapped file");
  }
}

static void unmap(void)
{
  for (unsigned part = 0; part < PARTS; part++) munmap((void *)(uintptr_t)mappings[part], random_length());
  random_remove();
}

const struct workload mapping_workloads[] = {
  {.name = "mmap-read", .prepare = random_prepare, .ready = map, .pass = touch_pass, .remove = unmap},
  {.name = NULL},
};
