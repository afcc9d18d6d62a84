/*
 * One part of a photo has one source: what only looks like it loses its score beside it. What is
 * the same photo, lies elsewhere in the query or was not compared must keep it, or copies are
 * missed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "match/rival.h"
#include "unit/evidence_of_copy.h"

#include <math.h>
#include <string.h>

/* A reference that fits, with its unit square from (x, y) on, `side` wide and high, in the query.
 */
static imx_evidence fits(float x, float y, float side) {
    imx_evidence evidence = evidence_of_copy();
    evidence.geometry.residual = 0.001F;
    evidence.geometry.matrix = (imx_transform){{side, 0, x, 0, side, y, 0, 0}};
    evidence.agreement.subject_chroma = 30;
    for (int i = 0; i < IMX_AGREEMENT_CELLS * IMX_AGREEMENT_CELLS; i++) {
        evidence.agreement.cells[i] = 0.98F;
    }
    return evidence;
}

/* Another piece in the same pose: its parts lie elsewhere. */
static imx_evidence looks_alike(float x, float y, float side) {
    imx_evidence evidence = fits(x, y, side);
    evidence.agreement.shift = 0.4F;
    evidence.agreement.shift_most = 0.8F;
    evidence.agreement.subject_cells = 0.85F;
    evidence.geometry.residual = 0.006F;
    evidence.geometry.stretch = 1.04F;
    return evidence;
}

static void test_a_double_keeps_its_score(void **state) {
    (void)state;
    const imx_evidence best = fits(0, 0, 1);
    assert_float_equal(imx_rival_leaves(&best, &best, 0.9999), 1, 1e-12);
    /* Cut out of the other one: less of everything that counts how much is there. */
    imx_evidence part = fits(0.25F, 0.25F, 0.5F);
    part.pdq_distance = 120;
    part.similarity = 0.6F;
    part.geometry.explained = 0.5F;
    assert_true(imx_rival_leaves(&part, &best, 0.9999) > 0.99);
    part.geometry.inliers = part.geometry.distinct = 10;
    assert_true(imx_rival_leaves(&part, &best, 0.9999) > 0.99);
    /* Of a plain detail it is not known whether parts moved, and it is aligned by pixels alone. */
    part.agreement.shifts = 0;
    part.direct = true;
    part.geometry.found = false;
    assert_true(imx_rival_leaves(&part, &best, 0.9999) > 0.99);
    part.agreement.cells_median = 0.97F; /* As another size of the same photo has. */
    assert_true(imx_rival_leaves(&part, &best, 0.9999) > 0.8);
}

static void test_what_fits_worse_has_a_rival(void **state) {
    (void)state;
    const imx_evidence best = fits(0, 0, 1);
    const imx_evidence moved = looks_alike(0, 0, 1);
    assert_true(imx_rival_leaves(&moved, &best, 0.9999) < 0.2);
    imx_evidence dyed = fits(0, 0, 1);
    dyed.agreement.hue_shift = 120;
    dyed.agreement.core_shift = 40;
    dyed.agreement.core_most_shift = 45;
    dyed.agreement.core_most_left = 45;
    dyed.agreement.subject_shift = 40;
    assert_true(imx_rival_leaves(&dyed, &best, 0.9999) < 0.2);
    /* The one that fits better loses nothing to the other. */
    assert_float_equal(imx_rival_leaves(&best, &moved, 0.9999), 1, 1e-12);
}

/* What is no likely source itself takes little. */
static void test_a_rival_counts_by_its_own_score(void **state) {
    (void)state;
    const imx_evidence best = fits(0, 0, 1);
    const imx_evidence moved = looks_alike(0, 0, 1);
    double last = 1;
    for (int i = 0; i <= 10; i++) {
        double left = imx_rival_leaves(&moved, &best, i / 10.0);
        assert_true(left <= last && left >= 1 - i / 10.0 - 1e-12);
        last = left;
    }
    assert_float_equal(imx_rival_leaves(&moved, &best, 0), 1, 1e-12);
}

