/*
 * One turn, scale and shift of all colours is fitted in the plane of U and V. A plain ground is
 * another one if it changed by more than the gains and offsets that the subject shows would change
 * it.
 */
#include "match/colour_change.h"

#include "match/agreement_parts.h"
#include "match/colour_raster.h"
#include "match/median.h"
#include "match/normal_equations.h"

#include <math.h>

#define LEAST_TEXTURE 5.0F /* Standard deviation of a channel, in levels, that tells a gain. */
#define DARK 8.0F          /* Levels under which a gain is lost in noise: */
#define LEAST_GAIN 0.75F   /* it may be this, then. */
#define CUT_OFF 6.0F       /* Levels from black and white, where colours go as well. */
#define LEAST_PAIRS 6      /* Pixels that tell a turn of all colours. */
#define FIRST_SCALE 15.0   /* Of what is left, before the first fit tells; */
#define LEAST_SCALE 1.5
#define ROUNDS 8
#define DEGREES 57.29577951308232

/* Colours in the plane of U and V, where turning the hue is a turn: reference and query, where the
 * brightness says that it is the same thing, and a colour did not become black or white. */
typedef struct chroma_pairs {
    size_t count;
    double reference[IMX_COLOURS][2];
    double query[IMX_COLOURS][2];
} chroma_pairs;

static bool is_cut_off(float level) { return level < CUT_OFF || level > 255 - CUT_OFF; }

static void collect_chroma(chroma_pairs *out, const imx_agreement *agreement,
                           const imx_colours *in) {
    static const double weights[2] = {0.493 * 1.772, 0.877 * 1.402};
    out->count = 0;
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!in->inside[i] || !imx_colours_trusted(agreement, in, i) ||
            (is_cut_off(in->query[0][i]) && !is_cut_off(in->reference[0][i]))) {
            continue;
        }
        for (size_t axis = 0; axis < 2; axis++) {
            out->reference[out->count][axis] =
                weights[axis] * (double)(in->reference[axis + 1][i] - 128);
            out->query[out->count][axis] = weights[axis] * (double)(in->query[axis + 1][i] - 128);
        }
        out->count++;
    }
}

/* query = turned and scaled reference + shift: {cosine, sine (both times the scale), shift}. */
static void turn(double out[2], const double fitted[4], const double chroma[2]) {
    out[0] = fitted[0] * chroma[0] - fitted[1] * chroma[1] + fitted[2];
    out[1] = fitted[1] * chroma[0] + fitted[0] * chroma[1] + fitted[3];
}

/* Robust, with Cauchy's weights squared; gives back the variance of what is left. */
static double fit_turn(double fitted[4], const chroma_pairs *pairs) {
    double scale = FIRST_SCALE;
    double variance = 0;
    fitted[0] = 1;
    fitted[1] = fitted[2] = fitted[3] = 0;
    for (int round = 0; round < ROUNDS; round++) {
        imx_normal_equations equations = {.unknowns = 4};
        float off[IMX_COLOURS];
        double weights = 1e-6;
        variance = 0;
        for (size_t i = 0; i < pairs->count; i++) {
            const double *from = pairs->reference[i];
            const double *to = pairs->query[i];
            double now[2];
            turn(now, fitted, from);
            double squares =
                (now[0] - to[0]) * (now[0] - to[0]) + (now[1] - to[1]) * (now[1] - to[1]);
            off[i] = (float)sqrt(squares);
            double weight = 1 / (1 + squares / (scale * scale));
            weight = round > 0 ? weight * weight : 1;
            weights += weight;
            variance += weight * squares;
            imx_normal_equations_add(&equations, (const double[4]){from[0], -from[1], 1, 0}, to[0],
                                     weight);
            imx_normal_equations_add(&equations, (const double[4]){from[1], from[0], 0, 1}, to[1],
                                     weight);
        }
        variance /= weights;
        scale = fmax(LEAST_SCALE, 3 * (double)imx_median(off, pairs->count));
        if (!imx_normal_equations_solve(fitted, &equations, 1e-6)) {
            break;
        }
    }
    return variance;
}

static void measure_turn(imx_colour_change *out, const chroma_pairs *pairs, float contrast) {
    if (pairs->count < LEAST_PAIRS) {
        return;
    }
    double fitted[4];
    double variance = fit_turn(fitted, pairs);
    double middle[2] = {0, 0};
    double squares = 0, chroma = 0;
    double n = (double)pairs->count;
    for (size_t i = 0; i < pairs->count; i++) {
        const double *from = pairs->reference[i];
        middle[0] += from[0] / n;
        middle[1] += from[1] / n;
        squares += from[0] * from[0] + from[1] * from[1];
        chroma += hypot(from[0], from[1]) / n;
    }
    double power = squares / n - middle[0] * middle[0] - middle[1] * middle[1];
    double moved[2];
    turn(moved, fitted, middle);
    double size = hypot(fitted[0], fitted[1]);
    out->chroma = (float)chroma;
    out->middle = (float)hypot(middle[0], middle[1]);
    out->turned = (float)(fabs(atan2(fitted[1], fitted[0])) * DEGREES);
    out->turned_error = (float)(sqrt(variance / (n * power + 1e-6)) / fmax(size, 0.05) * DEGREES);
    out->saturation = (float)(size / fmax((double)contrast, 0.2));
    out->cast = (float)hypot(moved[0] - (double)contrast * middle[0],
                             moved[1] - (double)contrast * middle[1]);
}

/* Pixels of the subject that tell what was done to it: not those beside the ground, which mix with
 * it, so that a new ground changes them as a curve of tone would. */
