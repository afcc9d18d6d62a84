/* A result as one line of JSON; tools/schema/result.schema.json describes it. */
#include "facade/result.h"

#include "base/diag.h"
#include "base/json_writer.h"

#include <math.h>

#define MAX_LINE_BYTES (64u << 20) /* A thousand matches with the longest texts. */
#define REMARKS 32

/* To six decimals, and never more than the score: as min_score it has to let the match through. */
static void write_score(imx_json_writer *json, const char *key, double score) {
    double millionths = round(1e6 * score);
    if (millionths / 1e6 > score) {
        millionths -= 1;
    }
    imx_json_key(json, key);
    imx_json_number(json, millionths / 1e6, 6);
}

static void write_signals(imx_json_writer *json, const imgmatch_signals *signals) {
    imx_json_key(json, "signals");
    imx_json_open_object(json);
    imx_json_key(json, "pdq_distance");
    if (signals->pdq_distance >= 0) {
        imx_json_integer(json, signals->pdq_distance);
    } else {
        imx_json_text(json, NULL);
    }
    imx_json_key(json, "pdq_orientation");
    imx_json_text(json, signals->pdq_distance >= 0
                            ? imgmatch_orientation_name(signals->pdq_orientation)
                            : NULL);
    imx_json_key(json, "similarity");
    imx_json_number(json, (double)signals->similarity, 4);
    imx_json_key(json, "inliers");
    if (signals->inliers >= 0) {
        imx_json_integer(json, signals->inliers);
    } else {
        imx_json_text(json, NULL);
    }
    imx_json_key(json, "agreement");
    imx_json_number(json, (double)signals->agreement, 4);
    imx_json_key(json, "colour_shift");
    imx_json_number(json, (double)signals->colour_shift, 2);
    imx_json_close_object(json);
}

static void write_numbers(imx_json_writer *json, const float *numbers, size_t count) {
    imx_json_open_array(json);
    for (size_t i = 0; i < count; i++) {
        imx_json_number(json, (double)numbers[i], 5);
    }
    imx_json_close_array(json);
}

static void write_alignment(imx_json_writer *json, const imgmatch_alignment *alignment) {
    imx_json_key(json, "alignment");
    if (!alignment->known) {
        imx_json_text(json, NULL);
        return;
    }
    imx_json_open_object(json);
    imx_json_key(json, "matrix");
    write_numbers(json, alignment->matrix, 6);
    imx_json_key(json, "homography");
    if (alignment->projective) {
        write_numbers(json, alignment->homography, 9);
    } else {
        imx_json_text(json, NULL);
    }
    imx_json_key(json, "query_overlap");
    imx_json_number(json, (double)alignment->query_overlap, 4);
    imx_json_key(json, "reference_overlap");
    imx_json_number(json, (double)alignment->reference_overlap, 4);
    imx_json_close_object(json);
}

static void write_match(imx_json_writer *json, const imgmatch_match *match, size_t rank) {
    imx_json_open_object(json);
    imx_json_key(json, "rank");
    imx_json_integer(json, (int64_t)rank);
    imx_json_key(json, "id");
    imx_json_text(json, match->id);
    imx_json_key(json, "product");
    imx_json_text(json, match->product);
    imx_json_key(json, "brand");
    imx_json_text(json, match->brand);
    imx_json_key(json, "source");
    imx_json_text(json, match->source);
    imx_json_key(json, "verdict");
    imx_json_text(json, imgmatch_verdict_name(match->verdict));
    write_score(json, "score", match->score);
    write_score(json, "shot_score", match->shot_score);
    imx_json_key(json, "false_alerts_per_million");
    imx_json_number(json, match->false_alerts_per_million, 3);
    write_signals(json, &match->signals);
    write_alignment(json, &match->alignment);
    imx_json_key(json, "alterations");
    imx_json_open_array(json);
    for (size_t i = 0; i < match->alteration_count; i++) {
        imx_json_text(json, match->alterations[i]);
    }
    imx_json_close_array(json);
    imx_json_key(json, "rival");
    imx_json_text(json, match->rival);
    imx_json_close_object(json);
}

static void write_reasons(imx_json_writer *json, const imgmatch_result *result) {
    imx_json_key(json, "reasons");
    imx_json_open_array(json);
    if (result->failure != IMGMATCH_REASON_NONE) {
        imx_json_text(json, imgmatch_reason_code(result->failure));
    }
    for (unsigned bit = 0; bit < REMARKS; bit++) {
        if ((result->remarks >> bit & 1) != 0) {
            imx_json_text(json,
                          imgmatch_reason_code((imgmatch_reason)(IMGMATCH_REASON_FLAT + bit)));
        }
    }
    imx_json_close_array(json);
    if (result->failure != IMGMATCH_REASON_NONE) {
        imx_json_key(json, "message");
        imx_json_text(json, result->message);
    }
}

static void write_origin(imx_json_writer *json, const imgmatch_result *result) {
    imx_json_key(json, "catalogue");
    if (result->catalogue == NULL) {
        imx_json_text(json, NULL);
    } else {
        imx_json_open_object(json);
        imx_json_key(json, "name");
        imx_json_text(json, result->catalogue);
        imx_json_key(json, "generation");
        imx_json_integer(json, (int64_t)result->generation);
        imx_json_key(json, "calibration");
        imx_json_text(json, imgmatch_calibration_state_name(result->calibration));
        imx_json_close_object(json);
    }
    imx_json_key(json, "model");
    imx_json_text(json, result->model);
    imx_json_key(json, "timing_ms");
    imx_json_open_object(json);
    imx_json_key(json, "decode");
    imx_json_number(json, result->timing.decode_ms, 2);
    imx_json_key(json, "fingerprint");
    imx_json_number(json, result->timing.fingerprint_ms, 2);
    imx_json_key(json, "search");
    imx_json_number(json, result->timing.search_ms, 2);
    imx_json_key(json, "verify");
    imx_json_number(json, result->timing.verify_ms, 2);
    imx_json_close_object(json);
}

imgmatch_status imgmatch_result_to_json(char **out_text, const imgmatch_result *result,
                                        imgmatch_diag *diag) {
    if (out_text != NULL) {
        *out_text = NULL;
    }
    if (out_text == NULL || result == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    imx_buffer buffer;
    imx_json_writer json;
    imx_buffer_init(&buffer, MAX_LINE_BYTES);
    imx_json_begin(&json, &buffer);
    imx_json_open_object(&json);
    imx_json_key(&json, "query");
    imx_json_text(&json, result->query);
    imx_json_key(&json, "id");
    imx_json_text(&json, result->id);
    imx_json_key(&json, "sha256");
    imx_json_text(&json, result->sha256[0] != '\0' ? result->sha256 : NULL);
    imx_json_key(&json, "verdict");
    imx_json_text(&json, imgmatch_verdict_name(result->verdict));
    write_score(&json, "score", imgmatch_result_score(result));
    imx_json_key(&json, "matches");
    imx_json_open_array(&json);
    for (size_t i = 0; i < result->match_count; i++) {
        write_match(&json, &result->matches[i].match, i + 1);
    }
    imx_json_close_array(&json);
    write_reasons(&json, result);
    write_origin(&json, result);
    imx_json_close_object(&json);
    size_t size = 0;
    *out_text = (char *)imx_buffer_take(&buffer, &size);
    imx_buffer_free(&buffer); /* What is left when it failed. */
    return *out_text != NULL ? IMGMATCH_OK : imx_fail_memory(diag);
}
