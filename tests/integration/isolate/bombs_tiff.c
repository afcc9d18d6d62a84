#include "bombs_made.h"

#include "made_files/bytes.h"
#include "made_files/jpeg_file.h"

#define MOST_BYTES (64u << 20)
#define DEFLATE 8
#define JPEG 7
#define JBIG 34661
/* A directory of put_picture: its entries and bytes; 8 are the file's header. */
#define ENTRIES 11u
#define DIRECTORY_BYTES (2 + ENTRIES * 12 + 4)
#define MEGABYTE (1u << 20)

typedef struct picture {
    uint32_t side;
    uint32_t tile_width; /* 0: one strip. */
    uint32_t tile_height;
    unsigned bits;
    unsigned compression;
    unsigned samples;
    uint32_t units; /* Strips or tiles. */
} picture;

static void put_entries(imx_buffer *out, unsigned tag, unsigned type, uint32_t count,
                        uint32_t value) {
    put_number(out, tag, 2, false);
    put_number(out, type, 2, false);
    put_number(out, count, 4, false);
    put_number(out, value, 4, false);
}

static void put_entry(imx_buffer *out, unsigned tag, unsigned type, uint32_t value) {
    put_entries(out, tag, type, 1, value);
}

/* The entries of a picture whose units begin at `data` or, when there are more, whose places and
 * sizes lie there. */
static void put_picture(imx_buffer *out, const picture *what, uint32_t data, uint32_t size) {
    bool tiled = what->tile_width > 0;
    bool many = what->units > 1;
    put_entry(out, 256, 4, what->side);
    put_entry(out, 257, 4, what->side);
    put_entry(out, 258, 3, what->bits);
    put_entry(out, 259, 3, what->compression);
    put_entry(out, 262, 3, what->samples == 3 ? 2 : 1);
    if (!tiled) {
        put_entry(out, 273, 4, data);
    }
    put_entry(out, 277, 3, what->samples);
    if (!tiled) {
        put_entry(out, 278, 4, what->side);
        put_entry(out, 279, 4, size);
        put_entry(out, 296, 3, 1);
        put_entry(out, 296, 3, 1);
        return;
    }
    put_entry(out, 284, 3, 1);
    put_entry(out, 322, 4, what->tile_width);
    put_entry(out, 323, 4, what->tile_height);
    put_entries(out, 324, 4, what->units, data);
    put_entries(out, 325, 4, what->units, many ? data + 4 * what->units : size);
}

/* A file of one directory; the units come behind it and are all the same bytes. */
static void put_file(imx_buffer *out, const picture *what, const imx_buffer *unit) {
    uint32_t data = 8 + DIRECTORY_BYTES;
    put(out, "II*\0\x08\0\0\0", 8);
    put_number(out, ENTRIES, 2, false);
    put_picture(out, what, data, (uint32_t)unit->size);
    put_number(out, 0, 4, false);
    uint32_t place = data + 8 * what->units;
    for (uint32_t i = 0; what->units > 1 && i < 2 * what->units; i++) {
        put_number(out, i < what->units ? place : unit->size, 4, false);
    }
    put(out, unit->bytes, unit->size);
}

/* Deflate that holds one byte. */
static void put_hollow_file(imx_buffer *out, const picture *what) {
    imx_buffer unit;
    imx_buffer_init(&unit, 64);
    put(&unit, "\x78\x9C\x63\x00\x00\x00\x01\x00\x01", 9);
    put_file(out, what, &unit);
    imx_buffer_free(&unit);
}

void make_tiff_of_huge_strip(imx_buffer *out) {
    put_hollow_file(out, &(picture){50000, 0, 0, 8, DEFLATE, 1, 1});
}

/* Within the limits by its header, but the strip breaks off at once. */
void make_tiff_of_hollow_strip(imx_buffer *out) {
    put_hollow_file(out, &(picture){9900, 0, 0, 8, DEFLATE, 1, 1});
}

void make_tiff_of_many_samples(imx_buffer *out) {
    put_hollow_file(out, &(picture){9900, 0, 0, 32, DEFLATE, 9999, 1});
}

