// One function compiled for several widths of vectors; the processor's own is chosen when the program is loaded.
#pragma once

/// Before a function with hot loops. AVX2 holds four doubles where the common x86-64 holds two. Not AVX-512 and no
/// fused multiply-add: every processor must give the same bits.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define CRADLE_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define CRADLE_WIDE
#endif
