/*
 * The colours of agreement.h: in CIE Lab on a 16 pixel raster, as they are, and after the best gain
 * and offset of each channel, which takes out what tone curves and white balance do but not a
 * product of another colour on the same ground. A plain ground, which the reference's rim tells, is
 * kept apart from the subject.
 */
#include "match/agreement_parts.h"

#include "match/colour_raster.h"
#include "match/median.h"

#include <math.h>
#include <stdlib.h>

#define CELLS IMX_AGREEMENT_CELLS
#define LEAST_CHROMA 6.0F    /* Under it a hue is noise. */
#define COLOUR_DIFFERS 12.0F /* CIE delta E: another colour at a glance. */
#define MOST 0.85F           /* Share of the pixels that changed no more than core_most_shift. */

/* Best gain (0.3 to 3) and offset of one channel. */
static void fit_channel(float *gain, float *offset, const imx_colours *in, size_t plane) {
    imx_moments sum = {0};
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (in->inside[i]) {
            imx_moments_add(&sum, in->reference[plane][i], in->query[plane][i]);
        }
    }
    float n = fmaxf(sum.n, 1);
    float power = sum.aa / n - sum.a / n * (sum.a / n);
    float shared = sum.ab / n - sum.a / n * (sum.b / n);
    *gain = power > 4 ? fminf(fmaxf(shared / power, 0), 3) : 1;
    *offset = sum.b / n - *gain * (sum.a / n);
}

typedef struct turned_hue {
    float degrees;
    float weight;
} turned_hue;

static int by_degrees(const void *left, const void *right) {
    const turned_hue *a = left;
    const turned_hue *b = right;
    return a->degrees < b->degrees ? -1 : a->degrees > b->degrees;
}

static float weighted_median(turned_hue *hues, size_t count) {
    float total = 0;
    for (size_t i = 0; i < count; i++) {
        total += hues[i].weight;
    }
    qsort(hues, count, sizeof *hues, by_degrees);
    float sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += hues[i].weight;
        if (sum >= total / 2) {
            return hues[i].degrees;
        }
    }
    return 0;
}

/* Hue and chroma, where the brightness says that it is the same thing. */
static void measure_hues(imx_agreement *out, const imx_colours *in, const imx_lab *reference,
                         const imx_lab *query) {
    turned_hue hues[IMX_COLOURS];
    size_t count = 0;
    float n = 1, chroma_r = 0, chroma_q = 0;
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!in->inside[i] || !imx_colours_trusted(out, in, i)) {
            continue;
        }
        imx_lab r = reference[i];
        imx_lab q = query[i];
        float cr = hypotf(r.a, r.b);
        float cq = hypotf(q.a, q.b);
        n += 1;
        chroma_r += cr;
        chroma_q += cq;
        if (fminf(cr, cq) > LEAST_CHROMA) {
            float angle = atan2f(r.a * q.b - r.b * q.a, r.a * q.a + r.b * q.b);
            hues[count++] = (turned_hue){fabsf(angle) * 57.29578F, fminf(cr, cq)};
        }
    }
    out->hue_shift = weighted_median(hues, count);
    out->chroma_ratio = (chroma_q + n) / (chroma_r + n);
}

/* Is the pixel next to one of the ground? */
static bool is_beside(const bool *ground, const imx_colours *in, size_t i) {
    size_t x = i % in->width;
    size_t y = i / in->width;
    return (x > 0 && ground[i - 1]) || (x + 1 < in->width && ground[i + 1]) ||
           (y > 0 && ground[i - in->width]) || (y + 1 < in->height && ground[i + in->width]);
}

