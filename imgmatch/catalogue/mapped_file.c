#include "catalogue/mapped_file.h"

#include "base/checksum.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/memory.h"
#include "catalogue/index_page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Blocks that are verified at a time. */
#define VERIFY_BLOCKS 8u

struct imx_mapped_file {
    int fd;
    uint8_t *bytes;
    size_t size;
    size_t covered;
    size_t block_count;
    uint64_t *sums;         /* Of the blocks from the second on. */
    atomic_uchar *verified; /* One a block. */
    char *path;
};

static size_t blocks_of(uint64_t covered) {
    return (size_t)((covered + IMX_BLOCK_BYTES - 1) / IMX_BLOCK_BYTES);
}

static imgmatch_status read_at(uint8_t *bytes, size_t size, uint64_t offset, int fd,
                               const char *path, imgmatch_diag *diag) {
    size_t got;
    int error = imx_file_read_at(&got, bytes, size, fd, offset);
    if (error != 0) {
        return imx_fail_errno(diag, error, "read", path);
    }
    return got == size ? IMGMATCH_OK : imx_index_fail_damaged(diag, path, "it is cut off");
}

/* ---- writing ---- */

static imgmatch_status sum_blocks(uint64_t *sums, uint64_t covered, int fd, const char *path,
                                  imgmatch_diag *diag) {
    uint8_t block[IMX_BLOCK_BYTES];
    imgmatch_status status = IMGMATCH_OK;
    for (size_t i = 1; i < blocks_of(covered) && status == IMGMATCH_OK; i++) {
        uint64_t start = (uint64_t)i * IMX_BLOCK_BYTES;
        size_t size = covered - start < sizeof block ? (size_t)(covered - start) : sizeof block;
        status = read_at(block, size, start, fd, path, diag);
        sums[i - 1] = status == IMGMATCH_OK ? imx_checksum(block, size) : 0;
    }
    return status;
}

