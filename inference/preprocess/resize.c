// The sums of products that resizing is, in C for its vector instructions,
// which Go's compiler has not.

#include <string.h>

#include "resize.h"

#define PRECISION 22
#define HALF (1 << (PRECISION - 1))

static inline uint8_t clip(int32_t sum) {
  sum >>= PRECISION;
  return sum < 0 ? 0 : sum > 255 ? 255 : sum;
}

static uint8_t weigh(const uint8_t *from, size_t step, int taps, const int32_t *weights) {
  int32_t sum = HALF;
  for (int i = 0; i < taps; i++) sum += from[step * i] * weights[i];
  return clip(sum);
}

#ifdef __x86_64__

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i add(__m256i sums, __m128i pixels, int32_t weight) {
  return _mm256_add_epi32(sums, _mm256_mullo_epi32(_mm256_cvtepu8_epi32(pixels), _mm256_set1_epi32(weight)));
}

AVX2 static inline uint64_t clip8(__m256i sums) {
  __m256i values = _mm256_srai_epi32(sums, PRECISION);
  __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
  return _mm_cvtsi128_si64(_mm_packus_epi16(words, words));
}

static inline int32_t four(const uint8_t *from) {
  int32_t value;
  memcpy(&value, from, 4);
  return value;
}

// Resizes two rows at once, of whose pixels it reads four bytes each.
AVX2 static void two_rows(uint8_t *to[2], const uint8_t *from[2], int out, int taps, const int32_t *first, const int32_t *weights) {
  for (int x = 0; x < out; x++, weights += taps) {
    const uint8_t *a = from[0] + (size_t)3 * first[x], *b = from[1] + (size_t)3 * first[x];
    __m256i sums = _mm256_set1_epi32(HALF);
    for (int i = 0; i < taps; i++, a += 3, b += 3) sums = add(sums, _mm_insert_epi32(_mm_cvtsi32_si128(four(a)), four(b), 1), weights[i]);
    uint64_t values = clip8(sums);
    memcpy(to[0] + 3 * x, &values, 3);
    memcpy(to[1] + 3 * x, (uint8_t *)&values + 4, 3);
  }
}

// Resizes as many columns as eights hold, and returns how many those are.
AVX2 static int eights(uint8_t *to, const uint8_t *from, int row, int taps, const int32_t *weights) {
  int x = 0;
  for (; x + 8 <= row; x += 8) {
    __m256i sums = _mm256_set1_epi32(HALF);
    for (int i = 0; i < taps; i++) sums = add(sums, _mm_loadl_epi64((const __m128i *)(from + (size_t)row * i + x)), weights[i]);
    uint64_t values = clip8(sums);
    memcpy(to + x, &values, 8);
  }
  return x;
}

static int vectors(void) { return __builtin_cpu_supports("avx2"); }

#else

static void two_rows(uint8_t *to[2], const uint8_t *from[2], int out, int taps, const int32_t *first, const int32_t *weights) {}
static int eights(uint8_t *to, const uint8_t *from, int row, int taps, const int32_t *weights) { return 0; }
static int vectors(void) { return 0; }

#endif

void rsclip_resize_rows(uint8_t *to, const uint8_t *from, int width, int rows, int out, int taps, const int32_t *first, const int32_t *weights) {
  int y = 0;
  if (vectors()) {
    for (; y + 2 <= rows; y += 2) {
      const uint8_t *in[2] = {from + (size_t)3 * width * y, from + (size_t)3 * width * (y + 1)};
      uint8_t *result[2] = {to + (size_t)3 * out * y, to + (size_t)3 * out * (y + 1)};
      two_rows(result, in, out, taps, first, weights);
    }
  }
  for (; y < rows; y++) {
    for (int x = 0; x < out; x++) {
      for (int c = 0; c < 3; c++)
        to[((size_t)out * y + x) * 3 + c] = weigh(from + ((size_t)width * y + first[x]) * 3 + c, 3, taps, weights + (size_t)taps * x);
    }
  }
}

void rsclip_resize_columns(uint8_t *to, const uint8_t *from, int row, int out, int taps, const int32_t *first, const int32_t *weights) {
  for (int y = 0; y < out; y++, to += row, weights += taps) {
    const uint8_t *top = from + (size_t)row * first[y];
    for (int x = vectors() ? eights(to, top, row, taps, weights) : 0; x < row; x++) to[x] = weigh(top + x, row, taps, weights);
  }
}
