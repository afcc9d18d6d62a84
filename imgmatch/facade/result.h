/* The object behind imgmatch_result, and how it is filled. */
#ifndef IMX_FACADE_RESULT_H
#define IMX_FACADE_RESULT_H

#include "catalogue/store.h"
#include "facade/portrait.h"
#include "match/alterations.h"
#include "match/score.h"

#include <imgmatch/query.h>

#define IMX_MATCH_TEXTS 5

/* A match with all that its pointers point to. */
typedef struct imx_owned_match {
    imgmatch_match match;
    char *texts[IMX_MATCH_TEXTS]; /* id, product, brand, source, rival. */
    imx_alterations alterations;
    const char *names[IMX_ALTERATIONS_MAX];
} imx_owned_match;

struct imgmatch_result {
    char *query;
    char *id;        /* NULL when the photo has none. */
    char sha256[65]; /* "" when the photo could not be read. */
    char *catalogue; /* NULL without one. */
    uint64_t generation;
    imgmatch_calibration_state calibration;
    char *model;
    imgmatch_verdict verdict;
    imgmatch_reason failure;
    bool reference_failed; /* Not the query, in a comparison. */
    char *message;
    uint64_t remarks;
    imgmatch_timing timing;
    imx_owned_match *matches; /* Best first. */
    size_t match_count;
};

/* A result without matches. `catalogue` may be NULL. */
imgmatch_status imx_result_new(imgmatch_result **out, const imgmatch_photo *photo,
                               const char *catalogue, const char *model, imgmatch_diag *diag);

/* A reference that a query was compared with. */
typedef struct imx_match_source {
    const char *id;
    const char *product;
    const char *brand;
    const char *source;
    const char *sha256;
    const imx_sketch *sketch; /* NULL: it was not verified. */
    const imx_evidence *evidence;
    imx_probabilities score;
    const char *rival; /* NULL: none. */
} imx_match_source;

/* Fill one match; the result has room for it. */
imgmatch_status imx_result_set_match(imx_owned_match *out, const imgmatch_result *result,
                                     const imx_match_source *reference, const imx_portrait *query,
                                     imgmatch_diag *diag);

/* Set the verdict out of matches, remarks and failure. */
void imx_result_conclude(imgmatch_result *result);

/* Turn a photo's failure into an answer: IMGMATCH_OK when it was the photo's fault. */
imgmatch_status imx_result_take_failure(imgmatch_result *result, imgmatch_status status,
                                        const imgmatch_diag *failure, imgmatch_diag *diag);

#endif
