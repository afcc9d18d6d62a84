#include "facade/portrait.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/memory.h"
#include "match/sheet.h"

#include <stdlib.h>

#define FLAT_DETAIL 1.0F    /* Mean gradient in levels. */
#define SMALL_SUBJECT 0.03F /* Share of the picture. */
#define UNSTABLE_BITS 64    /* A quarter of the hash. */
#define TEXT_SHARE 0.75F    /* Of the detail. */
#define FEW_FEATURES 10u

static uint64_t remark(imgmatch_reason reason, bool applies) {
    return applies ? imx_remark(reason) : 0;
}

static uint64_t remarks_on(const imx_portrait *portrait) {
    const imx_layout *layout = &portrait->layout;
    const imgmatch_pdq *hash = &portrait->prints.views[0].pdq[0];
    bool flat = layout->detail < FLAT_DETAIL || hash->quality == 0;
    uint64_t remarks = remark(IMGMATCH_REASON_FLAT, flat);
    if (flat) {
        return remarks; /* The others follow from it. */
    }
    remarks |= remark(IMGMATCH_REASON_SMALL_SUBJECT, layout->subject_share < SMALL_SUBJECT);
    remarks |= remark(IMGMATCH_REASON_UNSTABLE_HASH, hash->unstable >= UNSTABLE_BITS);
    remarks |= remark(IMGMATCH_REASON_TEXT_ONLY, layout->text_share >= TEXT_SHARE);
    bool few = (portrait->features != NULL && portrait->features->count < FEW_FEATURES) ||
               (portrait->sketch != NULL && portrait->sketch->feature_count < FEW_FEATURES);
    return remarks | remark(IMGMATCH_REASON_FEW_FEATURES, few);
}

static imgmatch_status make_prints(imx_portrait *out, const imx_portrait_means *means,
                                   const imx_view_plan *plan, const imx_viewed *viewed,
                                   imgmatch_diag *diag) {
    imx_embedder *embedder = NULL;
    imgmatch_status status = imx_embedder_pool_lend(&embedder, means->embedders, diag);
    if (status == IMGMATCH_OK) {
        status = imx_prints_make(&out->prints, embedder, imgmatch_model_get_info(means->model),
                                 plan, viewed, diag);
    }
    imx_embedder_pool_return(means->embedders, embedder);
    return status;
}

/* Draw the query's sheet without the frame that a screen or a print has. */
static imgmatch_status draw_sheet(imx_pixels *out, uint8_t *pixels, imx_layout *layout,
                                  imx_pixels picture, imgmatch_diag *diag) {
    *out = (imx_pixels){pixels, IMX_SHEET_SIDE, IMX_SHEET_SIDE, (size_t)3 * IMX_SHEET_SIDE};
    imgmatch_status status = imx_sheet_draw(pixels, picture, layout->sheet, diag);
    imx_layout drawn = {0};
    if (status == IMGMATCH_OK) {
        status = imx_layout_find(&drawn, *out, IMX_LAYOUT_WHOLE, diag);
    }
    if (status == IMGMATCH_OK && drawn.has_border) {
        imx_sheet_trim(layout->sheet, drawn.inside);
        status = imx_sheet_draw(pixels, picture, layout->sheet, diag);
    }
    return status;
}

