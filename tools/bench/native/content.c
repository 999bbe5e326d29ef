/*
 * Content that can be checked: each page of each file begins with a number that follows from the run, the file and the
 * page, and counts up from there word by word. A page of another file, another place or an earlier run does not pass.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "client.h"

#define WORD sizeof(uint64_t)

static uint64_t mixed(uint64_t value)
{
  value ^= value >> 32;
  value *= UINT64_C(0xd6e8feb86659fd93);
  value ^= value >> 29;
  value *= UINT64_C(0xd6e8feb86659fd93);
  return value ^ value >> 32;
}

uint64_t content_of(uint64_t seed, unsigned part, unsigned item)
{
  return mixed(seed + mixed(((uint64_t)part << 32 | item) + 1));
}

static uint64_t first_word(uint64_t content, uint64_t offset)
{
  return mixed(content + offset / PAGE + 1);
}

/* Lengths and offsets are whole pages, but for the end of a file, which is a whole word. */
void fill(char *buffer, uint64_t length, uint64_t content, uint64_t offset)
{
  for (uint64_t at = 0; at < length; at += PAGE) {
    uint64_t *words = (uint64_t *)(void *)(buffer + at), first = first_word(content, offset + at);
    uint64_t number = (length - at < PAGE ? length - at : PAGE) / WORD;
    for (uint64_t i = 0; i < number; i++) words[i] = first + i;
  }
}

static uint64_t word_at(const char *buffer)
{
  uint64_t word;
  memcpy(&word, buffer, sizeof word);
  return word;
}

/* By the sum of each page: costs little beside the read it checks. */
void check_every_word(const char *buffer, uint64_t length, uint64_t content, uint64_t offset, const char *path)
{
  for (uint64_t at = 0; at < length; at += PAGE) {
    uint64_t first = first_word(content, offset + at), sum = 0;
    uint64_t number = (length - at < PAGE ? length - at : PAGE) / WORD;
    const uint64_t *words = (const uint64_t *)(const void *)(buffer + at);
    for (uint64_t i = 0; i < number; i++) sum += words[i];
    if (sum != number * first + number * (number - 1) / 2 || word_at(buffer + at) != first)
      fail_because("wrong data in %s at %llu", path, (unsigned long long)(offset + at));
  }
}

/* Where summing all words would take as long as the read. */
void check_page_ends(const char *buffer, uint64_t length, uint64_t content, uint64_t offset, const char *path)
{
  for (uint64_t at = 0; at < length; at += PAGE) {
    uint64_t first = first_word(content, offset + at);
    if (word_at(buffer + at) != first || word_at(buffer + at + PAGE - WORD) != first + PAGE / WORD - 1)
      fail_because("wrong data in %s at %llu", path, (unsigned long long)(offset + at));
  }
}

void write_content(const char *path, int flags, uint64_t length, uint64_t content)
{
  int fd = must_open(path, flags);
  for (uint64_t done = 0; done < length;) {
    size_t piece = length - done < BLOCK ? (size_t)(length - done) : BLOCK;
    fill(block, piece, content, done);
    if (write(fd, block, piece) != (ssize_t)piece) fail("write", path);
    done += piece;
  }
  must_close(fd, path);
}

void verify_content(const char *path, uint64_t length, uint64_t content)
{
  int fd = must_open(path, O_RDONLY);
  uint64_t done = 0;
  for (ssize_t got; (got = read(fd, block, BLOCK)) != 0; done += (uint64_t)got) {
    if (got < 0) fail("read", path);
    check_every_word(block, (uint64_t)got, content, done, path);
  }
  if (done != length)
    fail_because("%s has %llu bytes, not %llu", path, (unsigned long long)done, (unsigned long long)length);
  must_close(fd, path);
}
