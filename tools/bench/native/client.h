/*
 * What the files of the client share. A workload's files are divided into PARTS parts, each beneath a name of its own,
 * and each process takes as many of the parts as fall to it: whatever the number of processes, it is the same tree.
 */
#ifndef SLUICE_BENCH_CLIENT_H
#define SLUICE_BENCH_CLIENT_H

#include <stdint.h>
#include <sys/types.h>

#define PAGE 4096u
#define BLOCK (1024u * 1024u)
#define PARTS 16u
#define LONGEST_PATH 4096u

/* The command line. */
extern const char *mount_root, *lower_root;
extern unsigned count;
extern uint64_t bytes_each;
extern unsigned clients;
extern uint64_t minimum_ns, maximum_ns;
/* Differs in each run, so that what an earlier run left in a cache is not taken for what this run wrote. */
extern uint64_t run_seed;
/* The seed of trees that are kept from one run to the next. */
#define KEPT_SEED 0

extern char block[BLOCK];

struct workload {
  const char *name;
  /* Beneath LOWER, where it costs the rival nothing. */
  void (*prepare)(void);
  /* Through MOUNT, before the clock: warms, opens, or makes cold. */
  void (*ready)(void);
  /* One part, through MOUNT, against the clock. */
  void (*pass)(unsigned part);
  /* Afterwards, beneath LOWER: is what the pass wrote what is there? */
  void (*verify)(unsigned part);
  /* What must not pile up. */
  void (*remove)(void);
  /* The pass leaves things as they are, or puts them back itself: it is done over and over for the minimum time. */
  int repeats;
};

extern const struct workload *workload;

/* calls.c: calls that end the program with a word about what failed where. */
_Noreturn void fail(const char *what, const char *path);
_Noreturn void fail_because(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *path_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
struct kept {
  char path[LONGEST_PATH];
};
void keep(struct kept *kept, const char *path);
int must_open(const char *path, int flags);
void must_close(int fd, const char *path);
void must_mkdir(const char *path);
void must_unlink(const char *path);
/* Words end with NULL; the first is the program. */
void must_run(const char *const words[]);

/* content.c: what stands in a file follows from its name, so that it can be checked. */
uint64_t content_of(uint64_t seed, unsigned part, unsigned item);
void fill(char *buffer, uint64_t length, uint64_t content, uint64_t offset);
void check_every_word(const char *buffer, uint64_t length, uint64_t content, uint64_t offset, const char *path);
void check_page_ends(const char *buffer, uint64_t length, uint64_t content, uint64_t offset, const char *path);
void write_content(const char *path, int flags, uint64_t length, uint64_t content);
void verify_content(const char *path, uint64_t length, uint64_t content);

/* trees.c: files f000000, f000001 … of each part in a directory of their own. */
struct place {
  char text[LONGEST_PATH];
  char *digits;
};
unsigned items(unsigned part);
void place_of(struct place *place, const char *root, const char *tree, unsigned part, char letter);
const char *item_of(struct place *place, unsigned item);
void make_tree(const char *tree, uint64_t length);
void remove_tree(const char *root, const char *tree);
void make_flat(const char *directory, unsigned files, uint64_t length, uint64_t seed, unsigned part);

/* tally.c: the clock, and what was counted. */
uint64_t now(void);
void finished(uint64_t begun, uint64_t bytes, unsigned part);
void finished_many(uint64_t begun, uint64_t bytes, unsigned operations, unsigned part);
/* Operations that another program did: they have no latencies here. */
void finished_elsewhere(unsigned operations);
int out_of_time(void);
uint64_t operations_so_far(void);
/* Operations of a part that were completed in this run, by whichever process. */
unsigned done_of(unsigned part);

/* crew.c: each part once through the mount, before the clock; and how many operations that were. */
void warm_up(void);
extern uint64_t warmed;

/* The workloads, by file. */
extern const struct workload sequential_workloads[], random_workloads[], mapping_workloads[], file_workloads[],
    name_workloads[], directory_workloads[], mix_workloads[], untar_workloads[];

/* mix.c: a tree of small files of many sizes, which untar.c unpacks as well. */
#define MIX_FILES_PER_DIRECTORY 100u
void make_mixed(const char *root, unsigned files);
void verify_mixed(const char *root, unsigned files);

/* spin.c */
_Noreturn void spin(int core);

#endif
