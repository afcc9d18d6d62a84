#include "catalogue/vector_index.h"

#include "base/diag.h"
#include "base/memory.h"

#include <errno.h>
#include <faiss/c_api/IndexFlat_c.h>
#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/error_c.h>
#include <faiss/c_api/index_io_c.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct imx_vector_index {
    FaissIndex *inner;
    const float *vectors; /* Inside of `inner`. */
    size_t count;
    uint32_t dimension;
};

static imgmatch_status fail_faiss(imgmatch_diag *diag, int code, const char *doing) {
    const char *reason = faiss_get_last_error();
    if (code == STD_EXCEPT && reason != NULL && strstr(reason, "bad_alloc") != NULL) {
        return imx_fail_memory(diag);
    }
    return imx_fail(diag, IMGMATCH_ERR_INTERNAL, "FAISS failed at %s: %s", doing,
                    reason != NULL ? reason : "no reason given");
}

/* Note where FAISS keeps the vectors now; false when the index is not a flat one. */
static bool find_vectors(imx_vector_index *index) {
    FaissIndexFlat *flat = faiss_IndexFlat_cast(index->inner);
    if (flat == NULL) {
        return false;
    }
    float *vectors = NULL;
    size_t size = 0;
    faiss_IndexFlat_xb(flat, &vectors, &size);
    index->vectors = vectors;
    index->count = (size_t)faiss_Index_ntotal(index->inner);
    return size == index->count * index->dimension;
}

imgmatch_status imx_vector_index_new(imx_vector_index **out, uint32_t dimension,
                                     imgmatch_diag *diag) {
    *out = NULL;
    imx_vector_index *index = imx_new_array(1, sizeof *index);
    if (index == NULL) {
        return imx_fail_memory(diag);
    }
    index->dimension = dimension;
    int code = faiss_IndexFlatIP_new_with(&index->inner, (int64_t)dimension);
    if (code != 0) {
        free(index);
        return fail_faiss(diag, code, "making an index");
    }
    *out = index;
    return IMGMATCH_OK;
}

void imx_vector_index_free(imx_vector_index *index) {
    if (index != NULL) {
        faiss_Index_free(index->inner);
        free(index);
    }
}

imgmatch_status imx_vector_index_add(imx_vector_index *index, const float *vectors, size_t count,
                                     imgmatch_diag *diag) {
    if (count == 0) {
        return IMGMATCH_OK;
    }
    int code = faiss_Index_add(index->inner, (int64_t)count, vectors);
    if (code != 0) {
        return fail_faiss(diag, code, "adding vectors");
    }
    if (!find_vectors(index)) {
        return imx_fail(diag, IMGMATCH_ERR_INTERNAL, "FAISS lost vectors");
    }
    return IMGMATCH_OK;
}

size_t imx_vector_index_count(const imx_vector_index *index) { return index->count; }

const float *imx_vector_index_vectors(const imx_vector_index *index) { return index->vectors; }

imgmatch_status imx_vector_index_search(int64_t *rows, float *scores, const imx_vector_index *index,
                                        const float *query, size_t k, imgmatch_diag *diag) {
    if (k < 1 || k > index->count) {
        return imx_fail(diag, IMGMATCH_ERR_INTERNAL, "a search for %zu of %zu vectors", k,
                        index->count);
    }
    /* FAISS spreads queries over threads, not one query: with n = 1 it stays on this one. */
    int code = faiss_Index_search(index->inner, 1, query, (int64_t)k, scores, rows);
    return code == 0 ? IMGMATCH_OK : fail_faiss(diag, code, "searching");
}

double imx_vector_index_score_error(const imx_vector_index *index, const float *query) {
    double squares = 0;
    for (size_t i = 0; i < index->dimension; i++) {
        squares += (double)query[i] * (double)query[i];
    }
    /* The textbook bound on a float sum of n products in any order, n u |x| |y|, with some room;
     * and the last rounding of our own score. */
    double terms = (double)index->dimension + 4;
    return 1.05 * terms * (double)FLT_EPSILON * sqrt(squares);
}

imgmatch_status imx_vector_index_write(const imx_vector_index *index, FILE *file, const char *path,
                                       imgmatch_diag *diag) {
    if (faiss_write_index(index->inner, file) != 0 || fflush(file) != 0) {
        /* Of all that FAISS does here only the writing can fail. */
        return imx_fail(diag, IMGMATCH_ERR_IO, "%s: cannot be written (disk full?)", path);
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_vector_index_read(imx_vector_index **out, FILE *file, uint32_t dimension,
                                      size_t count, const char *path, imgmatch_diag *diag) {
    *out = NULL;
    imx_vector_index *index = imx_new_array(1, sizeof *index);
    if (index == NULL) {
        return imx_fail_memory(diag);
    }
    index->dimension = dimension;
    errno = 0;
    int code = faiss_read_index(file, 0, &index->inner);
    if (code != 0) {
        int error = errno != 0 ? errno : EIO;
        free(index);
        return ferror(file) ? imx_fail_errno(diag, error, "read", path)
                            : fail_faiss(diag, code, "reading an index");
    }
    if (faiss_Index_d(index->inner) != (int)dimension ||
        faiss_Index_metric_type(index->inner) != METRIC_INNER_PRODUCT || !find_vectors(index) ||
        index->count != count) {
        imx_vector_index_free(index);
        return imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                        "%s is damaged: its vectors are not what its header says", path);
    }
    *out = index;
    return IMGMATCH_OK;
}
