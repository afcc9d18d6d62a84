#include "catalogue/vector_index.h"

#include "base/diag.h"
#include "base/memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <faiss/c_api/AutoTune_c.h>
#include <faiss/c_api/Clustering_c.h>
#include <faiss/c_api/IndexFlat_c.h>
#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/error_c.h>
#include <faiss/c_api/index_factory_c.h>
#include <faiss/c_api/index_io_c.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More hardly change the lists. */
#define TRAIN_ROUNDS 8

/* Edges of a vertex, and how many vertices are kept in sight while building and searching. */
#define GRAPH_KIND "HNSW32,SQ8"
#define GRAPH_BUILD_WIDTH 120
#define GRAPH_SEARCH_WIDTH 128

struct imx_vector_index {
    FaissIndex *inner;
    bool graph;
    const float *vectors; /* Inside of `inner`; NULL for a graph. */
    size_t count;
    uint32_t dimension;
};

/* Its C functions keep a copy of the exception's base alone, which does not say any more that it
 * was std::bad_alloc. What FAISS itself objects to has another code. */
static bool is_out_of_memory(int code, const char *reason) {
    return code == STD_EXCEPT && reason != NULL &&
           (strcmp(reason, "std::exception") == 0 || strstr(reason, "bad_alloc") != NULL);
}

