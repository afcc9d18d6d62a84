/*
 * The colours of agreement.h: in CIE Lab on a 16 pixel raster, as they are, and after the best gain
 * and offset of each channel, which takes out what tone curves and white balance do but not a
 * product of another colour on the same ground.
 *
 * A plain ground, which the reference's rim tells, is kept apart from the subject. It is another
 * one if it changed by more than the gains and offsets that the subject shows would change it.
 */
#include "match/agreement_parts.h"

#include "match/median.h"
#include "match/normal_equations.h"
#include "match/overlay.h"

#include <math.h>
#include <stdlib.h>

#define CELLS IMX_AGREEMENT_CELLS
#define LEAST_TEXTURE 5.0F   /* Standard deviation of a channel, in levels, that tells a gain. */
#define LEAST_CHROMA 6.0F    /* Under it a hue is noise. */
#define GROUND_DIFFERS 8.0F  /* CIE delta E: more than noise makes of one colour. */
#define PLAIN_RIM 0.7F       /* Share of the rim that has to have its median colour. */
#define LEAST_SUBJECT 4      /* Pixels of the colour raster. */
#define DARK 8.0F            /* Levels under which a gain is lost in noise: */
#define LEAST_GAIN 0.75F     /* it may be this, then. */
#define COLOUR_DIFFERS 12.0F /* CIE delta E: another colour at a glance. */
#define CUT_OFF 6.0F         /* Levels from black and white, where colours go as well. */
#define LEAST_PAIRS 6        /* Pixels that tell a turn of all colours. */
#define FIRST_SCALE 15.0     /* Of what is left, before the first fit tells; */
#define LEAST_SCALE 1.5
#define ROUNDS 8
#define DEGREES 57.29577951308232

typedef struct lab {
    float l, a, b;
} lab;

static float linear(float level) {
    float value = fminf(fmaxf(level / 255, 0), 1);
    return value <= 0.04045F ? value / 12.92F : powf((value + 0.055F) / 1.055F, 2.4F);
}

static float curve(float t) { return t > 0.008856F ? cbrtf(t) : 7.787F * t + 16.0F / 116; }

/* YCbCr to sRGB, which may leave 0..255. */
static void to_rgb(float rgb[3], const float ycc[3]) {
    rgb[0] = ycc[0] + 1.402F * (ycc[2] - 128);
    rgb[1] = ycc[0] - 0.344136F * (ycc[1] - 128) - 0.714136F * (ycc[2] - 128);
    rgb[2] = ycc[0] + 1.772F * (ycc[1] - 128);
}

