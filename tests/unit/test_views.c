/* Views cost milliseconds each: the right ones, no view twice, never more than allowed. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "match/views.h"

static const imx_pixels picture = {NULL, 400, 300, 1200};

static imx_layout plain_layout(void) {
    return (imx_layout){.inside = {0, 0, 400, 300}, .subject = {0, 0, 400, 300}};
}

static void check_inside(const imx_view_plan *plan) {
    for (uint32_t i = 0; i < plan->count; i++) {
        imx_rect rect = plan->views[i].rect;
        assert_true(rect.width > 0 && rect.height > 0);
        assert_true(rect.x + rect.width <= 400 && rect.y + rect.height <= 300);
    }
    assert_int_equal(plan->views[0].rect.width, 400);
    assert_int_equal(plan->views[0].rect.height, 300);
}

static void test_effort_decides_how_many(void **state) {
    (void)state;
    imx_layout layout = plain_layout();
    imx_view_plan plan;
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_FAST, 64);
    assert_int_equal(plan.count, 1);
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_STANDARD, 64);
    assert_int_equal(plan.count, 1); /* Nothing was found in it. */
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_THOROUGH, 64);
    assert_int_equal(plan.count, 1 + 1 + 4 + 9);
    assert_int_equal(plan.found, 1);
    check_inside(&plan);
}

static void test_found_parts_are_views(void **state) {
    (void)state;
    imx_layout layout = plain_layout();
    layout.has_border = true;
    layout.inside = (imx_rect){40, 30, 320, 240};
    layout.has_subject = true;
    layout.subject = (imx_rect){100, 80, 150, 120};
    imx_view_plan plan;
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_STANDARD, 64);
    assert_int_equal(plan.count, 3);
    check_inside(&plan);
    imx_view_plan_reference(&plan, &layout, picture);
    assert_int_equal(plan.count, 2);
    assert_int_equal(plan.views[1].rect.x, 100);
}

static void test_found_insets_are_views(void **state) {
    (void)state;
    imx_layout layout = plain_layout();
    layout.inset_count = 2;
    layout.insets[0] = (imx_rect){40, 30, 120, 140};
    layout.insets[1] = (imx_rect){200, 80, 150, 120};
    imx_view_plan plan;
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_STANDARD, 64);
    assert_int_equal(plan.count, 3);
    assert_int_equal(plan.views[1].rect.x, 40);
    assert_int_equal(plan.views[2].rect.x, 200);
    check_inside(&plan);
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_FAST, 64);
    assert_int_equal(plan.count, 1);
}

/* Pieces are a guess: a pair of shoes is one product. Cells are none. */
static void test_pieces_leave_thorough_its_tiles(void **state) {
    (void)state;
    imx_layout layout = plain_layout();
    layout.has_border = layout.has_subject = true;
    layout.inside = (imx_rect){0, 0, 400, 250};
    layout.subject = (imx_rect){60, 40, 260, 180};
    layout.cell_count = 9;
    for (uint32_t i = 0; i < 9; i++) {
        layout.cells[i] = (imx_rect){i % 3 * 130, i / 3 * 80, 40, 70};
    }
    imx_view_plan plan;
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_THOROUGH, 64);
    assert_int_equal(plan.count, 4 + 9);
    layout.pieces = true;
    layout.has_sheet = true;
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_THOROUGH, 64);
    assert_int_equal(plan.count, IMX_PLAN_MAX);
    check_inside(&plan);
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_STANDARD, 64);
    assert_int_equal(plan.count, 3 + 1 + 9);
}

/* It is no view of the picture's pixels: the one of all of them stays, and is not taken for it. */
static void test_a_sheet_is_a_view(void **state) {
    (void)state;
    imx_layout layout = plain_layout();
    layout.has_sheet = true;
    imx_view_plan plan;
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_FAST, 64);
    assert_int_equal(plan.count, 1);
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_STANDARD, 64);
    assert_int_equal(plan.count, 2);
    assert_true(!plan.views[0].sheet && plan.views[1].sheet && !plan.views[1].mirrored);
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_THOROUGH, 64);
    assert_int_equal(plan.count, 1 + 2 + 1 + 4 + 9);
    assert_true(plan.views[3].sheet && plan.views[3].mirrored);
    assert_int_equal(plan.found, 2);
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_STANDARD, 1);
    assert_int_equal(plan.count, 1);
}

/* A border of a pixel is not worth a view of its own. */
static void test_no_view_twice(void **state) {
    (void)state;
    imx_layout layout = plain_layout();
    layout.has_border = true;
    layout.inside = (imx_rect){1, 1, 398, 298};
    imx_view_plan plan;
    imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_STANDARD, 64);
    assert_int_equal(plan.count, 1);
}

static void test_the_limit_holds(void **state) {
    (void)state;
    imx_layout layout = plain_layout();
    layout.cell_count = 9;
    for (uint32_t i = 0; i < 9; i++) {
        layout.cells[i] = (imx_rect){i % 3 * 130, i / 3 * 100, 130, 100};
    }
    imx_view_plan plan;
    for (uint32_t most = 0; most < 12; most++) {
        imx_view_plan_query(&plan, &layout, picture, IMGMATCH_EFFORT_THOROUGH, most);
        assert_true(plan.count <= (most == 0 ? 1 : most));
        check_inside(&plan);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_effort_decides_how_many),
        cmocka_unit_test(test_found_parts_are_views),
        cmocka_unit_test(test_found_insets_are_views),
        cmocka_unit_test(test_pieces_leave_thorough_its_tiles),
        cmocka_unit_test(test_a_sheet_is_a_view),
        cmocka_unit_test(test_no_view_twice),
        cmocka_unit_test(test_the_limit_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
