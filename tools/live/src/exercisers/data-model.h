/*
 * What the file must hold: its bytes and its size, and which operation wrote each byte last. And the end of the run when
 * it holds something else, with what led there.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096

/* Bytes behind model_size are always zero. */
extern uint8_t *model;
extern int64_t model_size, model_limit;
extern int64_t operation_number;

void model_start(int64_t limit, uint64_t seed);
void model_write(int64_t at, const uint8_t *bytes, int64_t length);
/* Never beyond the end. */
void model_zero(int64_t at, int64_t length);
void model_resize(int64_t size);
/* `how` says by which way `found` was read. */
void model_compare(const char *how, int64_t at, const uint8_t *found, int64_t length);
void model_compare_size(const char *how, int64_t size);

/* Tells the last operations what they are; the first word of an operation's notes is its name. */
void operation_begins(const char *name);
__attribute__((format(printf, 1, 2))) void note(const char *format, ...);
__attribute__((format(printf, 1, 2), noreturn)) void fail(const char *format, ...);
/* The same with the call's errno. */
__attribute__((noreturn)) void fail_call(const char *call);
