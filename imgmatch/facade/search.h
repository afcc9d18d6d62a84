/* Looking a fingerprinted photo up in a catalogue. */
#ifndef IMX_FACADE_SEARCH_H
#define IMX_FACADE_SEARCH_H

#include "facade/handle.h"
#include "facade/portrait.h"
#include "match/score.h"

/* A reference that was looked at, with what was found out. */
typedef struct imx_found {
    imx_reference reference;
    imx_sketch *sketch; /* NULL when it was not verified. */
    imx_evidence evidence;
    imx_probabilities score; /* Beside all others that were found. */
    const char *rival;       /* Id of the match that took a tenth or more of it, or NULL. */
} imx_found;

typedef struct imx_search {
    imx_found *found; /* By score, then by id. */
    size_t count;
    uint64_t generation; /* Of the catalogue that was searched, and the number of its items. */
    uint64_t items;
    double search_ms;
    double verify_ms;
} imx_search;

/* How many references are looked at for a query that wants `most` matches. */
size_t imx_search_looks(imgmatch_effort effort, size_t most, const imgmatch_limits *limits);

/* Compare a query with the reference that is in `found`, and verify it. */
imgmatch_status imx_search_compare(imx_found *found, const imx_portrait *query,
                                   imgmatch_diag *diag);
void imx_found_free(imx_found *found);

/* Lower the scores of those that were compared with one query and have a rival (rival.h), and put
 * all in order. */
imgmatch_status imx_search_weigh(imx_found *found, size_t count, const imx_portrait *query,
                                 imgmatch_effort effort, imgmatch_diag *diag);

/* Look at the `most` likeliest references at the least; free in any case. */
imgmatch_status imx_search_run(imx_search *out, const imgmatch_catalogue *catalogue,
                               const imx_portrait *query, imgmatch_effort effort, size_t most,
                               imgmatch_diag *diag);
void imx_search_free(imx_search *search);

#endif
