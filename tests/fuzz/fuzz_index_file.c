/*
 * A main index file with any damage. An input is laid over a sound file by exclusive or (so zeros
 * change nothing), after a byte that says how: bit 0 makes the header's checksum right again, bit 1
 * those of the blocks, bit 2 alone of bits 2, 5, 6 and 7 cuts the file at 16 times the next two
 * bytes, bits 3 and 4 take an index of lists or one with a graph instead of an exact one.
 *
 * The sound files are written once, megabytes for the tables of hashes; a run changes some blocks
 * of one in its place, and puts them back.
 */
#include "fuzz.h"

#include "base/checksum.h"
#include "base/half.h"
#include "catalogue/main_index_format.h"
#include "integration/catalogue/samples.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIMENSION 4u
#define ROWS 6u

static const imx_index_stamp stamp = {.catalogue_number = 7,
                                      .generation = 3,
                                      .covered_seq = 9,
                                      .item_count = 4,
                                      .dimension = DIMENSION};

#define KINDS 3
static const imgmatch_index_kind kinds[KINDS] = {IMGMATCH_INDEX_EXACT, IMGMATCH_INDEX_IVF,
                                                 IMGMATCH_INDEX_HNSW};

/* A sound file, and what is on the disk now. */
typedef struct index_file {
    char folder[96];
    int fd;
    size_t size;
    uint8_t *sound;
    uint8_t *now;
    bool *touched; /* Blocks of `now` that differ. */
    imx_main_fields fields;
} index_file;

static void fill(imx_bulk *bulk) {
    static const int64_t seqs[ROWS] = {1, 1, 4, 7, 7, 9};
    static const int views[ROWS] = {0, 1, 0, 0, 1, 0};
    imx_random random = {5};
    for (size_t i = 0; i < ROWS; i++) {
        imgmatch_pdq pdq;
        float direction[DIMENSION];
        uint16_t halves[DIMENSION];
        sample_hash(&pdq, &random);
        sample_direction(direction, DIMENSION, &random);
        imx_half_from_float(halves, direction, DIMENSION);
        imx_index_row row = {.seq = seqs[i],
                             .rank = 100 - (uint64_t)seqs[i],
                             .view = views[i],
                             .hash = pdq.hash,
                             .halves = halves};
        fuzz_require(imx_bulk_append(bulk, &row, NULL) == IMGMATCH_OK);
    }
}

static void write_file(const char *folder, imgmatch_index_kind kind) {
    imx_bulk bulk = {.dimension = DIMENSION};
    imx_entry_plan plan;
    fill(&bulk);
    fuzz_require(imx_entry_plan_make(&plan, &bulk, kind == IMGMATCH_INDEX_IVF, NULL) ==
                 IMGMATCH_OK);
    imx_main_source source = {.kind = kind, .bulk = &bulk, .plan = &plan};
    fuzz_require(imx_index_file_publish(folder, &stamp, imx_main_index_write, &source, NULL) ==
                 IMGMATCH_OK);
    imx_entry_plan_free(&plan);
    imx_bulk_free(&bulk);
}

static void make_file(index_file *out, int which) {
    char path[128];
    (void)snprintf(out->folder, sizeof out->folder, "%s/%d", fuzz_folder(), which);
    (void)snprintf(path, sizeof path, "%s/index-3.imx", out->folder);
    fuzz_require(mkdir(out->folder, 0700) == 0);
    write_file(out->folder, kinds[which]);
    out->sound = sample_read_file(&out->size, path);
    fuzz_require(out->sound != NULL && out->size > 4 * IMX_BLOCK_BYTES);
    out->now = malloc(out->size);
    out->touched = calloc(out->size / IMX_BLOCK_BYTES + 1, sizeof *out->touched);
    out->fd = open(path, O_RDWR | O_CLOEXEC);
    fuzz_require(out->now != NULL && out->touched != NULL && out->fd >= 0);
    memcpy(out->now, out->sound, out->size);
    memcpy(&out->fields, out->sound, sizeof out->fields);
}

static index_file *file_of(int which) {
    static index_file files[KINDS];
    if (files[which].sound == NULL) {
        make_file(&files[which], which);
    }
    return &files[which];
}

static void touch(index_file *file, size_t at, size_t size) {
    for (size_t block = at / IMX_BLOCK_BYTES; block * IMX_BLOCK_BYTES < at + size; block++) {
        file->touched[block] = true;
    }
}

static void overlay(index_file *file, uint64_t at, uint64_t size, fuzz_input *input) {
    size_t count = size < input->left ? (size_t)size : input->left;
    for (size_t i = 0; i < count; i++) {
        file->now[at + i] ^= fuzz_take_byte(input);
    }
    touch(file, (size_t)at, count);
}

/* Of the tables of hashes, which would take the whole input, the start. */
#define TABLE_BYTES 64u

