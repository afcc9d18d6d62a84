#include "match/score_identity.h"

#include "base/checksum.h"
#include "match/score.h"
#include "match/score_weights.h"

uint64_t imx_score_identity(void) {
    const uint64_t parts[] = {IMX_SCORE_INPUTS_VERSION,
                              imx_checksum(&imx_score_hash, sizeof imx_score_hash),
                              imx_checksum(&imx_score_fast, sizeof imx_score_fast),
                              imx_checksum(&imx_score_shot, sizeof imx_score_shot),
                              imx_checksum(&imx_score_copy, sizeof imx_score_copy),
                              imx_checksum(&imx_score_colour, sizeof imx_score_colour),
                              imx_checksum(&imx_score_rival, sizeof imx_score_rival),
                              imx_checksum(&imx_score_kept_prior, sizeof imx_score_kept_prior)};
    return imx_checksum(parts, sizeof parts);
}
