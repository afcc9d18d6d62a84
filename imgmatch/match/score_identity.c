#include "match/score_identity.h"

#include "base/checksum.h"
#include "match/score_weights.h"

uint64_t imx_score_identity(void) {
    const uint64_t parts[] = {
        imx_checksum(imx_score_weights_fast, sizeof imx_score_weights_fast),
        imx_checksum(imx_score_weights_verified, sizeof imx_score_weights_verified)};
    return imx_checksum(parts, sizeof parts);
}