static void overlay_all(index_file *file, fuzz_input *input) {
    const imx_main_fields *sound = &file->fields;
    overlay(file, 0, sizeof *sound, input);
    for (size_t i = 0; i < MAIN_SECTION_COUNT; i++) {
        uint64_t size = sound->sections[i].size;
        uint64_t most = i == MAIN_TABLE_STARTS ? TABLE_BYTES : IMX_BLOCK_BYTES;
        overlay(file, sound->sections[i].offset, size < most ? size : most, input);
    }
    overlay(file, sound->table.covered, 16, input);
}

static void seal(index_file *file, bool blocks, bool header) {
    size_t covered = (size_t)file->fields.table.covered;
    size_t count = (covered - 1) / IMX_BLOCK_BYTES; /* But for the header's. */
    imx_main_page page;
    memcpy(page.bytes, file->now, sizeof page.bytes);
    for (size_t i = 0; blocks && i < count; i++) {
        size_t at = (i + 1) * IMX_BLOCK_BYTES, left = covered - at;
        if (file->touched[i + 1]) {
            uint64_t sum =
                imx_checksum(file->now + at, left < IMX_BLOCK_BYTES ? left : IMX_BLOCK_BYTES);
            memcpy(file->now + covered + 8 * i, &sum, sizeof sum);
            touch(file, covered + 8 * i, sizeof sum);
        }
    }
    if (blocks) {
        page.fields.table.checksum = imx_checksum(file->now + covered, 8 * count);
    }
    if (header) {
        page.fields.checksum = imx_main_page_checksum(&page);
    }
    memcpy(file->now, page.bytes, sizeof page.bytes);
    touch(file, 0, sizeof page.bytes);
}

/* Bring the blocks that were touched to the disk. */
static void write_touched(const index_file *file) {
    for (size_t at = 0; at < file->size; at += IMX_BLOCK_BYTES) {
        size_t left = file->size - at;
        size_t size = left < IMX_BLOCK_BYTES ? left : IMX_BLOCK_BYTES;
        if (file->touched[at / IMX_BLOCK_BYTES]) {
            fuzz_require(pwrite(file->fd, file->now + at, size, (off_t)at) == (ssize_t)size);
        }
    }
}

static void cut(index_file *file, size_t size) {
    if (size < file->size) {
        fuzz_require(ftruncate(file->fd, (off_t)size) == 0);
        touch(file, size, file->size - size);
    }
}

static void restore(index_file *file) {
    for (size_t at = 0; at < file->size; at += IMX_BLOCK_BYTES) {
        size_t left = file->size - at;
        if (file->touched[at / IMX_BLOCK_BYTES]) {
            memcpy(file->now + at, file->sound + at,
                   left < IMX_BLOCK_BYTES ? left : IMX_BLOCK_BYTES);
        }
    }
    write_touched(file);
    memset(file->touched, 0, file->size / IMX_BLOCK_BYTES + 1);
}

/* Searching relies on what reading checked, and checks the rest. */
static void search(const imx_segment *segment) {
    const float query[DIMENSION] = {1, 0, 0, 0};
    const imx_seq_set gone = {0};
    imgmatch_pdq pdq = {.quality = 50};
    imx_hash_query hash_query;
    imx_nearest nearest;
    fuzz_require(segment->row_count == ROWS && segment->item_count == stamp.item_count);
    fuzz_require(imx_nearest_init(&nearest, ROWS));
    imgmatch_status status =
        imx_segment_search_embeddings(&nearest, segment, query, 1, &gone, NULL);
    fuzz_require(status == IMGMATCH_OK || status == IMGMATCH_ERR_CATALOGUE);
    fuzz_require(nearest.count <= segment->item_count);
    imx_nearest_free(&nearest);
    fuzz_require(imx_nearest_init(&nearest, ROWS));
    imx_hash_query_init(&hash_query, &pdq, 1);
    status = imx_segment_search_hash(&nearest, segment, &hash_query, 256, &gone, NULL);
    fuzz_require(status == IMGMATCH_ERR_CATALOGUE ||
                 (status == IMGMATCH_OK && nearest.count == segment->item_count));
    imx_nearest_free(&nearest);
    for (size_t row = 0; row < ROWS; row++) {
        const uint16_t *halves = NULL;
        status = imx_main_index_row_halves(&halves, segment, row, NULL);
        fuzz_require((status == IMGMATCH_OK) == (halves != NULL));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, size};
    uint8_t how = fuzz_take_byte(&input);
    index_file *file = file_of(how & 16 ? 2 : how & 8 ? 1 : 0);
    size_t kept = (how & 0xE4) == 4 ? (size_t)fuzz_take_u16(&input) * 16 : file->size;
    overlay_all(file, &input);
    seal(file, how & 2, how & 1);
    write_touched(file);
    cut(file, kept);
    imx_segment *segment = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_index_file_read(&segment, file->folder, &stamp, &diag);
    if (status == IMGMATCH_OK) {
        search(segment);
        imx_segment_release(segment);
    } else {
        fuzz_require(status == IMGMATCH_ERR_CATALOGUE && segment == NULL);
        fuzz_require(diag.message[0] != '\0');
    }
    restore(file);
    return 0;
}
