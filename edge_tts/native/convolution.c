/* One-dimensional convolution of what AdaIN and an activation make of a signal, with weights of 8 bits or floats.
 *
 * A signal is rows (time) of channels. Each thread takes a tile of output rows with some of the output channels: it
 * normalizes, activates and quantizes the input rows that these need into its own scratch memory, which stays in the
 * cache, multiplies, and adds bias and residual while it writes; sums for the next instance normalization fall off.
 * Where no range of quantization is given, a tile has its own: then tiles do not depend on the number of threads, so
 * that neither does the result. Where it is given, what one convolution writes can be the bytes that the next one reads.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lanes.h"

#define EXPORT __attribute__((visibility("default")))

extern const struct lanes lanes_portable;
#ifdef HAVE_avx2
extern const struct lanes lanes_avx2;
#endif
#ifdef HAVE_avxvnni
extern const struct lanes lanes_avxvnni;
#endif
#ifdef HAVE_avx512vnni
extern const struct lanes lanes_avx512vnni;
#endif
#ifdef HAVE_dotprod
#include <sys/auxv.h>
extern const struct lanes lanes_dotprod;
#endif

enum { TILE_ROWS = 12 * ROWS, CHUNK = 8 * COLUMNS, ALIGNMENT = 64 };

/* Mirrored field by field by edge_tts/native/convolution.py. */
struct convolution {
    const float *x;
    int64_t x_rows, x_stride;
    struct activation activation;
    const void *weights;          /* [outputs / COLUMNS][taps][inputs / 4][COLUMNS][4] int8, or [..][taps][inputs][COLUMNS] float */
    const int32_t *weight_sums;   /* one per output, sum of its weights; NULL: the weights are floats */
    const float *bias;            /* one per output, padded */
    float weight_unit;
    int32_t weight_zero;          /* subtracted from each weight of 8 bits */
    int32_t channels, inputs;     /* of x; padded */
    int32_t taps, dilation, first; /* row of x that the first tap of output row 0 reads */
    int32_t outputs;
    float *out;
    int64_t out_rows, out_stride;
    const float *residual;
    int64_t residual_stride;
    float gain;
    int32_t accumulate;
    double *moments;              /* [2][outputs]: sums and sums of squares over the rows of out; or NULL */
    const float *counts;          /* how often each row of out counts in these; NULL: once */
    const float *units;           /* one per output, padded, times weight_unit; NULL: 1 */
    const uint8_t *bytes;         /* x activated and quantized, `inputs` of a row; instead of x, or NULL */
    int64_t bytes_stride;
    struct quantization quantization; /* of the activated x; steps 0: of each tile its own */
    uint8_t *bytes_out;           /* out after a leaky ReLU of this slope, quantized; besides out or instead, or NULL */
    int64_t bytes_out_stride;
    struct quantization quantization_out;
    float slope_out;
};

struct scratch {
    void *memory;
    size_t bytes;
};

struct pool {
    const struct lanes *lanes;
    int threads;
    pthread_t *helpers;
    struct scratch *scratch;
    pthread_mutex_t lock;
    pthread_cond_t started, finished;
    unsigned turn;
    int working, closing;
    const struct convolution *job;
    int tile_rows;
    float *partial;
    atomic_int next, failed;
};

