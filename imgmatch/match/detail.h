/* Detail by octaves: did the query lose or win any beside the reference? */
#ifndef IMX_MATCH_DETAIL_H
#define IMX_MATCH_DETAIL_H

#include "fingerprint/sketch.h"

typedef struct imx_detail_change {
    float won;   /* Octaves of the finest detail that both can show, beside their coarse detail. */
    float slope; /* Power that was added to the finest octave over that of the next one: white noise
                  * has 4 times as much there (about 3 after shrinking), sharpening about as much. 0
                  * when nothing was added. */
} imx_detail_change;

/* `scale`: the reference's size in the query, in pixels of both (imx_geometry.scale). */
void imx_detail_compare(imx_detail_change *out, const imx_picture_facts *query,
                        const imx_picture_facts *reference, float scale);

#endif