static void test_only_the_shared_part_counts(void **state) {
    (void)state;
    const imx_evidence left = fits(0, 0, 0.5F);
    const imx_evidence right = looks_alike(0.5F, 0, 0.5F);
    assert_float_equal(imx_rival_leaves(&right, &left, 0.9999), 1, 1e-12);
    const imx_evidence across = looks_alike(0.25F, 0, 0.5F);
    const imx_evidence same = looks_alike(0, 0, 0.5F);
    double half = 1 - imx_rival_leaves(&across, &left, 0.9999);
    double whole = 1 - imx_rival_leaves(&same, &left, 0.9999);
    assert_float_equal(half, whole / 2, 0.02);
    /* Of a reference that the query shows a part of, only that part is in the query. */
    const imx_evidence beyond = looks_alike(0, 0, 2);
    const imx_evidence all = fits(0, 0, 1);
    assert_float_equal(imx_rival_leaves(&beyond, &all, 0.9999),
                       imx_rival_leaves(&same, &left, 0.9999), 1e-6);
}

/* A product that was pasted onto another photo of the catalogue: that photo is found, too, but does
 * not explain the part that was pasted over it. */
static void test_what_lies_over_a_rival_keeps_its_score(void **state) {
    (void)state;
    const int half = IMX_AGREEMENT_CELLS / 2;
    imx_evidence ground = fits(0, 0, 1);
    for (int i = 0; i < half * half; i++) { /* Its upper left quarter does not agree. */
        ground.agreement.cells[i / half * IMX_AGREEMENT_CELLS + i % half] = 0.1F;
    }
    const imx_evidence pasted = looks_alike(0, 0, 0.5F);
    assert_float_equal(imx_rival_leaves(&pasted, &ground, 0.9999), 1, 1e-12);
    const imx_evidence elsewhere = looks_alike(0.5F, 0.5F, 0.5F);
    assert_true(imx_rival_leaves(&elsewhere, &ground, 0.9999) < 0.5);
}

/* Turned, mirrored and in perspective the same part is shared. */
static void test_places_are_compared_in_the_query(void **state) {
    (void)state;
    const imx_evidence best = fits(0, 0, 1);
    const imx_evidence upright = looks_alike(0, 0, 1);
    double expected = imx_rival_leaves(&upright, &best, 0.9999);
    const imx_transform others[] = {{{0, -1, 1, 1, 0, 0, 0, 0}},             /* A quarter turn, */
                                    {{-1, 0, 1, 0, 1, 0, 0, 0}},             /* a mirror image, */
                                    {{1, 0.1F, 0, 0, 1.1F, 0, 0.2F, 0.1F}}}; /* a tilt. */
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        imx_evidence turned = looks_alike(0, 0, 1);
        turned.geometry.matrix = others[i];
        assert_float_equal(imx_rival_leaves(&turned, &best, 0.9999), expected, 0.02);
    }
}

#define MOST 3

static void weigh(imx_probabilities scores[MOST], size_t rivals[MOST],
                  const imx_evidence evidence[MOST], const double alone[MOST]) {
    imx_contender matches[MOST];
    for (int i = 0; i < MOST; i++) {
        scores[i] = (imx_probabilities){
            .copy = alone[i], .alone = alone[i], .shot = 0.9999, .kept = 1, .colour = 0.9};
        matches[i] = (imx_contender){.evidence = &evidence[i], .score = &scores[i]};
    }
    imx_rivals_weigh(matches, MOST);
    for (int i = 0; i < MOST; i++) {
        rivals[i] = matches[i].rival;
        assert_true(scores[i].alone == alone[i] && scores[i].shot == 0.9999);
    }
}

