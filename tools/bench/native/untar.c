/* An archive of small files unpacked by tar(1). The archive lies outside of all mounts; only wall time is measured. */
#include <stdio.h>
#include <sys/stat.h>
#include "client.h"

/* Beside the lower tree. */
static const char *workshop(void)
{
  return path_of("%s.untar", lower_root);
}

static const char *archive(void)
{
  return path_of("%s/archive.tar", workshop());
}

static void remove_all(const char *path)
{
  must_run((const char *[]){"rm", "-rf", path, NULL});
}

static void archive_prepare(void)
{
  struct stat made;
  must_mkdir(path_of("%s/untar", lower_root));
  if (stat(archive(), &made) == 0) return;
  must_mkdir(workshop());
  struct kept source;
  keep(&source, path_of("%s/source", workshop()));
  make_mixed(source.path, count);
  must_run((const char *[]){"tar", "-C", source.path, "-cf", archive(), ".", NULL});
  remove_all(source.path);
}

static void known_ready(void)
{
  struct stat known;
  const char *path = path_of("%s/untar", mount_root);
  if (lstat(path, &known) != 0) fail("lstat", path);
}

static void untar_pass(unsigned part)
{
  if (part > 0) return;
  const char *target = path_of("%s/untar", mount_root);
  must_run((const char *[]){"tar", "-C", target, "-xf", archive(), NULL});
  finished_elsewhere(count);
}

static void untar_verify(unsigned part)
{
  if (part == 0) verify_mixed(path_of("%s/untar", lower_root), count);
}

static void untar_remove(void)
{
  remove_all(path_of("%s/untar", mount_root));
}

const struct workload untar_workloads[] = {
  {.name = "untar", .prepare = archive_prepare, .ready = known_ready, .pass = untar_pass, .verify = untar_verify,
   .remove = untar_remove},
  {.name = NULL},
};
