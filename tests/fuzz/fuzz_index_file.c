/*
 * A main index file with any damage. An input is laid over a sound file by exclusive or (so zeros
 * change nothing), after a byte that says how: bit 0 makes the header's checksum right again, bit 1
 * those of the blocks, bit 2 cuts the file at 16 times the next two bytes, bit 3 takes an index of
 * lists instead of an exact one. (Graphs are FAISS's own bytes, whose checksums keep: no byte that
 * fails them may reach FAISS.)
 */
#include "fuzz.h"

#include "base/checksum.h"
#include "base/half.h"
#include "catalogue/main_index_format.h"
#include "integration/catalogue/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIMENSION 4u
#define ROWS 6u

static const imx_index_stamp stamp = {.catalogue_number = 7,
                                      .generation = 3,
                                      .covered_seq = 9,
                                      .item_count = 4,
                                      .dimension = DIMENSION};

static void index_path(char out[128]) { (void)snprintf(out, 128, "%s/index-3.imx", fuzz_folder()); }

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

static void write_file(imgmatch_index_kind kind) {
    imx_bulk bulk = {.dimension = DIMENSION};
    imx_entry_plan plan;
    fill(&bulk);
    fuzz_require(imx_entry_plan_make(&plan, &bulk, kind == IMGMATCH_INDEX_IVF, NULL) ==
                 IMGMATCH_OK);
    imx_main_source source = {.kind = kind, .bulk = &bulk, .plan = &plan};
    fuzz_require(imx_index_file_publish(fuzz_folder(), &stamp, imx_main_index_write, &source,
                                        NULL) == IMGMATCH_OK);
    imx_entry_plan_free(&plan);
    imx_bulk_free(&bulk);
}

/* The bytes of a sound file. */
static const uint8_t *sound_file(size_t *size, bool lists) {
    static uint8_t *bytes[2];
    static size_t sizes[2];
    if (bytes[lists] == NULL) {
        char path[128];
        index_path(path);
        write_file(lists ? IMGMATCH_INDEX_IVF : IMGMATCH_INDEX_EXACT);
        bytes[lists] = sample_read_file(&sizes[lists], path);
        fuzz_require(bytes[lists] != NULL && sizes[lists] > 4 * IMX_BLOCK_BYTES);
    }
    *size = sizes[lists];
    return bytes[lists];
}

static void overlay(uint8_t *bytes, size_t size, fuzz_input *input) {
    for (size_t i = 0; i < size && input->left > 0; i++) {
        bytes[i] ^= fuzz_take_byte(input);
    }
}

/* The sections of small catalogues: the tables of hashes would take the whole input. */
static void overlay_all(uint8_t *bytes, const imx_main_fields *sound, fuzz_input *input) {
    overlay(bytes, sizeof *sound, input);
    for (size_t i = 0; i < MAIN_SECTION_COUNT; i++) {
        uint64_t size = sound->sections[i].size;
        overlay(bytes + sound->sections[i].offset,
                size < IMX_BLOCK_BYTES ? (size_t)size : IMX_BLOCK_BYTES, input);
    }
    overlay(bytes + sound->table.covered, 16, input);
}

static void seal(uint8_t *bytes, const imx_main_fields *sound, bool blocks, bool header) {
    imx_main_page page;
    memcpy(page.bytes, bytes, sizeof page.bytes);
    size_t count = 0;
    for (size_t at = IMX_BLOCK_BYTES; blocks && at < sound->table.covered; at += IMX_BLOCK_BYTES) {
        size_t left = (size_t)sound->table.covered - at;
        uint64_t sum = imx_checksum(bytes + at, left < IMX_BLOCK_BYTES ? left : IMX_BLOCK_BYTES);
        memcpy(bytes + sound->table.covered + 8 * count, &sum, sizeof sum);
        count++;
    }
    if (blocks) {
        page.fields.table.checksum = imx_checksum(bytes + sound->table.covered, 8 * count);
    }
    if (header) {
        page.fields.checksum = imx_main_page_checksum(&page);
    }
    memcpy(bytes, page.bytes, sizeof page.bytes);
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
    imgmatch_status status = imx_segment_search_embedding(&nearest, segment, query, &gone, NULL);
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
    size_t file_size;
    const uint8_t *sound = sound_file(&file_size, how & 8);
    imx_main_fields fields;
    memcpy(&fields, sound, sizeof fields);
    uint8_t *bytes = malloc(file_size);
    fuzz_require(bytes != NULL);
    memcpy(bytes, sound, file_size);
    size_t kept = how & 4 ? (size_t)fuzz_take_u16(&input) * 16 : file_size;
    overlay_all(bytes, &fields, &input);
    seal(bytes, &fields, how & 2, how & 1);
    char path[128];
    index_path(path);
    fuzz_require(sample_write_file(path, bytes, kept < file_size ? kept : file_size));
    free(bytes);
    imx_segment *segment = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_index_file_read(&segment, fuzz_folder(), &stamp, &diag);
    if (status == IMGMATCH_OK) {
        search(segment);
        imx_segment_release(segment);
    } else {
        fuzz_require(status == IMGMATCH_ERR_CATALOGUE && segment == NULL);
        fuzz_require(diag.message[0] != '\0');
    }
    return 0;
}
