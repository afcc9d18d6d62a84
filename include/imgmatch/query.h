/*
 * Queries: which reference does this photo copy, how sure is that, and why.
 *
 * Threads: every call here may run on any number of threads at the same time on one catalogue.
 * Results are ordered by score (highest first), then by similarity, then by id (bytes), and do not
 * depend on the number of threads.
 */
#ifndef IMGMATCH_QUERY_H
#define IMGMATCH_QUERY_H

#include "catalogue.h"
#include "fingerprint.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What an answer comes down to. The numbers are fixed. */
typedef enum imgmatch_verdict {
    IMGMATCH_VERDICT_NONE = 0,    /**< "none": no reference is matched. */
    IMGMATCH_VERDICT_COPY = 1,    /**< "copy": the same photo, perhaps altered. */
    IMGMATCH_VERDICT_VARIANT = 2, /**< "variant": the same shot of another colour, print or size. */
    IMGMATCH_VERDICT_SAME_PRODUCT = 3, /**< "same_product": another photo of the product. */
    IMGMATCH_VERDICT_UNDECIDABLE = 4   /**< "undecidable": see the reasons. */
} imgmatch_verdict;

/** The name of a verdict as results print it. Never NULL. */
IMGMATCH_API const char *imgmatch_verdict_name(imgmatch_verdict verdict);

/** How hard to look. More effort finds more altered copies and takes longer. */
typedef enum imgmatch_effort {
    IMGMATCH_EFFORT_FAST = 0,     /**< Whole picture only, no geometric verification: what looks
                                       like several references as much is a likely copy of none
                                       (IMGMATCH_REASON_AMBIGUOUS). */
    IMGMATCH_EFFORT_STANDARD = 1, /**< What is inside a border, the subject, the cells of a
                                       collage, several products on one ground, pasted pictures
                                       and a picture seen at an angle too; the best candidates
                                       are verified. */
    IMGMATCH_EFFORT_THOROUGH = 2  /**< Tiles and mirrored views too; more candidates. */
} imgmatch_effort;

/** Whether matches carry false_alerts_per_million, and why not. The numbers are fixed. */
typedef enum imgmatch_calibration_state {
    IMGMATCH_CALIBRATION_NONE = 0,        /**< "none": not calibrated for this effort. */
    IMGMATCH_CALIBRATION_CURRENT = 1,     /**< "current": they do. */
    IMGMATCH_CALIBRATION_OUTGROWN = 2,    /**< "outgrown": twice as many items, and more. */
    IMGMATCH_CALIBRATION_OTHER_SCORE = 3, /**< "other_score": scores are made otherwise now. */
    IMGMATCH_CALIBRATION_OTHER_DEPTH = 4  /**< "other_depth": more of the references (`top`), or
                                               more views, are looked at than were then; with
                                               effort fast, also fewer than eight references. */
} imgmatch_calibration_state;

/** The name of a state as results print it. Never NULL. */
IMGMATCH_API const char *imgmatch_calibration_state_name(imgmatch_calibration_state state);

/** Start from IMGMATCH_QUERY_OPTIONS_INIT: zeros are no valid options (no match would be listed).
 */
typedef struct imgmatch_query_options {
    uint32_t top;     /**< Most matches in a result, 1..1000; no more than the catalogue's
                           imgmatch_limits.max_candidates, 64 by default, are looked at. */
    double min_score; /**< Matches under it are left out, 0..1; variants by their shot_score. */
    imgmatch_effort effort;
    int threads; /**< For imgmatch_query_batch; 0: one for each processor. Not negative. */
    /** As imgmatch_add_options.progress. */
    bool (*progress)(void *user, size_t done, size_t total);
    void *user;
    /** For imgmatch_compare (a catalogue has its own): as imgmatch_open_options.decoders. */
    imgmatch_decoder_pool *decoders;
    /** Matches with more false_alerts_per_million are left out, too; 0: none is for that. Needs a
        calibrated catalogue, see imgmatch/calibration.h: IMGMATCH_ERR_UNSUPPORTED without a current
        calibration for the effort, and when so low a rate is more than it can show. Not for
        imgmatch_compare: IMGMATCH_ERR_ARGUMENT. */
    double max_false_alerts;
} imgmatch_query_options;

