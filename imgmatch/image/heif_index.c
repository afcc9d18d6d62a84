/*
 * Boxes are read by one cursor that cannot leave its box: behind the end come zeros, and `failed`
 * is set. What is checked has to be what is decoded, and decoders differ in what they make of an
 * index that is not as it should be: which of two boxes they believe, whether they trust a box's
 * size or what it holds, which widths of numbers they know. All of that is damage here.
 */
#include "image/heif_index.h"

#include <stdlib.h>
#include <string.h>

#define MOST_PIECES 32u /* Of an item; libheif allows no more. */

typedef struct cursor {
    const uint8_t *data;
    size_t size;
    size_t at;
    bool failed;
} cursor;

typedef struct box {
    uint32_t type;
    cursor body;
} box;

static cursor cursor_over(imx_heif_span span) { return (cursor){span.data, span.size, 0, false}; }

static void skip(cursor *from, uint64_t bytes) {
    from->failed = from->failed || bytes > from->size - from->at;
    from->at = from->failed ? from->size : from->at + (size_t)bytes;
}

static uint64_t take(cursor *from, unsigned bytes) {
    const uint8_t *data = from->data + from->at;
    skip(from, bytes);
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes && !from->failed; i++) {
        value = value << 8 | data[i];
    }
    return value;
}

static uint32_t take32(cursor *from, unsigned bytes) { return (uint32_t)take(from, bytes); }

static bool at_end(const cursor *from) { return from->failed || from->at >= from->size; }

/* Size, type; size 1 means that a 64-bit size follows, 0 up to the end. False at the end, and when
 * the box does not fit (failed). */
static bool next_box(box *out, cursor *parent) {
    if (at_end(parent)) {
        return false;
    }
    size_t start = parent->at;
    uint64_t length = take(parent, 4);
    out->type = take32(parent, 4);
    length = length == 1 ? take(parent, 8) : length;
    length = length == 0 ? parent->size - start : length;
    if (parent->failed || length < parent->at - start || length > parent->size - start) {
        parent->failed = true;
        return false;
    }
    out->body = (cursor){parent->data + parent->at, start + (size_t)length - parent->at, 0, false};
    parent->at = start + (size_t)length;
    return true;
}

/* The version of a full box; *flags are the other 24 bits. */
static unsigned take_version(cursor *body, uint32_t *flags) {
    uint32_t both = take32(body, 4);
    *flags = both & 0xFFFFFFu;
    return both >> 24;
}

/* What is left, for others to read. */
static imx_heif_span rest(const cursor *from) {
    return (imx_heif_span){from->data + from->at, from->size - from->at};
}

static imx_heif_result result_of(const cursor *read) {
    return read->failed ? IMX_HEIF_CORRUPT : IMX_HEIF_OK;
}

/* The place of the item of that id; item_count when there is none. */
static size_t find(const imx_heif_index *index, uint32_t id) {
    size_t i = 0;
    while (i < index->item_count && index->items[i].id != id) {
        i++;
    }
    return i;
}

const imx_heif_item *imx_heif_index_find(const imx_heif_index *index, uint32_t id) {
    size_t i = find(index, id);
    return i < index->item_count ? &index->items[i] : NULL;
}

/* Behind the type: name, content type and encoding, each ended by 0. libheif inflates what is
 * encoded when it opens the file, however much it becomes. */
static bool is_encoded(cursor *entry) {
    for (int zeros = 0; zeros < 2 && !at_end(entry);) {
        zeros += take(entry, 1) == 0;
    }
    return !at_end(entry) && take(entry, 1) != 0;
}