static size_t padded(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void *room(struct scratch *scratch, size_t bytes)
{
    if (scratch->bytes < bytes) {
        free(scratch->memory);
        scratch->bytes = 0;
        if (posix_memalign(&scratch->memory, ALIGNMENT, bytes)) {
            scratch->memory = NULL;
            return NULL;
        }
        scratch->bytes = bytes;
    }
    return scratch->memory;
}

/* The rows of x that a tile needs, activated; rows beyond the ends of x are zero. */
static void activate_rows(const struct lanes *lanes, const struct convolution *c, int64_t first, int rows, float *y,
                          float *range)
{
    const int64_t from = first < 0 ? 0 : first, to = first + rows < c->x_rows ? first + rows : c->x_rows;
    const int64_t count = to > from ? to - from : 0;
    range[0] = range[1] = 0; /* zero is always exact */
    for (int row = 0; row < rows; row++)
        if (row < from - first || row >= from - first + count)
            memset(y + (size_t)row * c->inputs, 0, sizeof(float) * c->inputs);
        else if (c->inputs > c->channels)
            memset(y + (size_t)row * c->inputs + c->channels, 0, sizeof(float) * (c->inputs - c->channels));
    if (count)
        lanes->activate(&c->activation, c->x + from * c->x_stride, c->x_stride, (int)count, c->channels,
                        y + (from - first) * c->inputs, c->inputs, range);
}

static void finish_block(const struct pool *pool, struct finish *finish, int64_t row, int column, int tile,
                         const void *sums)
{
    const struct convolution *c = pool->job;
    finish->columns = c->outputs - column < COLUMNS ? c->outputs - column : COLUMNS;
    finish->bias = c->bias + column;
    finish->residual = c->residual ? c->residual + row * c->residual_stride + column : NULL;
    finish->out = c->out ? c->out + row * c->out_stride + column : NULL;
    finish->bytes = c->bytes_out ? c->bytes_out + row * c->bytes_out_stride + column : NULL;
    if (c->moments) {
        finish->sum = pool->partial + (size_t)tile * 2 * c->outputs + column;
        finish->square = finish->sum + c->outputs;
        finish->counts = c->counts ? c->counts + row : NULL;
    }
    if (c->weight_sums)
        pool->lanes->finish_integers(finish, sums);
    else
        pool->lanes->finish_floats(finish, sums);
}

struct tile {
    int index, rows, column, columns; /* rows and columns of the output that it makes */
    int64_t row;
    float *y;         /* activated rows */
    uint8_t *q;       /* the same, quantized */
    int32_t *row_sums;
};

/* Of a block, which begins at this column. */
static int wanted(const struct tile *t, int column)
{
    const int left = t->column + t->columns - column;
    return left < COLUMNS ? left : COLUMNS;
}

static struct finish finish_of(const struct convolution *c)
{
    return (struct finish){.residual_stride = c->residual_stride, .gain = c->gain, .accumulate = c->accumulate,
                           .out_stride = c->out_stride, .bytes_stride = c->bytes_out_stride,
                           .quantization = c->quantization_out, .slope = c->slope_out};
}

static void make_float_tile(const struct pool *pool, const struct tile *t)
{
    const struct convolution *c = pool->job;
    float sums[ROWS * COLUMNS] __attribute__((aligned(ALIGNMENT)));
    struct finish finish = finish_of(c);
    for (int column = t->column; column < t->column + t->columns; column += COLUMNS) {
        const float *weights = (const float *)c->weights + (size_t)column * c->taps * c->inputs;
        for (int row = 0; row < t->rows; row += ROWS) {
            finish.rows = t->rows - row < ROWS ? t->rows - row : ROWS;
            pool->lanes->multiply_floats(t->y + (size_t)row * c->inputs, c->inputs, c->taps, c->dilation, c->inputs, weights,
                                         wanted(t, column), sums);
            finish_block(pool, &finish, t->row + row, column, t->index, sums);
        }
    }
}

/* The rows of bytes that a tile needs, `inputs` apart, and their sums where these are needed: in their place, or with
 * zeros beyond the ends of x. */
static const uint8_t *read_bytes(const struct convolution *c, int64_t first, int rows, const struct tile *t)
{
    if (!c->weight_zero && first >= 0 && first + rows <= c->x_rows && c->bytes_stride == c->inputs)
        return c->bytes + first * c->bytes_stride;
    for (int row = 0; row < rows; row++) {
        uint8_t *q = t->q + (size_t)row * c->inputs;
        const int64_t from = first + row;
        if (from < 0 || from >= c->x_rows)
            memset(q, c->quantization.zero, c->inputs);
        else
            memcpy(q, c->bytes + from * c->bytes_stride, c->inputs);
        t->row_sums[row] = 0;
        for (int i = 0; c->weight_zero && i < c->inputs; i++)
            t->row_sums[row] += q[i];
    }
    return t->q;
}

/* The sum of the bytes of each row's window, less zero. */
static void sum_windows(const struct convolution *c, const int32_t *row_sums, int rows, int32_t zero, int32_t *row_terms)
{
    memset(row_terms, 0, sizeof(int32_t) * rows);
    for (int r = 0; c->weight_zero && r < rows; r++) {
        int32_t window = -c->taps * c->inputs * zero;
        for (int tap = 0; tap < c->taps; tap++)
            window += row_sums[r + tap * c->dilation];
        row_terms[r] = c->weight_zero * window;
    }
}

/* With w = weight - weight_zero and a = byte - zero, both less their offset: the sum of products of w and a is that of
 * the stored values, less zero times the sum of the weights, less weight_zero times the sum of the a of a row's window. */
static void make_byte_tile(const struct pool *pool, const struct tile *t, const uint8_t *q, struct quantization input)
{
    const struct convolution *c = pool->job;
    const float unit = c->weight_unit / input.steps;
    int32_t sums[ROWS * COLUMNS] __attribute__((aligned(ALIGNMENT))), row_terms[ROWS];
    int32_t column_terms[COLUMNS] __attribute__((aligned(ALIGNMENT)));
    float units[COLUMNS];
    struct finish finish = finish_of(c);
    finish.column_terms = column_terms;
    finish.row_terms = row_terms;
    finish.units = units;
    for (int column = t->column; column < t->column + t->columns; column += COLUMNS) {
        const int8_t *weights = (const int8_t *)c->weights + (size_t)column * c->taps * c->inputs;
        for (int i = 0; i < COLUMNS; i++) {
            column_terms[i] = (input.zero - pool->lanes->offset) * c->weight_sums[column + i];
            units[i] = c->units ? unit * c->units[column + i] : unit;
        }
        for (int row = 0; row < t->rows; row += ROWS) {
            finish.rows = t->rows - row < ROWS ? t->rows - row : ROWS;
            sum_windows(c, t->row_sums + row, finish.rows, input.zero, row_terms);
            pool->lanes->multiply_bytes(q + (size_t)row * c->inputs, c->inputs, c->taps, c->dilation, c->inputs, weights,
                                        wanted(t, column), sums);
            finish_block(pool, &finish, t->row + row, column, t->index, sums);
        }
    }
}

static void make_tile(const struct pool *pool, const struct tile *t)
{
    const struct convolution *c = pool->job;
    const int64_t first = t->row + c->first;
    const int rows_read = (t->rows + ROWS - 1) / ROWS * ROWS + (c->taps - 1) * c->dilation;
    struct quantization input = c->quantization;
    float range[2];
    if (c->bytes) {
        make_byte_tile(pool, t, read_bytes(c, first, rows_read, t), input);
        return;
    }
    activate_rows(pool->lanes, c, first, rows_read, t->y, range);
    if (!c->weight_sums) {
        make_float_tile(pool, t);
        return;
    }
    if (!input.steps) {
        input.steps = range[1] > range[0] ? 255.0f / (range[1] - range[0]) : 1.0f;
        input.zero = (int32_t)lrintf(-range[0] * input.steps);
    }
    pool->lanes->quantize(t->y, rows_read, c->inputs, c->inputs, input.steps, input.zero, t->q, t->row_sums);
    make_byte_tile(pool, t, t->q, input);
}

static int chunks_of(const struct convolution *c)
{
    return (c->outputs + CHUNK - 1) / CHUNK;
}

/* All threads get as many rows, where the result does not depend on which rows are in a tile. */
static int tile_rows_of(const struct convolution *c, int threads)
{
    if (c->moments || (c->weight_sums && !c->quantization.steps))
        return TILE_ROWS;
    int64_t tiles = (c->out_rows + TILE_ROWS - 1) / TILE_ROWS;
    while (tiles * chunks_of(c) % threads)
        tiles++;
    const int64_t rows = tiles ? (c->out_rows + tiles - 1) / tiles : 1;
    return (int)((rows + ROWS - 1) / ROWS * ROWS);
}

static int tiles_of(const struct pool *pool)
{
    return (int)((pool->job->out_rows + pool->tile_rows - 1) / pool->tile_rows);
}

static void work(struct pool *pool, struct scratch *scratch)
{
    const struct convolution *c = pool->job;
    const int chunks = chunks_of(c), items = chunks * tiles_of(pool), most = pool->tile_rows + (c->taps - 1) * c->dilation;
    const size_t y_bytes = padded(sizeof(float) * most * c->inputs), q_bytes = padded((size_t)most * c->inputs);
    char *memory = room(scratch, y_bytes + q_bytes + sizeof(int32_t) * most);
    if (!memory) {
        atomic_store(&pool->failed, 1);
        return;
    }
    for (int item; (item = atomic_fetch_add(&pool->next, 1)) < items;) {
        struct tile t = {.index = item / chunks, .column = item % chunks * CHUNK, .y = (float *)memory,
                         .q = (uint8_t *)memory + y_bytes, .row_sums = (int32_t *)(memory + y_bytes + q_bytes)};
        t.row = (int64_t)t.index * pool->tile_rows;
        t.rows = c->out_rows - t.row < pool->tile_rows ? (int)(c->out_rows - t.row) : pool->tile_rows;
        t.columns = c->outputs - t.column < CHUNK ? c->outputs - t.column : CHUNK;
        make_tile(pool, &t);
    }
}

struct helper {
    struct pool *pool;
    int number;
};

static void *help(void *argument)
{
    struct helper helper = *(struct helper *)argument;
    struct pool *pool = helper.pool;
    unsigned turn = 0;
    free(argument);
    for (;;) {
        pthread_mutex_lock(&pool->lock);
        while (pool->turn == turn && !pool->closing)
            pthread_cond_wait(&pool->started, &pool->lock);
        turn = pool->turn;
        const int closing = pool->closing;
        pthread_mutex_unlock(&pool->lock);
        if (closing)
            return NULL;
        work(pool, &pool->scratch[helper.number]);
        pthread_mutex_lock(&pool->lock);
        if (!--pool->working)
            pthread_cond_signal(&pool->finished);
        pthread_mutex_unlock(&pool->lock);
    }
}

/* The lanes of this name that this processor has, or the fastest if there is no name; NULL if there are none. */
static const struct lanes *find_lanes(const char *name)
{
    const struct lanes *found[5];
    int count = 0;
#ifdef HAVE_avx512vnni
    if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        found[count++] = &lanes_avx512vnni;
#endif
#ifdef HAVE_avxvnni
    if (__builtin_cpu_supports("avxvnni"))
        found[count++] = &lanes_avxvnni;
#endif
#ifdef HAVE_avx2
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        found[count++] = &lanes_avx2;
#endif
#ifdef HAVE_dotprod
    if (getauxval(AT_HWCAP) & HWCAP_ASIMDDP)
        found[count++] = &lanes_dotprod;
#endif
    found[count++] = &lanes_portable;
    for (int i = 0; i < count; i++)
        if (!name || !strcmp(name, found[i]->name))
            return found[i];
    return NULL;
}

EXPORT void pool_close(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->closing = 1;
    pthread_cond_broadcast(&pool->started);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 1; i < pool->threads; i++)
        pthread_join(pool->helpers[i], NULL);
    for (int i = 0; i < pool->threads; i++)
        free(pool->scratch[i].memory);
    pthread_cond_destroy(&pool->started);
    pthread_cond_destroy(&pool->finished);
    pthread_mutex_destroy(&pool->lock);
    free(pool->helpers);
    free(pool->scratch);
    free(pool);
}

