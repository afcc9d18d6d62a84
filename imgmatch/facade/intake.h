/* The bytes of a photo that a caller handed in, by path or as they are. */
#ifndef IMX_FACADE_INTAKE_H
#define IMX_FACADE_INTAKE_H

#include <imgmatch/catalogue.h>

typedef struct imx_intake {
    const uint8_t *bytes;
    size_t size_bytes;
    char sha256[65];
    uint8_t *owned; /* The bytes, when they were read here. */
} imx_intake;

/* IMGMATCH_ERR_PHOTO with a reason when there is nothing to be had; free in any case. */
imgmatch_status imx_intake_read(imx_intake *out, const imgmatch_photo *photo,
                                const imgmatch_limits *limits, imgmatch_diag *diag);
void imx_intake_free(imx_intake *intake);

/* The source that is recorded for a photo. Never NULL. */
const char *imx_photo_source(const imgmatch_photo *photo);

#endif
