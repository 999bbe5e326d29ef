#define _GNU_SOURCE
#include "tree-calls.h"
#include "drawing.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#define WORDS 512

char first_path[256], second_path[256];
char wrong_content[256];

/* Paths are relative to `base`, which is the root or a directory that is held open and may have been removed or moved. */
static int base = AT_FDCWD;

static int result(int64_t returned)
{
	return returned < 0 ? errno : 0;
}

static void draw_path(char *path)
{
	path[0] = 0;
	// What lies deep is rarely there.
	for (int64_t depth = once_in(2) ? below(2) : below(4); depth > 0; depth--) sprintf(path + strlen(path), "d%d/", (int)below(3));
	sprintf(path + strlen(path), "%c%d", once_in(3) ? 'd' : 'n', (int)below(6));
}

static const char *one(void)
{
	draw_path(first_path);
	return first_path;
}

static const char *other(void)
{
	draw_path(second_path);
	return second_path;
}

static int open_one(int flags)
{
	// A FIFO that nobody writes is not waited for.
	return openat(base, one(), flags | O_NONBLOCK | O_CLOEXEC, 0644);
}

static uint64_t word_at(int64_t number)
{
	return 0x736c756963650000u ^ (uint64_t)number;
}

static int with_one(int flags, int (*act)(int fd))
{
	int fd = open_one(flags);
	if (fd < 0) return errno;
	int error = act(fd);
	return close(fd) != 0 ? errno : error;
}

static int write_words(int fd)
{
	struct stat about;
	if (fstat(fd, &about) != 0) return errno;
	if (!S_ISREG(about.st_mode)) return 0;
	static uint64_t words[WORDS];
	int64_t first = below(WORDS * 4), count = 1 + below(WORDS);
	for (int64_t i = 0; i < count; i++) words[i] = word_at(first + i);
	return result(pwrite(fd, words, (size_t)count * 8, first * 8));
}

static int read_words(int fd)
{
	struct stat about;
	if (fstat(fd, &about) != 0) return errno;
	if (!S_ISREG(about.st_mode)) return 0;
	static uint64_t words[WORDS];
	int64_t first = below(WORDS * 4);
	ssize_t got = pread(fd, words, sizeof words, first * 8);
	for (ssize_t i = 0; i < got / 8; i++) {
		if (words[i] == 0 || words[i] == word_at(first + i)) continue;
		snprintf(wrong_content, sizeof wrong_content, "word %ld is %016lx", (long)(first + i), (unsigned long)words[i]);
	}
	return result(got);
}

static int create(void) { return with_one(O_CREAT | O_RDWR | (once_in(2) ? O_EXCL : 0), write_words); }
static int write_one(void) { return with_one(O_WRONLY | (once_in(8) ? O_TRUNC : 0), write_words); }
static int read_one(void) { return with_one(O_RDONLY, read_words); }
static int make_directory(void) { return result(mkdirat(base, one(), 0755)); }
static int unlink_one(void) { return result(unlinkat(base, one(), 0)); }
static int remove_directory(void) { return result(unlinkat(base, one(), AT_REMOVEDIR)); }
static int link_both(void) { return result(linkat(base, one(), base, other(), 0)); }
static int change_mode(void) { return result(fchmodat(base, one(), (mode_t)below(01000), 0)); }

static int make_node(void)
{
	static const mode_t types[] = {S_IFREG, S_IFIFO, S_IFSOCK};
	return result(mknodat(base, one(), types[below(3)] | 0644, 0));
}

static int make_symlink(void)
{
	// Often to nowhere, or in a circle.
	return result(symlinkat(other(), base, one()));
}

static int depth_of(const char *path)
{
	int depth = 0;
	for (; *path != 0; path++) depth += *path == '/';
	return depth;
}

/* Never to a deeper place: trees moved into each other would get so deep that nobody can name what is in them. */
static int rename_both(void)
{
	static const unsigned flags[] = {0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE};
	unsigned how = flags[below(4)];
	do {
		one();
		other();
	} while (how == RENAME_EXCHANGE ? depth_of(first_path) != depth_of(second_path)
					: depth_of(first_path) < depth_of(second_path));
	return result(renameat2(base, first_path, base, second_path, how));
}

