#include "base/diag.h"
#include "base/memory.h"
#include "facade/photo_list.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_CAPACITY (64u * 1024)
#define FIRST_STRETCH 256u

imgmatch_status imx_list_source_open(imx_list_source *source, const char *path, const char *name,
                                     size_t max_bytes, imgmatch_diag *diag) {
    *source =
        (imx_list_source){.name = name, .fd = STDIN_FILENO, .max_bytes = max_bytes, .line = 1};
    if (strcmp(path, "-") != 0) {
        source->fd = open(path, O_RDONLY | O_CLOEXEC);
        source->owns_fd = source->fd >= 0;
        if (source->fd < 0) {
            return imx_fail_errno(diag, errno, "open", path);
        }
    }
    source->capacity = max_bytes < FIRST_CAPACITY ? max_bytes : FIRST_CAPACITY;
    source->bytes = imx_new_array_raw(source->capacity, 1);
    if (source->bytes == NULL) {
        imx_list_source_close(source);
        return imx_fail_memory(diag);
    }
    return IMGMATCH_OK;
}

void imx_list_source_close(imx_list_source *source) {
    if (source->owns_fd) {
        (void)close(source->fd);
    }
    free(source->bytes);
    *source = (imx_list_source){.fd = -1};
}

/* Room behind the window: what lies before it is given up first. */
static bool make_room(imx_list_source *source) {
    if (source->start > 0) {
        memmove(source->bytes, source->bytes + source->start, source->end - source->start);
        source->end -= source->start;
        source->start = 0;
    }
    if (source->end < source->capacity) {
        return true;
    }
    size_t capacity =
        source->capacity > source->max_bytes / 2 ? source->max_bytes : source->capacity * 2;
    uint8_t *bytes = imx_resize_array(source->bytes, capacity, 1);
    if (bytes == NULL) {
        return false;
    }
    source->bytes = bytes;
    source->capacity = capacity;
    return true;
}

static imgmatch_status read_more(size_t *got, imx_list_source *source, imgmatch_diag *diag) {
    *got = 0;
    if (!make_room(source)) {
        return imx_fail_memory(diag);
    }
    ssize_t size;
    do {
        size = read(source->fd, source->bytes + source->end, source->capacity - source->end);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        return imx_fail_errno(diag, errno, "read", source->name);
    }
    source->at_end = size == 0;
    source->end += (size_t)size;
    *got = (size_t)size;
    return IMGMATCH_OK;
}

/* Who asks for more begins the record anew: in time squared, if a pipe gave it a few bytes at each
 * asking. So the window doubles, unless that would have to be waited for. */
imgmatch_status imx_list_source_grow(bool *grown, imx_list_source *source, imgmatch_diag *diag) {
    size_t before = imx_list_source_size(source), got = 0;
    imgmatch_status status = IMGMATCH_OK;
    *grown = false;
    if (source->at_end || before >= source->max_bytes) {
        return IMGMATCH_OK;
    }
    do {
        status = read_more(&got, source, *grown ? NULL : diag);
        *grown = *grown || got > 0;
    } while (got > 0 && imx_list_source_size(source) / 2 < before &&
             imx_list_source_size(source) < source->max_bytes && !imx_list_source_waits(source));
    /* What fails behind what was read fails again when it is asked for. */
    return *grown ? IMGMATCH_OK : status;
}

bool imx_list_source_waits(const imx_list_source *source) {
    struct pollfd input = {.fd = source->fd, .events = POLLIN};
    return !source->at_end && poll(&input, 1, 0) <= 0; /* A signal may come first. */
}

/*
 * Where the first line end starts; `end` when there is none.
 *
 * Looked for in stretches, each as long as all before it: that takes as long as the line end is
 * far, whichever it is. To look for the next LF first, up to the end, would take time squared where
 * there is none and many a CR.
 */
static const uint8_t *find_line_end(const imx_list_source *source, const uint8_t *at,
                                    const uint8_t *end) {
    for (size_t stretch = FIRST_STRETCH; at < end; stretch *= 2) {
        size_t size = (size_t)(end - at) < stretch ? (size_t)(end - at) : stretch;
        const uint8_t *newline = memchr(at, '\n', size);
        size = newline == NULL ? size : (size_t)(newline - at);
        const uint8_t *cr = size == 0 || !source->cr_ends ? NULL : memchr(at, '\r', size);
        if (cr != NULL || newline != NULL) {
            return cr != NULL ? cr : newline;
        }
        at += size;
    }
    return end;
}

/* Bytes of the line end at `at`. */
static size_t line_end_size(const uint8_t *at, const uint8_t *end) {
    return end - at > 1 && at[0] == '\r' && at[1] == '\n' ? 2 : 1;
}

/* The window ends with a CR that may be half of a CR LF. */
static bool is_cut(const imx_list_source *source) {
    return source->cr_ends && !source->at_end && source->start < source->end &&
           source->bytes[source->end - 1] == '\r';
}

size_t imx_list_source_line_size(const imx_list_source *source, const uint8_t *at) {
    const uint8_t *end = source->bytes + source->end;
    const uint8_t *line_end = find_line_end(source, at, end);
    if (line_end == end || (line_end + 1 == end && is_cut(source))) {
        return 0;
    }
    return (size_t)(line_end - at) + line_end_size(line_end, end);
}

void imx_list_source_skip(imx_list_source *source, size_t size) {
    const uint8_t *at = imx_list_source_at(source);
    const uint8_t *end = at + size;
    source->start += size;
    for (;;) {
        at = find_line_end(source, at, end);
        if (at == end) {
            return;
        }
        source->line++;
        at += line_end_size(at, end);
    }
}

imgmatch_status imx_list_source_skip_line(imx_list_source *source, imgmatch_diag *diag) {
    for (;;) {
        size_t size = imx_list_source_line_size(source, imx_list_source_at(source));
        if (size > 0) {
            imx_list_source_skip(source, size);
            return IMGMATCH_OK;
        }
        imx_list_source_skip(source, imx_list_source_size(source) - is_cut(source));
        bool grown;
        imgmatch_status status = imx_list_source_grow(&grown, source, diag);
        if (status != IMGMATCH_OK || !grown) {
            imx_list_source_skip(source, imx_list_source_size(source));
            return status;
        }
    }
}

/* UTF-16 starts with its mark, or every other byte of its ASCII characters is 0. */
static bool is_utf16(const uint8_t *bytes, size_t size) {
    if (size < 2) {
        return false;
    }
    bool marked = (bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff);
    bool little = size >= 4 && bytes[0] != 0 && bytes[1] == 0 && bytes[2] != 0 && bytes[3] == 0;
    bool big = size >= 4 && bytes[0] == 0 && bytes[1] != 0 && bytes[2] == 0 && bytes[3] != 0;
    return marked || little || big;
}

imgmatch_status imx_list_source_skip_mark(imx_list_source *source, imgmatch_diag *diag) {
    bool grown = true;
    while (grown && imx_list_source_size(source) < 4) {
        imgmatch_status status = imx_list_source_grow(&grown, source, diag);
        if (status != IMGMATCH_OK) {
            return status;
        }
    }
    if (is_utf16(imx_list_source_at(source), imx_list_source_size(source))) {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "%.200s looks like UTF-16, and has to be UTF-8",
                        source->name);
    }
    if (imx_list_source_size(source) >= 3 &&
        memcmp(imx_list_source_at(source), "\xef\xbb\xbf", 3) == 0) {
        imx_list_source_skip(source, 3);
    }
    return IMGMATCH_OK;
}
