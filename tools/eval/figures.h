/* What a set of answers is worth on a benchmark. */
#ifndef IMGMATCH_TOOLS_EVAL_FIGURES_H
#define IMGMATCH_TOOLS_EVAL_FIGURES_H

#include "eval/benchmark.h"
#include "eval/metrics.h"
#include "eval/names.h"

#include <imgmatch/query.h>

#define EVAL_OPERATING_POINTS 3
#define EVAL_VERDICTS (IMGMATCH_VERDICT_UNDECIDABLE + 1)

/* The best answers to one query. */
typedef struct eval_seen {
    const eval_answer *top;   /* Highest score; a wrong one among equals. NULL for none. */
    const eval_answer *right; /* The one with the right reference; NULL for none. */
    const eval_answer *wrong; /* The highest one with another reference. */
} eval_seen;

typedef struct eval_cell {
    size_t count;
    size_t first;    /* The right reference has the highest score. */
    size_t found;    /* And that score reaches the threshold for 99% precision. */
    size_t judged;   /* Of `first`: alterations are told, and the one that was made is known; */
    size_t misnamed; /* one that was not made is told; */
    size_t nameable; /* or the library has a name for the kind, */
    size_t named;    /* and that is among them. */
} eval_cell;

typedef struct eval_figures {
    size_t copies;
    size_t distractors;
    eval_pair *pairs; /* Sorted. */
    size_t pair_count;
    eval_seen *seen; /* One for each query of the benchmark. */
    double micro_ap;
    eval_point operating[EVAL_OPERATING_POINTS]; /* At 90, 99 and 99.9% precision. */
    double recall_at_1;
    eval_cell all;
    eval_cell classes[EVAL_MOST_CLASSES];
    eval_cell strengths[EVAL_STRENGTHS];
    eval_cell cells[EVAL_MOST_CLASSES][EVAL_STRENGTHS];
    eval_names names;
    size_t alerts_at_half;
    size_t alerts_at_threshold; /* At 99% precision; 0 when that is not reached. */
    size_t timed;
    double p50_ms; /* NaN when not known. */
    double p99_ms;
    double per_second;                 /* Set by whoever measured it; NaN. */
    size_t verdicts[2][EVAL_VERDICTS]; /* Of distractors, of copies. */
    size_t with_verdict;               /* Queries. */
    bool has_variants;
    size_t variants[2][EVAL_VERDICTS]; /* Verdicts on copies, on colour variants. */
} eval_figures;

/* IMGMATCH_OK or IMGMATCH_ERR_MEMORY. Borrows both; free `out` in any case. */
imgmatch_status eval_figures_compute(eval_figures *out, const eval_benchmark *benchmark,
                                     const eval_answers *answers);
void eval_figures_free(eval_figures *figures);

/* Share of pairs that are told apart; NaN when there are none. */
double eval_variant_accuracy(const eval_figures *figures);

/* part / whole; NaN when there is nothing. */
double eval_share(size_t part, size_t whole);

extern const double eval_precisions[EVAL_OPERATING_POINTS];

#endif