/* CIE Lab of sRGB, white D65. */
static lab lab_of_rgb(const float rgb[3]) {
    float r = linear(rgb[0]);
    float g = linear(rgb[1]);
    float b = linear(rgb[2]);
    float x = curve((0.4124F * r + 0.3576F * g + 0.1805F * b) / 0.9505F);
    float y = curve(0.2126F * r + 0.7152F * g + 0.0722F * b);
    float z = curve((0.0193F * r + 0.1192F * g + 0.9505F * b) / 1.089F);
    return (lab){116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

static lab lab_of(const float ycc[3]) {
    float rgb[3];
    to_rgb(rgb, ycc);
    return lab_of_rgb(rgb);
}

#define COLOURS (IMX_CHROMA_SIDE * IMX_CHROMA_SIDE)

/* Both pictures' pixels on the colour raster. */
typedef struct colours {
    uint32_t width;
    uint32_t height;
    bool inside[COLOURS];
    float reference[3][COLOURS];
    float query[3][COLOURS];
} colours;

static void rgb_at(float rgb[3], const float planes[3][COLOURS], size_t i) {
    to_rgb(rgb, (const float[3]){planes[0][i], planes[1][i], planes[2][i]});
}

/* The thumbnail's brightness on the colour raster: the mean of the pixels around each place. */
static float luma_at(const imx_sketch *reference, uint32_t x, uint32_t y) {
    uint32_t width = reference->thumbnail_width;
    uint32_t height = reference->thumbnail_height;
    uint32_t x_end = (x + 1) * width / reference->chroma_width;
    uint32_t y_end = (y + 1) * height / reference->chroma_height;
    float sum = 0;
    float count = 0;
    for (uint32_t j = y * height / reference->chroma_height; j < y_end; j++) {
        for (uint32_t i = x * width / reference->chroma_width; i < x_end; i++) {
            sum += (float)reference->luma[j * width + i];
            count += 1;
        }
    }
    return sum / fmaxf(count, 1);
}

static void collect_colours(colours *out, const imx_features *query, const imx_sketch *reference,
                            const imx_transform *matrix) {
    out->width = reference->chroma_width;
    out->height = reference->chroma_height;
    for (uint32_t plane = 0; plane < 3; plane++) {
        imx_raster raster = {out->width, out->height, plane};
        (void)imx_overlay_sample(out->query[plane], out->inside, query, matrix, raster);
    }
    for (uint32_t y = 0; y < out->height; y++) {
        for (uint32_t x = 0; x < out->width; x++) {
            size_t i = (size_t)y * out->width + x;
            out->reference[0][i] = luma_at(reference, x, y);
            out->reference[1][i] = (float)reference->cb[i];
            out->reference[2][i] = (float)reference->cr[i];
        }
    }
}

/* Best gain (0.3 to 3) and offset of one channel. */
static void fit_channel(float *gain, float *offset, const colours *in, size_t plane) {
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

static void to_lab(lab *out, const float planes[3][COLOURS], const colours *in) {
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (in->inside[i]) {
            out[i] = lab_of((const float[3]){planes[0][i], planes[1][i], planes[2][i]});
        }
    }
}

static float delta_e(lab p, lab q) {
    return sqrtf((p.l - q.l) * (p.l - q.l) + (p.a - q.a) * (p.a - q.a) + (p.b - q.b) * (p.b - q.b));
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

static bool is_trusted_at(const imx_agreement *out, const colours *in, size_t i) {
    size_t row = i / in->width * CELLS / in->height;
    size_t column = i % in->width * CELLS / in->width;
    return imx_cell_is_trusted(out->cells[row * CELLS + column]);
}

/* Hue and chroma, where the brightness says that it is the same thing. */
static void measure_hues(imx_agreement *out, const colours *in, const lab *reference,
                         const lab *query) {
    turned_hue hues[COLOURS];
    size_t count = 0;
    float n = 1, chroma_r = 0, chroma_q = 0;
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!in->inside[i] || !is_trusted_at(out, in, i)) {
            continue;
        }
        lab r = reference[i];
        lab q = query[i];
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

/* Colours in the plane of U and V, where turning the hue is a turn: reference and query, where the
 * brightness says that it is the same thing, and a colour did not become black or white. */
typedef struct chroma_pairs {
    size_t count;
    double reference[COLOURS][2];
    double query[COLOURS][2];
} chroma_pairs;

static bool is_cut_off(float level) { return level < CUT_OFF || level > 255 - CUT_OFF; }

static void collect_chroma(chroma_pairs *out, const imx_agreement *agreement, const colours *in) {
    static const double weights[2] = {0.493 * 1.772, 0.877 * 1.402};
    out->count = 0;
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!in->inside[i] || !is_trusted_at(agreement, in, i) ||
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
        float off[COLOURS];
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

/* Median of each axis over the pixels that `chosen` marks. */
static lab median_colour(const lab *pixels, const bool *chosen, size_t count) {
    float axes[3][COLOURS];
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (chosen[i]) {
            axes[0][n] = pixels[i].l;
            axes[1][n] = pixels[i].a;
            axes[2][n] = pixels[i].b;
            n++;
        }
    }
    return (lab){imx_median(axes[0], n), imx_median(axes[1], n), imx_median(axes[2], n)};
}

/* Which pixels of the reference have the colour of its rim; false if the rim has no one colour. */
static bool find_ground(bool ground[COLOURS], const colours *in, const lab *reference) {
    size_t count = (size_t)in->width * in->height;
    bool rim[COLOURS];
    size_t rim_count = 0;
    for (size_t i = 0; i < count; i++) {
        size_t x = i % in->width;
        size_t y = i / in->width;
        rim[i] = in->inside[i] && (x == 0 || y == 0 || x + 1 == in->width || y + 1 == in->height);
        rim_count += rim[i];
    }
    if (rim_count == 0) {
        return false;
    }
    lab colour = median_colour(reference, rim, count);
    size_t plain = 0;
    for (size_t i = 0; i < count; i++) {
        ground[i] = in->inside[i] && delta_e(reference[i], colour) < GROUND_DIFFERS;
        plain += ground[i] && rim[i];
    }
    return (float)plain >= PLAIN_RIM * (float)rim_count;
}

/* Pixels of the subject that tell what was done to it: not those beside the ground, which mix with
 * it, so that a new ground changes them as a curve of tone would. */
static size_t find_subject(bool subject[COLOURS], const imx_agreement *out, const colours *in,
                           const bool *ground) {
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
            subject[i] = in->inside[i] && !beside && is_trusted_at(out, in, i);
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

static void measure_subject_channels(subject_channel out[3], const colours *in,
                                     const bool *subject) {
    float levels[2][3][COLOURS];
    imx_moments sums[3] = {{0}};
    size_t n = 0;
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!subject[i]) {
            continue;
        }
        float r[3];
        float q[3];
        rgb_at(r, in->reference, i);
        rgb_at(q, in->query, i);
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
static float measure_ground_left(const imx_agreement *agreement, const colours *in,
                                 const bool *ground) {
    bool subject[COLOURS];
    subject_channel channels[3];
    if (find_subject(subject, agreement, in, ground) < LEAST_SUBJECT) {
        return 0;
    }
    measure_subject_channels(channels, in, subject);
    float left[COLOURS];
    size_t n = 0;
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!ground[i]) {
            continue;
        }
        float r[3];
        float q[3];
        float allowed[3];
        rgb_at(r, in->reference, i);
        rgb_at(q, in->query, i);
        for (size_t c = 0; c < 3; c++) {
            allowed[c] = level_allowed(&channels[c], r[c], q[c]);
        }
        left[n++] = delta_e(lab_of_rgb(allowed), lab_of_rgb(q));
    }
    return imx_median(left, n);
}

/* Is the pixel next to one of the ground? */
static bool is_beside(const bool *ground, const colours *in, size_t i) {
    size_t x = i % in->width;
    size_t y = i / in->width;
    return (x > 0 && ground[i - 1]) || (x + 1 < in->width && ground[i + 1]) ||
           (y > 0 && ground[i - in->width]) || (y + 1 < in->height && ground[i + in->width]);
}

/* What became of the subject where it is seen; with its outline only if little is left without. */
static void measure_core(imx_agreement *out, const colours *in, const bool *ground,
                         const lab *reference, const lab *query) {
    float n[2] = {0, 0};
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
            n[outline] += 1;
            shift[outline] += delta_e(reference[i], query[i]);
            brighter[outline] += in->query[0][i] - in->reference[0][i];
        }
    }
    size_t with = n[0] < LEAST_SUBJECT;
    bool seen = n[with] >= LEAST_SUBJECT;
    out->core_shift = seen ? shift[with] / n[with] : out->subject_shift;
    out->core_brightness = seen ? brighter[with] / n[with] : out->brightness;
}

