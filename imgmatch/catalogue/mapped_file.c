#include "catalogue/mapped_file.h"

#include "base/checksum.h"
#include "base/diag.h"
#include "base/memory.h"
#include "catalogue/index_page.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct imx_mapped_file {
    uint8_t *bytes;
    size_t size;
    size_t covered;
    size_t block_count;
    const uint8_t *sums;    /* 8 bytes each, for the blocks from the second on. */
    atomic_uchar *verified; /* One a block. */
    char *path;
};

static size_t blocks_of(uint64_t covered) {
    return (size_t)((covered + IMX_BLOCK_BYTES - 1) / IMX_BLOCK_BYTES);
}

/* ---- writing ---- */

static imgmatch_status sum_blocks(uint64_t *sums, uint64_t covered, int fd, const char *path,
                                  imgmatch_diag *diag) {
    uint8_t block[IMX_BLOCK_BYTES];
    for (size_t i = 1; i < blocks_of(covered); i++) {
        uint64_t start = (uint64_t)i * IMX_BLOCK_BYTES;
        size_t size = covered - start < sizeof block ? (size_t)(covered - start) : sizeof block;
        for (size_t done = 0; done < size;) {
            ssize_t got = pread(fd, block + done, size - done, (off_t)(start + done));
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got <= 0) {
                return imx_fail_errno(diag, got < 0 ? errno : EIO, "read", path);
            }
            done += (size_t)got;
        }
        sums[i - 1] = imx_checksum(block, size);
    }
    return IMGMATCH_OK;
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

static imgmatch_status map(imx_mapped_file *self, int fd, const imx_block_table *table,
                           imgmatch_diag *diag) {
    void *bytes = mmap(NULL, self->size, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        return imx_fail_errno(diag, errno, "map", self->path);
    }
    self->bytes = bytes;
    self->sums = self->bytes + self->covered;
    if (imx_checksum(self->sums, self->size - self->covered) != table->checksum) {
        return imx_index_fail_damaged(diag, self->path,
                                      "its table of checksums does not fit its own");
    }
    /* Entries are looked up here and there; reading ahead would fetch what nobody wants. */
    (void)madvise(bytes, self->size, MADV_RANDOM);
    return IMGMATCH_OK;
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
    imgmatch_status status = self->path == NULL || self->verified == NULL
                                 ? imx_fail_memory(diag)
                                 : map(self, fd, table, diag);
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
    free(file->verified);
    free(file->path);
    free(file);
}

void *imx_mapped_file_at(const imx_mapped_file *file, uint64_t offset) {
    return file->bytes + offset;
}

static bool block_fits(const imx_mapped_file *file, size_t block) {
    size_t start = block * IMX_BLOCK_BYTES;
    size_t left = file->covered - start;
    uint64_t sum;
    memcpy(&sum, file->sums + 8 * (block - 1), sizeof sum);
    return imx_checksum(file->bytes + start, left < IMX_BLOCK_BYTES ? left : IMX_BLOCK_BYTES) ==
           sum;
}

imgmatch_status imx_mapped_file_verify(const imx_mapped_file *file, const void *bytes, size_t size,
                                       imgmatch_diag *diag) {
    size_t start = (size_t)((const uint8_t *)bytes - file->bytes);
    for (size_t block = start / IMX_BLOCK_BYTES; block * IMX_BLOCK_BYTES < start + size; block++) {
        /* Relaxed: the bytes never change, so nothing is handed over. Two threads may both look. */
        if (atomic_load_explicit(&file->verified[block], memory_order_relaxed) != 0) {
            continue;
        }
        if (!block_fits(file, block)) {
            return imx_index_fail_damaged(diag, file->path, "a block does not fit its checksum");
        }
        atomic_store_explicit(&file->verified[block], 1, memory_order_relaxed);
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_mapped_file_verify_all(const imx_mapped_file *file, imgmatch_diag *diag) {
    return imx_mapped_file_verify(file, file->bytes + IMX_BLOCK_BYTES,
                                  file->covered - IMX_BLOCK_BYTES, diag);
}
