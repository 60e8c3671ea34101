/* Reads the rows of x that a tile needs, as they are to be multiplied, multiplies, and writes what comes out. */
#include <math.h>
#include <string.h>

#include "tile.h"

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

/* Ask for the memory that a block is to be finished with, so that it arrives while the block is multiplied. */
static void fetch_block(const struct convolution *c, int64_t row, int column, int rows)
{
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < COLUMNS && column + i < c->outputs; i += ALIGNMENT / (int)sizeof(float)) {
            if (c->out)
                __builtin_prefetch(c->out + (row + r) * c->out_stride + column + i, 1);
            if (c->residual)
                __builtin_prefetch(c->residual + (row + r) * c->residual_stride + column + i);
        }
}

static void finish_block(const struct job *job, struct finish *finish, int64_t row, int column, int tile,
                         const void *sums)
{
    const struct convolution *c = job->convolution;
    finish->columns = c->outputs - column < COLUMNS ? c->outputs - column : COLUMNS;
    finish->bias = c->bias + column;
    finish->residual = c->residual ? c->residual + row * c->residual_stride + column : NULL;
    finish->out = c->out ? c->out + row * c->out_stride + column : NULL;
    finish->bytes = c->quantized_out ? c->quantized_out + row * c->quantized_out_stride + column : NULL;
    if (c->sums) {
        finish->sum = job->partial + (size_t)tile * 2 * c->outputs + column;
        finish->square = finish->sum + c->outputs;
        finish->counts = c->counts ? c->counts + row : NULL;
    }
    if (c->weight_sums)
        job->lanes->finish_integers(finish, sums);
    else
        job->lanes->finish_floats(finish, sums);
}

/* Of a block, which begins at this column. */
static int wanted(const struct tile *t, int column)
{
    const int left = t->column + t->columns - column;
    return left < COLUMNS ? left : COLUMNS;
}

static struct finish finish_of(const struct convolution *c)
{
    return (struct finish){.residual_stride = c->residual_stride, .gain = c->gain, .accumulate = c->accumulate,
                           .out_stride = c->out_stride, .bytes_stride = c->quantized_out_stride,
                           .quantization = c->quantization_out, .slope = c->slope_out};
}

static void make_float_tile(const struct job *job, const struct tile *t)
{
    const struct convolution *c = job->convolution;
    float sums[ROWS * COLUMNS] __attribute__((aligned(ALIGNMENT)));
    struct finish finish = finish_of(c);
    for (int column = t->column; column < t->column + t->columns; column += COLUMNS) {
        const float *weights = (const float *)c->weights + (size_t)column * c->taps * c->inputs;
        for (int row = 0; row < t->rows; row += ROWS) {
            finish.rows = t->rows - row < ROWS ? t->rows - row : ROWS;
            fetch_block(c, t->row + row, column, finish.rows);
            job->lanes->multiply_floats(t->y + (size_t)row * c->inputs, c->inputs, c->taps, c->dilation, c->inputs, weights,
                                         wanted(t, column), sums);
            finish_block(job, &finish, t->row + row, column, t->index, sums);
        }
    }
}

/* The rows of bytes that a tile needs, `inputs` apart, and their sums where these are needed: in their place, or with
 * zeros beyond the ends of x. */
static const uint8_t *read_bytes(const struct convolution *c, int64_t first, int rows, const struct tile *t)
{
    if (!c->weight_zero && first >= 0 && first + rows <= c->x_rows && c->quantized_x_stride == c->inputs)
        return c->quantized_x + first * c->quantized_x_stride;
    for (int row = 0; row < rows; row++) {
        uint8_t *q = t->q + (size_t)row * c->inputs;
        const int64_t from = first + row;
        if (from < 0 || from >= c->x_rows)
            memset(q, c->quantization.zero, c->inputs);
        else
            memcpy(q, c->quantized_x + from * c->quantized_x_stride, c->inputs);
        t->row_sums[row] = 0;
        for (int i = 0; c->weight_zero && i < c->inputs; i++)
            t->row_sums[row] += q[i];
    }
    return t->q;
}

/* The sum of the bytes of each row's window, less zero. */
static void sum_windows(const struct convolution *c, const struct tile *t, int32_t zero, int32_t *row_terms)
{
    memset(row_terms, 0, sizeof(int32_t) * t->rows);
    for (int row = 0; c->weight_zero && row < t->rows; row++) {
        int32_t window = -c->taps * c->inputs * zero;
        for (int tap = 0; tap < c->taps; tap++)
            window += t->row_sums[row + tap * c->dilation];
        row_terms[row] = c->weight_zero * window;
    }
}

/* With w = weight - weight_zero and a = byte - zero, both less their offset: the sum of products of w and a is that of
 * the stored values, less zero times the sum of the weights, less weight_zero times the sum of the a of a row's window. */
static void make_byte_tile(const struct job *job, const struct tile *t, const uint8_t *q, struct quantization input)
{
    const struct convolution *c = job->convolution;
    const float unit = c->weight_unit / input.steps;
    int32_t sums[ROWS * COLUMNS] __attribute__((aligned(ALIGNMENT))), row_terms[TILE_ROWS];
    int32_t column_terms[COLUMNS] __attribute__((aligned(ALIGNMENT)));
    float units[COLUMNS];
    struct finish finish = finish_of(c);
    finish.column_terms = column_terms;
    finish.units = units;
    sum_windows(c, t, input.zero, row_terms);
    for (int column = t->column; column < t->column + t->columns; column += COLUMNS) {
        const int8_t *weights = (const int8_t *)c->weights + (size_t)column * c->taps * c->inputs;
        for (int i = 0; i < COLUMNS; i++) {
            column_terms[i] = (input.zero - job->lanes->offset) * c->weight_sums[column + i];
            units[i] = c->units ? unit * c->units[column + i] : unit;
        }
        for (int row = 0; row < t->rows; row += ROWS) {
            finish.rows = t->rows - row < ROWS ? t->rows - row : ROWS;
            finish.row_terms = row_terms + row;
            fetch_block(c, t->row + row, column, finish.rows);
            job->lanes->multiply_bytes(q + (size_t)row * c->inputs, c->inputs, c->taps, c->dilation, c->inputs, weights,
                                        wanted(t, column), sums);
            finish_block(job, &finish, t->row + row, column, t->index, sums);
        }
    }
}

void make_tile(const struct job *job, const struct tile *t)
{
    const struct convolution *c = job->convolution;
    const int64_t first = t->row + c->first;
    const int rows_read = (t->rows + ROWS - 1) / ROWS * ROWS + (c->taps - 1) * c->dilation;
    struct quantization input = c->quantization;
    float range[2];
    if (c->quantized_x) {
        make_byte_tile(job, t, read_bytes(c, first, rows_read, t), input);
        return;
    }
    activate_rows(job->lanes, c, first, rows_read, t->y, range);
    if (!c->weight_sums) {
        make_float_tile(job, t);
        return;
    }
    if (!input.steps) {
        input.steps = range[1] > range[0] ? 255.0f / (range[1] - range[0]) : 1.0f;
        input.zero = (int32_t)lrintf(-range[0] * input.steps);
    }
    job->lanes->quantize(t->y, rows_read, c->inputs, c->inputs, input.steps, input.zero, t->q, t->row_sums);
    make_byte_tile(job, t, t->q, input);
}
