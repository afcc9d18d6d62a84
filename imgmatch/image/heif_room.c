#include "image/heif_room.h"

/* Measured with libheif 1.15, dav1d 1.0 and libde265 1.0, in bytes a pixel: 6.6 for 8 bits in
 * 4:2:0, 13 for 10 bits, 25 for 12 bits in 4:4:4, of which dav1d's coefficients are half. Film
 * grain takes the planes once more, 31 in all, which 4:2:0 has room for. Several pictures of one
 * item are kept for each other, and decoded side by side where there are processors for it. */
#define CODED_TIMES 3u
#define DEEP_TIMES 4u
#define DEEP_DENSE_TIMES 6u
/* Three planes of 8 bits and one of transparency, which RGB is made of beside them; and twice that
 * for more than 8 bits. */
#define CANVAS_TIMES 2u
#define DEEP_CANVAS_TIMES 2u

imx_heif_room imx_heif_room_of_coded(const imx_coded_pictures *pictures) {
    uint64_t one = pictures->width * pictures->height;
    bool large = pictures->deep && pictures->dense;
    uint64_t times = large ? DEEP_DENSE_TIMES : pictures->deep ? DEEP_TIMES : CODED_TIMES;
    uint64_t planes = large ? 2 : 1;
    times += pictures->grain && pictures->dense ? planes : 0;
    return (imx_heif_room){
        .most = times * one * pictures->count + planes * pictures->kept_pixels,
        .left = planes * one,
        .deep = pictures->deep,
    };
}

imx_heif_room imx_heif_room_of_canvas(uint64_t pixels) {
    return (imx_heif_room){.most = CANVAS_TIMES * pixels, .left = pixels};
}

void imx_heif_parts_add(imx_heif_parts *parts, imx_heif_room part) {
    parts->deep = parts->deep || part.deep;
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
    if (parts->deep) {
        own.most *= DEEP_CANVAS_TIMES;
        own.left *= DEEP_CANVAS_TIMES;
    }
    uint64_t during = own.left;
    for (unsigned i = 0; i < at_once; i++) {
        during += parts->largest[i].most;
    }
    imx_heif_room room = {.most = own.most > during ? own.most : during,
                          .left = own.left > 0 ? own.left : parts->largest[0].left,
                          .deep = own.deep || parts->deep};
    uint64_t with_beside = room.left + parts->beside.most;
    room.most = with_beside > room.most ? with_beside : room.most;
    room.left += parts->beside.left;
    return room;
}
