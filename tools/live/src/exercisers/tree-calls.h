/*
 * Random calls on a few names that all processes share, so that they keep meeting: each may fail for a reason that a race
 * explains and for no other. Files hold words that tell their own place, so that a reader knows any word that was never
 * written.
 */
#pragma once
#include <errno.h>
#include <stdint.h>

struct call {
	const char *name;
	int weight;
	/* 0 or an errno. */
	int (*perform)(void);
};

extern const struct call calls[];
extern const int call_count;

/* What the last call was about. */
extern char first_path[256], second_path[256];
/* Not empty if a file held what nobody wrote. */
extern char wrong_content[256];

/* True if some race, or what kind of object a name stands for, explains it. */
static inline int is_expected(int error)
{
	static const int expected[] = {0, ENOENT, EEXIST, ENOTEMPTY, ENOTDIR, EISDIR, EINVAL, ELOOP, ENODATA, EPERM, ENXIO};
	for (unsigned i = 0; i < sizeof expected / sizeof *expected; i++)
		if (expected[i] == error) return 1;
	return 0;
}
