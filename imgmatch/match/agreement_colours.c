/*
 * The colours of agreement.h: in CIE Lab on a 16 pixel raster, as they are, and after one change of
 * tone for all of the picture (agreement_tone.c). A plain ground, which the reference's rim tells,
 * is kept apart from the subject.
 */
#include "match/agreement_parts.h"

#include "match/colour_raster.h"
#include "match/median.h"

#include <math.h>
#include <stdlib.h>

#define LEAST_CHROMA 6.0F /* Under it a hue is noise. */
#define MOST 0.85F        /* Share of the pixels that changed no more than core_most_shift. */

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

/* The raster in CIE Lab, and which of it is the reference's plain ground. */
typedef struct seen_colours {
    imx_lab reference[IMX_COLOURS];
    imx_lab query[IMX_COLOURS];
    imx_lab toned[2][IMX_COLOURS]; /* The reference after a change of tone, either kind of it. */
    bool ground[IMX_COLOURS];
    bool both[IMX_COLOURS]; /* Ground in the query as well. */
} seen_colours;

/* What became of the subject where it is seen; with its outline only if little is left without. */
static void measure_core(imx_agreement *out, const imx_colours *in, const seen_colours *seen) {
    float shifts[2][IMX_COLOURS];
    float left[2][2][IMX_COLOURS]; /* After either kind of tone, as shifts. */
    size_t n[2] = {0, 0};
    float shift[2] = {0, 0};
    float brighter[2] = {0, 0};
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!in->inside[i] || seen->ground[i] ||
            !imx_cell_is_trusted(out->subject_values[imx_colours_cell(in, i)])) {
            continue;
        }
        float change = imx_delta_e(seen->reference[i], seen->query[i]);
        float untoned[2];
        for (size_t kind = 0; kind < 2; kind++) {
            untoned[kind] = imx_delta_e(seen->toned[kind][i], seen->query[i]);
        }
        for (size_t outline = is_beside(seen->ground, in, i); outline < 2; outline++) {
            shifts[outline][n[outline]] = change;
            left[0][outline][n[outline]] = untoned[0];
            left[1][outline][n[outline]++] = untoned[1];
            shift[outline] += change;
            brighter[outline] += in->query[0][i] - in->reference[0][i];
        }
    }
    size_t with = n[0] < IMX_LEAST_SUBJECT;
    size_t count = n[with];
    if (count < IMX_LEAST_SUBJECT) {
        out->core_shift = out->core_most_shift = out->core_most_left = out->subject_shift;
        out->core_brightness = out->brightness;
        return;
    }
    out->core_shift = shift[with] / (float)count;
    out->core_brightness = brighter[with] / (float)count;
    imx_sort(shifts[with], count);
    imx_sort(left[0][with], count);
    imx_sort(left[1][with], count);
    size_t most = (size_t)(MOST * (float)(count - 1));
    out->core_most_shift = shifts[with][most];
    out->core_most_left = fminf(left[0][with][most], left[1][with][most]);
}

/* Colour of what is not ground in both pictures. */
static void measure_subject(imx_agreement *out, const imx_colours *in, const seen_colours *seen) {
    float shift = 0, n = 0, chroma_r = 0, chroma_q = 0, agreeing = 1;
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!in->inside[i] || seen->both[i]) {
            continue;
        }
        shift += imx_delta_e(seen->reference[i], seen->query[i]);
        n += 1;
        if (imx_colours_trusted(out, in, i)) {
            chroma_r += hypotf(seen->reference[i].a, seen->reference[i].b);
            chroma_q += hypotf(seen->query[i].a, seen->query[i].b);
            agreeing += 1;
        }
    }
    out->subject_shift = n < IMX_LEAST_SUBJECT ? out->colour_shift : shift / n;
    out->subject_chroma = chroma_r / agreeing;
    out->subject_chroma_ratio = (chroma_q + agreeing) / (chroma_r + agreeing);
}

static void find_ground(seen_colours *seen, const imx_colours *in) {
    size_t count = (size_t)in->width * in->height;
    if (!imx_colours_find_ground(seen->ground, in, seen->reference)) {
        return;
    }
    imx_lab colour = imx_median_colour(seen->query, seen->ground, count);
    for (size_t i = 0; i < count; i++) {
        seen->both[i] = seen->ground[i] && imx_delta_e(seen->query[i], colour) < IMX_GROUND_DIFFERS;
    }
}

static void measure_colours(imx_agreement *out, const imx_colours *in) {
    seen_colours seen = {.both = {false}};
    bool same[IMX_COLOURS];
    float n = 0, shift = 0;
    imx_colours_to_lab(seen.reference, in->reference, in);
    imx_colours_to_lab(seen.query, in->query, in);
    find_ground(&seen, in);
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        same[i] = in->inside[i] && (seen.both[i] || imx_colours_trusted(out, in, i));
        if (in->inside[i]) {
            n += 1;
            shift += imx_delta_e(seen.reference[i], seen.query[i]);
        }
    }
    out->colour_shift = shift / fmaxf(n, 1);
    imx_colours_tone(seen.toned[0], in, same);
    imx_colours_curve(seen.toned[1], in, same);
    measure_subject(out, in, &seen);
    measure_core(out, in, &seen);
    measure_hues(out, in, seen.reference, seen.query);
}

void imx_agreement_measure_colours(imx_agreement *out, const imx_features *query,
                                   const imx_sketch *reference, const imx_transform *matrix) {
    imx_colours both;
    imx_colours_collect(&both, query, reference, matrix);
    measure_colours(out, &both);
}