/* What became of the subject where it is seen; with its outline only if little is left without. */
static void measure_core(imx_agreement *out, const imx_colours *in, const bool *ground,
                         const imx_lab *reference, const imx_lab *query) {
    float shifts[2][IMX_COLOURS];
    size_t n[2] = {0, 0};
    float shift[2] = {0, 0};
    float brighter[2] = {0, 0};
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        size_t row = i / in->width * CELLS / in->height;
        size_t column = i % in->width * CELLS / in->width;
        if (!in->inside[i] || ground[i] ||
            !imx_cell_is_trusted(out->subject_values[row * CELLS + column])) {
            continue;
        }
        for (size_t outline = is_beside(ground, in, i); outline < 2; outline++) {
            float change = imx_delta_e(reference[i], query[i]);
            shifts[outline][n[outline]++] = change;
            shift[outline] += change;
            brighter[outline] += in->query[0][i] - in->reference[0][i];
        }
    }
    size_t with = n[0] < IMX_LEAST_SUBJECT;
    size_t count = n[with];
    bool seen = count >= IMX_LEAST_SUBJECT;
    out->core_shift = seen ? shift[with] / (float)count : out->subject_shift;
    out->core_brightness = seen ? brighter[with] / (float)count : out->brightness;
    out->core_most_shift = out->core_shift;
    if (seen) {
        (void)imx_median(shifts[with], count);
        out->core_most_shift = shifts[with][(size_t)(MOST * (float)(count - 1))];
    }
}

/* Colour of what is not ground in both pictures. */
static void measure_subject(imx_agreement *out, const imx_colours *in, const imx_lab *reference,
                            const imx_lab *query) {
    size_t count = (size_t)in->width * in->height;
    bool ground[IMX_COLOURS] = {false};
    imx_lab colour = {0};
    bool plain = imx_colours_find_ground(ground, in, reference);
    if (plain) {
        colour = imx_median_colour(query, ground, count);
    }
    float shift = 0, n = 0, chroma_r = 0, chroma_q = 0, agreeing = 1;
    for (size_t i = 0; i < count; i++) {
        bool both = plain && ground[i] && imx_delta_e(query[i], colour) < IMX_GROUND_DIFFERS;
        if (!in->inside[i] || both) {
            continue;
        }
        shift += imx_delta_e(reference[i], query[i]);
        n += 1;
        if (imx_colours_trusted(out, in, i)) {
            chroma_r += hypotf(reference[i].a, reference[i].b);
            chroma_q += hypotf(query[i].a, query[i].b);
            agreeing += 1;
        }
    }
    out->subject_shift = n < IMX_LEAST_SUBJECT ? out->colour_shift : shift / n;
    out->subject_chroma = chroma_r / agreeing;
    out->subject_chroma_ratio = (chroma_q + agreeing) / (chroma_r + agreeing);
    for (size_t i = 0; i < count; i++) {
        ground[i] = plain && ground[i];
    }
    measure_core(out, in, ground, reference, query);
}

static void measure_colours(imx_agreement *out, const imx_colours *in) {
    float gain[3];
    float offset[3];
    imx_lab reference[IMX_COLOURS];
    imx_lab query[IMX_COLOURS];
    for (size_t plane = 0; plane < 3; plane++) {
        fit_channel(&gain[plane], &offset[plane], in, plane);
    }
    imx_colours_to_lab(reference, in->reference, in);
    imx_colours_to_lab(query, in->query, in);
    float n = 0, shift = 0, left = 0, differing = 0;
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!in->inside[i]) {
            continue;
        }
        float fitted[3];
        for (size_t plane = 0; plane < 3; plane++) {
            fitted[plane] = gain[plane] * in->reference[plane][i] + offset[plane];
        }
        float change = imx_delta_e(imx_lab_of_ycc(fitted), query[i]);
        n += 1;
        shift += imx_delta_e(reference[i], query[i]);
        left += change;
        differing += change > COLOUR_DIFFERS;
    }
    n = fmaxf(n, 1);
    out->colour_shift = shift / n;
    out->colour_left = left / n;
    out->colour_cells = differing / n;
    measure_subject(out, in, reference, query);
    measure_hues(out, in, reference, query);
}

void imx_agreement_measure_colours(imx_agreement *out, const imx_features *query,
                                   const imx_sketch *reference, const imx_transform *matrix) {
    imx_colours both;
    imx_colours_collect(&both, query, reference, matrix);
    measure_colours(out, &both);
}
