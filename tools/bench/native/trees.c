/* Trees of numbered files, one directory for each part. Those that are there already are kept for the next round. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "client.h"

#define DIGITS 6

unsigned items(unsigned part)
{
  return count / PARTS + (part < count % PARTS);
}

/* ROOT/TREE-PART/LETTER000000, whose digits item_of() sets: formatting a path anew would show beside a fast call. */
void place_of(struct place *place, const char *root, const char *tree, unsigned part, char letter)
{
  int length = snprintf(place->text, sizeof place->text, "%s/%s-%02u/%c%0*u", root, tree, part, letter, DIGITS, 0u);
  if (length < 0 || length >= (int)sizeof place->text) fail_because("%s: the path is too long", root);
  place->digits = place->text + length - DIGITS;
}

const char *item_of(struct place *place, unsigned item)
{
  for (unsigned digit = DIGITS; digit-- > 0; item /= 10) place->digits[digit] = (char)('0' + item % 10);
  return place->text;
}

void make_flat(const char *directory, unsigned files, uint64_t length, uint64_t seed, unsigned part)
{
  struct stat last;
  struct kept home;
  keep(&home, directory);
  must_mkdir(home.path);
  if (files > 0 && stat(path_of("%s/f%0*u", home.path, DIGITS, files - 1), &last) == 0) return;
  for (unsigned i = 0; i < files; i++)
    write_content(path_of("%s/f%0*u", home.path, DIGITS, i), O_WRONLY | O_CREAT, length, content_of(seed, part, i));
}

void make_tree(const char *tree, uint64_t length)
{
  for (unsigned part = 0; part < PARTS; part++)
    make_flat(path_of("%s/%s-%02u", lower_root, tree, part), items(part), length, KEPT_SEED, part);
}

/* Whatever is left of it: a pass that ran out of time leaves some of what it found, or has not made all. */
void remove_tree(const char *root, const char *tree)
{
  struct place place;
  for (unsigned part = 0; part < PARTS; part++) {
    place_of(&place, root, tree, part, 'f');
    struct stat found;
    for (unsigned i = 0; i < items(part); i++) {
      struct place below;
      place_of(&below, lower_root, tree, part, 'f');
      if (lstat(item_of(&below, i), &found) == 0) must_unlink(item_of(&place, i));
    }
    const char *home = path_of("%s/%s-%02u", root, tree, part);
    if (rmdir(home) != 0 && errno != ENOENT) fail("rmdir", home);
  }
}
