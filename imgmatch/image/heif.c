#include "image/heif.h"

#include "base/byte_order.h"
#include "base/diag.h"
#include "base/memory.h"
#include "image/codec.h"
#include "image/coded_size.h"
#include "image/container.h"
#include "image/heif_fit.h"
#include "image/heif_index.h"
#include "image/heif_room.h"

#include <stdlib.h>
#include <string.h>

#define TYPE_HEVC_CONFIGURATION IMX_HEIF_TYPE('h', 'v', 'c', 'C')
#define TYPE_AV1_CONFIGURATION IMX_HEIF_TYPE('a', 'v', '1', 'C')
#define TYPE_SIZE IMX_HEIF_TYPE('i', 's', 'p', 'e')
#define TYPE_APERTURE IMX_HEIF_TYPE('c', 'l', 'a', 'p')

/* A turned grid whose tiles have transparency: three steps from the picture to its last part. */
#define MOST_LEVELS 4u
/* Of one picture: photos of 100 megapixels are 400 tiles. */
#define MOST_PARTS 1024u
/* Of all pictures of a file, once for itself and each time that it is a part of another one. */
#define MOST_VISITS (4u * IMX_HEIF_MOST_ITEMS)
/* Of an item: an aperture, a quarter turn and a mirror, each once. libheif does what it is told as
 * often as it is told, and makes a new picture each time. */
#define MOST_CHANGES 4u
/* An item holds one picture, or one in several layers. */
#define MOST_PICTURES 16u
/* A picture in tiles that stand over its edge, with transparency and a map of its brightness, is
 * less than three times its pixels. */
#define MOST_TIMES_PIXELS 4u
/* The same of memory, as heif_room.h counts it: a picture and its transparency, or a canvas with
 * all that is decoded for it at once. */
#define MOST_TIMES_ROOM 4u
/* However few pixels are allowed: four tiles of 512 pixels a side, as phones write them, with up to
 * 12 bits in 4:4:4 or with transparency. 32 MiB. */
#define LEAST_ROOM (8u << 20)
/* Items have data of their own, but small tiles that are alike may share theirs. */
#define MOST_TIMES_BYTES 2u
#define MOST_SHARED_BYTES (16u << 20)

typedef struct heif_walk {
    const imx_heif_index *index;
    const imgmatch_limits *limits;
    imgmatch_diag *diag;
    imx_heif_cost *costs;   /* Of each item. */
    uint64_t pixels_in_all; /* Of one picture with all its parts. */
    uint64_t work_in_all;
    uint64_t bytes; /* Of all items measured so far. */
    uint32_t visits;
    uint32_t parts; /* Of one picture, with itself. */
} heif_walk;

static imgmatch_status fail_result(imx_heif_result result, imgmatch_diag *diag) {
    switch (result) {
    case IMX_HEIF_TRUNCATED:
        return imx_fail_photo(diag, IMGMATCH_REASON_TRUNCATED,
                              "HEIF: file ends before its index or its pictures do");
    case IMX_HEIF_TOO_MANY:
        return imx_fail_photo(diag, IMGMATCH_REASON_TOO_COMPLEX,
                              "HEIF: more pieces or properties than any photo has");
    case IMX_HEIF_UNSUPPORTED:
        return imx_fail_photo(diag, IMGMATCH_REASON_UNSUPPORTED,
                              "HEIF: no still picture, or one inside of another item");
    case IMX_HEIF_NO_MEMORY:
        return imx_fail_memory(diag);
    default:
        return imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT, "HEIF: its index is damaged");
    }
}

/* Thumbnails may be small: there is no lower bound here. */
static imgmatch_status check_size(const heif_walk *walk, const char *what, uint64_t width,
                                  uint64_t height) {
    const imgmatch_limits *limits = walk->limits;
    if (imx_codec_is_too_large(width, height, limits)) {
        return imx_fail_photo(walk->diag, IMGMATCH_REASON_TOO_LARGE,
                              "HEIF: %s of %llu x %llu pixels, over the limit of %llu pixels or a "
                              "side of %u",
                              what, (unsigned long long)width, (unsigned long long)height,
                              (unsigned long long)limits->max_pixels, limits->max_side);
    }
    return IMGMATCH_OK;
}

/* The property that tells how an item is coded; *twice when there are several, of which decoders
 * may believe any. */
