/*
 * A score accuses somebody: more evidence must never lower it, nothing may push it out of 0..1, and
 * without evidence it has to be low.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/random.h"
#include "match/score.h"
#include "unit/evidence_of_copy.h"

#include <math.h>

static imx_evidence nothing(bool verified) {
    return (imx_evidence){.pdq_distance = -1, .similarity = 0, .verified = verified};
}

static void test_no_evidence_is_no_match(void **state) {
    (void)state;
    for (int verified = 0; verified < 2; verified++) {
        imx_evidence none = nothing(verified != 0);
        const imx_probabilities score = imx_score(&none);
        assert_true(score.copy >= 0 && score.copy < 0.1);
        assert_true(score.shot >= score.copy && score.shot < 0.1);
        assert_int_equal(imx_verdict_of(&none, &score), IMGMATCH_VERDICT_NONE);
    }
}

static void test_all_evidence_is_a_copy(void **state) {
    (void)state;
    imx_evidence all = evidence_of_copy();
    imx_probabilities score = imx_score(&all);
    assert_true(score.copy > 0.99 && score.copy <= 1);
    assert_true(score.shot >= score.copy && score.kept > 0.9);
    assert_int_equal(imx_verdict_of(&all, &score), IMGMATCH_VERDICT_COPY);
    all.verified = false;
    all.compared = true;
    assert_true(imx_score(&all).copy > 0.9);
}

/* What is known of a reference by its hash alone is not held against it: within PDQ's usual
 * threshold it is found, and further away by less and less. */
static void test_a_hash_alone_is_evidence(void **state) {
    (void)state;
    double last = 1;
    for (int distance = 0; distance <= 128; distance++) {
        imx_evidence evidence = {
            .pdq_distance = distance, .pdq_quality = 100, .similarity = -1, .compared = false};
        double copy = imx_score(&evidence).copy;
        assert_true(copy <= last);
        assert_true(distance > 31 || copy >= IMX_LIKELY);
        assert_true(distance < 80 || copy < 0.2);
        last = copy;
    }
    /* What README says of them. */
    static const struct {
        int distance;
        double score;
    } said[] = {{0, 0.97}, {31, 0.56}, {35, 0.5}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        const imx_evidence evidence = {
            .pdq_distance = said[i].distance, .pdq_quality = 100, .similarity = -1};
        assert_float_equal(imx_score(&evidence).copy, said[i].score, 0.006);
    }
}

/* The same shot in other colours is no copy, and yet it is to be told. A copy that lost its
 * chroma while its colours are near the reference's is still called a copy. */
static void test_other_colours_are_a_variant(void **state) {
    (void)state;
    imx_evidence recoloured = evidence_of_copy();
    recoloured.similarity = 0.65F;
    recoloured.geometry.explained = 0.6F;
    recoloured.geometry.residual = 0.004F;
    recoloured.agreement.subject_shift = 40;
    recoloured.agreement.core_shift = 40;
    recoloured.agreement.core_most_shift = 45;
    recoloured.agreement.core_most_left = 45;
    recoloured.agreement.core_brightness = 15;
    recoloured.agreement.hue_shift = 120;
    recoloured.agreement.subject_chroma = 30;
    recoloured.agreement.brightness = 15;
    imx_probabilities score = imx_score(&recoloured);
    assert_true(score.shot > 0.9);
    assert_int_equal(imx_verdict_of(&recoloured, &score), IMGMATCH_VERDICT_VARIANT);
    imx_evidence copy = evidence_of_copy();
    assert_true(score.copy < imx_score(&copy).copy);
    copy.agreement.subject_shift = 12;
    copy.agreement.core_shift = 12;
    copy.agreement.core_most_shift = 15;
    copy.agreement.subject_chroma_ratio = 0.05F;
    copy.agreement.subject_chroma = 30;
    score = imx_score(&copy);
    assert_int_equal(imx_verdict_of(&copy, &score), IMGMATCH_VERDICT_COPY);
}