static void test_matches_are_weighed_together(void **state) {
    (void)state;
    imx_probabilities scores[MOST];
    size_t rivals[MOST];
    /* The genuine photo, its double, and a look-alike. */
    const imx_evidence one_photo[MOST] = {fits(0, 0, 1), fits(0, 0, 1), looks_alike(0, 0, 1)};
    weigh(scores, rivals, one_photo, (const double[MOST]){0.9999, 0.9999, 0.9});
    assert_float_equal(scores[0].copy, 0.9999, 1e-9);
    assert_float_equal(scores[1].copy, 0.9999, 1e-9);
    assert_true(scores[2].copy < 0.3);
    assert_true(rivals[0] == IMX_NO_RIVAL && rivals[1] == IMX_NO_RIVAL && rivals[2] < 2);
    /* Scores are of steps: a look-alike that is first by its id alone is weighed, too. */
    const imx_evidence tied[MOST] = {looks_alike(0, 0, 1), fits(0, 0, 1), fits(2, 2, 1)};
    weigh(scores, rivals, tied, (const double[MOST]){0.9999, 0.9999, 0.1});
    assert_true(scores[0].copy < 0.3 && rivals[0] == 1);
    assert_float_equal(scores[1].copy, 0.9999, 1e-9);
    /* A collage: each part has its own source, and what was beaten takes hardly anything. */
    const imx_evidence parts[MOST] = {fits(0, 0, 0.5F), looks_alike(0, 0, 0.5F),
                                      looks_alike(0.25F, 0, 0.5F)};
    weigh(scores, rivals, parts, (const double[MOST]){0.9999, 0.99, 0.9});
    assert_true(scores[1].copy < 0.3);
    double by_the_first = 0.9 * imx_rival_leaves(&parts[2], &parts[0], 0.9999);
    assert_float_equal(scores[2].copy, by_the_first, 1e-9);
}

/* A variant is called one also beside the photo that it is a variant of. */
static void test_a_beaten_variant_is_still_one(void **state) {
    (void)state;
    const imx_evidence dyed = fits(0, 0, 1);
    imx_probabilities score = {
        .copy = 0.94, .alone = 0.94, .shot = 0.999, .kept = 0.94, .colour = 0.2};
    assert_int_equal(imx_verdict_of(&dyed, &score), IMGMATCH_VERDICT_VARIANT);
    score.copy = 0.05;
    assert_int_equal(imx_verdict_of(&dyed, &score), IMGMATCH_VERDICT_VARIANT);
    score.colour = 0.9; /* A look-alike in the same colours is none. */
    assert_int_equal(imx_verdict_of(&dyed, &score), IMGMATCH_VERDICT_SAME_PRODUCT);
}

static void test_what_was_not_compared_keeps_its_score(void **state) {
    (void)state;
    const imx_evidence best = fits(0, 0, 1);
    imx_evidence unseen = looks_alike(0, 0, 1);
    unseen.agreement.measured = false;
    assert_float_equal(imx_rival_leaves(&unseen, &best, 0.9999), 1, 0);
    assert_float_equal(imx_rival_leaves(&best, &unseen, 0.9999), 1, 0);
    imx_evidence flattened = fits(0, 0, 0); /* Cannot be inverted. */
    assert_float_equal(imx_rival_leaves(&best, &flattened, 0.9999), 1, 0);
}

/* ---- of a fast look ---- */

#define FAST 12

static void assert_close(double one, double other) { assert_true(fabs(one - other) < 1e-12); }

/* Matches by fingerprints, each of a photo of its own: embeddings at right angles. */
typedef struct fast_matches {
    imx_contender places[FAST];
    imx_evidence evidence[FAST];
    imx_probabilities scores[FAST];
    imgmatch_pdq pdq[FAST]; /* Quality 0. */
    float embeddings[FAST][FAST];
} fast_matches;

static void make_fast(fast_matches *out, const double *alone, size_t count) {
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        out->evidence[i] = (imx_evidence){.pdq_distance = -1, .compared = true};
        out->scores[i] = (imx_probabilities){
            .copy = alone[i], .alone = alone[i], .shot = alone[i], .kept = 1, .colour = 1};
        out->embeddings[i][i] = 1;
        out->places[i] = (imx_contender){
            .evidence = &out->evidence[i],
            .prints = {.count = 1, .pdq = &out->pdq[i], .embeddings = out->embeddings[i]},
            .score = &out->scores[i]};
    }
}