#define IMGMATCH_QUERY_OPTIONS_INIT                                                                \
    { 5, 0.5, IMGMATCH_EFFORT_STANDARD, 0, NULL, NULL, NULL, 0 }

/** The measurements that a score was made from. NaN or -1 where a signal was not measured. */
typedef struct imgmatch_signals {
    int pdq_distance; /**< Hamming distance 0..256 of the nearest orientation and view; -1. */
    imgmatch_orientation pdq_orientation; /**< What turns the query back into the reference (see
                                               imgmatch_orientation); none where the distance is
                                               over 80, as chance is. */
    float similarity;                     /**< Cosine similarity -1..1 of the nearest views;
                                               NaN for a hash-only reference. */
    int inliers;                          /**< Local features that agree on one transform; -1. */
    float agreement;    /**< Correlation -1..1 of the aligned pixels' brightness; NaN. */
    float colour_shift; /**< Mean colour difference of the aligned pixels, CIE delta E; NaN. */
} imgmatch_signals;

/** Where the reference lies in the query. Coordinates are fractions of width and height. */
typedef struct imgmatch_alignment {
    bool known;      /**< The rest is only meaningful when true. */
    float matrix[6]; /**< Query x' = m0 x + m1 y + m2, y' = m3 x + m4 y + m5 of reference x, y. */
    float query_overlap;     /**< Share 0..1 of the query's area that the reference covers. */
    float reference_overlap; /**< Share 0..1 of the reference's area that is seen in the query. */
    /** The query shows the reference in perspective, as a photo of a screen does: `homography` is
        exact, and `matrix` the affine transform that is nearest to it at the reference's corners.
        When false, `matrix` is exact, and `homography` need not be filled in by who makes one. */
    bool projective;
    /** Row by row: w = h6 x + h7 y + h8, x' = (h0 x + h1 y + h2) / w, y' = (h3 x + h4 y + h5) / w.
        Filled in by the library when `known`: 0, 0, 1 in the last row unless `projective`. */
    float homography[9];
} imgmatch_alignment;

/** One matched reference. Borrowed from its result. */
typedef struct imgmatch_match {
    const char *id;
    const char *product; /**< "" if not known. */
    const char *brand;   /**< "" if not known. */
    const char *source;
    imgmatch_verdict verdict;
    double score;      /**< Probability 0..1 that the query copies this reference, beside all others
                            that were looked at (see rival): 0.5 and more when the verdict is COPY.
                            Of verified matches at most 0.9999: several perfect copies may share
                            it. */
    double shot_score; /**< That it shows the same shot, in whatever colours or print; >= score.
                          When it is 0.5 and more and the verdict none of COPY and VARIANT, the shot
                          is likely, and neither of the two, or it has a rival, or, with
                          effort fast, many. */
    /** What a threshold at this score lets through at the most (95% confidence) per million queries
        that copy nothing; NaN unless imgmatch_result_calibration says CURRENT. */
    double false_alerts_per_million;
    imgmatch_signals signals;
    imgmatch_alignment alignment;
    /** Names of what was done to the reference, most telling first, e.g. "mirrored", "rotated 90";
        turns are clockwise, after any mirroring. imgmatch-query(1) lists them. */
    const char *const *alterations;
    size_t alteration_count;
    /** Id of the match that took a tenth or more of this one's score, as one part of a query has
        one source: it fits the same part better; or, with effort fast, the query looks like it as
        well, and it is the likeliest of those. All others together may take more. It need not be
        among the matches that are listed. NULL if there is none, always of imgmatch_compare. */
    const char *rival;
} imgmatch_match;

/** Calls that read a result accept NULL, as a failed query leaves it: no matches, score 0,
    UNDECIDABLE, failure INTERNAL. */
typedef struct imgmatch_result imgmatch_result;

