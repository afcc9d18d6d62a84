#include "made_files/heif_file.h"

#include "made_files/bytes.h"

#include <string.h>

/* A box whose size is filled in by end_box. */
static size_t begin_box(imx_buffer *out, const char *type) {
    size_t start = out->size;
    put_number(out, 0, 4, true);
    put(out, type, 4);
    return start;
}

static size_t begin_full_box(imx_buffer *out, const char *type, unsigned version) {
    size_t start = begin_box(out, type);
    put_number(out, (uint64_t)version << 24, 4, true);
    return start;
}

static void set_number(imx_buffer *out, size_t at, uint64_t value) {
    for (unsigned i = 0; i < 4 && !out->failed; i++) {
        out->bytes[at + i] = (uint8_t)(value >> (8 * (3 - i)));
    }
}

static void end_box(imx_buffer *out, size_t start) { set_number(out, start, out->size - start); }

static void put_text(imx_buffer *out, const char *text) { put(out, text, strlen(text) + 1); }

static void put_items(imx_buffer *out, const heif_file *file) {
    size_t list = begin_full_box(out, "iinf", 0);
    put_number(out, file->item_count, 2, true);
    for (size_t i = 0; i < file->item_count; i++) {
        size_t entry = begin_full_box(out, "infe", 2);
        put_number(out, file->items[i].id, 2, true);
        put_number(out, 0, 2, true);
        put(out, file->items[i].type, 4);
        put_number(out, 0, 1, true); /* No name. */
        if (memcmp(file->items[i].type, "mime", 4) == 0) {
            put_text(out, "application/rdf+xml");
            if (file->encoding != NULL) {
                put_text(out, file->encoding);
            }
        }
        end_box(out, entry);
    }
    end_box(out, list);
}

/* Returns where the offsets begin; they are as far apart as entries are long. */
#define PLACE_BYTES 14u
static size_t put_places(imx_buffer *out, const heif_file *file) {
    size_t list = begin_full_box(out, "iloc", 0);
    put_number(out, 0x4400, 2, true);
    put_number(out, file->item_count, 2, true);
    size_t first = out->size + 6;
    for (size_t i = 0; i < file->item_count; i++) {
        put_number(out, file->items[i].id, 2, true);
        put_number(out, 0, 2, true);
        put_number(out, 1, 2, true);
        put_number(out, 0, 4, true);
        put_number(out, file->items[i].size, 4, true);
    }
    end_box(out, list);
    return first;
}

static void put_properties(imx_buffer *out, const heif_file *file) {
    size_t whole = begin_box(out, "iprp");
    size_t list = begin_box(out, "ipco");
    for (size_t i = 0; i < file->property_count; i++) {
        size_t property = begin_box(out, file->properties[i].type);
        put(out, file->properties[i].body, file->properties[i].size);
        end_box(out, property);
    }
    end_box(out, list);
    size_t owners = begin_full_box(out, "ipma", 0);
    put_number(out, file->item_count, 4, true);
    for (size_t i = 0; i < file->item_count; i++) {
        put_number(out, file->items[i].id, 2, true);
        put_number(out, HEIF_FILE_MOST_PROPERTIES, 1, true);
        put(out, file->items[i].properties, HEIF_FILE_MOST_PROPERTIES);
    }
    end_box(out, owners);
    end_box(out, whole);
}

static void put_links(imx_buffer *out, const heif_file *file) {
    size_t list = begin_full_box(out, "iref", 0);
    for (size_t i = 0; i < file->link_count; i++) {
        size_t link = begin_box(out, file->links[i].kind);
        put_number(out, file->links[i].from, 2, true);
        put_number(out, file->links[i].count, 2, true);
        for (unsigned k = 0; k < file->links[i].count; k++) {
            put_number(out, file->links[i].to, 2, true);
        }
        end_box(out, link);
    }
    end_box(out, list);
}

void heif_file_write(imx_buffer *out, const heif_file *file) {
    size_t head = begin_box(out, "ftyp");
    put(out, "avif\0\0\0\0avifheicmif1miaf", 24);
    end_box(out, head);
    size_t meta = begin_full_box(out, "meta", 0);
    size_t handler = begin_full_box(out, "hdlr", 0);
    put(out, "\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0", 21);
    end_box(out, handler);
    size_t primary = begin_full_box(out, "pitm", 0);
    put_number(out, file->items[0].id, 2, true);
    end_box(out, primary);
    size_t places = put_places(out, file);
    put_items(out, file);
    put_properties(out, file);
    if (file->link_count > 0) {
        put_links(out, file);
    }
    end_box(out, meta);
    size_t data = begin_box(out, "mdat");
    size_t place = out->size;
    for (size_t i = 0; i < file->item_count; i++) {
        const heif_file_item *item = &file->items[i];
        if (i == 0 || item->data != item[-1].data || item->size != item[-1].size) {
            place = out->size;
            put(out, item->data, item->size);
        }
        set_number(out, places + i * PLACE_BYTES, place);
    }
    end_box(out, data);
}