static imx_heif_result read_items(imx_heif_index *index, cursor body) {
    uint32_t flags;
    unsigned version = take_version(&body, &flags);
    skip(&body, version == 0 ? 2 : 4);
    box entry;
    while (next_box(&entry, &body)) {
        version = take_version(&entry.body, &flags);
        if (entry.type != IMX_HEIF_TYPE('i', 'n', 'f', 'e')) {
            continue;
        }
        uint32_t id = take32(&entry.body, version < 3 ? 2 : 4);
        skip(&entry.body, 2);
        size_t type_at = (size_t)(entry.body.data + entry.body.at - index->file.data);
        /* Older entries have no type, but libheif reads their items' data as well. */
        uint32_t type = version < 2 ? 0 : take32(&entry.body, 4);
        if (entry.body.failed || imx_heif_index_find(index, id) != NULL) {
            return IMX_HEIF_CORRUPT;
        }
        if (type == IMX_HEIF_TYPE('m', 'i', 'm', 'e') && is_encoded(&entry.body)) {
            return IMX_HEIF_UNSUPPORTED;
        }
        if (index->item_count == IMX_HEIF_MOST_ITEMS) {
            return IMX_HEIF_TOO_MANY;
        }
        index->items[index->item_count++] =
            (imx_heif_item){.id = id, .type = type, .type_at = version < 2 ? 0 : type_at};
    }
    return result_of(&body);
}

/* Step over one entry of "iloc" behind its id. */
static void skip_place(imx_heif_index *index, cursor *body) {
    if (index->iloc_version > 0) {
        skip(body, 2);
    }
    skip(body, 2);
    skip(body, index->base_bytes);
    uint64_t pieces = take(body, 2);
    skip(body, pieces * (index->number_bytes + index->offset_bytes + index->length_bytes));
    index->piece_count += pieces;
}

/* Of a number in "iloc". Decoders take other widths for none. */
static bool is_width(unsigned bytes) { return bytes == 0 || bytes == 4 || bytes == 8; }

static imx_heif_result read_places(imx_heif_index *index, cursor body) {
    uint32_t flags;
    index->iloc_version = take_version(&body, &flags);
    uint32_t sizes = take32(&body, 2);
    index->offset_bytes = sizes >> 12;
    index->length_bytes = sizes >> 8 & 15u;
    index->base_bytes = sizes >> 4 & 15u;
    index->number_bytes = index->iloc_version > 0 ? sizes & 15u : 0;
    bool numbered_early = index->iloc_version == 1 && index->number_bytes > 0;
    if (index->iloc_version > 2 || numbered_early || !is_width(index->offset_bytes) ||
        !is_width(index->length_bytes) || !is_width(index->base_bytes) ||
        !is_width(index->number_bytes)) {
        return IMX_HEIF_CORRUPT;
    }
    unsigned id_bytes = index->iloc_version < 2 ? 2 : 4;
    uint32_t count = take32(&body, id_bytes);
    if (count > IMX_HEIF_MOST_ITEMS) {
        return IMX_HEIF_TOO_MANY;
    }
    for (uint32_t i = 0; i < count && !body.failed; i++) {
        uint32_t id = take32(&body, id_bytes);
        size_t start = body.at;
        skip_place(index, &body);
        if (index->piece_count > IMX_HEIF_MOST_PIECES) {
            return IMX_HEIF_TOO_MANY;
        }
        size_t number = find(index, id);
        if (number == index->item_count || body.failed) {
            continue;
        }
        if (index->items[number].place.data != NULL) {
            return IMX_HEIF_CORRUPT;
        }
        index->items[number].place = (imx_heif_span){body.data + start, body.at - start};
    }
    return result_of(&body);
}

static imx_heif_result read_links(imx_heif_index *index, cursor body) {
    uint32_t flags;
    unsigned id_bytes = take_version(&body, &flags) == 0 ? 2 : 4;
    box entry;
    while (next_box(&entry, &body)) {
        bool kept = entry.type == IMX_HEIF_TYPE('d', 'i', 'm', 'g') ||
                    entry.type == IMX_HEIF_TYPE('a', 'u', 'x', 'l');
        uint32_t from = take32(&entry.body, id_bytes);
        uint32_t count = take32(&entry.body, 2);
        /* libheif reads the next entry behind the last link, wherever this box ends. */
        if (entry.type == IMX_HEIF_TYPE('u', 'u', 'i', 'd') || entry.body.failed ||
            entry.body.size - entry.body.at != (uint64_t)count * id_bytes) {
            return IMX_HEIF_CORRUPT;
        }
        index->reference_count += 1 + (size_t)count;
        if (index->reference_count > IMX_HEIF_MOST_REFERENCES) {
            return IMX_HEIF_TOO_MANY;
        }
        for (uint32_t i = 0; kept && i < count; i++) {
            uint32_t to = take32(&entry.body, id_bytes);
            if (index->link_count == IMX_HEIF_MOST_LINKS) {
                return IMX_HEIF_TOO_MANY;
            }
            index->links[index->link_count++] = (imx_heif_link){entry.type, from, to};
        }
    }
    return result_of(&body);
}

