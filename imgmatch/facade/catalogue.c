/* The calls of imgmatch/catalogue.h that fingerprint nothing; adding is in add.c. */
#include "facade/handle.h"

#include "base/diag.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/process_key.h"
#include "fingerprint/sketch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

imx_portrait_means imx_catalogue_means(const imgmatch_catalogue *catalogue) {
    return (imx_portrait_means){.embedders = catalogue->embedders,
                                .model = catalogue->model,
                                .limits = &catalogue->limits,
                                .decoders = catalogue->decoders};
}

imgmatch_status imx_need_catalogue(const imgmatch_catalogue *catalogue, imgmatch_diag *diag) {
    if (catalogue == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    return catalogue->process == imx_process_key()
               ? IMGMATCH_OK
               : imx_fail(diag, IMGMATCH_ERR_ARGUMENT,
                          "the catalogue was opened by another process: after fork, open it anew");
}

imgmatch_status imx_need_model(const imgmatch_catalogue *catalogue, imgmatch_diag *diag) {
    imgmatch_status status = imx_need_catalogue(catalogue, diag);
    return status != IMGMATCH_OK || catalogue->model != NULL
               ? status
               : imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "the catalogue was opened without a model");
}

imgmatch_status imx_need_writable(const imgmatch_catalogue *catalogue, imgmatch_diag *diag) {
    imgmatch_status status = imx_need_catalogue(catalogue, diag);
    return status != IMGMATCH_OK || imx_store_is_writable(catalogue->store)
               ? status
               : imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "the catalogue was not opened for writing");
}

static imx_identity identity_of(const imgmatch_model *model) {
    const imgmatch_model_info *info = imgmatch_model_get_info(model);
    imx_identity identity = {.format = IMX_CATALOGUE_FORMAT,
                             .hash_version = IMX_HASH_VERSION,
                             .preprocessing_version = IMX_PREPROCESSING_VERSION,
                             .sketch_version = IMX_SKETCH_VERSION,
                             .dimension = info->dimension};
    (void)snprintf(identity.model_name, sizeof identity.model_name, "%s", info->name);
    memcpy(identity.model_sha256, info->sha256, sizeof identity.model_sha256);
    memcpy(identity.model_settings, info->settings_sha256, sizeof identity.model_settings);
    return identity;
}

imgmatch_status imgmatch_catalogue_create(const char *path, const char *name,
                                          const imgmatch_model *model, imgmatch_diag *diag) {
    if (path == NULL || path[0] == '\0' || model == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT,
                        model == NULL ? "a model is needed" : "the catalogue's path is empty");
    }
    imx_identity identity = identity_of(model);
    return imx_store_create(path, name, &identity, diag);
}