static void test_a_photo_has_one_source(void **state) {
    (void)state;
    fast_matches all;
    /* Alone 9 to 1, and again beside what is nothing: */
    make_fast(&all, (const double[]){0.9, 0}, 2);
    imx_rivals_weigh_fast(all.places, 2, FAST);
    assert_close(all.scores[0].copy, 0.9);
    assert_true(all.places[0].rival == IMX_NO_RIVAL);
    /* two that look as alike, 9 to 9 and 1 for neither; */
    make_fast(&all, (const double[]){0.9, 0.9}, 2);
    imx_rivals_weigh_fast(all.places, 2, FAST);
    assert_close(all.scores[0].copy, 9.0 / 19);
    assert_close(all.scores[1].copy, 9.0 / 19);
    assert_true(all.places[0].rival == 1 && all.places[1].rival == 0);
    assert_close(all.scores[0].shot, 0.9);
    assert_int_equal(imx_verdict_of(&all.evidence[0], &all.scores[0]), IMGMATCH_VERDICT_NONE);
    /* and one that stands out. */
    make_fast(&all, (const double[]){0.99, 0.5}, 2);
    imx_rivals_weigh_fast(all.places, 2, FAST);
    assert_close(all.scores[0].copy, 99.0 / 101);
    assert_close(all.scores[1].copy, 1.0 / 101);
    assert_true(all.places[0].rival == IMX_NO_RIVAL && all.places[1].rival == 0);
}

/* The best are rivals of all, and more matches change nothing of what others have. */
static void test_more_matches_take_nothing(void **state) {
    (void)state;
    double alone[FAST];
    for (int i = 0; i < FAST; i++) {
        alone[i] = 0.6;
    }
    fast_matches few;
    make_fast(&few, alone, IMX_FAST_RIVALS);
    imx_rivals_weigh_fast(few.places, IMX_FAST_RIVALS, FAST);
    fast_matches many;
    make_fast(&many, alone, FAST);
    imx_rivals_weigh_fast(many.places, FAST, FAST);
    double sum = 0;
    for (size_t i = 0; i < IMX_FAST_RIVALS; i++) {
        assert_close(few.scores[i].copy, 1.5 / (1 + 1.5 * IMX_FAST_RIVALS));
        assert_close(many.scores[i].copy, few.scores[i].copy);
        sum += few.scores[i].copy;
    }
    assert_true(sum < 1);
    for (size_t i = IMX_FAST_RIVALS; i < FAST; i++) {
        assert_close(many.scores[i].copy, 1.5 / (1 + 1.5 * (IMX_FAST_RIVALS + 1)));
    }
}

static void test_a_photo_listed_twice_is_one_source(void **state) {
    (void)state;
    fast_matches all;
    make_fast(&all, (const double[]){0.99, 0.98, 0.9}, 3);
    memcpy(all.embeddings[1], all.embeddings[0], sizeof all.embeddings[0]);
    imx_rivals_weigh_fast(all.places, 3, FAST);
    assert_close(all.scores[0].copy, 99.0 / (1 + 99 + 9));
    assert_close(all.scores[1].copy, 49.0 / (1 + 49 + 9));
    /* It counts once against others. */
    assert_close(all.scores[2].copy, 9.0 / (1 + 9 + 99));
    assert_true(all.places[2].rival == 0);
    /* Those that have hashes alone, by these. */
    make_fast(&all, (const double[]){0.99, 0.99}, 2);
    for (int i = 0; i < 2; i++) {
        all.places[i].prints.embeddings = NULL;
        all.pdq[i].quality = 100;
    }
    memset(all.pdq[1].hash, 0x55, sizeof all.pdq[1].hash);
    imx_rivals_weigh_fast(all.places, 2, FAST);
    assert_close(all.scores[0].copy, 99.0 / 199);
    all.pdq[1] = all.pdq[0];
    imx_rivals_weigh_fast(all.places, 2, FAST);
    assert_close(all.scores[0].copy, 0.99);
}

