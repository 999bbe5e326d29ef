/* Names that come, change and go. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "client.h"

static void expect_there(const char *path, int there)
{
  struct stat found;
  if ((lstat(path, &found) == 0) != there) fail_because("%s is %s", path, there ? "not there" : "still there");
}

/* The directories alone, and each of them known to the mount. */
static void create_prepare(void)
{
  for (unsigned part = 0; part < PARTS; part++) must_mkdir(path_of("%s/create-%02u", lower_root, part));
}

static void create_ready(void)
{
  struct stat known;
  for (unsigned part = 0; part < PARTS; part++) {
    const char *path = path_of("%s/create-%02u", mount_root, part);
    if (lstat(path, &known) != 0) fail("lstat", path);
  }
}

static void create(unsigned part, uint64_t length)
{
  struct place place;
  place_of(&place, mount_root, "create", part, 'f');
  for (unsigned i = 0; i < items(part) && !out_of_time(); i++) {
    const char *path = item_of(&place, i);
    if (length > 0) fill(block, length, content_of(run_seed, part, i), 0);
    uint64_t begun = now();
    int fd = must_open(path, O_WRONLY | O_CREAT | O_EXCL);
    if (length > 0 && write(fd, block, length) != (ssize_t)length) fail("write", path);
    must_close(fd, path);
    finished(begun, length, part);
  }
}

static void create_pass(unsigned part)
{
  create(part, 0);
}

static void create_write_pass(unsigned part)
{
  create(part, bytes_each);
}

static void create_verify(unsigned part)
{
  struct place place;
  place_of(&place, lower_root, "create", part, 'f');
  for (unsigned i = 0; i < done_of(part); i++) {
    if (workload->pass == create_pass) verify_content(item_of(&place, i), 0, 0);
    else verify_content(item_of(&place, i), bytes_each, content_of(run_seed, part, i));
  }
}

static void create_remove(void)
{
  remove_tree(mount_root, "create");
}

static void unlink_prepare(void)
{
  make_tree("unlink", bytes_each);
}

static void unlink_ready(void)
{
  struct place place;
  struct stat known;
  for (unsigned part = 0; part < PARTS; part++) {
    place_of(&place, mount_root, "unlink", part, 'f');
    for (unsigned i = 0; i < items(part); i++)
      if (lstat(item_of(&place, i), &known) != 0) fail("lstat", place.text);
  }
}

static void unlink_pass(unsigned part)
{
  struct place place;
  place_of(&place, mount_root, "unlink", part, 'f');
  for (unsigned i = 0; i < items(part) && !out_of_time(); i++) {
    const char *path = item_of(&place, i);
    uint64_t begun = now();
    must_unlink(path);
    finished(begun, 0, part);
  }
}

static void unlink_verify(unsigned part)
{
  struct place place;
  place_of(&place, lower_root, "unlink", part, 'f');
  for (unsigned i = 0; i < items(part); i++) expect_there(item_of(&place, i), i >= done_of(part));
}

static void unlink_remove(void)
{
  remove_tree(mount_root, "unlink");
}

static void rename_prepare(void)
{
  make_tree("rename", bytes_each);
}

/* There in one pass and back in the next; `turns` of a part goes on counting from one pass to the next. */
static unsigned turns[PARTS];

static void places_of(struct place *first, struct place *second, const char *root, unsigned part)
{
  place_of(first, root, "rename", part, 'f');
  place_of(second, root, "rename", part, 'g');
}

static void rename_pass(unsigned part)
{
  struct place first, second;
  places_of(&first, &second, mount_root, part);
  for (unsigned left = items(part); left > 0 && !out_of_time(); left--, turns[part]++) {
    unsigned item = turns[part] % items(part);
    int back = turns[part] / items(part) % 2 == 1;
    const char *from = item_of(back ? &second : &first, item), *to = item_of(back ? &first : &second, item);
    uint64_t begun = now();
    if (rename(from, to) != 0) fail("rename", from);
    finished(begun, 0, part);
  }
}

/* And takes back the names that are away, for the next round, where the clock does not see it. */
static void rename_verify(unsigned part)
{
  struct place first, second, first_seen, second_seen;
  places_of(&first, &second, lower_root, part);
  places_of(&first_seen, &second_seen, mount_root, part);
  for (unsigned i = 0; i < items(part); i++) {
    int away = (turns[part] / items(part) + (i < turns[part] % items(part))) % 2 == 1;
    expect_there(item_of(&first, i), !away);
    expect_there(item_of(&second, i), away);
    if (away && rename(item_of(&second_seen, i), item_of(&first_seen, i)) != 0) fail("rename", second_seen.text);
  }
}

const struct workload name_workloads[] = {
  {.name = "create", .prepare = create_prepare, .ready = create_ready, .pass = create_pass, .verify = create_verify,
   .remove = create_remove},
  {.name = "create-write", .prepare = create_prepare, .ready = create_ready, .pass = create_write_pass,
   .verify = create_verify, .remove = create_remove},
  {.name = "unlink", .prepare = unlink_prepare, .ready = unlink_ready, .pass = unlink_pass, .verify = unlink_verify,
   .remove = unlink_remove},
  {.name = "rename", .prepare = rename_prepare, .ready = warm_up, .pass = rename_pass, .verify = rename_verify,
   .repeats = 1},
  {.name = NULL},
};
