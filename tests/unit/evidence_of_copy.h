/* All that can speak for a copy does: what tests of scores begin with. */
#ifndef TESTS_UNIT_EVIDENCE_OF_COPY_H
#define TESTS_UNIT_EVIDENCE_OF_COPY_H

#include "match/evidence.h"

static inline imx_evidence evidence_of_copy(void) {
    imx_evidence all = {
        .pdq_distance = 4, .pdq_quality = 100, .similarity = 0.97F, .verified = true};
    all.geometry = (imx_geometry){
        .found = true, .inliers = 90, .distinct = 80, .explained = 0.9F, .stretch = 1};
    all.agreement = (imx_agreement){.measured = true,
                                    .coverage = 1,
                                    .textured = 0.8F,
                                    .correlation = 0.98F,
                                    .gradient = 0.95F,
                                    .edges = 0.95F,
                                    .cells_agree = 1,
                                    .cells_median = 0.98F,
                                    .subject_cells = 0.98F,
                                    .shifts = 40,
                                    .shift = 0.02F,
                                    .shift_most = 0.04F,
                                    .subject_chroma_ratio = 1};
    return all;
}

#endif
