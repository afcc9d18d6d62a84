#include "image/heif_room.h"

/* Measured with libheif 1.15, dav1d 1.0 and libde265 1.0: 6.6 bytes a pixel for 8 bits in 4:2:0, 25
 * for 12 bits in 4:4:4, of which dav1d's coefficients are half. Several pictures of one item are
 * kept for each other, and decoded side by side where there are processors for it. */
#define CODED_TIMES 3u
#define DEEP_TIMES 2u
/* Three planes of 16 bits and one of transparency, whatever the parts have. */
#define CANVAS_TIMES 2u

imx_heif_room imx_heif_room_of_coded(const imx_coded_pictures *pictures) {
    uint64_t one = pictures->width * pictures->height;
    uint64_t times = pictures->deep ? DEEP_TIMES : 1;
    return (imx_heif_room){
        .most = times * (CODED_TIMES * one * pictures->count + pictures->kept_pixels),
        .left = times * one,
    };
}

imx_heif_room imx_heif_room_of_canvas(uint64_t pixels) {
    return (imx_heif_room){CANVAS_TIMES * pixels, CANVAS_TIMES * pixels};
}

void imx_heif_parts_add(imx_heif_parts *parts, imx_heif_room part) {
    for (unsigned i = 0; i < IMX_HEIF_TILES_AT_ONCE; i++) {
        if (part.most > parts->largest[i].most) {
            imx_heif_room smaller = parts->largest[i];
            parts->largest[i] = part;
            part = smaller;
        }
    }
}

void imx_heif_parts_add_beside(imx_heif_parts *parts, imx_heif_room beside) {
    uint64_t most = parts->beside.left + beside.most;
    parts->beside.most = most > parts->beside.most ? most : parts->beside.most;
    parts->beside.left += beside.left;
}

imx_heif_room imx_heif_room_with_parts(imx_heif_room own, const imx_heif_parts *parts,
                                       unsigned at_once) {
    uint64_t during = own.left;
    for (unsigned i = 0; i < at_once; i++) {
        during += parts->largest[i].most;
    }
    imx_heif_room room = {.most = own.most > during ? own.most : during,
                          .left = own.left > 0 ? own.left : parts->largest[0].left};
    uint64_t with_beside = room.left + parts->beside.most;
    room.most = with_beside > room.most ? with_beside : room.most;
    room.left += parts->beside.left;
    return room;
}
