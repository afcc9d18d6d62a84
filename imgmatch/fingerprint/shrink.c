#include "fingerprint/shrink.h"

#include "base/diag.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void imx_shrink_sides(uint32_t *out_width, uint32_t *out_height, uint32_t width, uint32_t height,
                      uint32_t longest) {
    uint64_t most = width > height ? width : height;
    *out_width = width;
    *out_height = height;
    if (most > longest) {
        *out_width = (uint32_t)(((uint64_t)width * longest + most / 2) / most);
        *out_height = (uint32_t)(((uint64_t)height * longest + most / 2) / most);
    }
    *out_width = *out_width == 0 ? 1 : *out_width;
    *out_height = *out_height == 0 ? 1 : *out_height;
}

/* Input pixels first .. last lie in output pixel i; of the two outer ones only a part. */
typedef struct span {
    uint32_t first;
    uint32_t last;
    float first_weight;
    float last_weight;
} span;

static span span_of(uint32_t i, uint32_t out_side, uint32_t in_side) {
    uint64_t begin = (uint64_t)i * in_side; /* In units of 1 / out_side. */
    uint64_t end = begin + in_side;
    span part = {(uint32_t)(begin / out_side), (uint32_t)((end - 1) / out_side), 0, 0};
    part.first_weight = 1 - (float)(begin % out_side) / (float)out_side;
    part.last_weight = (float)(end - (uint64_t)part.last * out_side) / (float)out_side;
    return part;
}

static void add_row(float *sums, const uint8_t *row, size_t count, float weight) {
    for (size_t i = 0; i < count; i++) {
        sums[i] += weight * (float)row[i];
    }
}

/* One output row out of the column sums of its input rows. */
static void write_row(uint8_t *out, uint32_t out_width, const float *sums, uint32_t in_width,
                      float scale) {
    for (uint32_t x = 0; x < out_width; x++) {
        span part = span_of(x, out_width, in_width);
        float total[3] = {0, 0, 0};
        for (uint32_t i = part.first; i <= part.last; i++) {
            float weight = i == part.first  ? part.first_weight
                           : i == part.last ? part.last_weight
                                            : 1;
            for (size_t c = 0; c < 3; c++) {
                total[c] += weight * sums[3 * (size_t)i + c];
            }
        }
        for (size_t c = 0; c < 3; c++) {
            float level = total[c] * scale + 0.5F;
            out[3 * (size_t)x + c] = (uint8_t)(level > 255 ? 255 : level);
        }
    }
}

imgmatch_status imx_shrink(uint8_t *out, uint32_t out_width, uint32_t out_height, imx_pixels in,
                           imgmatch_diag *diag) {
    if (out_width == in.width && out_height == in.height) {
        for (uint32_t y = 0; y < in.height; y++) {
            memcpy(out + 3 * (size_t)y * in.width, in.rgb + y * in.stride_bytes,
                   3 * (size_t)in.width);
        }
        return IMGMATCH_OK;
    }
    float *sums = imx_new_array_raw(in.width, 3 * sizeof *sums);
    if (sums == NULL) {
        return imx_fail_memory(diag);
    }
    float scale = (float)out_width / (float)in.width * (float)out_height / (float)in.height;
    for (uint32_t y = 0; y < out_height; y++) {
        span part = span_of(y, out_height, in.height);
        memset(sums, 0, 3 * sizeof *sums * in.width);
        for (uint32_t i = part.first; i <= part.last; i++) {
            float weight = i == part.first  ? part.first_weight
                           : i == part.last ? part.last_weight
                                            : 1;
            add_row(sums, in.rgb + i * in.stride_bytes, 3 * (size_t)in.width, weight);
        }
        write_row(out + 3 * (size_t)y * out_width, out_width, sums, in.width, scale);
    }
    free(sums);
    return IMGMATCH_OK;
}

void imx_to_ycbcr(uint8_t *planes[3], const uint8_t *rgb, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int r = rgb[3 * i];
        int g = rgb[3 * i + 1];
        int b = rgb[3 * i + 2];
        /* The factors of JFIF in 16.16 fixed point; each row sums to 0 or 1, so no clamp below. */
        planes[0][i] = (uint8_t)((19595 * r + 38470 * g + 7471 * b + 32768) >> 16);
        int cb = (-11059 * r - 21709 * g + 32768 * b + (128 << 16) + 32767) >> 16;
        int cr = (32768 * r - 27439 * g - 5329 * b + (128 << 16) + 32767) >> 16;
        planes[1][i] = (uint8_t)(cb > 255 ? 255 : cb);
        planes[2][i] = (uint8_t)(cr > 255 ? 255 : cr);
    }
}
