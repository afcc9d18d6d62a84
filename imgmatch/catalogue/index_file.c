#include "catalogue/index_file.h"

#include "base/checksum.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/memory.h"
#include "catalogue/index_page.h"
#include "catalogue/large_index.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "index files are written as they lie in memory, which has to be little-endian"
#endif

#define ALIGNMENT IMX_INDEX_PAGE_BYTES
#define COPY_BYTES (256u << 10)
#define TEMPORARY_SUFFIX ".tmp"

enum { SECTION_SEQS, SECTION_VIEWS, SECTION_HASHES, SECTION_VECTORS, SECTION_COUNT };

typedef struct section {
    uint64_t offset;
    uint64_t size;
    uint64_t checksum;
} section;

/* As in the file; the rest of the first 4096 bytes is zero. */
typedef struct header {
    imx_index_prefix prefix;
    section sections[SECTION_COUNT];
    uint64_t checksum; /* Of all 4096 bytes with this field zero. */
} header;

typedef union header_page {
    header fields;
    uint8_t bytes[ALIGNMENT];
} header_page;

_Static_assert(sizeof(header_page) == ALIGNMENT, "the header is one page");

void imx_index_file_name(char out[IMX_INDEX_NAME_BYTES], uint64_t generation) {
    (void)snprintf(out, IMX_INDEX_NAME_BYTES, "index-%" PRIu64 ".imx", generation);
}

static uint64_t header_checksum(const header_page *page) {
    header_page copy = *page;
    copy.fields.checksum = 0;
    return imx_checksum(copy.bytes, sizeof copy.bytes);
}

/* ---- writing ---- */

