/* The object behind imgmatch_catalogue. */
#ifndef IMX_FACADE_HANDLE_H
#define IMX_FACADE_HANDLE_H

#include "catalogue/store.h"
#include "facade/calibration_cache.h"
#include "facade/portrait.h"

#include <stdint.h>

struct imgmatch_catalogue {
    uint32_t process; /* Key of the one that opened it. */
    imx_store *store;
    const char *name; /* Borrowed from the store. */
    const imgmatch_model *model;
    imx_embedder_pool *embedders; /* NULL without a model. */
    imgmatch_limits limits;
    imgmatch_decoder_pool *decoders; /* Borrowed; NULL: photos are decoded in this process. */
    imx_calibration_cache *calibrations;
};

/* IMGMATCH_ERR_ARGUMENT when it is NULL, or was opened by another process, of which this is a fork.
 * The two below look at that, too. */
imgmatch_status imx_need_catalogue(const imgmatch_catalogue *catalogue, imgmatch_diag *diag);

/* IMGMATCH_ERR_ARGUMENT when the catalogue was opened without a model. */
imgmatch_status imx_need_model(const imgmatch_catalogue *catalogue, imgmatch_diag *diag);

/* IMGMATCH_ERR_ARGUMENT when the catalogue was opened for reading: to be asked before work that
 * ends in a change. */
imgmatch_status imx_need_writable(const imgmatch_catalogue *catalogue, imgmatch_diag *diag);

/* What portraits are made with. */
imx_portrait_means imx_catalogue_means(const imgmatch_catalogue *catalogue);

#endif
