/* Embedders that are made once and lent to one call after another, so that a query allocates no
 * tensors. Thread-safe. */
#ifndef IMX_FACADE_EMBEDDER_POOL_H
#define IMX_FACADE_EMBEDDER_POOL_H

#include "fingerprint/model.h"

typedef struct imx_embedder_pool imx_embedder_pool;

/* The model is borrowed. */
imgmatch_status imx_embedder_pool_new(imx_embedder_pool **out, const imgmatch_model *model,
                                      imgmatch_diag *diag);
/* All embedders have to be back. NULL is allowed. */
void imx_embedder_pool_free(imx_embedder_pool *pool);

imgmatch_status imx_embedder_pool_lend(imx_embedder **out, imx_embedder_pool *pool,
                                       imgmatch_diag *diag);
void imx_embedder_pool_return(imx_embedder_pool *pool, imx_embedder *embedder); /* Or NULL. */

#endif