/* The prints of a query, and of its sheet if it has one. */
static imgmatch_status make_query_prints(imx_portrait *out, const imx_portrait_means *means,
                                         imx_pixels picture, imgmatch_effort effort,
                                         imgmatch_diag *diag) {
    imx_view_plan plan;
    imx_view_plan_query(&plan, &out->layout, picture, effort, means->limits->max_views);
    imx_viewed viewed = {.picture = picture};
    if (!imx_view_plan_has_sheet(&plan)) {
        return make_prints(out, means, &plan, &viewed, diag);
    }
    uint8_t *pixels = imx_new_array_raw((size_t)IMX_SHEET_SIDE * IMX_SHEET_SIDE, 3);
    if (pixels == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = draw_sheet(&viewed.sheet, pixels, &out->layout, picture, diag);
    if (status == IMGMATCH_OK) {
        status = make_prints(out, means, &plan, &viewed, diag);
    }
    free(pixels);
    return status;
}

static imgmatch_status decode(imgmatch_image **out, imx_portrait *portrait,
                              const imx_intake *intake, const imx_portrait_means *means,
                              imx_layout_scope scope, imgmatch_diag *diag) {
    double start = imx_clock_ms();
    imgmatch_status status =
        means->decoders == NULL
            ? imgmatch_image_decode(out, intake->bytes, intake->size_bytes, means->limits, diag)
            : imgmatch_decoder_pool_decode(out, means->decoders, intake->bytes, intake->size_bytes,
                                           means->limits, diag);
    if (status == IMGMATCH_OK) {
        portrait->info = *imgmatch_image_get_info(*out);
        status = imx_layout_find(&portrait->layout, imx_image_view(*out), scope, diag);
    }
    portrait->decode_ms = imx_clock_ms() - start;
    return status;
}

imgmatch_status imx_portrait_reference(imx_portrait *out, const imx_intake *intake,
                                       const imx_portrait_means *means, imgmatch_diag *diag) {
    imgmatch_image *image = NULL;
    imgmatch_status status = decode(&image, out, intake, means, IMX_LAYOUT_WHOLE, diag);
    double start = imx_clock_ms();
    if (status == IMGMATCH_OK) {
        imx_view_plan plan;
        imx_view_plan_reference(&plan, &out->layout, imx_image_view(image));
        imx_viewed viewed = {.picture = imx_image_view(image)};
        status = make_prints(out, means, &plan, &viewed, diag);
    }
    if (status == IMGMATCH_OK) {
        out->sketch = imx_new_array(1, sizeof *out->sketch);
        status = out->sketch == NULL ? imx_fail_memory(diag)
                                     : imx_sketch_make(out->sketch, imx_image_view(image), diag);
    }
    if (status == IMGMATCH_OK) {
        out->remarks = remarks_on(out);
    }
    out->fingerprint_ms = imx_clock_ms() - start;
    imgmatch_image_free(image);
    return status;
}

imgmatch_status imx_portrait_query(imx_portrait *out, const imx_intake *intake,
                                   const imx_portrait_means *means, imgmatch_effort effort,
                                   imgmatch_diag *diag) {
    imgmatch_image *image = NULL;
    imx_layout_scope scope =
        effort == IMGMATCH_EFFORT_FAST ? IMX_LAYOUT_WHOLE : IMX_LAYOUT_WITH_PARTS;
    imgmatch_status status = decode(&image, out, intake, means, scope, diag);
    double start = imx_clock_ms();
    if (status == IMGMATCH_OK) {
        status = make_query_prints(out, means, imx_image_view(image), effort, diag);
    }
    if (status == IMGMATCH_OK && effort != IMGMATCH_EFFORT_FAST) {
        status = imx_features_find(&out->features, imx_image_view(image),
                                   effort == IMGMATCH_EFFORT_THOROUGH ? IMX_FEATURES_THOROUGH
                                                                      : IMX_FEATURES_STANDARD,
                                   diag);
    }
    if (status == IMGMATCH_OK) {
        out->remarks = remarks_on(out);
    }
    out->fingerprint_ms = imx_clock_ms() - start;
    imgmatch_image_free(image);
    return status;
}

void imx_portrait_free(imx_portrait *portrait) {
    imx_prints_free(&portrait->prints);
    imx_features_free(portrait->features);
    free(portrait->sketch);
    *portrait = (imx_portrait){0};
}

imx_frame imx_frame_of(imx_rect rect, const imgmatch_image_info *info) {
    float width = (float)info->width;
    float height = (float)info->height;
    return (imx_frame){(float)rect.x / width, (float)rect.y / height, (float)rect.width / width,
                       (float)rect.height / height};
}

static imx_transform part_of(imx_rect rect, const imgmatch_image_info *info) {
    imx_frame frame = imx_frame_of(rect, info);
    return (imx_transform){{frame.width, 0, frame.x, 0, frame.height, frame.y}};
}

size_t imx_portrait_parts(imx_transform out[IMX_PORTRAIT_PARTS], const imx_portrait *portrait) {
    const imx_layout *layout = &portrait->layout;
    const imgmatch_image_info *info = &portrait->info;
    size_t count = 0;
    out[count++] = (imx_transform){{1, 0, 0, 0, 1, 0}};
    if (layout->has_border) {
        out[count++] = part_of(layout->inside, info);
    }
    if (layout->has_subject) {
        out[count++] = part_of(layout->subject, info);
    }
    if (layout->has_sheet) {
        out[count++] = imx_sheet_transform(layout->sheet, info->width, info->height);
    }
    for (uint32_t i = 0; i < layout->cell_count; i++) {
        out[count++] = part_of(layout->cells[i], info);
    }
    for (uint32_t i = 0; i < layout->inset_count; i++) {
        out[count++] = part_of(layout->insets[i], info);
    }
    return count;
}
