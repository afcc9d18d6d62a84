/* A calibration as it is kept with the catalogue. */
#ifndef IMX_FACADE_CALIBRATION_TEXT_H
#define IMX_FACADE_CALIBRATION_TEXT_H

#include "match/calibration.h"

#include <stdatomic.h>

/* What was measured, and with what. Immutable once it is shared; reference counted. */
typedef struct imx_stored_calibration {
    atomic_uint holders;
    bool foreign; /* Written by a version that kept it otherwise: the rest is not known. */
    uint64_t score_identity;
    uint32_t looks; /* Most references that were looked at for a query, */
    uint32_t views; /* and most of its views. */
    uint64_t items; /* In the catalogue. */
    char made_at[32];
    imx_calibration rates;
} imx_stored_calibration;

/* With one holder. */
imgmatch_status imx_stored_calibration_new(imx_stored_calibration **out, imgmatch_diag *diag);
imx_stored_calibration *imx_stored_calibration_hold(imx_stored_calibration *stored);
void imx_stored_calibration_release(imx_stored_calibration *stored); /* NULL is allowed. */

/* Free the text with free(). */
imgmatch_status imx_calibration_write_text(char **out, const imx_stored_calibration *stored,
                                           imgmatch_diag *diag);
/* IMGMATCH_ERR_CATALOGUE when it is none. */
imgmatch_status imx_calibration_read_text(imx_stored_calibration **out, const char *text,
                                          imgmatch_diag *diag);

#endif
