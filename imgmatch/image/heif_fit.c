#include "image/heif_fit.h"

#include "base/diag.h"

#include <string.h>

#define TYPE_AUXILIARY IMX_HEIF_TYPE('a', 'u', 'x', 'C')

bool imx_heif_is_coded(uint32_t type) { return type == IMX_HEIF_HEVC || type == IMX_HEIF_AV1; }

bool imx_heif_is_derived(uint32_t type) {
    return type == IMX_HEIF_GRID || type == IMX_HEIF_OVERLAY || type == IMX_HEIF_IDENTITY;
}

bool imx_heif_is_picture(uint32_t type) {
    return imx_heif_is_coded(type) || imx_heif_is_derived(type);
}

/* Whether one of its properties says that it is another picture's transparency. */
static bool is_transparency(const imx_heif_index *index, uint32_t id) {
    enum { VERSION_BYTES = 4 };
    static const char names[][48] = {"urn:mpeg:avc:2015:auxid:1", "urn:mpeg:hevc:2015:auxid:1",
                                     "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"};
    for (size_t i = 0; i < index->trait_count; i++) {
        const imx_heif_trait *trait = &index->traits[i];
        if (trait->item != id || trait->property >= index->property_count) {
            continue;
        }
        const imx_heif_property *property = &index->properties[trait->property];
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            size_t length = strlen(names[k]);
            if (property->type == TYPE_AUXILIARY && property->body.size >= VERSION_BYTES + length &&
                memcmp(property->body.data + VERSION_BYTES, names[k], length) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* libheif from 1.16 on decodes what codecs it has, JPEG 2000 and pixels without a codec among them,
 * wherever a picture leads there; what that costs is not looked at here. */
static imgmatch_status check_codecs(const imx_heif_index *index, imgmatch_diag *diag) {
    for (size_t i = 0; i < index->link_count; i++) {
        const imx_heif_link *link = &index->links[i];
        bool made_of = link->kind == IMX_HEIF_MADE_OF;
        const imx_heif_item *whole = imx_heif_index_find(index, made_of ? link->from : link->to);
        const imx_heif_item *part = imx_heif_index_find(index, made_of ? link->to : link->from);
        if (whole == NULL || part == NULL || !imx_heif_is_picture(whole->type) ||
            imx_heif_is_picture(part->type)) {
            continue;
        }
        if (made_of || (link->kind == IMX_HEIF_BESIDE && is_transparency(index, part->id))) {
            return imx_fail_photo(diag, IMGMATCH_REASON_UNSUPPORTED,
                                  "HEIF: a part of a picture is coded neither by HEVC nor by AV1");
        }
    }
    return IMGMATCH_OK;
}

/* Note of each item whether it is a tile, or lies in an overlay, or is turned into another one. */
static void note_parts(const imx_heif_index *index, imx_heif_cost *costs) {
    for (size_t i = 0; i < index->link_count; i++) {
        const imx_heif_link *link = &index->links[i];
        const imx_heif_item *part = imx_heif_index_find(index, link->to);
        if (link->kind == IMX_HEIF_MADE_OF && part != NULL) {
            const imx_heif_item *whole = imx_heif_index_find(index, link->from);
            costs[part - index->items].part |= whole != NULL && imx_heif_is_derived(whole->type);
        }
    }
}

/* Whether its decoded planes are sure to be like the other item's. */
static bool is_alike(const imx_heif_cost *one, const imx_heif_cost *other) {
    return one->shape_sure && other->shape_sure && one->changes == 0 && other->changes == 0 &&
           memcmp(&one->shape, &other->shape, sizeof one->shape) == 0;
}

/* libheif copies the transparency of a tile and of a part of an overlay as if it were as large and
 * as deep as the tile, whatever it is. That of a whole picture it checks. All items were measured
 * before. */
static imgmatch_status check_transparency(const imx_heif_index *index, const imx_heif_cost *costs,
                                          imgmatch_diag *diag) {
    for (size_t i = 0; i < index->link_count; i++) {
        const imx_heif_link *link = &index->links[i];
        const imx_heif_item *of = imx_heif_index_find(index, link->to);
        const imx_heif_item *from = imx_heif_index_find(index, link->from);
        if (link->kind != IMX_HEIF_BESIDE || of == NULL || from == NULL ||
            !costs[of - index->items].part || !is_transparency(index, link->from)) {
            continue;
        }
        if (!is_alike(&costs[of - index->items], &costs[from - index->items])) {
            return imx_fail_photo(diag, IMGMATCH_REASON_UNSUPPORTED,
                                  "HEIF: a part of a picture has transparency of another size or "
                                  "depth");
        }
    }
    return IMGMATCH_OK;
}

/* Is it known what size the decoded tile has, and by what size libheif places it? */
static bool is_sure_tile(const imx_heif_item *item, const imx_heif_cost *cost) {
    return imx_heif_is_coded(item->type) && cost->shape_sure && cost->changes == 0 &&
           !cost->told_twice;
}

static imgmatch_status fail_grid(imgmatch_diag *diag) {
    return imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT,
                          "HEIF: the tiles of a grid do not fill it");
}

/* All tiles are of one size (ISO/IEC 23008-12, 6.6.2.3.1), and reach over the whole grid. */
static imgmatch_status check_tiles(const imx_heif_index *index, const imx_heif_cost *costs,
                                   const imx_heif_item *whole, imgmatch_diag *diag) {
    const imx_heif_grid *grid = &costs[whole - index->items].grid;
    const imx_heif_cost *first = NULL;
    uint32_t tiles = 0;
    for (size_t i = 0; i < index->link_count; i++) {
        const imx_heif_link *link = &index->links[i];
        if (link->kind != IMX_HEIF_MADE_OF || link->from != whole->id) {
            continue;
        }
        const imx_heif_item *item = imx_heif_index_find(index, link->to);
        if (item == NULL) {
            return fail_grid(diag);
        }
        const imx_heif_cost *tile = &costs[item - index->items];
        if (!is_sure_tile(item, tile)) {
            return imx_fail_photo(diag, IMGMATCH_REASON_UNSUPPORTED,
                                  "HEIF: a tile is made of others or changed, or not sure of size");
        }
        first = first == NULL ? tile : first;
        if (tile->told_width != first->shape.shown_width ||
            tile->told_height != first->shape.shown_height ||
            tile->shape.shown_width != first->shape.shown_width ||
            tile->shape.shown_height != first->shape.shown_height) {
            return fail_grid(diag);
        }
        tiles++;
    }
    bool filled = first != NULL && tiles == grid->rows * grid->columns &&
                  (uint64_t)grid->columns * first->shape.shown_width >= grid->width &&
                  (uint64_t)grid->rows * first->shape.shown_height >= grid->height;
    return filled ? IMGMATCH_OK : fail_grid(diag);
}

imgmatch_status imx_heif_check_fit(const imx_heif_index *index, imx_heif_cost *costs,
                                   imgmatch_diag *diag) {
    note_parts(index, costs);
    imgmatch_status status = check_codecs(index, diag);
    if (status == IMGMATCH_OK) {
        status = check_transparency(index, costs, diag);
    }
    for (size_t i = 0; i < index->item_count && status == IMGMATCH_OK; i++) {
        if (costs[i].grid.rows > 0) {
            status = check_tiles(index, costs, &index->items[i], diag);
        }
    }
    return status;
}
