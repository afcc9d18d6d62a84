#include "base/diag.h"
#include "fingerprint/model.h"
#include "image/image.h"
#include "image/resample.h"

#include <string.h>

imgmatch_status imgmatch_model_embed(float *out, size_t capacity, const imgmatch_model *model,
                                     const imgmatch_image *image, imgmatch_diag *diag) {
    if (out == NULL || model == NULL || image == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "out, model or image is NULL");
    }
    const imgmatch_model_info *info = imgmatch_model_get_info(model);
    if (capacity < info->dimension) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "room for %zu floats, an embedding has %u",
                        capacity, info->dimension);
    }
    imx_embedder *embedder = NULL;
    imgmatch_status status = imx_embedder_new(&embedder, model, 1, diag);
    if (status == IMGMATCH_OK) {
        status = imx_resample(imx_embedder_input(embedder, 0), info->input_width,
                              info->input_height, imx_image_view(image), diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_embedder_run(out, embedder, 1, diag);
    }
    if (status != IMGMATCH_OK) {
        memset(out, 0, info->dimension * sizeof *out);
    }
    imx_embedder_free(embedder);
    return status;
}
