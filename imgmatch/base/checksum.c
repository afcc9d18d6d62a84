#include "base/checksum.h"

#include "base/memory.h"

#include <stdlib.h>
#include <xxhash.h>

struct imx_checksum_state {
    XXH3_state_t *inner;
};

uint64_t imx_checksum(const void *bytes, size_t size) { return XXH3_64bits(bytes, size); }

imx_checksum_state *imx_checksum_new(void) {
    imx_checksum_state *state = imx_new_array(1, sizeof *state);
    if (state == NULL) {
        return NULL;
    }
    state->inner = XXH3_createState();
    if (state->inner == NULL) {
        free(state);
        return NULL;
    }
    (void)XXH3_64bits_reset(state->inner);
    return state;
}

void imx_checksum_free(imx_checksum_state *state) {
    if (state != NULL) {
        (void)XXH3_freeState(state->inner);
        free(state);
    }
}

void imx_checksum_update(imx_checksum_state *state, const void *bytes, size_t size) {
    (void)XXH3_64bits_update(state->inner, bytes, size);
}

uint64_t imx_checksum_digest(const imx_checksum_state *state) {
    return XXH3_64bits_digest(state->inner);
}
