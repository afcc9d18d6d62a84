#include "facade/intake.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/sha256.h"

#include <stdlib.h>

const char *imx_photo_source(const imgmatch_photo *photo) {
    return photo->source != NULL ? photo->source : photo->path != NULL ? photo->path : "";
}

static imgmatch_status take_bytes(imx_intake *out, const imgmatch_photo *photo,
                                  const imgmatch_limits *limits, imgmatch_diag *diag) {
    if (photo->size_bytes == 0) {
        return imx_fail_photo(diag, IMGMATCH_REASON_EMPTY, "there are no bytes");
    }
    if (photo->size_bytes > limits->max_file_bytes) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TOO_LARGE,
                              "%zu bytes are more than the limit of %llu", photo->size_bytes,
                              (unsigned long long)limits->max_file_bytes);
    }
    out->bytes = photo->data;
    out->size_bytes = photo->size_bytes;
    return IMGMATCH_OK;
}

imgmatch_status imx_intake_read(imx_intake *out, const imgmatch_photo *photo,
                                const imgmatch_limits *limits, imgmatch_diag *diag) {
    *out = (imx_intake){0};
    imgmatch_status status;
    if (photo->data != NULL) {
        status = take_bytes(out, photo, limits, diag);
    } else if (photo->path != NULL) {
        status = imx_file_read_photo(&out->owned, &out->size_bytes, photo->path,
                                     limits->max_file_bytes, diag);
        out->bytes = out->owned;
    } else {
        status = imx_fail_photo(diag, IMGMATCH_REASON_BAD_ENTRY, "neither path nor data");
    }
    if (status == IMGMATCH_OK) {
        status = imx_sha256_hex(out->sha256, out->bytes, out->size_bytes, diag);
    }
    return status;
}

void imx_intake_free(imx_intake *intake) {
    free(intake->owned);
    *intake = (imx_intake){0};
}
