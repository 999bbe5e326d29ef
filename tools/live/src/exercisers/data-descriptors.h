/*
 * The file's descriptors, one of each kind, opened when an operation first needs it, so that after all were closed any
 * kind may be the first; and one mapping of the whole file that is kept.
 */
#pragma once
#include <stdint.h>

enum kind { PLAIN, READ_ONLY, WRITE_ONLY, APPEND, DIRECT, KINDS };

extern const char *path;
extern const char *kind_name[KINDS];

int descriptor(enum kind kind);
/* One of those that can, without O_DIRECT; its name is noted. */
int any_reading(void);
int any_writing(void);
int any_open(void);
void close_kind(enum kind kind);
/* The kept mapping as well. */
void close_everything(void);
/* Opens and closes with O_TRUNC. */
void open_truncating(void);

/* Not zero: the descriptor that the kept mapping was made with stays open beside it. Else it is closed at once. */
extern int mapping_holds_descriptor;

/* The kept mapping, as long as the size limit. */
uint8_t *kept_mapping(void);
int is_mapping_kept(void);
void end_kept_mapping(void);