static imgmatch_status fail_faiss(imgmatch_diag *diag, int code, const char *doing) {
    const char *reason = faiss_get_last_error();
    if (is_out_of_memory(code, reason)) {
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

/* FAISS's threads, for what the calling thread asks of it. Its C API does not say how many they
 * are, and which OpenMP it brings along is its own business; where there is none, there are no
 * threads either. Returns what was set before; 0 when that is not known. */
static int set_openmp_threads(int threads) {
    int (*get)(void) = NULL;
    void (*set)(int) = NULL;
    void *found = dlsym(RTLD_DEFAULT, "omp_get_max_threads");
    memcpy(&get, &found, sizeof get); /* ISO C has no cast for it. */
    found = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    memcpy(&set, &found, sizeof set);
    if (get == NULL || set == NULL || threads < 1) {
        return 0;
    }
    int before = get();
    set(threads);
    return before;
}

/* On several threads the edges of a graph depend on which vertex was linked first. */
static int add_to_graph(FaissIndex *graph, const float *vectors, size_t count) {
    int threads = set_openmp_threads(1);
    int code = faiss_Index_add(graph, (int64_t)count, vectors);
    (void)set_openmp_threads(threads);
    return code;
}

imgmatch_status imx_vector_index_add(imx_vector_index *index, const float *vectors, size_t count,
                                     imgmatch_diag *diag) {
    if (count == 0) {
        return IMGMATCH_OK;
    }
    int code = index->graph ? add_to_graph(index->inner, vectors, count)
                            : faiss_Index_add(index->inner, (int64_t)count, vectors);
    if (code != 0) {
        return fail_faiss(diag, code, "adding vectors");
    }
    if (index->graph) {
        index->count = (size_t)faiss_Index_ntotal(index->inner);
    } else if (!find_vectors(index)) {
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

imgmatch_status imx_vector_index_nearest(int64_t *rows, const imx_vector_index *index,
                                         const float *queries, size_t count, imgmatch_diag *diag) {
    if (count == 0 || index->count == 0) {
        return imx_fail(diag, IMGMATCH_ERR_INTERNAL, "a search among no vectors");
    }
    int code = faiss_Index_assign(index->inner, (int64_t)count, queries, rows, 1);
    return code == 0 ? IMGMATCH_OK : fail_faiss(diag, code, "searching");
}

static int train(float *centres, size_t centre_count, const float *vectors, size_t count,
                 uint32_t dimension) {
    FaissClusteringParameters parameters;
    faiss_ClusteringParameters_init(&parameters);
    parameters.niter = TRAIN_ROUNDS;
    parameters.spherical = 1;
    parameters.min_points_per_centroid = 1;
    parameters.max_points_per_centroid = INT_MAX; /* The caller has chosen a sample. */
    FaissClustering *clustering = NULL;
    FaissIndexFlatIP *index = NULL;
    int code = faiss_Clustering_new_with_params(&clustering, (int)dimension, (int)centre_count,
                                                &parameters);
    if (code == 0) {
        code = faiss_IndexFlatIP_new_with(&index, (int64_t)dimension);
    }
    if (code == 0) {
        code = faiss_Clustering_train(clustering, (int64_t)count, vectors, index);
    }
    if (code == 0) {
        float *found = NULL;
        size_t size = 0;
        faiss_Clustering_centroids(clustering, &found, &size);
        code = size == centre_count * dimension ? 0 : -1;
        if (code == 0) {
            memcpy(centres, found, size * sizeof *centres);
        }
    }
    faiss_Index_free(index);
    faiss_Clustering_free(clustering);
    return code;
}

imgmatch_status imx_vector_centres(float *centres, size_t centre_count, const float *vectors,
                                   size_t count, uint32_t dimension, imgmatch_diag *diag) {
    if (centre_count < 1 || centre_count > count) {
        return imx_fail(diag, IMGMATCH_ERR_INTERNAL, "%zu centres of %zu vectors", centre_count,
                        count);
    }
    int code = train(centres, centre_count, vectors, count, dimension);
    return code == 0 ? IMGMATCH_OK : fail_faiss(diag, code, "clustering");
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

/* ---- graphs ---- */

static int set_widths(FaissIndex *graph) {
    FaissParameterSpace *space = NULL;
    int code = faiss_ParameterSpace_new(&space);
    if (code == 0) {
        code = faiss_ParameterSpace_set_index_parameter(space, graph, "efConstruction",
                                                        GRAPH_BUILD_WIDTH);
    }
    if (code == 0) {
        code =
            faiss_ParameterSpace_set_index_parameter(space, graph, "efSearch", GRAPH_SEARCH_WIDTH);
    }
    faiss_ParameterSpace_free(space);
    return code;
}

imgmatch_status imx_vector_index_new_graph(imx_vector_index **out, uint32_t dimension,
                                           imgmatch_diag *diag) {
    *out = NULL;
    imx_vector_index *index = imx_new_array(1, sizeof *index);
    if (index == NULL) {
        return imx_fail_memory(diag);
    }
    index->dimension = dimension;
    index->graph = true;
    int code = faiss_index_factory(&index->inner, (int)dimension, GRAPH_KIND, METRIC_INNER_PRODUCT);
    if (code == 0) {
        code = set_widths(index->inner);
    }
    if (code != 0) {
        imx_vector_index_free(index);
        return fail_faiss(diag, code, "making a graph");
    }
    *out = index;
    return IMGMATCH_OK;
}

imgmatch_status imx_vector_index_train(imx_vector_index *graph, const float *vectors, size_t count,
                                       imgmatch_diag *diag) {
    int code = faiss_Index_train(graph->inner, (int64_t)count, vectors);
    return code == 0 ? IMGMATCH_OK : fail_faiss(diag, code, "training");
}

imgmatch_status imx_vector_index_write(const imx_vector_index *graph, FILE *file, const char *path,
                                       imgmatch_diag *diag) {
    if (faiss_write_index(graph->inner, file) != 0 || fflush(file) != 0) {
        /* Of all that FAISS does here only the writing can fail. */
        return imx_fail(diag, IMGMATCH_ERR_IO, "%s: cannot be written (disk full?)", path);
    }
    return IMGMATCH_OK;
}

/* FAISS says of a disk that does not read only that it could not. */
static imgmatch_status read_inner(imx_vector_index *index, FILE *file, const char *path,
                                  imgmatch_diag *diag) {
    errno = 0;
    int code = faiss_read_index(file, 0, &index->inner);
    int error = errno != 0 ? errno : EIO;
    if (code == 0) {
        return IMGMATCH_OK;
    }
    index->inner = NULL;
    return ferror(file) ? imx_fail_errno(diag, error, "read", path)
                        : fail_faiss(diag, code, "reading an index");
}

imgmatch_status imx_vector_index_read_graph(imx_vector_index **out, FILE *file, uint32_t dimension,
                                            size_t count, const char *path, imgmatch_diag *diag) {
    *out = NULL;
    imx_vector_index *index = imx_new_array(1, sizeof *index);
    if (index == NULL) {
        return imx_fail_memory(diag);
    }
    index->dimension = dimension;
    index->graph = true;
    index->count = count;
    imgmatch_status status = read_inner(index, file, path, diag);
    if (status == IMGMATCH_OK && (faiss_Index_d(index->inner) != (int)dimension ||
                                  faiss_Index_metric_type(index->inner) != METRIC_INNER_PRODUCT ||
                                  (size_t)faiss_Index_ntotal(index->inner) != count)) {
        imx_vector_index_free(index);
        return imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                        "%s is damaged: its graph is not what its header says", path);
    }
    if (status == IMGMATCH_OK) {
        int code = set_widths(index->inner);
        status = code == 0 ? IMGMATCH_OK : fail_faiss(diag, code, "reading a graph");
    }
    if (status != IMGMATCH_OK) {
        imx_vector_index_free(index);
        return status;
    }
    *out = index;
    return IMGMATCH_OK;
}

imgmatch_status imx_vector_index_search_graph(uint32_t *rows, size_t *count,
                                              const imx_vector_index *graph, const float *query,
                                              size_t wanted, imgmatch_diag *diag) {
    *count = 0;
    int64_t *labels = imx_new_array_raw(wanted, sizeof *labels);
    float *scores = imx_new_array_raw(wanted, sizeof *scores);
    imgmatch_status status =
        labels == NULL || scores == NULL
            ? imx_fail_memory(diag)
            : imx_vector_index_search(labels, scores, graph, query, wanted, diag);
    for (size_t i = 0; i < wanted && status == IMGMATCH_OK; i++) {
        if (labels[i] >= 0 && (size_t)labels[i] < graph->count) {
            rows[(*count)++] = (uint32_t)labels[i];
        }
    }
    free(labels);
    free(scores);
    return status;
}
