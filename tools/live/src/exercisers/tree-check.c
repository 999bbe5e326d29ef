#define _GNU_SOURCE
#include "tree-check.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* More than these are counted only. */
#define DEFECTS_TOLD 20

struct object {
	ino_t number;
	nlink_t links, found;
	char *path;
};

static void *objects;
static long names, *defects;

__attribute__((format(printf, 2, 3))) static void defect(const char *path, const char *format, ...)
{
	if (++*defects > DEFECTS_TOLD) return;
	fprintf(stderr, "%s: ", path);
	va_list arguments;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

static int by_number(const void *a, const void *b)
{
	ino_t here = ((const struct object *)a)->number, there = ((const struct object *)b)->number;
	return here < there ? -1 : here > there;
}

static void count_name(const char *path, const struct stat *about)
{
	struct object *new = calloc(1, sizeof *new);
	new->number = about->st_ino;
	struct object *found = *(struct object **)tsearch(new, &objects, by_number);
	if (found != new) free(new);
	else found->path = strdup(path);
	found->links = about->st_nlink;
	found->found++;
}

static void check_links(const void *node, VISIT visit, int depth)
{
	(void)depth;
	if (visit != postorder && visit != leaf) return;
	const struct object *object = *(struct object *const *)node;
	if (object->links != object->found)
		defect(object->path, "%lu links, %lu names", (unsigned long)object->links, (unsigned long)object->found);
}

static void compare(const char *path, const struct stat *here, const char *there_path)
{
	struct stat there;
	if (lstat(there_path, &there) != 0) {
		defect(there_path, "%s", strerror(errno));
		return;
	}
	if (here->st_mode != there.st_mode) defect(path, "mode %o, elsewhere %o", here->st_mode, there.st_mode);
	if (here->st_ino != there.st_ino) defect(path, "another inode number than elsewhere");
	if (here->st_nlink != there.st_nlink)
		defect(path, "%lu links, elsewhere %lu", (unsigned long)here->st_nlink, (unsigned long)there.st_nlink);
	if (here->st_uid != there.st_uid || here->st_gid != there.st_gid) defect(path, "another owner than elsewhere");
	if (here->st_size != there.st_size) defect(path, "size %ld, elsewhere %ld", here->st_size, there.st_size);
	if (here->st_mtim.tv_sec != there.st_mtim.tv_sec || here->st_mtim.tv_nsec != there.st_mtim.tv_nsec)
		defect(path, "modified %ld.%09ld, elsewhere %ld.%09ld", here->st_mtim.tv_sec, here->st_mtim.tv_nsec,
			there.st_mtim.tv_sec, there.st_mtim.tv_nsec);
	char texts[2][1024] = {{0}, {0}};
	if (S_ISLNK(here->st_mode)) {
		if (readlink(path, texts[0], 1023) < 0 || readlink(there_path, texts[1], 1023) < 0) defect(path, "no target");
	} else {
		if (llistxattr(path, texts[0], 1023) < 0) defect(path, "llistxattr: %s", strerror(errno));
		if (llistxattr(there_path, texts[1], 1023) < 0) defect(there_path, "llistxattr: %s", strerror(errno));
	}
	if (memcmp(texts[0], texts[1], 1024) != 0) defect(path, "another target or other attributes than elsewhere");
}

static void read_file(const char *path, off_t size)
{
	static char bytes[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t all = 0;
	ssize_t got = -1;
	if (fd >= 0) {
		while ((got = read(fd, bytes, sizeof bytes)) > 0) all += got;
		close(fd);
	}
	if (got < 0) defect(path, "%s", strerror(errno));
	else if (all != size) defect(path, "%ld bytes can be read of %ld", (long)all, (long)size);
}

static unsigned long walk(const char *directory, const char *other);

/* True if it is a directory, which has been checked as well. */
static int check_object(const char *path, const char *there, const struct dirent *entry)
{
	struct stat about;
	if (lstat(path, &about) != 0) {
		defect(path, "is listed, but: %s", strerror(errno));
		return 0;
	}
	if (entry->d_type != IFTODT(about.st_mode)) defect(path, "is listed as another type than it is");
	if (entry->d_ino != about.st_ino) defect(path, "is listed with another inode number than it has");
	if (there != NULL) compare(path, &about, there);
	if (S_ISDIR(about.st_mode)) {
		unsigned long inside = walk(path, there);
		if (about.st_nlink != inside + 2)
			defect(path, "%lu links, %lu directories inside", (unsigned long)about.st_nlink, inside);
		return 1;
	}
	count_name(path, &about);
	if (S_ISREG(about.st_mode)) read_file(path, about.st_size);
	return 0;
}

static char *joined(const char *directory, const char *name)
{
	char *path = malloc(strlen(directory) + strlen(name) + 2);
	sprintf(path, "%s/%s", directory, name);
	return path;
}

/* Returns the number of directories in it. */
static unsigned long walk(const char *directory, const char *other)
{
	unsigned long directories = 0;
	struct dirent **entries;
	// In order, so that the same name twice is twice in a row.
	int count = scandir(directory, &entries, NULL, alphasort);
	if (count < 0) {
		defect(directory, "%s", strerror(errno));
		return 0;
	}
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		if (i > 0 && strcmp(name, entries[i - 1]->d_name) == 0) defect(directory, "%s is listed twice", name);
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
		names++;
		char *path = joined(directory, name), *there = other == NULL ? NULL : joined(other, name);
		directories += (unsigned long)check_object(path, there, entries[i]);
		free(path);
		free(there);
	}
	for (int i = 0; i < count; i++) free(entries[i]);
	free(entries);
	return directories;
}

static void free_object(void *object)
{
	free(((struct object *)object)->path);
	free(object);
}

long check_tree(const char *directory, const char *other, long *counted)
{
	defects = counted;
	names = 0;
	objects = NULL;
	walk(directory, other);
	twalk(objects, check_links);
	tdestroy(objects, free_object);
	return names;
}
