/* The inner loops, in the vectors of one instruction set: compiled once for each, with LANES_NAME and its flags.
 *
 * Plain loops are left to the compiler's vectorizer; the matrix products keep a tile of sums in registers. */
#include "lanes.h"

#include <string.h>

#if defined(__AVX512VNNI__)
#include <immintrin.h>
enum { LANES = 16, TILE_ROWS = 12, TILE_VECTORS = 2, OFFSET = 0 };
#elif defined(__AVX2__)
#include <immintrin.h>
enum { LANES = 8, TILE_ROWS = 6, TILE_VECTORS = 2, OFFSET = 0 };
#elif defined(__ARM_FEATURE_DOTPROD)
#include <arm_neon.h>
enum { LANES = 4, TILE_ROWS = 6, TILE_VECTORS = 4, OFFSET = 128 };
#else
enum { LANES = 4, TILE_ROWS = 2, TILE_VECTORS = 4, OFFSET = 0 };
#endif

#define INLINE static inline __attribute__((always_inline))

typedef int32_t ints __attribute__((vector_size(4 * LANES)));
typedef float floats __attribute__((vector_size(4 * LANES)));
typedef ints loose_ints __attribute__((aligned(4), may_alias));
typedef floats loose_floats __attribute__((aligned(4), may_alias));
typedef uint8_t loose_bytes __attribute__((vector_size(LANES), aligned(1), may_alias));
typedef int32_t four_bytes __attribute__((aligned(1), may_alias));

/* sums + a . w for the four bytes of each lane: a unsigned less OFFSET, w signed. */
static inline ints dot4(ints sums, int32_t a, ints w)
{
#if defined(__AVX512VNNI__)
    return (ints)_mm512_dpbusd_epi32((__m512i)sums, _mm512_set1_epi32(a), (__m512i)w);
#elif defined(__AVXVNNI__)
    return (ints)_mm256_dpbusd_avx_epi32((__m256i)sums, _mm256_set1_epi32(a), (__m256i)w);
#elif defined(__AVX2__)
    /* two of the four at a time: the sum of two such products does not always fit 16 bits */
    const __m256i bytes = _mm256_set1_epi32(a), low = _mm256_set1_epi16(0xFF), ones = _mm256_set1_epi16(1);
    const __m256i even = _mm256_maddubs_epi16(_mm256_and_si256(bytes, low), (__m256i)w);
    const __m256i odd = _mm256_maddubs_epi16(_mm256_andnot_si256(low, bytes), (__m256i)w);
    const __m256i pairs = _mm256_add_epi32(_mm256_madd_epi16(even, ones), _mm256_madd_epi16(odd, ones));
    return (ints)_mm256_add_epi32((__m256i)sums, pairs);
#elif defined(__ARM_FEATURE_DOTPROD)
    const int8x16_t bytes = vreinterpretq_s8_s32(vdupq_n_s32(a ^ (int32_t)0x80808080));
    return (ints)vdotq_s32((int32x4_t)sums, bytes, vreinterpretq_s8_s32((int32x4_t)w));
#else
    const uint32_t u = (uint32_t)a;
    sums += (int32_t)(u & 255) * ((w << 24) >> 24);
    sums += (int32_t)(u >> 8 & 255) * ((w << 16) >> 24);
    sums += (int32_t)(u >> 16 & 255) * ((w << 8) >> 24);
    return sums + (int32_t)(u >> 24) * (w >> 24);
#endif
}

/* Some vectors of columns of a block, see multiply_bytes. */
INLINE void multiply_byte_columns(const uint8_t *a, ptrdiff_t stride, int taps, ptrdiff_t dilation, int inputs,
                                  const int8_t *weights, int32_t *sums, const int vectors)
{
    for (int row = 0; row < ROWS; row += TILE_ROWS) {
        ints tile[TILE_ROWS][TILE_VECTORS] = {0};
        const int8_t *w = weights;
        for (int tap = 0; tap < taps; tap++) {
            const uint8_t *p = a + (row + tap * dilation) * stride;
            for (int i = 0; i < inputs; i += 4, w += 4 * COLUMNS) {
                ints v[TILE_VECTORS];
#pragma GCC unroll 4
                for (int n = 0; n < vectors; n++)
                    v[n] = *(const loose_ints *)(w + 4 * LANES * n);
#pragma GCC unroll 12
                for (int r = 0; r < TILE_ROWS; r++)
#pragma GCC unroll 4
                    for (int n = 0; n < vectors; n++)
                        tile[r][n] = dot4(tile[r][n], *(const four_bytes *)(p + r * stride + i), v[n]);
            }
        }
#pragma GCC unroll 12
        for (int r = 0; r < TILE_ROWS; r++)
#pragma GCC unroll 4
            for (int n = 0; n < vectors; n++)
                *(ints *)(sums + (row + r) * COLUMNS + LANES * n) = tile[r][n];
    }
}

