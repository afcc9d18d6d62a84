#include "facade/embedder_pool.h"

#include "base/diag.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

#define KEPT 64 /* More threads than that at once make their own. */

struct imx_embedder_pool {
    const imgmatch_model *model;
    pthread_mutex_t mutex;
    imx_embedder *idle[KEPT];
    size_t idle_count;
};

imgmatch_status imx_embedder_pool_new(imx_embedder_pool **out, const imgmatch_model *model,
                                      imgmatch_diag *diag) {
    *out = imx_new_array(1, sizeof **out);
    if (*out == NULL) {
        return imx_fail_memory(diag);
    }
    (*out)->model = model;
    (void)pthread_mutex_init(&(*out)->mutex, NULL);
    return IMGMATCH_OK;
}

void imx_embedder_pool_free(imx_embedder_pool *pool) {
    if (pool == NULL) {
        return;
    }
    for (size_t i = 0; i < pool->idle_count; i++) {
        imx_embedder_free(pool->idle[i]);
    }
    (void)pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

imgmatch_status imx_embedder_pool_lend(imx_embedder **out, imx_embedder_pool *pool,
                                       imgmatch_diag *diag) {
    *out = NULL;
    (void)pthread_mutex_lock(&pool->mutex);
    if (pool->idle_count > 0) {
        *out = pool->idle[--pool->idle_count];
    }
    (void)pthread_mutex_unlock(&pool->mutex);
    return *out != NULL ? IMGMATCH_OK : imx_embedder_new(out, pool->model, IMX_EMBED_BATCH, diag);
}

void imx_embedder_pool_return(imx_embedder_pool *pool, imx_embedder *embedder) {
    if (embedder == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&pool->mutex);
    bool kept = pool->idle_count < KEPT;
    if (kept) {
        pool->idle[pool->idle_count++] = embedder;
    }
    (void)pthread_mutex_unlock(&pool->mutex);
    if (!kept) {
        imx_embedder_free(embedder);
    }
}
