#include "isolate/reply.h"

#include "image/codec.h"

#include <string.h>

static void clean_message(char message[IMGMATCH_DIAG_MESSAGE_BYTES]) {
    message[IMGMATCH_DIAG_MESSAGE_BYTES - 1] = '\0';
    for (char *at = message; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at; /* `char` has a sign on some processors only. */
        if (byte < 0x20 || byte >= 0x7F) {
            *at = '?';
        }
    }
}

static bool is_photo_reason(uint32_t reason) {
    return reason > IMGMATCH_REASON_NONE && reason < IMGMATCH_REASON_FLAT &&
           strcmp(imgmatch_reason_code((imgmatch_reason)reason), "unknown") != 0;
}

static bool check_picture(imgmatch_image_info *out, const imx_worker_reply *reply,
                          const imgmatch_limits *limits, uint64_t room) {
    uint64_t pixels = (uint64_t)reply->width * reply->height;
    bool fits = reply->width > 0 && reply->height > 0 && reply->width <= limits->max_side &&
                reply->height <= limits->max_side && pixels <= limits->max_pixels &&
                pixels <= room / 3;
    bool makes_sense =
        reply->format >= IMGMATCH_FORMAT_JPEG && reply->format <= IMGMATCH_FORMAT_HEIF &&
        reply->orientation >= 1 && reply->orientation <= 8 && reply->scaled <= 1 &&
        reply->had_alpha <= 1 && reply->had_profile <= 1 &&
        imx_codec_check_size(reply->source_width, reply->source_height, limits, NULL) ==
            IMGMATCH_OK;
    *out = (imgmatch_image_info){.format = (imgmatch_format)reply->format,
                                 .source_width = reply->source_width,
                                 .source_height = reply->source_height,
                                 .orientation = reply->orientation,
                                 .width = reply->width,
                                 .height = reply->height,
                                 .scaled = reply->scaled != 0,
                                 .had_alpha = reply->had_alpha != 0,
                                 .had_profile = reply->had_profile != 0};
    return fits && makes_sense;
}

bool imx_reply_check(imgmatch_image_info *out, imx_worker_reply *reply,
                     const imgmatch_limits *limits, uint64_t room) {
    clean_message(reply->message);
    switch (reply->status) {
    case IMGMATCH_OK:
        return check_picture(out, reply, limits, room);
    case IMGMATCH_ERR_PHOTO:
        return is_photo_reason(reply->reason);
    case IMGMATCH_ERR_MEMORY:
    case IMGMATCH_ERR_INTERNAL:
        return true;
    default:
        return false;
    }
}