/* Threads that compute with the lanes of this name, or the fastest; NULL: no such lanes here, or no memory. */
EXPORT struct pool *pool_open(int threads, const char *name)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->lanes = find_lanes(name);
    pool->helpers = calloc(threads, sizeof *pool->helpers);
    pool->scratch = calloc(threads, sizeof *pool->scratch);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->started, NULL);
    pthread_cond_init(&pool->finished, NULL);
    if (!pool->lanes || !pool->helpers || !pool->scratch) {
        pool_close(pool);
        return NULL;
    }
    for (pool->threads = 1; pool->threads < threads; pool->threads++) {
        struct helper *helper = malloc(sizeof *helper);
        if (helper)
            *helper = (struct helper){pool, pool->threads};
        if (!helper || pthread_create(&pool->helpers[pool->threads], NULL, help, helper)) {
            free(helper);
            break; /* fewer threads do as well */
        }
    }
    return pool;
}

EXPORT const char *pool_lanes(const struct pool *pool)
{
    return pool->lanes->name;
}

static void add_moments(const struct pool *pool)
{
    const struct convolution *c = pool->job;
    const float *partial = pool->partial;
    memset(c->moments, 0, sizeof(double) * 2 * c->outputs);
    for (int tile = 0; tile < tiles_of(pool); tile++, partial += 2 * c->outputs)
        for (int i = 0; i < 2 * c->outputs; i++)
            c->moments[i] += partial[i];
}

/* 0, or -1 when there is no memory. One caller at a time. */
EXPORT int convolve(struct pool *pool, const struct convolution *c)
{
    pool->job = c;
    pool->tile_rows = tile_rows_of(c, pool->threads);
    pool->partial = NULL;
    if (c->moments && !(pool->partial = calloc((size_t)tiles_of(pool) * 2 * c->outputs, sizeof(float))))
        return -1;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->failed, 0);
    pthread_mutex_lock(&pool->lock);
    pool->working = pool->threads - 1;
    pool->turn++;
    pthread_cond_broadcast(&pool->started);
    pthread_mutex_unlock(&pool->lock);
    work(pool, &pool->scratch[0]);
    pthread_mutex_lock(&pool->lock);
    while (pool->working)
        pthread_cond_wait(&pool->finished, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    if (c->moments)
        add_moments(pool);
    free(pool->partial);
    return atomic_load(&pool->failed) ? -1 : 0;
}
