/*
 * Random numbers from a seed (splitmix64): a run that is given the same seed draws the same, on any machine.
 */
#pragma once
#include <stdint.h>

extern uint64_t draw_state;

static inline uint64_t draw(void)
{
	uint64_t z = draw_state += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* From 0 to n - 1. */
static inline int64_t below(int64_t n)
{
	return n <= 1 ? 0 : (int64_t)(draw() % (uint64_t)n);
}

/* True once in n times. */
static inline int once_in(int64_t n)
{
	return below(n) == 0;
}
