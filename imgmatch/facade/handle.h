/* The object behind imgmatch_catalogue. */
#ifndef IMX_FACADE_HANDLE_H
#define IMX_FACADE_HANDLE_H

#include "catalogue/store.h"
#include "facade/embedder_pool.h"

struct imgmatch_catalogue {
    imx_store *store;
    const char *name; /* Borrowed from the store. */
    const imgmatch_model *model;
    imx_embedder_pool *embedders; /* NULL without a model. */
    imgmatch_limits limits;
};

/* IMGMATCH_ERR_ARGUMENT when the catalogue was opened without a model. */
imgmatch_status imx_need_model(const imgmatch_catalogue *catalogue, imgmatch_diag *diag);

/* The limits that a NULL stands for. */
imgmatch_limits imx_limits_or_default(const imgmatch_limits *limits);

#endif