static size_t find_subject(bool subject[IMX_COLOURS], const imx_agreement *out,
                           const imx_colours *in, const bool *ground) {
    size_t found = 0;
    for (size_t y = 0; y < in->height; y++) {
        for (size_t x = 0; x < in->width; x++) {
            size_t i = y * in->width + x;
            bool beside = false;
            for (size_t row = y > 0 ? y - 1 : 0; row <= y + 1 && row < in->height; row++) {
                for (size_t column = x > 0 ? x - 1 : 0; column <= x + 1 && column < in->width;
                     column++) {
                    beside = beside || ground[row * in->width + column];
                }
            }
            subject[i] = in->inside[i] && !beside && imx_colours_trusted(out, in, i);
            found += subject[i];
        }
    }
    return found;
}

/* One of red, green and blue of the subject in both pictures. */
typedef struct subject_channel {
    float reference; /* Median levels. */
    float query;
    float gain; /* Ratio of the deviations, 0 when there are none to speak of. */
} subject_channel;

static void measure_subject_channels(subject_channel out[3], const imx_colours *in,
                                     const bool *subject) {
    float levels[2][3][IMX_COLOURS];
    imx_moments sums[3] = {{0}};
    size_t n = 0;
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!subject[i]) {
            continue;
        }
        float r[3];
        float q[3];
        imx_colours_rgb(r, in->reference, i);
        imx_colours_rgb(q, in->query, i);
        for (size_t c = 0; c < 3; c++) {
            levels[0][c][n] = r[c];
            levels[1][c][n] = q[c];
            imx_moments_add(&sums[c], r[c], q[c]);
        }
        n++;
    }
    for (size_t c = 0; c < 3; c++) {
        float a = sums[c].a / sums[c].n;
        float b = sums[c].b / sums[c].n;
        float power = sums[c].aa / sums[c].n - a * a;
        out[c] = (subject_channel){imx_median(levels[0][c], n), imx_median(levels[1][c], n), 0};
        if (power > LEAST_TEXTURE * LEAST_TEXTURE && sums[c].ab / sums[c].n > a * b) {
            out[c].gain = sqrtf(fmaxf(sums[c].bb / sums[c].n - b * b, 0) / power);
        }
    }
}

/* The level nearest to `query` to which a change that takes the subject there takes `reference`: a
 * gain, an offset, both, or anything between these and none. */
static float level_allowed(const subject_channel *subject, float reference, float query) {
    float change = subject->query - subject->reference;
    float ratio = (fmaxf(subject->query, 0) + 1) / (fmaxf(subject->reference, 0) + 1);
    float levels[4] = {reference, ratio * reference, reference + change, reference};
    if (subject->gain > 0) {
        levels[3] = subject->query + subject->gain * (reference - subject->reference);
    }
    if (subject->reference < DARK) {
        levels[1] = fminf(levels[1], LEAST_GAIN * reference);
    }
    float least = 255;
    float most = 0;
    for (size_t i = 0; i < 4; i++) {
        float level = fminf(fmaxf(levels[i], 0), 255);
        least = fminf(least, level);
        most = fmaxf(most, level);
    }
    return fminf(fmaxf(query, least), most);
}

/* How far the ground is from what the subject's change of tone and cast allows. */
static float measure_ground_left(const imx_agreement *agreement, const imx_colours *in,
                                 const bool *ground) {
    bool subject[IMX_COLOURS];
    subject_channel channels[3];
    if (find_subject(subject, agreement, in, ground) < IMX_LEAST_SUBJECT) {
        return 0;
    }
    measure_subject_channels(channels, in, subject);
    float left[IMX_COLOURS];
    size_t n = 0;
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!ground[i]) {
            continue;
        }
        float r[3];
        float q[3];
        float allowed[3];
        imx_colours_rgb(r, in->reference, i);
        imx_colours_rgb(q, in->query, i);
        for (size_t c = 0; c < 3; c++) {
            allowed[c] = level_allowed(&channels[c], r[c], q[c]);
        }
        left[n++] = imx_delta_e(imx_lab_of_rgb(allowed), imx_lab_of_rgb(q));
    }
    return imx_median(left, n);
}

static void measure_change(imx_colour_change *out, const imx_agreement *agreement,
                           const imx_colours *in) {
    imx_lab reference[IMX_COLOURS];
    imx_lab query[IMX_COLOURS];
    bool ground[IMX_COLOURS];
    imx_colours_to_lab(reference, in->reference, in);
    imx_colours_to_lab(query, in->query, in);
    bool plain = imx_colours_find_ground(ground, in, reference);
    float shifts[2][IMX_COLOURS]; /* Of the subject, of the ground. */
    size_t counts[2] = {0, 0};
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (in->inside[i] && (ground[i] || imx_colours_trusted(agreement, in, i))) {
            shifts[ground[i]][counts[ground[i]]++] = imx_delta_e(reference[i], query[i]);
        }
    }
    out->subject_median = imx_median(shifts[0], counts[0]);
    out->ground_shift = imx_median(shifts[1], counts[1]);
    out->ground_left = plain ? measure_ground_left(agreement, in, ground) : 0;
}

void imx_colour_change_measure(imx_colour_change *out, const imx_agreement *agreement,
                               const imx_features *query, const imx_sketch *reference,
                               float contrast) {
    *out = (imx_colour_change){.saturation = 1};
    if (agreement->measured) {
        imx_colours both;
        chroma_pairs pairs;
        imx_colours_collect(&both, query, reference, &agreement->matrix);
        measure_change(out, agreement, &both);
        collect_chroma(&pairs, agreement, &both);
        measure_turn(out, &pairs, contrast);
    }
}
