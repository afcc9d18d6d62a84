#include "match/prints.h"

#include "base/diag.h"
#include "base/memory.h"
#include "fingerprint/pdq.h"
#include "image/resample.h"

#include <stdlib.h>
#include <string.h>

static void mirror_rows(uint8_t *rgb, uint32_t width, uint32_t height) {
    for (uint32_t y = 0; y < height; y++) {
        uint8_t *left = rgb + 3 * (size_t)y * width;
        uint8_t *right = left + 3 * (size_t)(width - 1);
        for (; left < right; left += 3, right -= 3) {
            uint8_t pixel[3];
            memcpy(pixel, left, 3);
            memcpy(left, right, 3);
            memcpy(right, pixel, 3);
        }
    }
}

static imx_pixels pixels_of(const imx_planned_view *view, const imx_viewed *viewed) {
    return view->sheet ? viewed->sheet : imx_pixels_crop(viewed->picture, view->rect);
}

static imgmatch_status embed_batch(float *out, imx_embedder *embedder,
                                   const imgmatch_model_info *model, const imx_planned_view *views,
                                   uint32_t count, const imx_viewed *viewed, imgmatch_diag *diag) {
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *input = imx_embedder_input(embedder, i);
        imgmatch_status status = imx_resample(input, model->input_width, model->input_height,
                                              pixels_of(&views[i], viewed), diag);
        if (status != IMGMATCH_OK) {
            return status;
        }
        if (views[i].mirrored) {
            mirror_rows(input, model->input_width, model->input_height);
        }
    }
    return imx_embedder_run(out, embedder, count, diag);
}

static imgmatch_status embed_all(imx_prints *prints, imx_embedder *embedder,
                                 const imgmatch_model_info *model, const imx_view_plan *plan,
                                 const imx_viewed *viewed, imgmatch_diag *diag) {
    imgmatch_status status = IMGMATCH_OK;
    for (uint32_t from = 0; from < plan->count && status == IMGMATCH_OK; from += IMX_EMBED_BATCH) {
        uint32_t count =
            plan->count - from < IMX_EMBED_BATCH ? plan->count - from : IMX_EMBED_BATCH;
        status = embed_batch(prints->embeddings + (size_t)from * prints->dimension, embedder, model,
                             plan->views + from, count, viewed, diag);
    }
    return status;
}

imgmatch_status imx_prints_make(imx_prints *out, imx_embedder *embedder,
                                const imgmatch_model_info *model, const imx_view_plan *plan,
                                const imx_viewed *viewed, imgmatch_diag *diag) {
    imx_prints prints = {.count = plan->count, .found = plan->found, .dimension = model->dimension};
    prints.embeddings =
        imx_new_array_raw((size_t)plan->count * model->dimension, sizeof *prints.embeddings);
    if (prints.embeddings == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = embed_all(&prints, embedder, model, plan, viewed, diag);
    for (uint32_t i = 0; i < plan->count && status == IMGMATCH_OK; i++) {
        imx_view_print *view = &prints.views[i];
        view->mirrored = plan->views[i].mirrored;
        view->embedding = prints.embeddings + (size_t)i * prints.dimension;
        if (!view->mirrored) {
            status = imx_pdq_compute(view->pdq, pixels_of(&plan->views[i], viewed), diag);
        }
    }
    if (status != IMGMATCH_OK) {
        free(prints.embeddings);
        return status;
    }
    *out = prints;
    return IMGMATCH_OK;
}

void imx_prints_free(imx_prints *prints) {
    free(prints->embeddings);
    *prints = (imx_prints){0};
}
