/* What is compiled once for each instruction set: the inner loops of a fused convolution. */
#ifndef EDGE_TTS_LANES_H
#define EDGE_TTS_LANES_H

#include <stddef.h>
#include <stdint.h>

enum {
    ROWS = 12,    /* rows and columns of a block of the output, the unit of the matrix product */
    COLUMNS = 32,
    INPUTS = 16,  /* input channels are padded to a multiple of this */
};

/* What happens to an element before the convolution: y = scale x + shift, then Snake
 * y + amplitude sin^2(pi frequency y) where there are frequencies, else a leaky ReLU of this slope. */
struct activation {
    const float *scale, *shift;          /* one per channel; NULL: y = x */
    const float *frequency, *amplitude;  /* one per channel, or NULL */
    float slope;
};

/* A value of 8 bits: byte = value steps + zero. */
struct quantization {
    float steps;
    int32_t zero;
};

/* What happens to a block of sums: out = gain (sum + bias + residual) [+ out]. */
struct finish {
    int rows, columns; /* of the block that are wanted */
    const int32_t *column_terms, *row_terms;
    const float *units; /* values of one step of the integer sums, one per column */
    const float *bias, *residual;
    ptrdiff_t residual_stride;
    float gain;
    int accumulate;
    float *out;     /* or NULL */
    ptrdiff_t out_stride;
    uint8_t *bytes; /* the same after a leaky ReLU of this slope, quantized; or NULL */
    ptrdiff_t bytes_stride;
    struct quantization quantization;
    float slope;
    float *sum, *square; /* one per column, added to; or NULL */
    const float *counts; /* how often each row counts in these; or NULL: once */
};

struct lanes {
    const char *name;
    int32_t offset; /* subtracted from a byte of the input before it is multiplied */
    void (*activate)(const struct activation *how, const float *x, ptrdiff_t x_stride, int rows, int channels,
                     float *y, ptrdiff_t y_stride, float *range);
    void (*quantize)(const float *y, int rows, int channels, ptrdiff_t stride, float steps, int32_t zero, uint8_t *q,
                     int32_t *row_sums);
    void (*multiply_bytes)(const uint8_t *a, ptrdiff_t stride, int taps, ptrdiff_t dilation, int inputs,
                           const int8_t *weights, int columns, int32_t *sums);
    void (*multiply_floats)(const float *a, ptrdiff_t stride, int taps, ptrdiff_t dilation, int inputs,
                            const float *weights, int columns, float *sums);
    void (*finish_integers)(const struct finish *how, const int32_t *sums);
    void (*finish_floats)(const struct finish *how, const float *sums);
};

#endif
