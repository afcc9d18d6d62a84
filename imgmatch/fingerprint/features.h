/* What features.c shares with sketch.c. */
#ifndef IMX_FINGERPRINT_FEATURES_H
#define IMX_FINGERPRINT_FEATURES_H

#include "fingerprint/sketch.h"

/* A picture at the size on which features are found. */
typedef struct imx_working_picture {
    uint32_t width;
    uint32_t height;
    uint8_t *rgb; /* Owned, packed. */
    float *grey;  /* Owned, 0..255. */
} imx_working_picture;

imgmatch_status imx_working_picture_make(imx_working_picture *out, imx_pixels picture,
                                         uint32_t longest, imgmatch_diag *diag);
void imx_working_picture_free(imx_working_picture *picture);

/* At most `most` features, best first; `out` has room for them. */
imgmatch_status imx_working_picture_features(imx_feature *out, uint32_t *out_count,
                                             const imx_working_picture *picture, uint32_t most,
                                             imgmatch_diag *diag);

/* Uses up the picture's grey: call it last. */
void imx_picture_facts_of(imx_picture_facts *out, imx_working_picture *working, imx_pixels picture);

#endif