/**
 * Look one photo up.
 *
 * A photo that cannot be used is not an error of the call: the result's verdict is "undecidable"
 * and its reason says why. Fails on errors of the catalogue or of memory. Free the result with
 * imgmatch_result_free.
 *
 * \param options  NULL for IMGMATCH_QUERY_OPTIONS_INIT.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_query(imgmatch_result **out,
                                                              const imgmatch_catalogue *catalogue,
                                                              const imgmatch_photo *photo,
                                                              const imgmatch_query_options *options,
                                                              imgmatch_diag *diag);

/**
 * Look `count` photos up on several threads.
 *
 * \param results  Room for `count` results; each is the caller's. All NULL on failure, except with
 *                 IMGMATCH_ERR_CANCELLED, where those that were done are there.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_query_batch(
    imgmatch_result **results, const imgmatch_catalogue *catalogue, const imgmatch_photo *photos,
    size_t count, const imgmatch_query_options *options, imgmatch_diag *diag);

/**
 * Compare two photos without a catalogue: is `query` a copy of `reference`?
 *
 * The result has exactly one match, whatever its score, unless one of the photos cannot be used.
 *
 * \param options  NULL for IMGMATCH_QUERY_OPTIONS_INIT; its `top` and `min_score` do not apply.
 * \param limits   NULL for the defaults; a catalogue has its own.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_compare(imgmatch_result **out, const imgmatch_model *model, const imgmatch_photo *query,
                 const imgmatch_photo *reference, const imgmatch_query_options *options,
                 const imgmatch_limits *limits, imgmatch_diag *diag);

/** Free a result. NULL is allowed. */
IMGMATCH_API void imgmatch_result_free(imgmatch_result *result);

/** The gravest verdict of all matches (copy, variant, same_product, none in this order), which need
    not be that of the first match: a variant's score is low. UNDECIDABLE when nothing can be said.
 */
IMGMATCH_API imgmatch_verdict imgmatch_result_verdict(const imgmatch_result *result);

/** The score of the best match, 0 without one. */
IMGMATCH_API double imgmatch_result_score(const imgmatch_result *result);

IMGMATCH_API size_t imgmatch_result_match_count(const imgmatch_result *result);

/** Match `index`, best first; NULL when out of range. Borrowed from the result. */
IMGMATCH_API const imgmatch_match *imgmatch_result_match(const imgmatch_result *result,
                                                         size_t index);

/** Why the photo could not be used, or the reference of a comparison; NONE when it was. */
IMGMATCH_API imgmatch_reason imgmatch_result_failure(const imgmatch_result *result);

/** The failure of a comparison is that of the reference, which the message names. */
IMGMATCH_API bool imgmatch_result_reference_failed(const imgmatch_result *result);

/** One line for a person on the failure; "" without one. Borrowed from the result. */
IMGMATCH_API const char *imgmatch_result_message(const imgmatch_result *result);

/** Remarks on the query, as imgmatch_outcome.remarks. */
IMGMATCH_API uint64_t imgmatch_result_remarks(const imgmatch_result *result);

/** Whether the catalogue is calibrated for this query; NONE for a comparison. */
IMGMATCH_API imgmatch_calibration_state imgmatch_result_calibration(const imgmatch_result *result);

/** Milliseconds spent, by stage. */
typedef struct imgmatch_timing {
    double decode_ms;
    double fingerprint_ms;
    double search_ms;
    double verify_ms;
} imgmatch_timing;

IMGMATCH_API imgmatch_timing imgmatch_result_timing(const imgmatch_result *result);

/**
 * The result as one line of JSON without a line end, as result.schema.json describes it (installed
 * in share/imgmatch/schema, in the sources in tools/schema).
 *
 * Bytes that are no valid UTF-8 (in paths) are written as \udc80..\udcff, the "surrogateescape"
 * form, from which the bytes can be had again. Scores are rounded down to six decimals, so that as
 * min_score they let their match through. `*out_text` is freed with imgmatch_free.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_result_to_json(char **out_text, const imgmatch_result *result, imgmatch_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