/* One photo, by way of a third listing: no order among them changes, and all keep their scores. */
static void test_listings_of_one_photo_are_one_source(void **state) {
    (void)state;
    fast_matches all;
    make_fast(&all, (const double[]){0.99, 0.98, 0.97, 0.9}, 4);
    for (size_t i = 0; i < 3; i++) {
        all.places[i].prints.embeddings = NULL; /* Eight bits from one to the next. */
        all.pdq[i].quality = 20;                /* However low. */
        memset(all.pdq[i].hash, 0xff, i);
    }
    all.places[3].prints.embeddings = NULL;
    imx_rivals_weigh_fast(all.places, 4, FAST);
    assert_close(all.scores[0].copy, 99.0 / (1 + 99 + 9));
    assert_close(all.scores[1].copy, 49.0 / (1 + 49 + 9));
    assert_true(all.scores[1].copy > all.scores[2].copy);
    assert_true(all.places[0].rival == IMX_NO_RIVAL && all.places[2].rival == 3);
    assert_close(all.scores[3].copy, 9.0 / (1 + 9 + 99));
}

/* The subject of one listing is the whole of another. */
static void test_all_views_tell_one_photo(void **state) {
    (void)state;
    fast_matches all;
    make_fast(&all, (const double[]){0.99, 0.99, 0.99}, 3);
    imgmatch_pdq none[2] = {{.quality = 0}, {.quality = 0}};
    float views[2][FAST] = {{0}};
    views[0][FAST - 1] = 1;
    memcpy(views[1], all.embeddings[0], sizeof views[1]);
    all.places[1].prints =
        (imx_reference_prints){.count = 2, .pdq = none, .embeddings = &views[0][0]};
    imx_rivals_weigh_fast(all.places, 3, FAST);
    assert_close(all.scores[0].copy, 99.0 / 199);
    assert_close(all.scores[1].copy, 99.0 / 199);
    assert_close(all.scores[2].copy, 99.0 / 199);
    assert_true(all.places[0].rival == 2 && all.places[1].rival == 2 && all.places[2].rival == 0);
}

/* Many that take little each: none of them is named. */
static void test_who_takes_little_is_not_named(void **state) {
    (void)state;
    fast_matches all;
    make_fast(&all, (const double[]){0.6, 0.1, 0.1, 0.1, 0.1, 0.1}, 6);
    imx_rivals_weigh_fast(all.places, 6, FAST);
    assert_close(all.scores[0].copy, 1.5 / (1 + 1.5 + 5.0 / 9));
    assert_true(all.scores[0].copy < 0.9 * 0.6);
    assert_true(all.places[0].rival == IMX_NO_RIVAL && all.places[1].rival == 0);
}

static void test_a_certain_rival_is_no_division_by_nothing(void **state) {
    (void)state;
    fast_matches all;
    make_fast(&all, (const double[]){1, 1, 0.5}, 3);
    imx_rivals_weigh_fast(all.places, 3, FAST);
    for (int i = 0; i < 3; i++) {
        assert_true(isfinite(all.scores[i].copy) && all.scores[i].copy >= 0);
        assert_true(all.scores[i].copy <= all.scores[i].alone);
    }
    assert_true(all.scores[0].copy < 0.51 && all.scores[1].copy < 0.51);
    assert_true(all.scores[2].copy < 1e-6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_double_keeps_its_score),
        cmocka_unit_test(test_what_fits_worse_has_a_rival),
        cmocka_unit_test(test_a_rival_counts_by_its_own_score),
        cmocka_unit_test(test_only_the_shared_part_counts),
        cmocka_unit_test(test_what_lies_over_a_rival_keeps_its_score),
        cmocka_unit_test(test_places_are_compared_in_the_query),
        cmocka_unit_test(test_matches_are_weighed_together),
        cmocka_unit_test(test_a_beaten_variant_is_still_one),
        cmocka_unit_test(test_what_was_not_compared_keeps_its_score),
        cmocka_unit_test(test_a_photo_has_one_source),
        cmocka_unit_test(test_more_matches_take_nothing),
        cmocka_unit_test(test_a_photo_listed_twice_is_one_source),
        cmocka_unit_test(test_listings_of_one_photo_are_one_source),
        cmocka_unit_test(test_all_views_tell_one_photo),
        cmocka_unit_test(test_who_takes_little_is_not_named),
        cmocka_unit_test(test_a_certain_rival_is_no_division_by_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