/* Of a product that is the smaller part of what is not ground only its largest changes tell. */
static void test_a_small_product_in_other_colours_is_a_variant(void **state) {
    (void)state;
    imx_evidence recoloured = evidence_of_copy();
    recoloured.agreement.subject_shift = 8;
    recoloured.agreement.core_shift = 8;
    imx_probabilities score = imx_score(&recoloured);
    assert_int_equal(imx_verdict_of(&recoloured, &score), IMGMATCH_VERDICT_COPY);
    recoloured.agreement.core_most_shift = 35;
    recoloured.agreement.core_most_left = 35;
    score = imx_score(&recoloured);
    assert_int_equal(imx_verdict_of(&recoloured, &score), IMGMATCH_VERDICT_VARIANT);
}

/* A photo that was made darker as a whole differs as much as a darker product. */
static void test_a_change_of_tone_is_a_copy(void **state) {
    (void)state;
    imx_evidence toned = evidence_of_copy();
    toned.agreement.brightness = -20;
    toned.agreement.core_brightness = -20;
    toned.agreement.subject_shift = 18;
    toned.agreement.core_shift = 18;
    toned.agreement.core_most_shift = 22;
    toned.agreement.core_most_left = 2;
    imx_probabilities score = imx_score(&toned);
    assert_int_equal(imx_verdict_of(&toned, &score), IMGMATCH_VERDICT_COPY);
    double as_toned = score.colour;
    toned.agreement.core_most_left = 22;
    score = imx_score(&toned);
    assert_true(score.colour < as_toned - 0.2);
}

/* Another piece in the same pose has all but the places of its parts. */
static void test_moved_parts_speak_against_a_copy(void **state) {
    (void)state;
    imx_evidence all = evidence_of_copy();
    all.pdq_distance = 60;
    all.geometry.residual = 0.008F;
    imx_evidence moved = all;
    moved.agreement.shift = 0.25F;
    moved.agreement.shift_most = 0.5F;
    imx_evidence unknown = all;
    unknown.agreement.shifts = 0;
    assert_true(imx_score(&moved).shot < imx_score(&unknown).shot);
    assert_true(imx_score(&unknown).shot <= imx_score(&all).shot);
    /* Plain products have no parts whose places are known: an exact copy of one is a copy still. */
    imx_evidence plain = evidence_of_copy();
    plain.agreement.shifts = 0;
    plain.geometry = (imx_geometry){.found = false};
    plain.direct = true;
    imx_probabilities score = imx_score(&plain);
    assert_int_equal(imx_verdict_of(&plain, &score), IMGMATCH_VERDICT_COPY);
}

/* What was measured of two altered photos of a piece, beside it in another print: the same shot,
 * and no copy. Two of the two thirds that are told; models/score/fit.py prints the share. */
static void test_another_print_is_a_variant(void **state) {
    (void)state;
    static const double measured[][IMX_INPUT_COUNT] = {
        {0.51, 0.23, 0.96, 0.50, 0.99, 0.46, 0.00, 0.40, 0.78, 0.92, 0.67,
         0.57, 0.25, 1.00, 0.70, 0.19, 0.55, 0.00, 0.00, 0.56, 1.00}, /* Mirrored. */
        {0.51, 0.25, 0.93, 0.44, 0.98, 0.39, 0.00, 0.29, 0.72, 0.62, 0.58,
         0.49, 0.33, 0.99, 0.80, 0.67, 0.92, 0.61, 0.48, 0.72, 1.00}, /* A part blurred. */
    };
    const imx_evidence evidence = nothing(true);
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++) {
        const imx_probabilities score = imx_score_of(measured[i], IMX_LOOKED_AT_PIXELS);
        assert_int_equal(imx_verdict_of(&evidence, &score), IMGMATCH_VERDICT_VARIANT);
        assert_true(score.copy < IMX_LIKELY);
    }
}

/* Plain cloth agrees with any other, and so does a corner of it. */
static void test_little_to_compare_says_less(void **state) {
    (void)state;
    imx_evidence all = evidence_of_copy();
    all.pdq_distance = 60;
    imx_evidence plain = all;
    plain.agreement.textured = 0.1F;
    imx_evidence corner = all;
    corner.agreement.coverage = 0.1F;
    assert_true(imx_score(&plain).copy < imx_score(&all).copy);
    assert_true(imx_score(&corner).copy < imx_score(&all).copy);
}