static const imx_heif_property *find_configuration(bool *twice, const imx_heif_index *index,
                                                   const imx_heif_item *item) {
    const imx_heif_property *found = NULL;
    *twice = false;
    for (size_t i = 0; i < index->trait_count; i++) {
        const imx_heif_trait *trait = &index->traits[i];
        if (trait->item != item->id || trait->property >= index->property_count) {
            continue;
        }
        const imx_heif_property *property = &index->properties[trait->property];
        if (property->type == TYPE_HEVC_CONFIGURATION || property->type == TYPE_AV1_CONFIGURATION) {
            *twice = *twice || found != NULL;
            found = property;
        }
    }
    return found;
}

/* Headers that an item has outside of its data. */
static bool measure_configuration(imx_coded_pictures *pictures, heif_walk *walk,
                                  const imx_heif_item *item) {
    enum { AV1_FIXED_BYTES = 4 };
    bool twice;
    const imx_heif_property *property = find_configuration(&twice, walk->index, item);
    if (property == NULL || twice) {
        return !twice;
    }
    const uint8_t *body = property->body.data;
    size_t size = property->body.size;
    walk->bytes += size;
    if (property->type == TYPE_HEVC_CONFIGURATION) {
        return imx_hevc_measure_configuration(pictures, body, size);
    }
    return size >= AV1_FIXED_BYTES &&
           imx_av1_measure(pictures, body + AV1_FIXED_BYTES, size - AV1_FIXED_BYTES);
}

static imgmatch_status measure_coded(imx_heif_cost *cost, heif_walk *walk,
                                     const imx_heif_item *item, imx_heif_span data) {
    imx_coded_pictures pictures = {0};
    bool sound = measure_configuration(&pictures, walk, item) &&
                 (item->type == IMX_HEIF_AV1 ? imx_av1_measure(&pictures, data.data, data.size)
                                             : imx_hevc_measure(&pictures, data.data, data.size));
    if (!sound) {
        return imx_fail_photo(walk->diag, IMGMATCH_REASON_CORRUPT,
                              "HEIF: the headers of a coded picture are damaged");
    }
    if (pictures.count > MOST_PICTURES) {
        return imx_fail_photo(walk->diag, IMGMATCH_REASON_TOO_COMPLEX,
                              "HEIF: %llu pictures in one item",
                              (unsigned long long)pictures.count);
    }
    imgmatch_status status = check_size(walk, "a coded picture", pictures.width, pictures.height);
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (pictures.count == 0) {
        /* libheif hands it to dav1d all the same, and loses some memory. */
        return imx_fail_photo(walk->diag, IMGMATCH_REASON_CORRUPT, "HEIF: an item has no picture");
    }
    if (pictures.separate_planes) { /* libde265 leaves two of them out. */
        return imx_fail_photo(walk->diag, IMGMATCH_REASON_UNSUPPORTED,
                              "HEIF: each colour is a picture of its own");
    }
    cost->pixels = pictures.width * pictures.height * pictures.count + pictures.more_pixels;
    cost->room = imx_heif_room_of_coded(&pictures);
    cost->lacks_data = item->type == IMX_HEIF_HEVC && imx_hevc_lacks_data(&pictures);
    cost->work = pictures.work;
    cost->shape = pictures.shape;
    cost->shape_sure = pictures.shape_known && !pictures.shape_unsure;
    return IMGMATCH_OK;
}

/* ImageGrid and ImageOverlay, ISO/IEC 23008-12, 6.6.2: version, flags, something, and the size of
 * the canvas in two or four bytes a side. */
static imgmatch_status measure_canvas(imx_heif_cost *cost, heif_walk *walk, uint32_t type,
                                      imx_heif_span data) {
    size_t at = type == IMX_HEIF_GRID ? 4 : 10;
    unsigned bytes = data.size > 1 && (data.data[1] & 1u) != 0 ? 4 : 2;
    if (data.size < at + 2u * bytes) {
        return imx_fail_photo(walk->diag, IMGMATCH_REASON_CORRUPT,
                              "HEIF: a grid or an overlay without its size");
    }
    uint64_t sides[2] = {0, 0};
    for (unsigned i = 0; i < 2 * bytes; i++) {
        uint64_t *side = &sides[i / bytes];
        *side = *side << 8 | data.data[at + i];
    }
    /* libheif reads behind the planes of a part that begins left of an overlay or above it. */
    for (size_t i = at + 2u * bytes; type == IMX_HEIF_OVERLAY && i < data.size; i += bytes) {
        if ((data.data[i] & 128u) != 0) {
            return imx_fail_photo(walk->diag, IMGMATCH_REASON_UNSUPPORTED,
                                  "HEIF: a part of an overlay begins before it");
        }
    }
    if (type == IMX_HEIF_GRID) {
        cost->grid = (imx_heif_grid){.rows = data.data[2] + 1u,
                                     .columns = data.data[3] + 1u,
                                     .width = sides[0],
                                     .height = sides[1]};
    }
    cost->pixels = sides[0] * sides[1];
    cost->room = imx_heif_room_of_canvas(cost->pixels);
    return check_size(walk, "a grid or an overlay", sides[0], sides[1]);
}

