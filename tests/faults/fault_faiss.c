#include "faults/handles.h"
#include "faults/library_faults.h"
#include "faults/trigger.h"

#include <faiss/c_api/AutoTune_c.h>
#include <faiss/c_api/Clustering_c.h>
#include <faiss/c_api/IndexFlat_c.h>
#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/error_c.h>
#include <faiss/c_api/index_factory_c.h>
#include <faiss/c_api/index_io_c.h>
#include <stddef.h>

/* What faiss_get_last_error says of a call that was made to fail; NULL: what FAISS says. */
static _Thread_local const char *reason;

static bool fails(void) {
    reason = fault_now(LIBRARY_FAISS)          ? "made to fail"
             : fault_now(LIBRARY_FAISS_MEMORY) ? "std::bad_alloc"
                                               : NULL;
    return reason != NULL;
}

/* A function of FAISS's that gives a code. */
#define FAILING(name, parameters, arguments)                                                       \
    int __real_##name parameters;                                                                  \
    int __wrap_##name parameters;                                                                  \
    int __wrap_##name parameters { return fails() ? STD_EXCEPT : __real_##name arguments; }

/* One that makes an object as well. */
#define MAKING(kind, name, parameters, arguments)                                                  \
    int __real_##name parameters;                                                                  \
    int __wrap_##name parameters;                                                                  \
    int __wrap_##name parameters {                                                                 \
        int code = fails() ? STD_EXCEPT : __real_##name arguments;                                 \
        if (code == 0) {                                                                           \
            handle_made(kind);                                                                     \
        }                                                                                          \
        return code;                                                                               \
    }
#define RELEASING(kind, name, type)                                                                \
    void __real_##name(type *handle);                                                              \
    void __wrap_##name(type *handle);                                                              \
    void __wrap_##name(type *handle) {                                                             \
        handle_released(kind, handle);                                                             \
        __real_##name(handle);                                                                     \
    }

MAKING(HANDLE_FAISS_INDEX, faiss_IndexFlatIP_new_with, (FaissIndexFlatIP * *out, idx_t dimension),
       (out, dimension))
FAILING(faiss_Index_train, (FaissIndex * index, idx_t n, const float *x), (index, n, x))
FAILING(faiss_Index_add, (FaissIndex * index, idx_t n, const float *x), (index, n, x))
FAILING(faiss_Index_search,
        (const FaissIndex *index, idx_t n, const float *x, idx_t k, float *scores, idx_t *labels),
        (index, n, x, k, scores, labels))
FAILING(faiss_Index_assign, (FaissIndex * index, idx_t n, const float *x, idx_t *labels, idx_t k),
        (index, n, x, labels, k))
MAKING(HANDLE_FAISS_CLUSTERING, faiss_Clustering_new_with_params,
       (FaissClustering * *out, int d, int k, const FaissClusteringParameters *parameters),
       (out, d, k, parameters))
FAILING(faiss_Clustering_train,
        (FaissClustering * clustering, idx_t n, const float *x, FaissIndex *index),
        (clustering, n, x, index))
MAKING(HANDLE_FAISS_SPACE, faiss_ParameterSpace_new, (FaissParameterSpace * *out), (out))
FAILING(faiss_ParameterSpace_set_index_parameter,
        (const FaissParameterSpace *space, FaissIndex *index, const char *name, double value),
        (space, index, name, value))
MAKING(HANDLE_FAISS_INDEX, faiss_index_factory,
       (FaissIndex * *out, int d, const char *description, FaissMetricType metric),
       (out, d, description, metric))
MAKING(HANDLE_FAISS_INDEX, faiss_read_index, (FILE * file, int flags, FaissIndex **out),
       (file, flags, out))
FAILING(faiss_write_index, (const FaissIndex *index, FILE *file), (index, file))
RELEASING(HANDLE_FAISS_INDEX, faiss_Index_free, FaissIndex)
RELEASING(HANDLE_FAISS_CLUSTERING, faiss_Clustering_free, FaissClustering)
RELEASING(HANDLE_FAISS_SPACE, faiss_ParameterSpace_free, FaissParameterSpace)

const char *__real_faiss_get_last_error(void);
const char *__wrap_faiss_get_last_error(void);

const char *__wrap_faiss_get_last_error(void) {
    return reason != NULL ? reason : __real_faiss_get_last_error();
}
