/*
 * A tree at rest, read whole: every name can be looked up and is listed once, as what it is; every object has as many names
 * as its link count says; and the same is found in another tree, if there is one.
 */
#pragma once

/* `other` may be NULL. The number of names; defects are printed to standard error and counted. */
long check_tree(const char *directory, const char *other, long *defects);