static uint64_t most_bytes(const heif_walk *walk) {
    return MOST_SHARED_BYTES + MOST_TIMES_BYTES * (uint64_t)walk->index->file.size;
}

/* Of an item that is no picture only the bytes count. */
static imgmatch_status measure(imx_heif_cost *cost, heif_walk *walk, const imx_heif_item *item) {
    if (item->type == IMX_HEIF_IDENTITY) {
        return IMGMATCH_OK;
    }
    imx_heif_span data;
    uint8_t *owned;
    imx_heif_result result = imx_heif_item_data(&data, &owned, walk->index, item);
    walk->bytes += data.size;
    imgmatch_status status = IMGMATCH_OK;
    if (result != IMX_HEIF_OK) {
        status = fail_result(result, walk->diag);
    } else if (walk->bytes > most_bytes(walk)) {
        status = fail_result(IMX_HEIF_TOO_MANY, walk->diag);
    } else if (imx_heif_is_coded(item->type)) {
        status = measure_coded(cost, walk, item, data);
    } else if (imx_heif_is_derived(item->type)) {
        status = measure_canvas(cost, walk, item->type, data);
    }
    free(owned);
    return status;
}

/* Sum up what all parts of one picture take. */
static imgmatch_status add_cost(heif_walk *walk, const imx_heif_cost *cost) {
    walk->work_in_all += cost->work;
    if (walk->work_in_all > most_bytes(walk)) {
        return imx_fail_photo(walk->diag, IMGMATCH_REASON_TOO_COMPLEX,
                              "HEIF: a picture's data is much more work than there are bytes");
    }
    walk->pixels_in_all += cost->pixels;
    if (walk->pixels_in_all > MOST_TIMES_PIXELS * walk->limits->max_pixels) {
        return imx_fail_photo(walk->diag, IMGMATCH_REASON_TOO_COMPLEX,
                              "HEIF: to decode a picture would take as much as %llu pixels or more",
                              (unsigned long long)walk->limits->max_pixels * MOST_TIMES_PIXELS);
    }
    return IMGMATCH_OK;
}

static imgmatch_status check_room(const heif_walk *walk, imx_heif_room room) {
    uint64_t most = MOST_TIMES_ROOM * walk->limits->max_pixels;
    most = most > LEAST_ROOM ? most : LEAST_ROOM;
    if (room.most > most) {
        return imx_fail_photo(walk->diag, IMGMATCH_REASON_TOO_COMPLEX,
                              "HEIF: to decode a picture would take more than %llu MiB",
                              (unsigned long long)(most * IMX_HEIF_ROOM_BYTES >> 20));
    }
    return IMGMATCH_OK;
}

static imgmatch_status visit(imx_heif_room *room, heif_walk *walk, uint32_t id, unsigned level);

/* Those that an item is made of or that stand beside it. */
static imgmatch_status visit_parts(imx_heif_parts *parts, heif_walk *walk, uint32_t id,
                                   unsigned level) {
    const imx_heif_index *index = walk->index;
    for (size_t i = 0; i < index->link_count; i++) {
        const imx_heif_link *link = &index->links[i];
        bool made_of = link->kind == IMX_HEIF_MADE_OF;
        if ((made_of ? link->from : link->to) != id) {
            continue;
        }
        imx_heif_room room;
        imgmatch_status status = visit(&room, walk, made_of ? link->to : link->from, level + 1);
        if (status != IMGMATCH_OK) {
            return status;
        }
        if (made_of) {
            imx_heif_parts_add(parts, room);
        } else {
            imx_heif_parts_add_beside(parts, room);
        }
    }
    return IMGMATCH_OK;
}