static uint64_t align(uint64_t offset) { return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

static imgmatch_status fail_write(imgmatch_diag *diag, const char *path) {
    return imx_fail(diag, IMGMATCH_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
}

static imgmatch_status begin_section(section *out, FILE *file, const char *path,
                                     imgmatch_diag *diag) {
    off_t here = ftello(file);
    if (here < 0 || fseeko(file, (off_t)align((uint64_t)here), SEEK_SET) != 0) {
        return fail_write(diag, path);
    }
    out->offset = align((uint64_t)here);
    return IMGMATCH_OK;
}

static imgmatch_status write_section(section *out, FILE *file, const void *bytes, size_t size,
                                     const char *path, imgmatch_diag *diag) {
    imgmatch_status status = begin_section(out, file, path, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    out->size = size;
    out->checksum = imx_checksum(bytes, size);
    return fwrite(bytes, 1, size, file) == size ? IMGMATCH_OK : fail_write(diag, path);
}

/* Checksum a part of the file that was written by FAISS. */
static imgmatch_status sum_part(section *part, int fd, const char *path, imgmatch_diag *diag) {
    imx_checksum_state *state = imx_checksum_new();
    uint8_t *bytes = imx_new_array_raw(COPY_BYTES, 1);
    imgmatch_status status = IMGMATCH_OK;
    if (state == NULL || bytes == NULL) {
        status = imx_fail_memory(diag);
    }
    for (uint64_t done = 0; status == IMGMATCH_OK && done < part->size;) {
        uint64_t left = part->size - done;
        ssize_t got = pread(fd, bytes, left < COPY_BYTES ? (size_t)left : COPY_BYTES,
                            (off_t)(part->offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            status = imx_fail_errno(diag, errno, "read", path);
        } else if (got == 0) {
            status = imx_fail(diag, IMGMATCH_ERR_CATALOGUE, "%s is damaged: it is cut off", path);
        } else {
            imx_checksum_update(state, bytes, (size_t)got);
            done += (uint64_t)got;
        }
    }
    if (status == IMGMATCH_OK) {
        part->checksum = imx_checksum_digest(state);
    }
    imx_checksum_free(state);
    free(bytes);
    return status;
}

static imgmatch_status write_vectors(section *out, FILE *file, const imx_segment *segment,
                                     const char *path, imgmatch_diag *diag) {
    imgmatch_status status = begin_section(out, file, path, diag);
    if (status == IMGMATCH_OK) {
        status = imx_vector_index_write(segment->vectors, file, path, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    off_t end = ftello(file);
    if (end < 0) {
        return fail_write(diag, path);
    }
    out->size = (uint64_t)end - out->offset;
    return sum_part(out, fileno(file), path, diag);
}

static imgmatch_status write_exact(FILE *file, const imx_index_stamp *stamp, const void *what,
                                   const char *path, imgmatch_diag *diag) {
    const imx_segment *segment = what;
    header_page page;
    memset(&page, 0, sizeof page);
    header *fields = &page.fields;
    imx_index_prefix_init(&fields->prefix, IMX_INDEX_FORMAT_EXACT, stamp, segment->row_count);
    /* A page of zeros holds the header's place until all else is there. */
    header_page empty;
    memset(&empty, 0, sizeof empty);
    if (fwrite(empty.bytes, 1, sizeof empty.bytes, file) != sizeof empty.bytes) {
        return fail_write(diag, path);
    }
    const struct {
        const void *bytes;
        size_t size;
    } parts[] = {{segment->seqs, segment->row_count * sizeof *segment->seqs},
                 {segment->views, segment->row_count},
                 {segment->hashes, segment->row_count * IMGMATCH_PDQ_BYTES}};
    imgmatch_status status = IMGMATCH_OK;
    for (size_t i = 0; i < SECTION_VECTORS && status == IMGMATCH_OK; i++) {
        status =
            write_section(&fields->sections[i], file, parts[i].bytes, parts[i].size, path, diag);
    }
    if (status == IMGMATCH_OK) {
        status = write_vectors(&fields->sections[SECTION_VECTORS], file, segment, path, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    fields->checksum = header_checksum(&page);
    if (fseeko(file, 0, SEEK_SET) != 0 ||
        fwrite(page.bytes, 1, sizeof page.bytes, file) != sizeof page.bytes) {
        return fail_write(diag, path);
    }
    return IMGMATCH_OK;
}

static imgmatch_status write_temporary(const char *temporary, const imx_index_stamp *stamp,
                                       imx_index_writer write, const void *what,
                                       imgmatch_diag *diag) {
    FILE *file = fopen(temporary, "w+be");
    if (file == NULL) {
        return imx_fail_errno(diag, errno, "write", temporary);
    }
    imgmatch_status status = write(file, stamp, what, temporary, diag);
    if (status == IMGMATCH_OK && (fflush(file) != 0 || fsync(fileno(file)) != 0)) {
        status = fail_write(diag, temporary);
    }
    if (fclose(file) != 0 && status == IMGMATCH_OK) {
        status = fail_write(diag, temporary);
    }
    return status;
}

imgmatch_status imx_index_file_publish(const char *folder, const imx_index_stamp *stamp,
                                       imx_index_writer write, const void *what,
                                       imgmatch_diag *diag) {
    char name[IMX_INDEX_NAME_BYTES], temporary_name[IMX_INDEX_NAME_BYTES + 8];
    imx_index_file_name(name, stamp->generation);
    (void)snprintf(temporary_name, sizeof temporary_name, "%s" TEMPORARY_SUFFIX, name);
    char *path = imx_file_join(folder, name);
    char *temporary = imx_file_join(folder, temporary_name);
    imgmatch_status status = path == NULL || temporary == NULL
                                 ? imx_fail_memory(diag)
                                 : write_temporary(temporary, stamp, write, what, diag);
    if (status == IMGMATCH_OK && rename(temporary, path) != 0) {
        status = imx_fail_errno(diag, errno, "write", path);
    }
    if (status == IMGMATCH_OK) {
        status = imx_file_sync(folder, diag);
    }
    if (status != IMGMATCH_OK && temporary != NULL) {
        (void)unlink(temporary);
    }
    free(path);
    free(temporary);
    return status;
}

imgmatch_status imx_index_file_write(const char *folder, const imx_index_stamp *stamp,
                                     const imx_segment *segment, imgmatch_diag *diag) {
    return imx_index_file_publish(folder, stamp, write_exact, segment, diag);
}

/* ---- reading ---- */

static imgmatch_status read_exactly(void *bytes, size_t size, uint64_t offset, FILE *file,
                                    const char *path, imgmatch_diag *diag) {
    if (fseeko(file, (off_t)offset, SEEK_SET) != 0) {
        return imx_fail_errno(diag, errno, "read", path);
    }
    if (fread(bytes, 1, size, file) != size) {
        return ferror(file) ? imx_fail_errno(diag, errno, "read", path)
                            : imx_index_fail_damaged(diag, path, "it is cut off");
    }
    return IMGMATCH_OK;
}

/* The sections follow one another, each as large as the row count says, up to the file's end. */
static bool sections_fit(const header *fields, uint64_t file_size) {
    static const uint64_t row_bytes[SECTION_VECTORS] = {8, 1, IMGMATCH_PDQ_BYTES};
    uint64_t end = ALIGNMENT;
    if (fields->prefix.row_count > UINT32_MAX ||
        fields->prefix.item_count > fields->prefix.row_count) {
        return false;
    }
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        const section *part = &fields->sections[i];
        if (part->offset != align(end) || part->size > file_size ||
            (i < SECTION_VECTORS && part->size != fields->prefix.row_count * row_bytes[i])) {
            return false;
        }
        end = part->offset + part->size;
    }
    return end == file_size;
}

static imgmatch_status check_header(const header_page *page, uint64_t file_size,
                                    const imx_index_stamp *stamp, const char *path,
                                    imgmatch_diag *diag) {
    const header *fields = &page->fields;
    if (fields->checksum != header_checksum(page)) {
        return imx_index_fail_damaged(diag, path, "its header does not fit its checksum");
    }
    imgmatch_status status = imx_index_prefix_check(&fields->prefix, stamp, path, diag);
    if (status == IMGMATCH_OK && !sections_fit(fields, file_size)) {
        status = imx_index_fail_damaged(diag, path, "its size is not what its header says");
    }
    return status;
}

static imgmatch_status read_section(void *bytes, const section *part, FILE *file, const char *path,
                                    imgmatch_diag *diag) {
    imgmatch_status status =
        read_exactly(bytes, (size_t)part->size, part->offset, file, path, diag);
    if (status == IMGMATCH_OK && imx_checksum(bytes, (size_t)part->size) != part->checksum) {
        status = imx_index_fail_damaged(diag, path, "a section does not fit its checksum");
    }
    return status;
}

static imgmatch_status read_vectors(imx_segment *segment, const section *part, FILE *file,
                                    const char *path, imgmatch_diag *diag) {
    section found = *part;
    imgmatch_status status = sum_part(&found, fileno(file), path, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (found.checksum != part->checksum) {
        return imx_index_fail_damaged(diag, path, "its vectors do not fit their checksum");
    }
    if (fseeko(file, (off_t)part->offset, SEEK_SET) != 0) {
        return imx_fail_errno(diag, errno, "read", path);
    }
    imx_vector_index_free(segment->vectors);
    segment->vectors = NULL;
    return imx_vector_index_read(&segment->vectors, file, segment->dimension, segment->row_count,
                                 path, diag);
}

static imgmatch_status read_sections(imx_segment *segment, const header *fields, FILE *file,
                                     const char *path, imgmatch_diag *diag) {
    void *const arrays[SECTION_VECTORS] = {segment->seqs, segment->views, segment->hashes};
    imgmatch_status status = IMGMATCH_OK;
    segment->row_count = (size_t)fields->prefix.row_count;
    for (size_t i = 0; i < SECTION_VECTORS && status == IMGMATCH_OK; i++) {
        status = read_section(arrays[i], &fields->sections[i], file, path, diag);
    }
    if (status == IMGMATCH_OK) {
        status = read_vectors(segment, &fields->sections[SECTION_VECTORS], file, path, diag);
    }
    if (status == IMGMATCH_OK) {
        status = imx_segment_seal(segment, diag);
    }
    return status;
}

static imgmatch_status read_exact(imx_segment **out, FILE *file, const header_page *page,
                                  uint64_t file_size, const imx_index_stamp *stamp,
                                  const char *path, imgmatch_diag *diag) {
    imgmatch_status status = check_header(page, file_size, stamp, path, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_segment *segment = NULL;
    status =
        imx_segment_new(&segment, stamp->dimension, (size_t)page->fields.prefix.row_count, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    status = read_sections(segment, &page->fields, file, path, diag);
    if (status == IMGMATCH_OK && !imx_index_rows_are_sound(segment, stamp)) {
        status = imx_index_fail_damaged(diag, path, "its rows are out of order");
    }
    if (status != IMGMATCH_OK) {
        imx_segment_release(segment);
        return status;
    }
    *out = segment;
    return IMGMATCH_OK;
}

static imgmatch_status read_open_file(imx_segment **out, FILE *file, const imx_index_stamp *stamp,
                                      const char *path, imgmatch_diag *diag) {
    struct stat info;
    if (fstat(fileno(file), &info) != 0) {
        return imx_fail_errno(diag, errno, "read", path);
    }
    header_page page;
    imgmatch_status status = read_exactly(page.bytes, sizeof page.bytes, 0, file, path, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    const imx_index_prefix *prefix = &page.fields.prefix;
    if (memcmp(prefix->magic, IMX_INDEX_MAGIC, sizeof prefix->magic) != 0) {
        return imx_index_fail_damaged(diag, path, "it does not begin like an index");
    }
    switch (prefix->format) {
    case IMX_INDEX_FORMAT_EXACT:
        return read_exact(out, file, &page, (uint64_t)info.st_size, stamp, path, diag);
    case IMX_INDEX_FORMAT_LARGE:
        return imx_large_index_read(out, file, page.bytes, (uint64_t)info.st_size, stamp, path,
                                    diag);
    default:
        return imx_index_fail_damaged(diag, path, "it has another format");
    }
}

imgmatch_status imx_index_file_read(imx_segment **out, const char *folder,
                                    const imx_index_stamp *stamp, imgmatch_diag *diag) {
    *out = NULL;
    char name[IMX_INDEX_NAME_BYTES];
    imx_index_file_name(name, stamp->generation);
    char *path = imx_file_join(folder, name);
    if (path == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = IMGMATCH_OK;
    FILE *file = NULL;
    /* O_NONBLOCK: something else of that name must not hang us. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || (file = fdopen(fd, "rb")) == NULL) {
        status = imx_fail_errno(diag, errno, "open", path);
        if (fd >= 0) {
            (void)close(fd);
        }
    } else {
        status = read_open_file(out, file, stamp, path, diag);
        (void)fclose(file);
    }
    free(path);
    return status;
}

void imx_index_file_collect(const char *folder, uint64_t keep_generation) {
    char keep[IMX_INDEX_NAME_BYTES];
    imx_index_file_name(keep, keep_generation);
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        const char *name = entry->d_name;
        size_t digits = strncmp(name, "index-", 6) == 0 ? strspn(name + 6, "0123456789") : 0;
        const char *rest = digits > 0 ? name + 6 + digits : "";
        bool ours = strcmp(rest, ".imx") == 0 || strcmp(rest, ".imx" TEMPORARY_SUFFIX) == 0;
        if (ours && strcmp(name, keep) != 0) {
            (void)unlinkat(dirfd(entries), name, 0);
        }
    }
    (void)closedir(entries);
}