static imgmatch_status open_store(imgmatch_catalogue *catalogue, const char *path,
                                  const imgmatch_open_options *options, imgmatch_diag *diag) {
    imx_identity identity;
    imgmatch_status status = IMGMATCH_OK;
    if (options->model != NULL) {
        catalogue->model = options->model;
        identity = identity_of(options->model);
        status = imx_embedder_pool_new(&catalogue->embedders, options->model, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_store_open(&catalogue->store, path, options->model != NULL ? &identity : NULL,
                                options->writable, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_calibration_cache_new(&catalogue->calibrations, diag);
    }
    imgmatch_catalogue_stat stat;
    if (status == IMGMATCH_OK) {
        status = imx_store_stat(&stat, catalogue->store, diag);
    }
    if (status == IMGMATCH_OK) {
        catalogue->name = stat.name;
    }
    return status;
}

imgmatch_status imgmatch_catalogue_open(imgmatch_catalogue **out, const char *path,
                                        const imgmatch_open_options *options, imgmatch_diag *diag) {
    static const imgmatch_open_options defaults = IMGMATCH_OPEN_OPTIONS_INIT;
    if (out == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "out is NULL");
    }
    *out = NULL;
    if (path == NULL || path[0] == '\0') {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "path is missing");
    }
    options = options != NULL ? options : &defaults;
    const imgmatch_limits *limits = options->limits;
    if (imx_limits_check(&limits, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    imgmatch_catalogue *catalogue = imx_new_array(1, sizeof *catalogue);
    if (catalogue == NULL) {
        return imx_fail_memory(diag);
    }
    catalogue->process = imx_process_key();
    catalogue->limits = *limits;
    catalogue->decoders = options->decoders;
    imgmatch_status status = open_store(catalogue, path, options, diag);
    if (status != IMGMATCH_OK) {
        imgmatch_catalogue_close(catalogue);
        return status;
    }
    *out = catalogue;
    return IMGMATCH_OK;
}

void imgmatch_catalogue_close(imgmatch_catalogue *catalogue) {
    if (catalogue == NULL) {
        return;
    }
    if (catalogue->process != imx_process_key()) {
        imx_store_forget(catalogue->store);
        return;
    }
    if (catalogue->store != NULL) {
        imx_store_close(catalogue->store);
    }
    imx_calibration_cache_free(catalogue->calibrations);
    imx_embedder_pool_free(catalogue->embedders);
    free(catalogue);
}

static imgmatch_status missing_argument(imgmatch_diag *diag) {
    return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
}

imgmatch_status imgmatch_catalogue_remove(size_t *removed, imgmatch_catalogue *catalogue,
                                          const char *const *ids, size_t count,
                                          imgmatch_diag *diag) {
    if (removed != NULL) {
        *removed = 0;
    }
    if (ids == NULL && count > 0) {
        return missing_argument(diag);
    }
    if (imx_need_catalogue(catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == NULL) {
            return missing_argument(diag);
        }
    }
    size_t found = 0;
    imgmatch_status status = imx_store_remove(&found, catalogue->store, ids, count, diag);
    if (status == IMGMATCH_OK && removed != NULL) {
        *removed = found;
    }
    return status;
}

imgmatch_status imgmatch_catalogue_get(imgmatch_item **out, const imgmatch_catalogue *catalogue,
                                       const char *id, imgmatch_diag *diag) {
    if (out != NULL) {
        *out = NULL;
    }
    if (out == NULL || id == NULL) {
        return missing_argument(diag);
    }
    if (imx_need_catalogue(catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    return imx_store_get(out, catalogue->store, id, diag);
}

void imgmatch_item_free(imgmatch_item *item) { free(item); }

imgmatch_status imgmatch_catalogue_list(const imgmatch_catalogue *catalogue,
                                        bool (*each)(void *user, const imgmatch_item *item),
                                        void *user, imgmatch_diag *diag) {
    if (each == NULL) {
        return missing_argument(diag);
    }
    if (imx_need_catalogue(catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    return imx_store_list(catalogue->store, each, user, diag);
}

imgmatch_status imgmatch_catalogue_get_stat(imgmatch_catalogue_stat *out,
                                            const imgmatch_catalogue *catalogue,
                                            imgmatch_diag *diag) {
    if (out != NULL) {
        memset(out, 0, sizeof *out);
    }
    if (out == NULL) {
        return missing_argument(diag);
    }
    if (imx_need_catalogue(catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    imgmatch_status status = imx_store_stat(out, catalogue->store, diag);
    if (status == IMGMATCH_OK) {
        status = imx_store_count_hash_only(&out->hash_only, catalogue->store, diag);
    }
    return status;
}

imgmatch_status imgmatch_catalogue_verify(const imgmatch_catalogue *catalogue,
                                          void (*problem)(void *user, const char *line), void *user,
                                          imgmatch_diag *diag) {
    if (imx_need_catalogue(catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    return imx_store_verify(catalogue->store, problem, user, diag);
}

imgmatch_status imgmatch_catalogue_compact(imgmatch_catalogue *catalogue, imgmatch_diag *diag) {
    if (imx_need_catalogue(catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    return imx_store_compact(catalogue->store, diag);
}

imgmatch_status imgmatch_catalogue_compact_as(imgmatch_catalogue *catalogue,
                                              imgmatch_index_kind kind, imgmatch_diag *diag) {
    if (imx_need_catalogue(catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    return imx_store_compact_as(catalogue->store, kind, diag);
}

imgmatch_status imgmatch_catalogue_has_newer(bool *newer, const imgmatch_catalogue *catalogue,
                                             imgmatch_diag *diag) {
    if (newer != NULL) {
        *newer = false;
    }
    if (newer == NULL) {
        return missing_argument(diag);
    }
    if (imx_need_catalogue(catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    return imx_store_has_newer(newer, catalogue->store, diag);
}

imgmatch_status imgmatch_catalogue_refresh(bool *changed, imgmatch_catalogue *catalogue,
                                           imgmatch_diag *diag) {
    if (changed != NULL) {
        *changed = false;
    }
    if (imx_need_catalogue(catalogue, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    bool something_new = false;
    imgmatch_status status = imx_store_refresh(&something_new, catalogue->store, diag);
    if (status == IMGMATCH_OK && changed != NULL) {
        *changed = something_new;
    }
    return status;
}