/* sums[ROWS][COLUMNS], perhaps fewer columns: a[row + tap * dilation][inputs] times weights[tap][inputs / 4][COLUMNS][4]. */
static void multiply_bytes(const uint8_t *a, ptrdiff_t stride, int taps, ptrdiff_t dilation, int inputs,
                           const int8_t *weights, int columns, int32_t *sums)
{
    for (int column = 0; column < columns; column += TILE_VECTORS * LANES)
        if (columns - column > TILE_VECTORS / 2 * LANES)
            multiply_byte_columns(a, stride, taps, dilation, inputs, weights + 4 * column, sums + column, TILE_VECTORS);
        else
            multiply_byte_columns(a, stride, taps, dilation, inputs, weights + 4 * column, sums + column,
                                  TILE_VECTORS / 2);
}

/* The same with floats: weights[tap][inputs][COLUMNS]. */
INLINE void multiply_float_columns(const float *a, ptrdiff_t stride, int taps, ptrdiff_t dilation, int inputs,
                                   const float *weights, float *sums, const int vectors)
{
    for (int row = 0; row < ROWS; row += TILE_ROWS) {
        floats tile[TILE_ROWS][TILE_VECTORS] = {0};
        const float *w = weights;
        for (int tap = 0; tap < taps; tap++) {
            const float *p = a + (row + tap * dilation) * stride;
            for (int i = 0; i < inputs; i++, w += COLUMNS)
#pragma GCC unroll 12
                for (int r = 0; r < TILE_ROWS; r++)
#pragma GCC unroll 4
                    for (int n = 0; n < vectors; n++)
                        tile[r][n] += p[r * stride + i] * *(const loose_floats *)(w + LANES * n);
        }
#pragma GCC unroll 12
        for (int r = 0; r < TILE_ROWS; r++)
#pragma GCC unroll 4
            for (int n = 0; n < vectors; n++)
                *(floats *)(sums + (row + r) * COLUMNS + LANES * n) = tile[r][n];
    }
}

static void multiply_floats(const float *a, ptrdiff_t stride, int taps, ptrdiff_t dilation, int inputs,
                            const float *weights, int columns, float *sums)
{
    for (int column = 0; column < columns; column += TILE_VECTORS * LANES)
        if (columns - column > TILE_VECTORS / 2 * LANES)
            multiply_float_columns(a, stride, taps, dilation, inputs, weights + column, sums + column, TILE_VECTORS);
        else
            multiply_float_columns(a, stride, taps, dilation, inputs, weights + column, sums + column, TILE_VECTORS / 2);
}

/* sin^2(pi x) to 2e-7: a polynomial in the square of the distance to the nearest integer. */
static inline float sine_squared(float x)
{
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it leaves no bits after the point */
    const float d = x - ((x + shift) - shift), u = d * d;
    return u * (9.86960316f + u * (-32.4695816f + u * (42.7253838f
         + u * (-30.0859528f + u * (12.9907312f + u * -3.27294707f)))));
}

/* Write what goes into the convolution; widen range[0] ... range[1] to what was written. */
static void activate(const struct activation *how, const float *x, ptrdiff_t x_stride, int rows, int channels, float *y,
                     ptrdiff_t y_stride, float *range)
{
    const float *restrict scale = how->scale, *restrict shift = how->shift;
    const float *restrict frequency = how->frequency, *restrict amplitude = how->amplitude;
    const float slope = how->slope;
    for (int row = 0; row < rows; row++, x += x_stride, y += y_stride) {
        const float *restrict from = x;
        float *restrict to = y;
        float low = range[0], high = range[1];
        if (frequency)
            for (int c = 0; c < channels; c++) {
                const float v = from[c] * scale[c] + shift[c];
                to[c] = v + amplitude[c] * sine_squared(v * frequency[c]);
            }
        else if (scale)
            for (int c = 0; c < channels; c++) {
                const float v = from[c] * scale[c] + shift[c];
                to[c] = v < 0 ? v * slope : v;
            }
        else
            for (int c = 0; c < channels; c++)
                to[c] = from[c] < 0 ? from[c] * slope : from[c];
        for (int c = 0; c < channels; c++) {
            low = to[c] < low ? to[c] : low;
            high = to[c] > high ? to[c] : high;
        }
        range[0] = low;
        range[1] = high;
    }
}

INLINE uint8_t byte_of(float value, float steps, float half)
{
    const int32_t rounded = (int32_t)(value * steps + half);
    return (uint8_t)(rounded < 0 ? 0 : rounded > 255 ? 255 : rounded);
}

