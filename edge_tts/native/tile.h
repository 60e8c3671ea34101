/* A part of a convolution, as one thread makes it. */
#ifndef EDGE_TTS_TILE_H
#define EDGE_TTS_TILE_H

#include "lanes.h"

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
    double *sums;                 /* [2][outputs]: of out and of its square, over its rows; or NULL */
    const float *counts;          /* how often each row of out counts in these; NULL: once */
    const float *units;           /* one per output, padded, times weight_unit; NULL: 1 */
    const uint8_t *quantized_x;   /* x activated and quantized, `inputs` of a row; instead of x, or NULL */
    int64_t quantized_x_stride;
    struct quantization quantization; /* of the activated x; steps 0: of each tile its own */
    uint8_t *quantized_out;       /* out after a leaky ReLU of this slope, quantized; besides out or instead, or NULL */
    int64_t quantized_out_stride;
    struct quantization quantization_out;
    float slope_out;
};

/* What all tiles of a convolution share. */
struct job {
    const struct lanes *lanes;
    const struct convolution *convolution;
    int tile_rows;
    float *partial; /* sums of each tile, [tiles][2][outputs]; or NULL */
};

struct tile {
    int index, rows, column, columns; /* rows and columns of the output that it makes */
    int64_t row;
    float *y;         /* activated rows */
    uint8_t *q;       /* the same, quantized */
    int32_t *row_sums;
};

void make_tile(const struct job *job, const struct tile *t);

#endif
