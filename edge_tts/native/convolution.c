/* One-dimensional convolution of what AdaIN and an activation make of a signal, with weights of 8 bits or floats.
 *
 * A signal is rows (time) of channels. Each thread takes a tile of output rows with some of the output channels: it
 * normalizes, activates and quantizes the input rows that these need into its own scratch memory, which stays in the
 * cache, multiplies, and adds bias and residual while it writes; sums for the next instance normalization fall off.
 * Where no range of quantization is given, a tile has its own: then tiles do not depend on the number of threads, so
 * that neither does the result. Where it is given, what one convolution writes can be the bytes that the next one reads.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tile.h"

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

struct scratch {
    void *memory;
    size_t bytes;
};

struct pool {
    int threads;
    pthread_t *helpers;
    struct scratch *scratch;
    pthread_mutex_t lock;
    pthread_cond_t started, finished;
    atomic_uint turn;
    atomic_int working;
    int closing;
    struct job job;
    atomic_int next, failed;
};

static size_t padded(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void *scratch_of(struct scratch *scratch, size_t bytes)
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

static int chunks_of(const struct convolution *c)
{
    return (c->outputs + CHUNK - 1) / CHUNK;
}

/* All threads get as many rows, where the result does not depend on which rows are in a tile. */
static int tile_rows_of(const struct convolution *c, int threads)
{
    if (c->sums || (c->weight_sums && !c->quantization.steps))
        return TILE_ROWS;
    int64_t tiles = (c->out_rows + TILE_ROWS - 1) / TILE_ROWS;
    while (tiles * chunks_of(c) % threads)
        tiles++;
    const int64_t rows = tiles ? (c->out_rows + tiles - 1) / tiles : 1;
    return (int)((rows + ROWS - 1) / ROWS * ROWS);
}

static int tiles_of(const struct pool *pool)
{
    return (int)((pool->job.convolution->out_rows + pool->job.tile_rows - 1) / pool->job.tile_rows);
}

static void work(struct pool *pool, struct scratch *scratch)
{
    const struct convolution *c = pool->job.convolution;
    const int chunks = chunks_of(c), items = chunks * tiles_of(pool), most = pool->job.tile_rows + (c->taps - 1) * c->dilation;
    const size_t y_bytes = padded(sizeof(float) * most * c->inputs), q_bytes = padded((size_t)most * c->inputs);
    char *memory = scratch_of(scratch, y_bytes + q_bytes + sizeof(int32_t) * most);
    if (!memory) {
        atomic_store(&pool->failed, 1);
        return;
    }
    for (int item; (item = atomic_fetch_add(&pool->next, 1)) < items;) {
        struct tile t = {.index = item / chunks, .column = item % chunks * CHUNK, .y = (float *)memory,
                         .q = (uint8_t *)memory + y_bytes, .row_sums = (int32_t *)(memory + y_bytes + q_bytes)};
        t.row = (int64_t)t.index * pool->job.tile_rows;
        t.rows = c->out_rows - t.row < pool->job.tile_rows ? (int)(c->out_rows - t.row) : pool->job.tile_rows;
        t.columns = c->outputs - t.column < CHUNK ? c->outputs - t.column : CHUNK;
        make_tile(&pool->job, &t);
    }
}

/* How often it is looked whether there is work before a thread sleeps: waking it takes longer than a small convolution,
 * and one follows on the other. Some 30 microseconds. */
enum { LOOKS = 1000 };

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
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
        for (int i = 0; i < LOOKS && atomic_load(&pool->turn) == turn; i++)
            relax();
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
    pool->job.lanes = find_lanes(name);
    pool->helpers = calloc(threads, sizeof *pool->helpers);
    pool->scratch = calloc(threads, sizeof *pool->scratch);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->started, NULL);
    pthread_cond_init(&pool->finished, NULL);
    if (!pool->job.lanes || !pool->helpers || !pool->scratch) {
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
    return pool->job.lanes->name;
}

static void add_sums(const struct pool *pool)
{
    const struct convolution *c = pool->job.convolution;
    const float *partial = pool->job.partial;
    memset(c->sums, 0, sizeof(double) * 2 * c->outputs);
    for (int tile = 0; tile < tiles_of(pool); tile++, partial += 2 * c->outputs)
        for (int i = 0; i < 2 * c->outputs; i++)
            c->sums[i] += partial[i];
}

/* 0, or -1 when there is no memory. One caller at a time. */
EXPORT int convolve(struct pool *pool, const struct convolution *c)
{
    pool->job.convolution = c;
    pool->job.tile_rows = tile_rows_of(c, pool->threads);
    pool->job.partial = NULL;
    if (c->sums && !(pool->job.partial = calloc((size_t)tiles_of(pool) * 2 * c->outputs, sizeof(float))))
        return -1;
    atomic_store(&pool->next, 0);
    atomic_store(&pool->failed, 0);
    pthread_mutex_lock(&pool->lock);
    pool->working = pool->threads - 1;
    pool->turn++;
    pthread_cond_broadcast(&pool->started);
    pthread_mutex_unlock(&pool->lock);
    work(pool, &pool->scratch[0]);
    for (int i = 0; i < LOOKS && atomic_load(&pool->working); i++)
        relax();
    pthread_mutex_lock(&pool->lock);
    while (pool->working)
        pthread_cond_wait(&pool->finished, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    if (c->sums)
        add_sums(pool);
    free(pool->job.partial);
    return atomic_load(&pool->failed) ? -1 : 0;
}