/* q = y * steps + zero, rounded, and the sums of its rows. */
static void quantize(const float *y, int rows, int channels, ptrdiff_t stride, float steps, int32_t zero, uint8_t *q,
                     int32_t *row_sums)
{
    const float half = (float)zero + 0.5f;
    for (int row = 0; row < rows; row++, y += stride, q += stride) {
        const float *restrict from = y;
        uint8_t *restrict to = q;
        int32_t sum = 0;
        for (int c = 0; c < channels; c++) {
            to[c] = byte_of(from[c], steps, half);
            sum += to[c];
        }
        row_sums[row] = sum;
    }
}

/* The product as it is rounded: no part of a fused addition, so that audio does not depend on how this is compiled. */
#if defined(__x86_64__)
#define ROUNDED(product) __asm__("" : "+x"(product))
#elif defined(__aarch64__)
#define ROUNDED(product) __asm__("" : "+w"(product))
#else
#define ROUNDED(product) __asm__("" : "+m"(product))
#endif

/* A vector of which so many elements are in memory. */
INLINE floats load(const float *from, int count)
{
    floats vector = {0};
    if (count >= LANES)
        return *(const loose_floats *)from;
    memcpy(&vector, from, sizeof(float) * count);
    return vector;
}

INLINE void store(float *to, floats vector, int count)
{
    if (count >= LANES)
        *(loose_floats *)to = vector;
    else
        memcpy(to, &vector, sizeof(float) * count);
}

INLINE void store_bytes(const struct finish *how, uint8_t *to, floats value, int count)
{
    const ints negative = value < 0;
    const floats active = (floats)(((ints)(value * how->slope) & negative) | ((ints)value & ~negative));
    ints rounded = __builtin_convertvector(active * how->quantization.steps + ((float)how->quantization.zero + 0.5f), ints);
    rounded &= rounded > 0;
    const ints large = rounded > 255;
    const loose_bytes vector = __builtin_convertvector((rounded & ~large) | (large & 255), loose_bytes);
    if (count >= LANES)
        *(loose_bytes *)to = vector;
    else
        memcpy(to, &vector, count);
}

/* What happens to a vector of a block, or to the first elements of one. */
INLINE void finish_vector(const struct finish *how, int row, int column, floats value, int count)
{
    floats done = value + *(const loose_floats *)(how->bias + column);
    if (how->residual)
        done += load(how->residual + row * how->residual_stride + column, count);
    done *= how->gain;
    ROUNDED(done);
    float *out = how->out + row * how->out_stride + column;
    if (how->accumulate)
        done += load(out, count);
    if (how->out)
        store(out, done, count);
    if (how->bytes)
        store_bytes(how, how->bytes + row * how->bytes_stride + column, done, count);
    if (how->sum) {
        const floats counted = done * (how->counts ? how->counts[row] : 1.0f);
        store(how->sum + column, load(how->sum + column, count) + counted, count);
        store(how->square + column, load(how->square + column, count) + counted * done, count);
    }
}

INLINE void finish_integer_columns(const struct finish *how, const int32_t *sums, const int columns)
{
    for (int row = 0; row < how->rows; row++, sums += COLUMNS)
        for (int c = 0; c < columns; c += LANES) {
            const ints sum = *(const ints *)(sums + c) - *(const ints *)(how->column_terms + c) - how->row_terms[row];
            floats value = *(const loose_floats *)(how->units + c) * __builtin_convertvector(sum, floats);
            ROUNDED(value);
            finish_vector(how, row, c, value, columns - c);
        }
}

INLINE void finish_float_columns(const struct finish *how, const float *sums, const int columns)
{
    for (int row = 0; row < how->rows; row++, sums += COLUMNS)
        for (int c = 0; c < columns; c += LANES)
            finish_vector(how, row, c, *(const floats *)(sums + c), columns - c);
}

/* Loops of a constant length are faster. */
#define BY_COLUMNS(how, function, sums)                                 \
    ((how)->columns == COLUMNS       ? function(how, sums, COLUMNS)     \
     : (how)->columns == COLUMNS / 2 ? function(how, sums, COLUMNS / 2) \
                                     : function(how, sums, (how)->columns))

static void finish_integers(const struct finish *how, const int32_t *sums)
{
    BY_COLUMNS(how, finish_integer_columns, sums);
}

static void finish_floats(const struct finish *how, const float *sums)
{
    BY_COLUMNS(how, finish_float_columns, sums);
}

#define TEXT_(name) #name
#define TEXT(name) TEXT_(name)
#define SYMBOL_(name) lanes_##name
#define SYMBOL(name) SYMBOL_(name)

const struct lanes SYMBOL(LANES_NAME) = {
    TEXT(LANES_NAME), OFFSET, activate, quantize, multiply_bytes, multiply_floats, finish_integers, finish_floats,
};
