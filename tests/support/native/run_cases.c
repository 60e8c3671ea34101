/* Runs convolutions that a file describes and writes what came out: run_cases LANES THREADS <cases >results
 *
 * A case is fourteen int64, seven float and then arrays, each its length in bytes and its content, empty for NULL; see
 * native_cases.py. Every array gets memory of just its size, off its natural alignment for vectors, so that a sanitizer
 * sees each step beyond it. LANES "-" are the fastest ones. */
#include "../../../edge_tts/native/convolution.c"
#include "../../../edge_tts/native/tile.c"

#include <stdio.h>

enum { WHOLES = 14, NUMBERS = 7, ARRAYS = 13, APART = sizeof(float) };

static void get(void *to, size_t bytes)
{
    if (bytes && fread(to, 1, bytes, stdin) != bytes)
        exit(3);
}

/* Memory that ends where the array ends, and what to free. */
static void *array(void **base, int64_t *bytes)
{
    get(bytes, sizeof *bytes);
    *base = malloc((size_t)*bytes + APART);
    if (!*base)
        exit(4);
    char *content = (char *)*base + APART;
    get(content, (size_t)*bytes);
    return *bytes ? content : NULL;
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    struct pool *pool = pool_open(atoi(arguments[2]), strcmp(arguments[1], "-") ? arguments[1] : NULL);
    if (!pool)
        return 5;
    int64_t n[WHOLES];
    while (fread(n, sizeof n, 1, stdin) == 1) {
        float f[NUMBERS];
        void *base[ARRAYS], *a[ARRAYS];
        int64_t bytes[ARRAYS];
        get(f, sizeof f);
        for (int i = 0; i < ARRAYS; i++)
            a[i] = array(&base[i], &bytes[i]);
        double *sums = n[11] ? malloc(sizeof(double) * 2 * (size_t)n[7]) : NULL;
        const struct convolution c = {
            .x = a[0], .x_rows = n[0], .x_stride = n[1],
            .activation = {.scale = a[1], .shift = a[2], .frequency = a[3], .amplitude = a[4], .slope = f[0]},
            .weights = a[5], .weight_sums = a[6], .bias = a[7], .weight_unit = f[1], .weight_zero = (int32_t)f[2],
            .channels = (int32_t)n[2], .inputs = (int32_t)n[3], .taps = (int32_t)n[4], .dilation = (int32_t)n[5],
            .first = (int32_t)n[6], .outputs = (int32_t)n[7], .out = a[9], .out_rows = n[8], .out_stride = n[9],
            .residual = a[8], .residual_stride = n[9], .gain = f[3], .accumulate = (int32_t)n[10], .sums = sums,
            .units = a[10], .quantized_x = a[11], .quantized_x_stride = n[3], .quantization = {f[4], (int32_t)n[12]},
            .quantized_out = a[12], .quantized_out_stride = n[9], .quantization_out = {f[5], (int32_t)n[13]}, .slope_out = f[6],
        };
        if (convolve(pool, &c))
            return 6;
        if (bytes[9])
            fwrite(a[9], 1, (size_t)bytes[9], stdout);
        if (bytes[12])
            fwrite(a[12], 1, (size_t)bytes[12], stdout);
        if (sums)
            fwrite(sums, sizeof(double), 2 * (size_t)n[7], stdout);
        for (int i = 0; i < ARRAYS; i++)
            free(base[i]);
        free(sums);
    }
    pool_close(pool);
    return 0;
}
