/*
 * Copies are pasted into scenes, framed and put side by side, and then the whole picture's
 * fingerprint is mostly that of its surroundings. The parts that layout finds come first, since
 * they fit a copy to the pixel; tiles on a grid are for what it does not find.
 */
#include "match/views.h"

#define LEAST_SIDE 16u /* Pixels; smaller parts tell nothing. */
#define SAME 0.9       /* Intersection over union from which two views are one. */

static void plan_view(imx_view_plan *plan, imx_rect rect, bool mirrored, uint32_t most) {
    if (plan->count >= most || rect.width < LEAST_SIDE || rect.height < LEAST_SIDE) {
        return;
    }
    for (uint32_t i = 0; i < plan->count; i++) {
        if (plan->views[i].mirrored == mirrored && !plan->views[i].sheet &&
            imx_rect_overlap(plan->views[i].rect, rect) > SAME) {
            return;
        }
    }
    plan->views[plan->count++] = (imx_planned_view){rect, mirrored, false};
}

static void plan_sheet(imx_view_plan *plan, const imx_layout *layout, bool mirrored,
                       uint32_t most) {
    if (layout->has_sheet && plan->count < most) {
        plan->views[plan->count++] = (imx_planned_view){plan->views[0].rect, mirrored, true};
    }
}

static imx_rect whole_of(imx_pixels picture) {
    return (imx_rect){0, 0, picture.width, picture.height};
}

/* The whole is planned whatever its size. */
static void start(imx_view_plan *plan, imx_pixels picture) {
    plan->count = 1;
    plan->views[0] = (imx_planned_view){whole_of(picture), false, false};
}

bool imx_view_plan_has_sheet(const imx_view_plan *plan) {
    for (uint32_t i = 0; i < plan->count; i++) {
        if (plan->views[i].sheet) {
            return true;
        }
    }
    return false;
}

void imx_view_plan_reference(imx_view_plan *out, const imx_layout *layout, imx_pixels picture) {
    start(out, picture);
    if (layout->has_subject) {
        plan_view(out, layout->subject, false, 2);
    } else if (layout->has_border) {
        plan_view(out, layout->inside, false, 2);
    }
    out->found = out->count;
}

/* Tiles of `share` of each side, `steps` in each direction, evenly spread over `inside`. */
static void plan_tiles(imx_view_plan *plan, imx_rect inside, double share, uint32_t steps,
                       uint32_t most) {
    uint32_t width = (uint32_t)(share * inside.width);
    uint32_t height = (uint32_t)(share * inside.height);
    for (uint32_t row = 0; row < steps; row++) {
        for (uint32_t column = 0; column < steps; column++) {
            imx_rect tile = {inside.x + (inside.width - width) * column / (steps - 1),
                             inside.y + (inside.height - height) * row / (steps - 1), width,
                             height};
            plan_view(plan, tile, false, most);
        }
    }
}

static void plan_found(imx_view_plan *plan, const imx_layout *layout, uint32_t most) {
    if (layout->has_border) {
        plan_view(plan, layout->inside, false, most);
    }
    if (layout->has_subject) {
        plan_view(plan, layout->subject, false, most);
    }
    plan_sheet(plan, layout, false, most);
    for (uint32_t i = 0; i < layout->cell_count; i++) {
        plan_view(plan, layout->cells[i], false, most);
    }
    for (uint32_t i = 0; i < layout->inset_count; i++) {
        plan_view(plan, layout->insets[i], false, most);
    }
}

void imx_view_plan_query(imx_view_plan *out, const imx_layout *layout, imx_pixels picture,
                         imgmatch_effort effort, uint32_t max_views) {
    uint32_t most = max_views < IMX_PLAN_MAX ? max_views : IMX_PLAN_MAX;
    start(out, picture);
    if (effort != IMGMATCH_EFFORT_FAST) {
        plan_found(out, layout, most);
    }
    out->found = out->count;
    if (effort != IMGMATCH_EFFORT_THOROUGH) {
        return;
    }
    plan_view(out, layout->inside, true, most);
    plan_sheet(out, layout, true, most);
    if (layout->cell_count == 0 || layout->pieces) { /* Pieces may be a pair of shoes. */
        plan_tiles(out, layout->inside, 0.65, 2, most);
        plan_tiles(out, layout->inside, 0.45, 3, most);
    }
}
