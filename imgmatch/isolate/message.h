/*
 * What a decoder pool and its workers say to one another: one datagram each way for every photo.
 *
 * A worker starts with the socket as descriptor IMX_WORKER_SOCKET and a sealed memfd as
 * IMX_WORKER_MEMORY. It confines itself, sends a reply with sequence 0 (IMGMATCH_OK: ready), and
 * answers requests until the socket is closed. Encoded bytes lie at the start of the memory, pixels
 * are put at `output_at`, rows of 3 * width bytes. The library believes nothing in a reply before
 * it has checked it; the worker trusts the library.
 */
#ifndef IMX_ISOLATE_MESSAGE_H
#define IMX_ISOLATE_MESSAGE_H

#include <imgmatch/image.h>

/* Rises with every change to what is below. */
#define IMX_WORKER_PROTOCOL 0x494D5803u

#define IMX_WORKER_SOCKET 3
#define IMX_WORKER_MEMORY 4

typedef struct imx_worker_request {
    uint32_t protocol;
    uint32_t sequence;
    uint64_t input_bytes;
    uint64_t output_at;
    uint64_t output_bytes; /* Room for pixels. */
    imgmatch_limits limits;
} imx_worker_request;

typedef struct imx_worker_reply {
    uint32_t protocol;
    uint32_t sequence; /* Of the request. */
    uint32_t status;   /* imgmatch_status */
    uint32_t reason;   /* imgmatch_reason */
    /* imgmatch_image_info, with flags as 0 or 1. */
    uint32_t format;
    uint32_t source_width;
    uint32_t source_height;
    uint32_t orientation;
    uint32_t width;
    uint32_t height;
    uint32_t scaled;
    uint32_t had_alpha;
    uint32_t had_profile;
    uint32_t is_old;     /* Not to be asked again. */
    uint32_t has_leaked; /* Nor is one that keeps memory of the photos that it has decoded. */
    char message[IMGMATCH_DIAG_MESSAGE_BYTES];
} imx_worker_reply;

#endif
