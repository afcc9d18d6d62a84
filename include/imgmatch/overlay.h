/*
 * A picture that shows a match to a person: the query, the reference, and the query's part laid
 * onto the reference.
 *
 * Three panels from left to right, 12 pixels of plain ground around each, the heights centred:
 *
 *   1. the query, with the part that shows the reference in an outline;
 *   2. the reference, with the part that is seen in the query in an outline; a dot marks the same
 *      corner in both, so that turned and mirrored copies are told apart;
 *   3. that part of the query brought onto the reference's place: its own colours where it agrees
 *      with the reference, red where it differs. What the query does not show of the reference is
 *      pale.
 *
 * Each photo is scaled to fit a square of panel_side pixels; the third panel is as large as the
 * second.
 *
 * Threads: the calls here keep no state and may run on any number of threads.
 */
#ifndef IMGMATCH_OVERLAY_H
#define IMGMATCH_OVERLAY_H

#include "query.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct imgmatch_overlay_options {
    uint32_t panel_side; /**< Longest side of a panel in pixels, 64..2048. */
    /** For imgmatch_overlay_write: NULL for the defaults. */
    const imgmatch_limits *limits;
    /** For imgmatch_overlay_write: decodes in processes of their own; NULL: in this process. */
    imgmatch_decoder_pool *decoders;
    /** For imgmatch_overlay_write: SHA-256 in hex that the reference's file must have, as
        imgmatch_item.sha256; NULL takes any. */
    const char *reference_sha256;
} imgmatch_overlay_options;

#define IMGMATCH_OVERLAY_OPTIONS_INIT                                                              \
    { 480, NULL, NULL, NULL }

/**
 * Draw the three panels. The image is the caller's.
 *
 * Fails with IMGMATCH_ERR_ARGUMENT when the alignment is not known or cannot be turned around, and
 * with IMGMATCH_ERR_MEMORY.
 *
 * \param alignment  Of a match of that query and that reference (imgmatch_match.alignment).
 * \param options    NULL for IMGMATCH_OVERLAY_OPTIONS_INIT.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_overlay_draw(imgmatch_image **out, const imgmatch_image *query,
                      const imgmatch_image *reference, const imgmatch_alignment *alignment,
                      const imgmatch_overlay_options *options, imgmatch_diag *diag);

/**
 * Read and decode both photos, draw, and write the picture to the file at `path`: as JPEG when its
 * name ends in .jpg or .jpeg, else as PNG. A file that is there is replaced as a whole, or left as
 * it was on failure.
 *
 * The reference's photo is where its item's source says (imgmatch_match.source), if that is the
 * path of a file that is still there.
 *
 * Fails as imgmatch_overlay_draw; with IMGMATCH_ERR_PHOTO and a reason when one of the photos
 * cannot be used ("not_found" also for a reference that has another SHA-256 than it should); with
 * IMGMATCH_ERR_ARGUMENT when `path` is one of the two photos; with IMGMATCH_ERR_IO or
 * IMGMATCH_ERR_NOT_FOUND when the file cannot be written.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_overlay_write(const char *path, const imgmatch_photo *query,
                       const imgmatch_photo *reference, const imgmatch_alignment *alignment,
                       const imgmatch_overlay_options *options, imgmatch_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