void heif_bits_put(heif_bits *bits, uint32_t value, unsigned count) {
    for (unsigned i = count; i-- > 0; bits->count++) {
        uint32_t bit = value >> i & 1u;
        bits->bytes[bits->count / 8] |= (uint8_t)(bit << (7 - bits->count % 8));
    }
}

void heif_bits_put_golomb(heif_bits *bits, uint32_t value) {
    unsigned length = 1;
    while ((value + 1) >> length != 0) {
        length++;
    }
    heif_bits_put(bits, 0, length - 1);
    heif_bits_put(bits, value + 1, length);
}

static void put_av1(imx_buffer *out, uint32_t width, uint32_t height, unsigned profile, bool deep) {
    heif_bits bits = {.count = 0};
    heif_bits_put(&bits, profile, 3);
    heif_bits_put(&bits, 3, 2); /* A still picture, with a short header. */
    heif_bits_put(&bits, 0, 5);
    heif_bits_put(&bits, 15, 4);
    heif_bits_put(&bits, 15, 4);
    heif_bits_put(&bits, width - 1, 16);
    heif_bits_put(&bits, height - 1, 16);
    heif_bits_put(&bits, 0, 6); /* Tools that nobody reads here. */
    heif_bits_put(&bits, deep, 1);
    heif_bits_put(&bits, 1, 9);
    size_t size = (bits.count + 7) / 8;
    put_number(out, 0x1200, 2, true); /* A temporal unit begins. */
    put_number(out, 0x0A, 1, true);
    put_number(out, size, 1, true);
    put(out, bits.bytes, size);
    put_number(out, 0x320400000000, 6, true); /* A picture of four bytes. */
}

void heif_put_av1(imx_buffer *out, uint32_t width, uint32_t height) {
    put_av1(out, width, height, 0, false);
}

void heif_put_deep_av1(imx_buffer *out, uint32_t width, uint32_t height, bool dense) {
    put_av1(out, width, height, dense ? 1 : 0, true);
}

void heif_put_hevc_unit(imx_buffer *out, heif_bits *bits, unsigned size_bytes) {
    heif_bits_put(bits, 0xFF, 8);
    size_t size = (bits->count + 7) / 8;
    put_number(out, size, size_bytes, true);
    put(out, bits->bytes, size);
}

void heif_put_hevc_sequence(imx_buffer *out, const heif_hevc_sequence *sequence,
                            unsigned size_bytes) {
    heif_bits bits = {.count = 0};
    heif_bits_put(&bits, 33u << 9 | 1, 16);
    heif_bits_put(&bits, 1, 8);
    for (int i = 0; i < 6; i++) {
        heif_bits_put(&bits, 0x7777, 16); /* Profile and level, without zeros to be escaped. */
    }
    heif_bits_put_golomb(&bits, 0);
    heif_bits_put_golomb(&bits, sequence->separate_planes ? 3
                                : sequence->chroma > 0    ? sequence->chroma
                                                          : 1);
    heif_bits_put(&bits, sequence->separate_planes,
                  sequence->separate_planes || sequence->chroma == 3);
    heif_bits_put_golomb(&bits, sequence->width);
    heif_bits_put_golomb(&bits, sequence->height);
    heif_bits_put(&bits, 0, 1); /* Not cut; */
    heif_bits_put_golomb(&bits, sequence->more_luma_bits);
    heif_bits_put_golomb(&bits, sequence->more_chroma_bits);
    heif_bits_put(&bits, 3, 2); /* numbers of 4 bits, for every layer: */
    heif_bits_put_golomb(&bits, sequence->buffers - 1);
    heif_bits_put(&bits, 3, 2);
    heif_bits_put_golomb(&bits, 0); /* Blocks from 8 pixels on, */
    heif_bits_put_golomb(&bits, sequence->block_side_bits - 3);
    heif_bits_put(&bits, 0xF, 4); /* transforms. */
    heif_bits_put(&bits, 3, sequence->scaling_lists ? 2 : 0);
    heif_bits_put(&bits, 0, sequence->scaling_lists ? 0 : 1);
    heif_bits_put(&bits, 0, 2);
    heif_bits_put(&bits, sequence->pcm, 1);
    heif_bits_put(&bits, 0x776, sequence->pcm ? 11 : 0);
    heif_bits_put_golomb(&bits, sequence->reference_sets);
    heif_put_hevc_unit(out, &bits, size_bytes);
}

void heif_put_hevc_parameters(imx_buffer *out, uint32_t width, uint32_t height,
                              unsigned size_bytes) {
    const heif_hevc_sequence plain = {
        .width = width, .height = height, .block_side_bits = 6, .buffers = 1};
    heif_put_hevc_sequence(out, &plain, size_bytes);
}