/* Colour of what is not ground in both pictures. */
static void measure_subject(imx_agreement *out, const colours *in, const lab *reference,
                            const lab *query) {
    size_t count = (size_t)in->width * in->height;
    bool ground[COLOURS] = {false};
    lab colour = {0};
    bool plain = find_ground(ground, in, reference);
    if (plain) {
        colour = median_colour(query, ground, count);
    }
    float shift = 0, n = 0, chroma_r = 0, chroma_q = 0, agreeing = 1;
    for (size_t i = 0; i < count; i++) {
        bool both = plain && ground[i] && delta_e(query[i], colour) < GROUND_DIFFERS;
        if (!in->inside[i] || both) {
            continue;
        }
        shift += delta_e(reference[i], query[i]);
        n += 1;
        if (is_trusted_at(out, in, i)) {
            chroma_r += hypotf(reference[i].a, reference[i].b);
            chroma_q += hypotf(query[i].a, query[i].b);
            agreeing += 1;
        }
    }
    out->subject_shift = n < LEAST_SUBJECT ? out->colour_shift : shift / n;
    out->subject_chroma = chroma_r / agreeing;
    out->subject_chroma_ratio = (chroma_q + agreeing) / (chroma_r + agreeing);
    for (size_t i = 0; i < count; i++) {
        ground[i] = plain && ground[i];
    }
    measure_core(out, in, ground, reference, query);
}

static void measure_colours(imx_agreement *out, const colours *in) {
    float gain[3];
    float offset[3];
    lab reference[COLOURS];
    lab query[COLOURS];
    for (size_t plane = 0; plane < 3; plane++) {
        fit_channel(&gain[plane], &offset[plane], in, plane);
    }
    to_lab(reference, in->reference, in);
    to_lab(query, in->query, in);
    float n = 0, shift = 0, left = 0, differing = 0;
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        if (!in->inside[i]) {
            continue;
        }
        float fitted[3];
        for (size_t plane = 0; plane < 3; plane++) {
            fitted[plane] = gain[plane] * in->reference[plane][i] + offset[plane];
        }
        float change = delta_e(lab_of(fitted), query[i]);
        n += 1;
        shift += delta_e(reference[i], query[i]);
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
    colours both;
    collect_colours(&both, query, reference, matrix);
    measure_colours(out, &both);
}

static void measure_change(imx_colour_change *out, const imx_agreement *agreement,
                           const colours *in) {
    lab reference[COLOURS];
    lab query[COLOURS];
    bool ground[COLOURS] = {false};
    to_lab(reference, in->reference, in);
    to_lab(query, in->query, in);
    bool plain = find_ground(ground, in, reference);
    float shifts[2][COLOURS]; /* Of the subject, of the ground. */
    size_t counts[2] = {0, 0};
    for (size_t i = 0; i < (size_t)in->width * in->height; i++) {
        bool is_ground = plain && ground[i];
        if (in->inside[i] && (is_ground || is_trusted_at(agreement, in, i))) {
            shifts[is_ground][counts[is_ground]++] = delta_e(reference[i], query[i]);
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
        colours both;
        chroma_pairs pairs;
        collect_colours(&both, query, reference, &agreement->matrix);
        measure_change(out, agreement, &both);
        collect_chroma(&pairs, agreement, &both);
        measure_turn(out, &pairs, contrast);
    }
}
