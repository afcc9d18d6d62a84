/* The references that may be what a query shows: hits of all views, by hash and by embedding. */
#ifndef IMX_MATCH_CANDIDATES_H
#define IMX_MATCH_CANDIDATES_H

#include "catalogue/store.h"
#include "match/prints.h"

typedef struct imx_candidate {
    int64_t seq;
    uint64_t rank;  /* Settles ties; a function of the id alone. */
    double promise; /* How likely it is worth a closer look; only its order counts. */
    double found;   /* The same by the first hits of views of what layout found; 0: none. */
} imx_candidate;

/* So many candidates are kept that the views of what layout found promise most, though tiles and
 * mirror images promise others more. They are those that a standard look has with the default
 * number of matches: with more effort nothing is lost. */
#define IMX_CANDIDATES_SURE 12u

/* As many as a query may ask for, and some for who passes over what comes first. */
#define IMX_CANDIDATES_MAX 3584u

/*
 * Find candidates for a query, best first, at most `most` <= IMX_CANDIDATES_MAX; `out` has room for
 * them. Each view is looked up for as many: a view alone may have to tell of them all. The order
 * depends on nothing but the prints and the items of the snapshot, not even on the order in which
 * they came.
 */
imgmatch_status imx_candidates_find(imx_candidate *out, size_t *count, const imx_snapshot *snapshot,
                                    const imx_prints *query, size_t most, imgmatch_diag *diag);

typedef struct imx_candidates_depth {
    size_t most;
    size_t hits; /* Of each search of a view; 1 or more. */
} imx_candidates_depth;

/* The same from other numbers of hits. */
imgmatch_status imx_candidates_find_among(imx_candidate *out, size_t *count,
                                          const imx_snapshot *snapshot, const imx_prints *query,
                                          const imx_candidates_depth *depth, imgmatch_diag *diag);

#endif