void make_tiff_of_huge_tile(imx_buffer *out) {
    put_hollow_file(out, &(picture){64, 9984, 9984, 8, DEFLATE, 1, 1});
}

/* Rows of tiles that are as high as the picture: all of it at 12 bytes a pixel is held. */
void make_tiff_of_tall_tiles(imx_buffer *out) {
    put_hollow_file(out, &(picture){9984, 16, 9984, 32, DEFLATE, 3, 624});
}

void make_tiff_of_tiny_tiles(imx_buffer *out) {
    put_hollow_file(out, &(picture){1000, 1, 1, 8, DEFLATE, 1, 1000000});
}

/* Every one of 3,906 tiles is the same four megabytes, of which it needs 256 bytes. */
void make_tiff_of_shared_tiles(imx_buffer *out) {
    imx_buffer unit;
    imx_buffer_init(&unit, MOST_BYTES);
    put_zeros(&unit, 4 * MEGABYTE);
    put_file(out, &(picture){1000, 16, 16, 8, 1, 1, 3969}, &unit);
    imx_buffer_free(&unit);
}

static void put_big_entries(imx_buffer *out, unsigned tag, unsigned type, uint64_t count,
                            uint64_t value) {
    put_number(out, tag, 2, false);
    put_number(out, type, 2, false);
    put_number(out, count, 8, false);
    put_number(out, value, 8, false);
}

/* 4,096 tiles are the same JPEG with a megabyte of fill bytes. BigTIFF counts with 64 bits: as many
 * bytes of tables as make 0 of the sum of both, if it wraps, for each tile. */
void make_big_tiff_of_shared_jpegs(imx_buffer *out) {
    enum { SIDE = 1024, TILES = 4096, HEAD = 16, COUNT = 11 };
    imx_buffer jpeg;
    imx_buffer_init(&jpeg, 4096);
    put_jpeg(&jpeg, 16, 1, 0, NULL);
    uint64_t bytes = jpeg.size + MEGABYTE;
    put(out, "II+\0\x08\0\0\0", 8);
    put_number(out, HEAD + bytes + 6 * TILES, 8, false);
    put(out, jpeg.bytes, 2);
    for (uint32_t i = 0; i < MEGABYTE; i++) {
        put(out, "\xFF", 1);
    }
    put(out, jpeg.bytes + 2, jpeg.size - 2);
    for (uint32_t i = 0; i < 2 * TILES; i++) {
        put_number(out, i < TILES ? HEAD : bytes, i < TILES ? 2 : 4, false);
    }
    put_number(out, COUNT, 8, false);
    put_big_entries(out, 256, 4, 1, SIDE);
    put_big_entries(out, 257, 4, 1, SIDE);
    put_big_entries(out, 258, 3, 1, 8);
    put_big_entries(out, 259, 3, 1, JPEG);
    put_big_entries(out, 262, 3, 1, 1);
    put_big_entries(out, 277, 3, 1, 1);
    put_big_entries(out, 322, 3, 1, 16);
    put_big_entries(out, 323, 3, 1, 16);
    put_big_entries(out, 324, 3, TILES, HEAD + bytes);
    put_big_entries(out, 325, 4, TILES, HEAD + bytes + 2 * TILES);
    put_big_entries(out, 347, 7, 0 - bytes, HEAD);
    put_number(out, 0, 8, false);
    imx_buffer_free(&jpeg);
}

/* One place for 64 strips, which all have a size: the others show the file's first bytes. */
void make_tiff_of_missing_strips(imx_buffer *out) {
    enum { SIDE = 64, HEAD = 8, COUNT = 8, PIXELS = SIDE * SIDE };
    put(out, "II*\0", 4);
    put_number(out, HEAD + PIXELS + 4 * SIDE, 4, false);
    put_zeros(out, PIXELS);
    for (uint32_t i = 0; i < SIDE; i++) {
        put_number(out, SIDE, 4, false);
    }
    put_number(out, COUNT, 2, false);
    put_entry(out, 256, 4, SIDE);
    put_entry(out, 257, 4, SIDE);
    put_entry(out, 258, 3, 8);
    put_entry(out, 262, 3, 1);
    put_entry(out, 273, 4, HEAD);
    put_entry(out, 277, 3, 1);
    put_entry(out, 278, 4, 1);
    put_entries(out, 279, 4, SIDE, HEAD + PIXELS);
    put_number(out, 0, 4, false);
}

