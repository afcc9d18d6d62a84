/* The picture of a match, from the two photos' files to a file. */
#include "facade/handle.h"
#include "facade/intake.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/limits.h"

#include <imgmatch/overlay.h>

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define JPEG_QUALITY 90

static imgmatch_status read_image(imgmatch_image **out, const imgmatch_photo *photo,
                                  const char *sha256, const imgmatch_overlay_options *options,
                                  imgmatch_diag *diag) {
    const imgmatch_limits *limits = options->limits;
    if (imx_limits_check(&limits, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    imx_intake intake;
    imgmatch_status status = imx_intake_read(&intake, photo, limits, diag);
    if (status == IMGMATCH_OK && sha256 != NULL && strcasecmp(sha256, intake.sha256) != 0) {
        status = imx_fail_photo(diag, IMGMATCH_REASON_NOT_FOUND,
                                "the file is another one than when it was added");
    }
    if (status == IMGMATCH_OK) {
        status = options->decoders == NULL
                     ? imgmatch_image_decode(out, intake.bytes, intake.size_bytes, limits, diag)
                     : imgmatch_decoder_pool_decode(out, options->decoders, intake.bytes,
                                                    intake.size_bytes, limits, diag);
    }
    imx_intake_free(&intake);
    return status;
}

/* As above; a failure says which of the two photos it is. */
static imgmatch_status read_named(imgmatch_image **out, const char *which,
                                  const imgmatch_photo *photo, const char *sha256,
                                  const imgmatch_overlay_options *options, imgmatch_diag *diag) {
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    imgmatch_status status = read_image(out, photo, sha256, options, &own);
    if (status == IMGMATCH_ERR_PHOTO) {
        return imx_fail_photo(diag, own.reason, "the %s's photo '%.200s': %s", which,
                              imx_photo_source(photo), own.message);
    }
    return status == IMGMATCH_OK ? status : imx_fail(diag, status, "%s", own.message);
}

static bool is_jpeg_name(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot != NULL && (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0);
}

static bool is_same_file(const char *path, const imgmatch_photo *photo) {
    struct stat one;
    struct stat other;
    return photo->data == NULL && photo->path != NULL && stat(path, &one) == 0 &&
           stat(photo->path, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

static imgmatch_status write_image(const char *path, const imgmatch_image *image,
                                   imgmatch_diag *diag) {
    uint8_t *bytes = NULL;
    size_t size = 0;
    imgmatch_format format = is_jpeg_name(path) ? IMGMATCH_FORMAT_JPEG : IMGMATCH_FORMAT_PNG;
    imgmatch_status status =
        imgmatch_image_encode(&bytes, &size, image, format, JPEG_QUALITY, diag);
    if (status == IMGMATCH_OK) {
        status = imx_file_replace(path, bytes, size, diag);
    }
    imgmatch_free(bytes);
    return status;
}

imgmatch_status imgmatch_overlay_write(const char *path, const imgmatch_photo *query,
                                       const imgmatch_photo *reference,
                                       const imgmatch_alignment *alignment,
                                       const imgmatch_overlay_options *options,
                                       imgmatch_diag *diag) {
    if (path == NULL || query == NULL || reference == NULL || alignment == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a required argument is NULL");
    }
    if (is_same_file(path, query) || is_same_file(path, reference)) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "'%.200s' is one of the two photos", path);
    }
    const imgmatch_overlay_options defaults = IMGMATCH_OVERLAY_OPTIONS_INIT;
    options = options == NULL ? &defaults : options;
    imgmatch_image *images[2] = {NULL, NULL};
    imgmatch_image *drawn = NULL;
    imgmatch_status status = read_named(&images[0], "query", query, NULL, options, diag);
    if (status == IMGMATCH_OK) {
        status = read_named(&images[1], "reference", reference, options->reference_sha256, options,
                            diag);
    }
    if (status == IMGMATCH_OK) {
        status = imgmatch_overlay_draw(&drawn, images[0], images[1], alignment, options, diag);
    }
    if (status == IMGMATCH_OK) {
        status = write_image(path, drawn, diag);
    }
    imgmatch_image_free(images[0]);
    imgmatch_image_free(images[1]);
    imgmatch_image_free(drawn);
    return status;
}