static void test_more_evidence_never_lowers_a_score(void **state) {
    (void)state;
    double last = 0;
    for (int distance = 256; distance >= 0; distance--) {
        imx_evidence evidence = nothing(true);
        evidence.pdq_distance = distance;
        evidence.pdq_quality = 100;
        assert_true(imx_score(&evidence).copy >= last);
        last = imx_score(&evidence).copy;
    }
    last = 0;
    for (int step = -100; step <= 100; step++) {
        imx_evidence evidence = nothing(true);
        evidence.similarity = (float)step / 100;
        assert_true(imx_score(&evidence).copy >= last);
        last = imx_score(&evidence).copy;
    }
    last = 0;
    for (int distinct = 3; distinct < 200; distinct++) {
        imx_evidence evidence = nothing(true);
        evidence.geometry = (imx_geometry){.found = true, .distinct = distinct, .explained = 0.5F};
        assert_true(imx_score(&evidence).copy >= last);
        last = imx_score(&evidence).copy;
    }
}

/* The same from anywhere, for every input: the models ask of one beside the others. */
static void test_no_input_lowers_a_score_by_rising(void **state) {
    (void)state;
    imx_random random = {.state = 1};
    for (int round = 0; round < 20000; round++) {
        double inputs[IMX_INPUT_COUNT];
        for (int i = 0; i < IMX_INPUT_COUNT; i++) {
            inputs[i] = imx_random_unit(&random);
        }
        const imx_looked looked = (imx_looked)(round % (IMX_LOOKED_AT_PIXELS + 1));
        int raised = round % IMX_INPUT_COUNT;
        const imx_probabilities before = imx_score_of(inputs, looked);
        inputs[raised] += (1 - inputs[raised]) * imx_random_unit(&random);
        const imx_probabilities after = imx_score_of(inputs, looked);
        assert_true(after.copy >= before.copy && after.shot >= before.shot);
        assert_true(after.colour >= before.colour);
        assert_true(before.copy > 0 && before.copy <= before.shot && before.shot < 1);
    }
}