imgmatch_status imx_mapped_file_finish(imx_block_table *out, FILE *file, const char *path,
                                       imgmatch_diag *diag) {
    *out = (imx_block_table){.covered = 0};
    off_t end = ftello(file);
    if (fflush(file) != 0 || end < (off_t)IMX_BLOCK_BYTES) {
        return imx_fail_errno(diag, errno, "write", path);
    }
    size_t count = blocks_of((uint64_t)end) - 1;
    uint64_t *sums = imx_new_array(count + 1, sizeof *sums);
    if (sums == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = sum_blocks(sums, (uint64_t)end, fileno(file), path, diag);
    if (status == IMGMATCH_OK && fwrite(sums, sizeof *sums, count, file) != count) {
        status = imx_fail_errno(diag, errno, "write", path);
    }
    if (status == IMGMATCH_OK) {
        out->covered = (uint64_t)end;
        out->checksum = imx_checksum(sums, count * sizeof *sums);
    }
    free(sums);
    return status;
}

/* ---- reading ---- */

static imgmatch_status map(imx_mapped_file *self, int fd, imgmatch_diag *diag) {
    self->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (self->fd < 0) {
        return imx_fail_errno(diag, errno, "open", self->path);
    }
    void *bytes = mmap(NULL, self->size, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        return imx_fail_errno(diag, errno, "map", self->path);
    }
    self->bytes = bytes;
    /* Entries are looked up here and there; reading ahead would fetch what nobody wants. */
    (void)madvise(bytes, self->size, MADV_RANDOM);
    return IMGMATCH_OK;
}

static imgmatch_status read_table(imx_mapped_file *self, const imx_block_table *table,
                                  imgmatch_diag *diag) {
    size_t size = self->size - self->covered;
    imgmatch_status status =
        read_at((uint8_t *)self->sums, size, self->covered, self->fd, self->path, diag);
    if (status == IMGMATCH_OK && imx_checksum(self->sums, size) != table->checksum) {
        status =
            imx_index_fail_damaged(diag, self->path, "its table of checksums does not fit its own");
    }
    return status;
}

imgmatch_status imx_mapped_file_new(imx_mapped_file **out, int fd, uint64_t size,
                                    const imx_block_table *table, const char *path,
                                    imgmatch_diag *diag) {
    *out = NULL;
    if (table->covered < IMX_BLOCK_BYTES || table->covered > size ||
        size - table->covered != 8 * ((uint64_t)blocks_of(table->covered) - 1)) {
        return imx_index_fail_damaged(diag, path, "its size is not what its header says");
    }
    imx_mapped_file *self = imx_new_array(1, sizeof *self);
    if (self == NULL) {
        return imx_fail_memory(diag);
    }
    self->size = (size_t)size;
    self->covered = (size_t)table->covered;
    self->block_count = blocks_of(table->covered);
    self->path = imx_copy_text(path);
    self->verified = imx_new_array(self->block_count, sizeof *self->verified);
    self->sums = imx_new_array_raw(self->block_count, sizeof *self->sums);
    self->fd = -1;
    imgmatch_status status = self->path == NULL || self->verified == NULL || self->sums == NULL
                                 ? imx_fail_memory(diag)
                                 : map(self, fd, diag);
    if (status == IMGMATCH_OK) {
        status = read_table(self, table, diag);
    }
    if (status != IMGMATCH_OK) {
        imx_mapped_file_free(self);
        return status;
    }
    *out = self;
    return IMGMATCH_OK;
}

void imx_mapped_file_free(imx_mapped_file *file) {
    if (file == NULL) {
        return;
    }
    if (file->bytes != NULL) {
        (void)munmap(file->bytes, file->size);
    }
    if (file->fd >= 0) {
        (void)close(file->fd);
    }
    free(file->verified);
    free(file->sums);
    free(file->path);
    free(file);
}

void *imx_mapped_file_at(const imx_mapped_file *file, uint64_t offset) {
    return file->bytes + offset;
}

/* Relaxed throughout: the bytes never change, so nothing is handed over. Two threads may both look.
 */
static bool is_verified(const imx_mapped_file *file, size_t block) {
    return atomic_load_explicit(&file->verified[block], memory_order_relaxed) != 0;
}

/* `bytes` has room for the blocks. Read from the file, not through the mapping: what cannot be
 * read, or is not there any more, is an error here and a signal there. */
static imgmatch_status read_blocks(uint8_t *bytes, const imx_mapped_file *file, size_t first,
                                   size_t count, imgmatch_diag *diag) {
    size_t start = first * IMX_BLOCK_BYTES, left = file->covered - start;
    size_t size = left < count * IMX_BLOCK_BYTES ? left : count * IMX_BLOCK_BYTES;
    imgmatch_status status = read_at(bytes, size, start, file->fd, file->path, diag);
    for (size_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        size_t at = i * IMX_BLOCK_BYTES;
        size_t block_size = size - at < IMX_BLOCK_BYTES ? size - at : IMX_BLOCK_BYTES;
        if (imx_checksum(bytes + at, block_size) != file->sums[first + i - 1]) {
            status = imx_index_fail_damaged(diag, file->path, "a block does not fit its checksum");
        } else {
            atomic_store_explicit(&file->verified[first + i], 1, memory_order_relaxed);
        }
    }
    return status;
}

static imgmatch_status verify_blocks(const imx_mapped_file *file, size_t first, size_t count,
                                     imgmatch_diag *diag) {
    uint8_t bytes[VERIFY_BLOCKS * IMX_BLOCK_BYTES];
    return read_blocks(bytes, file, first, count, diag);
}

imgmatch_status imx_mapped_file_verify(const imx_mapped_file *file, const void *bytes, size_t size,
                                       imgmatch_diag *diag) {
    size_t start = (size_t)((const uint8_t *)bytes - file->bytes);
    size_t end = (start + size + IMX_BLOCK_BYTES - 1) / IMX_BLOCK_BYTES;
    imgmatch_status status = IMGMATCH_OK;
    for (size_t block = start / IMX_BLOCK_BYTES; block < end && status == IMGMATCH_OK;) {
        size_t count = 0;
        while (count < VERIFY_BLOCKS && block + count < end && !is_verified(file, block + count)) {
            count++;
        }
        if (count > 0) {
            status = verify_blocks(file, block, count, diag);
        }
        block += count > 0 ? count : 1;
    }
    return status;
}

imgmatch_status imx_mapped_file_copy(void *out, const imx_mapped_file *file, const void *bytes,
                                     size_t size, imgmatch_diag *diag) {
    imgmatch_status status = imx_mapped_file_verify(file, bytes, size, diag);
    uint64_t offset = (uint64_t)((const uint8_t *)bytes - file->bytes);
    return status == IMGMATCH_OK ? read_at(out, size, offset, file->fd, file->path, diag) : status;
}

imgmatch_status imx_mapped_file_read_end(uint8_t *out, const imx_mapped_file *file, uint64_t offset,
                                         imgmatch_diag *diag) {
    imgmatch_status status = IMGMATCH_OK;
    size_t first = (size_t)(offset / IMX_BLOCK_BYTES);
    for (size_t block = first; block < file->block_count && status == IMGMATCH_OK;) {
        size_t left = file->block_count - block;
        size_t count = left < VERIFY_BLOCKS ? left : VERIFY_BLOCKS;
        status = read_blocks(out + (block - first) * IMX_BLOCK_BYTES, file, block, count, diag);
        block += count;
    }
    return status;
}

imgmatch_status imx_mapped_file_verify_all(const imx_mapped_file *file, imgmatch_diag *diag) {
    return imx_mapped_file_verify(file, file->bytes + IMX_BLOCK_BYTES,
                                  file->covered - IMX_BLOCK_BYTES, diag);
}

imgmatch_status imx_mapped_file_check(const imx_mapped_file *file, imgmatch_diag *diag) {
    struct stat info;
    if (fstat(file->fd, &info) != 0) {
        return imx_fail_errno(diag, errno, "read", file->path);
    }
    if (info.st_size < 0 || (uint64_t)info.st_size < file->size) {
        return imx_index_fail_damaged(diag, file->path, "it was cut off while it was in use");
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_mapped_file_fail_changed(const imx_mapped_file *file, imgmatch_diag *diag) {
    return imx_index_fail_damaged(diag, file->path, "it was changed while it was in use");
}