static int change_owner(void)
{
	return result(fchownat(base, one(), (uid_t)below(3), (gid_t)below(3), AT_SYMLINK_NOFOLLOW));
}

static int truncate_file(int fd)
{
	struct stat about;
	if (fstat(fd, &about) != 0) return errno;
	// Whole words, so that readers know them.
	return S_ISREG(about.st_mode) ? result(ftruncate(fd, 8 * below(WORDS * 6))) : 0;
}

static int truncate_one(void) { return with_one(O_WRONLY, truncate_file); }

static int change_times(void)
{
	const struct timespec times[2] = {{below(2000000000), below(1000000000)}, {0, once_in(2) ? UTIME_NOW : UTIME_OMIT}};
	return result(utimensat(base, one(), times, once_in(2) ? AT_SYMLINK_NOFOLLOW : 0));
}

/* Extended attributes have no calls relative to a directory; the root is the working directory. */
static int set_attribute(void)
{
	static const char *names[] = {"user.one", "user.two", "user.three"};
	char value[200];
	memset(value, 'x', sizeof value);
	int flags[] = {0, 0, XATTR_CREATE, XATTR_REPLACE};
	return result(lsetxattr(one(), names[below(3)], value, (size_t)below(200), flags[below(4)]));
}

static int read_attributes(void)
{
	char names[1024], value[1024];
	ssize_t got = llistxattr(one(), names, sizeof names);
	if (got < 0) return errno;
	for (char *name = names; name < names + got; name += strlen(name) + 1)
		if (lgetxattr(first_path, name, value, sizeof value) < 0) return errno;
	return 0;
}

static int remove_attribute(void) { return result(lremovexattr(one(), once_in(2) ? "user.one" : "user.two")); }

static int read_directory(void)
{
	int fd = open_one(O_RDONLY | O_DIRECTORY);
	if (fd < 0) return errno;
	DIR *stream = fdopendir(fd);
	if (stream == NULL) return errno;
	errno = 0;
	int error = 0;
	for (struct dirent *entry; error == 0 && (entry = readdir(stream)) != NULL; errno = 0) {
		struct stat about;
		if (once_in(4) && fstatat(fd, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0) error = errno;
	}
	if (error == 0) error = errno;
	closedir(stream);
	return error;
}

static int look_up(void)
{
	struct stat about;
	return result(fstatat(base, one(), &about, once_in(2) ? AT_SYMLINK_NOFOLLOW : 0));
}

static int read_link(void)
{
	char target[256];
	return result(readlinkat(base, one(), target, sizeof target));
}

static int ask_access(void) { return result(faccessat(base, one(), (int)below(8) & (R_OK | W_OK), 0)); }

static int sync_file(int fd)
{
	return result(fsync(fd));
}

static int sync_one_rarely(void)
{
	return once_in(10) ? with_one(O_RDONLY, sync_file) : 0;
}

/* From now on, or no longer, relative to a directory that others move and remove. */
static int move_base(void)
{
	if (base != AT_FDCWD && close(base) != 0) return errno;
	base = AT_FDCWD;
	if (once_in(2)) return 0;
	int fd = open_one(O_RDONLY | O_DIRECTORY);
	if (fd < 0) return errno;
	base = fd;
	return 0;
}

const struct call calls[] = {
	{"create", 14, create}, {"mkdir", 14, make_directory}, {"mknod", 4, make_node}, {"link", 6, link_both},
	{"symlink", 3, make_symlink}, {"rename", 14, rename_both}, {"unlink", 8, unlink_one}, {"rmdir", 6, remove_directory},
	{"chmod", 3, change_mode}, {"chown", 3, change_owner}, {"truncate", 4, truncate_one}, {"utimens", 3, change_times},
	{"setxattr", 4, set_attribute}, {"listxattr", 4, read_attributes}, {"removexattr", 2, remove_attribute},
	{"readdir", 6, read_directory}, {"stat", 10, look_up}, {"readlink", 3, read_link}, {"access", 3, ask_access},
	{"write", 8, write_one}, {"read", 8, read_one}, {"fsync", 1, sync_one_rarely}, {"base", 2, move_base},
};
const int call_count = sizeof calls / sizeof *calls;