/* The last tree counts, a value at a threshold is not over it, and the log-odds are summed. */
static void test_trees_are_walked_and_added(void **state) {
    (void)state;
    static imx_score_trees model = {.bias = -1};
    model.trees[IMX_SCORE_TREES - 1] = (imx_score_tree){
        .input = {IMX_INPUT_HASH, IMX_INPUT_INLIERS, IMX_INPUT_SIMILARITY},
        .threshold = {0.5F, 0.25F, 0.75F, 2, 2, 2, 2},
        .leaf = {1, -1, 2, -1, 3, -1, 4, -1},
    };
    model.trees[0] = (imx_score_tree){.threshold = {2, 2, 2, 2, 2, 2, 2}, .leaf = {0.5F}};
    static const struct {
        double hash, inliers, similarity, log_odds;
    } cases[] = {
        {0.5, 0.25, 1, 0.5},  {0.5, 0.26, 1, 1.5},  {0, 0, 0, 0.5},
        {0.51, 1, 0.75, 2.5}, {0.51, 0, 0.76, 3.5}, {1, 1, 1, 3.5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double inputs[IMX_INPUT_COUNT] = {0};
        inputs[IMX_INPUT_HASH] = cases[i].hash;
        inputs[IMX_INPUT_INLIERS] = cases[i].inliers;
        inputs[IMX_INPUT_SIMILARITY] = cases[i].similarity;
        double expected = 1 / (1 + exp(-cases[i].log_odds));
        assert_true(fabs(imx_score_trees_probability(&model, inputs) - expected) < 1e-12);
    }
}

/* What was not looked at must not count for more than what was found to be the same. */
static void test_pixels_that_were_not_compared_are_no_proof(void **state) {
    (void)state;
    imx_evidence all = evidence_of_copy();
    imx_evidence unseen = all;
    unseen.agreement = (imx_agreement){.measured = false};
    imx_probabilities compared = imx_score(&all);
    imx_probabilities blind = imx_score(&unseen);
    assert_true(blind.kept < compared.kept && blind.copy < compared.copy);
    assert_true(blind.kept > 0.05 && blind.kept < 0.95);
}

/* Of pixels that were not compared it is not known whether they are a variant's; and what is called
 * a copy has a score that says so. */
static void test_a_verdict_goes_with_its_score(void **state) {
    (void)state;
    imx_evidence unseen = evidence_of_copy();
    unseen.agreement = (imx_agreement){.measured = false};
    double kept = imx_score(&unseen).kept;
    assert_true(kept >= IMX_LIKELY);
    bool between = false;
    for (int step = 0; step <= 100; step++) {
        double shot = step / 100.0;
        const imx_probabilities score = {
            .copy = shot * kept, .shot = shot, .kept = kept, .colour = IMX_LIKELY};
        bool likely = score.copy >= IMX_LIKELY;
        between = between || (shot >= IMX_LIKELY && !likely);
        unseen.similarity = 0.9F;
        assert_int_equal(imx_verdict_of(&unseen, &score),
                         likely ? IMGMATCH_VERDICT_COPY : IMGMATCH_VERDICT_SAME_PRODUCT);
        unseen.similarity = 0.3F;
        assert_int_equal(imx_verdict_of(&unseen, &score),
                         likely ? IMGMATCH_VERDICT_COPY : IMGMATCH_VERDICT_NONE);
    }
    assert_true(between); /* A shot that is likely, and yet no copy that is. */
    const imx_probabilities other = {.copy = 0.2, .shot = 0.6, .kept = 0.33, .colour = 0.2};
    assert_int_equal(imx_verdict_of(&unseen, &other), IMGMATCH_VERDICT_VARIANT);
}

/* Three features that agree by chance are no reason to accuse anybody. */
static void test_a_few_inliers_are_no_match(void **state) {
    (void)state;
    imx_evidence evidence = nothing(true);
    evidence.similarity = 0.3F;
    evidence.geometry = (imx_geometry){.found = true,
                                       .inliers = 4,
                                       .distinct = 4,
                                       .explained = 0.05F,
                                       .residual = 0.01F,
                                       .stretch = 1.1F};
    evidence.agreement = (imx_agreement){.measured = true, .correlation = 0.2F};
    assert_true(imx_score(&evidence).shot < 0.5);
}

static void test_absurd_measurements_stay_bounded(void **state) {
    (void)state;
    imx_evidence evidence = evidence_of_copy();
    evidence.geometry.distinct = 1000000;
    evidence.geometry.explained = 1e9F;
    evidence.agreement.correlation = 1e9F;
    evidence.similarity = 7;
    double inputs[IMX_INPUT_COUNT];
    imx_score_inputs(inputs, &evidence);
    for (int i = 0; i < IMX_INPUT_COUNT; i++) {
        assert_true(inputs[i] >= 0 && inputs[i] <= 1);
    }
    assert_true(imx_score(&evidence).shot <= 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_evidence_is_no_match),
        cmocka_unit_test(test_all_evidence_is_a_copy),
        cmocka_unit_test(test_a_hash_alone_is_evidence),
        cmocka_unit_test(test_other_colours_are_a_variant),
        cmocka_unit_test(test_a_small_product_in_other_colours_is_a_variant),
        cmocka_unit_test(test_a_change_of_tone_is_a_copy),
        cmocka_unit_test(test_moved_parts_speak_against_a_copy),
        cmocka_unit_test(test_another_print_is_a_variant),
        cmocka_unit_test(test_little_to_compare_says_less),
        cmocka_unit_test(test_more_evidence_never_lowers_a_score),
        cmocka_unit_test(test_no_input_lowers_a_score_by_rising),
        cmocka_unit_test(test_trees_are_walked_and_added),
        cmocka_unit_test(test_pixels_that_were_not_compared_are_no_proof),
        cmocka_unit_test(test_a_verdict_goes_with_its_score),
        cmocka_unit_test(test_a_few_inliers_are_no_match),
        cmocka_unit_test(test_absurd_measurements_stay_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
