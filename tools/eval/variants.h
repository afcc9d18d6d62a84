/*
 * Pairs that tell copies from colour variants apart: for some references, a plain copy (smaller,
 * another encoder's quality), and the same with the hue of the subject turned by 60 to 180 degrees,
 * which is what the same studio shot of another colour looks like. variants.csv names them.
 */
#ifndef IMGMATCH_TOOLS_EVAL_VARIANTS_H
#define IMGMATCH_TOOLS_EVAL_VARIANTS_H

#include "eval/collection.h"

typedef struct eval_variants_options {
    const char *folder; /* Of the benchmark. */
    size_t count; /* References to use: only with a mostly coloured subject on a plain ground. */
    uint64_t seed;
} eval_variants_options;

imgmatch_status eval_variants_write(const eval_collection *collection,
                                    const eval_variants_options *options, imgmatch_diag *diag);

#endif