static imx_heif_result read_property_list(imx_heif_index *index, cursor body) {
    box entry;
    while (next_box(&entry, &body)) {
        if (index->property_count == IMX_HEIF_MOST_PROPERTIES) {
            return IMX_HEIF_TOO_MANY;
        }
        index->properties[index->property_count++] =
            (imx_heif_property){entry.type, rest(&entry.body)};
    }
    return result_of(&body);
}

static imx_heif_result read_traits(imx_heif_index *index, cursor body) {
    uint32_t flags;
    unsigned id_bytes = take_version(&body, &flags) == 0 ? 2 : 4;
    unsigned number_bytes = (flags & 1u) != 0 ? 2 : 1;
    uint32_t mask = (flags & 1u) != 0 ? 0x7FFFu : 0x7Fu; /* Without "essential". */
    uint32_t entries = take32(&body, 4);
    for (uint32_t i = 0; i < entries && !body.failed; i++) {
        if (index->entry_count++ == IMX_HEIF_MOST_ENTRIES) {
            return IMX_HEIF_TOO_MANY;
        }
        uint32_t item = take32(&body, id_bytes);
        uint32_t count = take32(&body, 1);
        for (uint32_t k = 0; k < count; k++) {
            uint32_t number = take32(&body, number_bytes) & mask;
            if (number == 0) {
                continue; /* None. */
            }
            if (index->trait_count == IMX_HEIF_MOST_TRAITS) {
                return IMX_HEIF_TOO_MANY;
            }
            index->traits[index->trait_count++] = (imx_heif_trait){item, number - 1};
        }
    }
    return result_of(&body);
}

static imx_heif_result read_properties(imx_heif_index *index, cursor body) {
    imx_heif_result result = IMX_HEIF_OK;
    bool listed = false;
    box entry;
    while (result == IMX_HEIF_OK && next_box(&entry, &body)) {
        if (entry.type == IMX_HEIF_TYPE('i', 'p', 'c', 'o')) {
            result = listed ? IMX_HEIF_CORRUPT : read_property_list(index, entry.body);
            listed = true;
        } else if (entry.type == IMX_HEIF_TYPE('i', 'p', 'm', 'a')) {
            result = read_traits(index, entry.body);
        }
    }
    return result == IMX_HEIF_OK ? result_of(&body) : result;
}

static imx_heif_result read_primary(imx_heif_index *index, cursor body) {
    uint32_t flags;
    unsigned version = take_version(&body, &flags);
    index->primary = take32(&body, version == 0 ? 2 : 4);
    return result_of(&body);
}

static imx_heif_result read_idat(imx_heif_index *index, cursor body) {
    index->idat = rest(&body);
    return IMX_HEIF_OK;
}

/* The parts of "meta" in the order in which they are read: places belong to items. */
static const struct part {
    uint32_t type;
    imx_heif_result (*read)(imx_heif_index *index, cursor body);
} parts[] = {
    {IMX_HEIF_TYPE('p', 'i', 't', 'm'), read_primary},
    {IMX_HEIF_TYPE('i', 'i', 'n', 'f'), read_items},
    {IMX_HEIF_TYPE('i', 'l', 'o', 'c'), read_places},
    {IMX_HEIF_TYPE('i', 'r', 'e', 'f'), read_links},
    {IMX_HEIF_TYPE('i', 'p', 'r', 'p'), read_properties},
    {IMX_HEIF_TYPE('i', 'd', 'a', 't'), read_idat},
};

static imx_heif_result read_meta(imx_heif_index *index, cursor meta) {
    uint32_t flags;
    (void)take_version(&meta, &flags);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        cursor children = meta;
        bool met = false;
        box child;
        while (next_box(&child, &children)) {
            if (child.type != parts[i].type) {
                continue;
            }
            imx_heif_result result = met ? IMX_HEIF_CORRUPT : parts[i].read(index, child.body);
            if (result != IMX_HEIF_OK) {
                return result;
            }
            met = true;
        }
        if (children.failed) {
            return IMX_HEIF_CORRUPT;
        }
    }
    return IMX_HEIF_OK;
}

