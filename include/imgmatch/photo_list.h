/*
 * Photo lists ("manifests"): CSV or JSON Lines that name photos, with ids and details.
 *
 * CSV (RFC 4180, separated by commas) starts with a header row; its lines end in CR LF, LF or CR,
 * and texts that hold one of these are in quotes. JSON Lines holds one object a line.
 * Both are UTF-8, with or without a byte order mark. The columns or keys `path`, `id`, `product`,
 * `brand` and `source` are known, in lower case and without blanks around; `path` is required,
 * relative paths are taken from the list's own folder, `id` defaults to `path` as written. All
 * others are kept together as the item's metadata.
 *
 * Threads: one list is used by one thread at a time.
 */
#ifndef IMGMATCH_PHOTO_LIST_H
#define IMGMATCH_PHOTO_LIST_H

#include "catalogue.h"
#include "limits.h"
#include "status.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct imgmatch_photo_list imgmatch_photo_list;

/** Open a list; ".csv" in the name's end means CSV, else it is JSON Lines. "-" is standard input
 * (JSON Lines when its first byte is '{', else CSV). IMGMATCH_ERR_SYNTAX for UTF-16, for names of
 * other tables (.tsv, .xlsx, ...), and when the header has no column `path`: the message says what
 * it has instead. */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_photo_list_open(imgmatch_photo_list **out, const char *path, const imgmatch_limits *limits,
                         imgmatch_diag *diag);

/**
 * Read the next entry. At the end `*photo` is NULL with IMGMATCH_OK.
 *
 * IMGMATCH_ERR_SYNTAX: this entry is malformed (the diag's message names the line and the reason);
 * the next call goes on behind it. The photo's texts are borrowed until the next call.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_photo_list_next(
    const imgmatch_photo **photo, imgmatch_photo_list *list, imgmatch_diag *diag);

/**
 * Would imgmatch_photo_list_next have to wait, because a pipe or a terminal has not the whole of
 * the next entry yet? Reads what has come; answers false at the end, and on what the next call will
 * fail with. `*fd` is the list's descriptor, to be polled for input until asking again; it stays
 * the list's. False where one is NULL, and `*fd` is -1 without a list.
 */
IMGMATCH_API bool imgmatch_photo_list_waits(int *fd, imgmatch_photo_list *list);

/** Line number (from 1) on which the last entry started; 0 for NULL. */
IMGMATCH_API uint64_t imgmatch_photo_list_line(const imgmatch_photo_list *list);

/** Close a list. NULL is allowed. */
IMGMATCH_API void imgmatch_photo_list_close(imgmatch_photo_list *list);

#ifdef __cplusplus
}
#endif
#endif