/* One picture and all that belongs to it. */
static imgmatch_status visit(imx_heif_room *room, heif_walk *walk, uint32_t id, unsigned level) {
    const imx_heif_item *item = imx_heif_index_find(walk->index, id);
    *room = (imx_heif_room){0};
    if (item == NULL || !imx_heif_is_picture(item->type)) {
        return IMGMATCH_OK; /* No decoder follows it (heif_fit.h). */
    }
    if (level > MOST_LEVELS) {
        return imx_fail_photo(walk->diag, IMGMATCH_REASON_TOO_COMPLEX,
                              "HEIF: pictures made of one another, more than %u levels deep",
                              MOST_LEVELS);
    }
    if (++walk->parts > MOST_PARTS || ++walk->visits > MOST_VISITS) {
        return imx_fail_photo(walk->diag, IMGMATCH_REASON_TOO_COMPLEX,
                              "HEIF: a picture is made of more than %u pieces", MOST_PARTS);
    }
    imx_heif_cost *cost = &walk->costs[item - walk->index->items];
    imgmatch_status status = cost->known ? IMGMATCH_OK : measure(cost, walk, item);
    cost->known = status == IMGMATCH_OK;
    if (status == IMGMATCH_OK) {
        status = add_cost(walk, cost);
    }
    imx_heif_parts parts = {0};
    if (status == IMGMATCH_OK) {
        status = visit_parts(&parts, walk, id, level);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    *room = imx_heif_room_with_parts(cost->room, &parts,
                                     item->type == IMX_HEIF_GRID ? IMX_HEIF_TILES_AT_ONCE : 1);
    return check_room(walk, *room);
}

static bool is_change(uint32_t type) {
    return type == IMX_HEIF_TYPE('i', 'r', 'o', 't') || type == IMX_HEIF_TYPE('i', 'm', 'i', 'r') ||
           type == TYPE_APERTURE;
}

/* CleanApertureBox, ISO/IEC 14496-12, 12.1.4: width, height and where its middle lies, as
 * fractions. libheif makes widths below 0 of what is larger than any picture. */
static bool is_sound_aperture(const heif_walk *walk, imx_heif_span body) {
    enum { FRACTIONS = 4, FRACTION_BYTES = 8 };
    if (body.size < FRACTIONS * FRACTION_BYTES) {
        return false;
    }
    for (size_t i = 0; i < FRACTIONS; i++) {
        uint32_t top = imx_big32(body.data + i * FRACTION_BYTES);
        uint32_t bottom = imx_big32(body.data + i * FRACTION_BYTES + 4);
        bool below = i > 1 && top >> 31 != 0; /* An offset, in two's complement. */
        uint64_t magnitude = below ? (1ull << 32) - top : top;
        if (bottom == 0 || magnitude > (uint64_t)bottom * walk->limits->max_side) {
            return false;
        }
    }
    return true;
}

/* ImageSpatialExtentsProperty, ISO/IEC 23008-12, 6.5.3: the size that the file tells everybody. */
static void note_size_told(imx_heif_cost *cost, imx_heif_span body) {
    enum { BYTES = 12, WIDTH_AT = 4, HEIGHT_AT = 8 };
    uint32_t width = body.size < BYTES ? 0 : imx_big32(body.data + WIDTH_AT);
    uint32_t height = body.size < BYTES ? 0 : imx_big32(body.data + HEIGHT_AT);
    cost->told_twice =
        cost->told_twice ||
        (cost->told_width != 0 && (cost->told_width != width || cost->told_height != height));
    cost->told_width = width;
    cost->told_height = height;
}

static imgmatch_status check_properties(const heif_walk *walk) {
    const imx_heif_index *index = walk->index;
    for (size_t i = 0; i < index->trait_count; i++) {
        const imx_heif_trait *trait = &index->traits[i];
        const imx_heif_item *item = imx_heif_index_find(index, trait->item);
        if (item == NULL || trait->property >= index->property_count) {
            continue;
        }
        const imx_heif_property *property = &index->properties[trait->property];
        if (property->type == TYPE_APERTURE && !is_sound_aperture(walk, property->body)) {
            return imx_fail_photo(walk->diag, IMGMATCH_REASON_CORRUPT,
                                  "HEIF: a picture is cut to what no picture has");
        }
        imx_heif_cost *cost = &walk->costs[item - index->items];
        if (property->type == TYPE_SIZE) {
            note_size_told(cost, property->body);
        }
        if (is_change(property->type) && ++cost->changes > MOST_CHANGES) {
            return imx_fail_photo(walk->diag, IMGMATCH_REASON_TOO_COMPLEX,
                                  "HEIF: a picture is cut or turned more than %u times",
                                  MOST_CHANGES);
        }
    }
    return IMGMATCH_OK;
}

/* All items were measured before: what is too much in other ways is said to be that. */
static imgmatch_status check_data(const heif_walk *walk) {
    for (size_t i = 0; i < walk->index->item_count; i++) {
        if (walk->costs[i].lacks_data) {
            return imx_fail_photo(walk->diag, IMGMATCH_REASON_TRUNCATED,
                                  "HEIF: a coded picture has less data than a black one");
        }
    }
    return IMGMATCH_OK;
}

static imgmatch_status check_primary(const imx_heif_index *index, imgmatch_diag *diag) {
    const imx_heif_item *primary = imx_heif_index_find(index, index->primary);
    if (primary == NULL) {
        return imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT, "HEIF: no main picture");
    }
    if (!imx_heif_is_picture(primary->type)) {
        return imx_fail_photo(diag, IMGMATCH_REASON_UNSUPPORTED,
                              "HEIF: the main picture is coded neither by HEVC nor by AV1");
    }
    return IMGMATCH_OK;
}