/* Whether a box says that it is shorter than its own head. */
static bool is_damaged(const cursor *start) {
    cursor head = *start;
    uint64_t length = take(&head, 4);
    skip(&head, 4); /* Type. */
    return (length > 1 && length < 8) || (length == 1 && take(&head, 8) < 16 && !head.failed);
}

imx_heif_result imx_heif_index_read(imx_heif_index *index, const uint8_t *data, size_t size) {
    memset(index, 0, sizeof *index);
    index->file = (imx_heif_span){data, size};
    cursor file = cursor_over(index->file);
    cursor meta = {0};
    bool met = false;
    bool film = false;
    box top;
    /* Some bytes that are no box may follow the last one. */
    while (file.size - file.at >= 8) {
        cursor start = file;
        if (!next_box(&top, &file)) {
            return is_damaged(&start) ? IMX_HEIF_CORRUPT : IMX_HEIF_TRUNCATED;
        }
        film = film || top.type == IMX_HEIF_TYPE('m', 'o', 'o', 'v');
        if (top.type == IMX_HEIF_TYPE('m', 'e', 't', 'a')) {
            if (met) {
                return IMX_HEIF_CORRUPT;
            }
            meta = top.body;
            met = true;
        }
    }
    if (!met) {
        return film ? IMX_HEIF_UNSUPPORTED : IMX_HEIF_TRUNCATED;
    }
    return read_meta(index, meta);
}

/* One walk over the pieces of an item. Without `out` it only adds their sizes up. */
static imx_heif_result gather(uint8_t *out, imx_heif_span *first, size_t *total,
                              const imx_heif_index *index, const imx_heif_item *item) {
    cursor place = cursor_over(item->place);
    uint64_t source_kind = index->iloc_version > 0 ? take(&place, 2) & 15u : 0;
    imx_heif_span source = source_kind == 1 ? index->idat : index->file;
    skip(&place, 2);
    uint64_t base = take(&place, index->base_bytes);
    uint64_t pieces = take(&place, 2);
    *total = 0;
    if (source_kind > 1) {
        return IMX_HEIF_UNSUPPORTED;
    }
    if (source.data == NULL) {
        return IMX_HEIF_CORRUPT; /* There is no "idat". */
    }
    if (pieces > MOST_PIECES) {
        return IMX_HEIF_TOO_MANY;
    }
    for (uint64_t i = 0; i < pieces; i++) {
        skip(&place, index->number_bytes);
        uint64_t offset = take(&place, index->offset_bytes);
        uint64_t length = take(&place, index->length_bytes);
        if (base > source.size || offset > source.size - base ||
            length > source.size - base - offset || length > index->file.size - *total) {
            return IMX_HEIF_TRUNCATED;
        }
        imx_heif_span piece = {source.data + base + offset, (size_t)length};
        if (i == 0) {
            *first = piece;
        }
        if (out != NULL && piece.size > 0) {
            memcpy(out + *total, piece.data, piece.size);
        }
        *total += piece.size;
    }
    return IMX_HEIF_OK;
}

imx_heif_result imx_heif_item_data(imx_heif_span *out, uint8_t **owned, const imx_heif_index *index,
                                   const imx_heif_item *item) {
    *out = (imx_heif_span){NULL, 0};
    *owned = NULL;
    if (item->place.data == NULL) {
        return IMX_HEIF_OK;
    }
    size_t total;
    imx_heif_span first = {NULL, 0};
    imx_heif_result result = gather(NULL, &first, &total, index, item);
    if (result != IMX_HEIF_OK || first.size == total) {
        *out = result == IMX_HEIF_OK ? first : *out;
        return result;
    }
    *owned = malloc(total);
    if (*owned == NULL) {
        return IMX_HEIF_NO_MEMORY;
    }
    *out = (imx_heif_span){*owned, total};
    return gather(*owned, &first, &total, index, item);
}