static void put_jpeg_file(imx_buffer *out, const picture *what, unsigned side, unsigned components,
                          unsigned more_scans) {
    imx_buffer unit;
    imx_buffer_init(&unit, MOST_BYTES);
    put_jpeg(&unit, side, components, more_scans, NULL);
    put_file(out, what, &unit);
    imx_buffer_free(&unit);
}

/* The room for a tile is for the colours of the directory: rows of ten would be written to it. */
void make_tiff_with_jpeg_of_ten_colours(imx_buffer *out) {
    imx_buffer file;
    imx_buffer_init(&file, MOST_BYTES);
    put_jpeg_file(&file, &(picture){64, 64, 64, 8, JPEG, 1, 1}, 64, 10, 0);
    /* A mask (4) is a kind of picture for which libvips leaves the colours to the JPEG. */
    put(out, file.bytes, 8 + 2 + 4 * 12 + 8);
    put_number(out, 4, 4, false);
    put(out, file.bytes + 8 + 2 + 5 * 12, file.size - (8 + 2 + 5 * 12));
    imx_buffer_free(&file);
}

void make_tiff_with_huge_jpeg(imx_buffer *out) {
    put_jpeg_file(out, &(picture){64, 64, 64, 8, JPEG, 1, 1}, 4096, 1, 1);
    out->bytes[out->size - 1] = 0; /* No end. */
}

void make_tiff_with_jpeg_of_many_scans(imx_buffer *out) {
    put_jpeg_file(out, &(picture){1024, 1024, 1024, 8, JPEG, 1, 1}, 1024, 1, 5000);
}

/* JBIG-KIT ends the process when there is no room for what the data tells of itself. */
void make_tiff_with_huge_jbig(imx_buffer *out) {
    imx_buffer unit;
    imx_buffer_init(&unit, 64);
    put(&unit, "\0\0\x01\0\0\0\xEA\x60\0\0\xEA\x60\0\0\xEA\x60\0\0\0\0\0\0\xFF\x02", 24);
    put_file(out, &(picture){64, 0, 0, 1, JBIG, 1, 1}, &unit);
    imx_buffer_free(&unit);
}

/* Directories that point to one another without end. */
void make_tiff_of_endless_pages(imx_buffer *out) {
    put(out, "II*\0\x08\0\0\0", 8);
    put_number(out, 1, 2, false);
    put_entry(out, 256, 4, 64);
    put_number(out, 8, 4, false);
}

/* `pages` directories of a sound picture, each with `tags` tags that name the same megabyte. */
static void put_pages(imx_buffer *out, uint32_t pages, uint32_t tags) {
    const picture what = {64, 0, 0, 8, 1, 1, 1};
    put(out, "II*\0", 4);
    put_number(out, 8 + MEGABYTE, 4, false);
    put_zeros(out, MEGABYTE);
    for (uint32_t page = 0; page < pages; page++) {
        uint32_t end = (uint32_t)out->size + 2 + (ENTRIES + tags) * 12 + 4;
        put_number(out, ENTRIES + tags, 2, false);
        put_picture(out, &what, 8, 64 * 64);
        for (uint32_t tag = 0; tag < tags; tag++) {
            put_entries(out, 51000 + tag, 1, MEGABYTE, 8);
        }
        put_number(out, page + 1 < pages ? end : 0, 4, false);
    }
}

void make_tiff_of_many_tags(imx_buffer *out) { put_pages(out, 1, 3900); }

void make_tiff_of_many_pages(imx_buffer *out) { put_pages(out, 2000, 100); }
