#include "catalogue/segment.h"

#include "base/diag.h"
#include "base/half.h"
#include "base/memory.h"
#include "catalogue/main_index.h"

#include <stdlib.h>
#include <string.h>

/* Vectors that are handed to FAISS at a time: it copies them, so they are in memory twice. */
#define PENDING_ROWS 512

static bool reserve(imx_segment *segment, size_t capacity) {
    if (capacity <= segment->capacity) {
        return true;
    }
    int64_t *seqs = imx_resize_array(segment->seqs, capacity, sizeof *seqs);
    segment->seqs = seqs != NULL ? seqs : segment->seqs;
    uint64_t *ranks = imx_resize_array(segment->ranks, capacity, sizeof *ranks);
    segment->ranks = ranks != NULL ? ranks : segment->ranks;
    uint8_t *views = imx_resize_array(segment->views, capacity, 1);
    segment->views = views != NULL ? views : segment->views;
    uint8_t *hashes = imx_resize_array(segment->hashes, capacity, IMGMATCH_PDQ_BYTES);
    segment->hashes = hashes != NULL ? hashes : segment->hashes;
    if (seqs == NULL || ranks == NULL || views == NULL || hashes == NULL) {
        return false;
    }
    segment->capacity = capacity;
    return true;
}

imgmatch_status imx_segment_new(imx_segment **out, uint32_t dimension, size_t row_count,
                                imgmatch_diag *diag) {
    *out = NULL;
    imx_segment *segment = imx_new_array(1, sizeof *segment);
    if (segment == NULL) {
        return imx_fail_memory(diag);
    }
    atomic_init(&segment->holders, 1);
    segment->dimension = dimension;
    size_t pending_bytes = 0;
    bool room = reserve(segment, row_count > 0 ? row_count : 1) &&
                imx_mul_size(&pending_bytes, dimension, PENDING_ROWS * sizeof(float)) &&
                (segment->pending = imx_new_array_raw(pending_bytes, 1)) != NULL;
    imgmatch_status status =
        room ? imx_vector_index_new(&segment->vectors, dimension, diag) : imx_fail_memory(diag);
    if (status != IMGMATCH_OK) {
        imx_segment_release(segment);
        return status;
    }
    *out = segment;
    return IMGMATCH_OK;
}

imx_segment *imx_segment_new_main_take(imx_main_index *index) {
    imx_segment *segment = imx_new_array(1, sizeof *segment);
    if (segment == NULL) {
        return NULL;
    }
    atomic_init(&segment->holders, 1);
    segment->index = index;
    return segment;
}

imx_segment *imx_segment_hold(imx_segment *segment) {
    (void)atomic_fetch_add_explicit(&segment->holders, 1, memory_order_relaxed);
    return segment;
}

void imx_segment_release(imx_segment *segment) {
    if (segment == NULL ||
        atomic_fetch_sub_explicit(&segment->holders, 1, memory_order_acq_rel) != 1) {
        return;
    }
    imx_vector_index_free(segment->vectors);
    if (segment->index == NULL) { /* Otherwise they are in its file. */
        free(segment->seqs);
        free(segment->ranks);
        free(segment->views);
        free(segment->hashes);
    }
    imx_main_index_free(segment->index);
    free(segment->pending);
    free(segment);
}

static imgmatch_status flush(imx_segment *segment, imgmatch_diag *diag) {
    imgmatch_status status =
        imx_vector_index_add(segment->vectors, segment->pending, segment->pending_count, diag);
    segment->pending_count = 0;
    return status;
}

imgmatch_status imx_segment_append(imx_segment *segment, const imx_index_row *row,
                                   imgmatch_diag *diag) {
    size_t at = segment->row_count;
    if (at == segment->capacity && !reserve(segment, at + at / 2 + 16)) {
        return imx_fail_memory(diag);
    }
    if (segment->pending_count == PENDING_ROWS) {
        imgmatch_status status = flush(segment, diag);
        if (status != IMGMATCH_OK) {
            return status;
        }
    }
    float *vector = segment->pending + segment->pending_count * segment->dimension;
    if (row->halves != NULL) {
        imx_half_to_float(vector, row->halves, segment->dimension);
    } else if (row->floats == NULL) {
        memset(vector, 0, segment->dimension * sizeof *vector);
    } else {
        memcpy(vector, row->floats, segment->dimension * sizeof *vector);
    }
    segment->pending_count++;
    segment->seqs[at] = row->seq;
    segment->ranks[at] = row->rank;
    segment->views[at] = (uint8_t)row->view;
    memcpy(segment->hashes + at * IMGMATCH_PDQ_BYTES, row->hash, IMGMATCH_PDQ_BYTES);
    if (at == 0 || segment->seqs[at - 1] != row->seq) {
        segment->item_count++;
    }
    segment->row_count++;
    return IMGMATCH_OK;
}

imgmatch_status imx_segment_append_segment(imx_segment *segment, const imx_segment *other,
                                           const imx_seq_set *gone, imgmatch_diag *diag) {
    const float *vectors = imx_vector_index_vectors(other->vectors);
    imgmatch_status status = IMGMATCH_OK;
    for (size_t i = 0; i < other->row_count && status == IMGMATCH_OK; i++) {
        if (imx_seq_set_has(gone, other->seqs[i])) {
            continue;
        }
        imx_index_row row = {.seq = other->seqs[i],
                             .rank = other->ranks[i],
                             .view = other->views[i],
                             .hash = other->hashes + i * IMGMATCH_PDQ_BYTES,
                             .floats = vectors + i * other->dimension};
        status = imx_segment_append(segment, &row, diag);
    }
    return status;
}

imgmatch_status imx_segment_seal(imx_segment *segment, imgmatch_diag *diag) {
    imgmatch_status status = flush(segment, diag);
    free(segment->pending);
    segment->pending = NULL;
    return status;
}