static imgmatch_status check_index(imx_heif_index *index, const uint8_t *data, size_t size,
                                   const imgmatch_limits *limits, imgmatch_diag *diag) {
    imx_heif_result result = imx_heif_index_read(index, data, size);
    if (result != IMX_HEIF_OK) {
        return fail_result(result, diag);
    }
    imx_heif_cost *costs = imx_new_array(IMX_HEIF_MOST_ITEMS, sizeof *costs);
    if (costs == NULL) {
        return imx_fail_memory(diag);
    }
    heif_walk walk = {.index = index, .limits = limits, .diag = diag, .costs = costs};
    imgmatch_status status = check_primary(index, diag);
    if (status == IMGMATCH_OK) {
        status = check_properties(&walk);
    }
    /* libheif copies the data of all items when it opens the file, metadata too. */
    for (size_t i = 0; i < index->item_count && status == IMGMATCH_OK; i++) {
        if (!imx_heif_is_picture(index->items[i].type)) {
            status = measure(&costs[i], &walk, &index->items[i]);
        }
    }
    /* Which picture is decoded is for others to say: all are looked at. */
    for (size_t i = 0; i < index->item_count && status == IMGMATCH_OK; i++) {
        walk.pixels_in_all = 0;
        walk.work_in_all = 0;
        walk.parts = 0;
        imx_heif_room room;
        status = visit(&room, &walk, index->items[i].id, 1);
    }
    if (status == IMGMATCH_OK) {
        status = imx_heif_check_fit(index, costs, diag);
    }
    if (status == IMGMATCH_OK) {
        status = check_data(&walk);
    }
    free(costs);
    return status;
}

imgmatch_status imx_heif_check(const uint8_t *data, size_t size, const imgmatch_limits *limits,
                               imgmatch_diag *diag) {
    imx_heif_index *index = imx_new_array(1, sizeof *index);
    imgmatch_status status =
        index == NULL ? imx_fail_memory(diag) : check_index(index, data, size, limits, diag);
    free(index);
    return status;
}

/* libvips gives it to libexif, each of up to 16 items of a picture, and needs nothing of it:
 * libheif turns the picture by its own properties. */
static bool is_exif(uint32_t type) {
    return (type | 0x20202020u) == IMX_HEIF_TYPE('e', 'x', 'i', 'f');
}

static imgmatch_status hide_exif(imx_container *out, const imx_heif_index *index,
                                 imgmatch_diag *diag) {
    for (size_t i = 0; i < index->item_count; i++) {
        if (!is_exif(index->items[i].type)) {
            continue;
        }
        if (out->copy == NULL) {
            out->copy = (uint8_t *)imx_copy_bytes(out->data, out->size);
            if (out->copy == NULL) {
                return imx_fail_memory(diag);
            }
            out->data = out->copy;
        }
        memcpy(out->copy + index->items[i].type_at, "none", 4);
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_heif_open(imx_container *out, const imgmatch_limits *limits,
                              imgmatch_diag *diag) {
    imx_heif_index *index = imx_new_array(1, sizeof *index);
    if (index == NULL) {
        return imx_fail_memory(diag);
    }
    imx_heif_result result = imx_heif_index_read(index, out->data, out->size);
    imgmatch_status status =
        result == IMX_HEIF_OK ? hide_exif(out, index, diag) : fail_result(result, diag);
    /* Any item's data may lie on the types that were changed: what is checked is the copy. */
    if (status == IMGMATCH_OK) {
        status = check_index(index, out->data, out->size, limits, diag);
    }
    for (size_t i = 0; i < index->item_count; i++) {
        out->hevc = out->hevc || index->items[i].type == IMX_HEIF_HEVC;
    }
    free(index);
    return status;
}
