/*
 * What is found in pictures that are drawn here, and above all what is not: an ordinary scene has
 * no border, no plain background and no cells, because whatever is found wrongly costs a query a
 * view of nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "image/layout.h"
#include "test_image_samples.h"

#include <math.h>

static const uint8_t white[3] = {255, 255, 255};
static const uint8_t black[3] = {0, 0, 0};
static const uint8_t blue[3] = {30, 60, 160};

static imx_layout find(const sample_picture *picture) {
    imx_layout layout;
    assert_int_equal(imx_layout_find(&layout, sample_view(picture), IMX_LAYOUT_WITH_PARTS, NULL),
                     IMGMATCH_OK);
    /* Without its parts it is the same picture. */
    imx_layout whole;
    assert_int_equal(imx_layout_find(&whole, sample_view(picture), IMX_LAYOUT_WHOLE, NULL),
                     IMGMATCH_OK);
    assert_int_equal(whole.cell_count + whole.inset_count + whole.has_sheet, 0);
    assert_memory_equal(&whole.inside, &layout.inside, sizeof layout.inside);
    assert_memory_equal(&whole.subject, &layout.subject, sizeof layout.subject);
    assert_true(whole.subject_share == layout.subject_share && whole.detail == layout.detail);
    return layout;
}

static void expect_rect(imx_rect found, imx_rect expected, uint32_t slack) {
    assert_in_range(found.x + slack - expected.x, 0, 2 * slack);
    assert_in_range(found.y + slack - expected.y, 0, 2 * slack);
    assert_in_range(found.x + found.width + slack - expected.x - expected.width, 0, 2 * slack);
    assert_in_range(found.y + found.height + slack - expected.y - expected.height, 0, 2 * slack);
}

static void expect_within(imx_rect rect, uint64_t width, uint64_t height) {
    assert_true(rect.width > 0 && rect.x + (uint64_t)rect.width <= width);
    assert_true(rect.height > 0 && rect.y + (uint64_t)rect.height <= height);
}

static void ordinary_scenes_have_nothing(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 30; ++seed) {
        sample_picture scene = sample_scene(480, 360, seed);
        imx_layout layout = find(&scene);
        assert_false(layout.has_border);
        assert_false(layout.has_subject);
        assert_int_equal(layout.cell_count, 0);
        assert_int_equal(layout.inset_count, 0);
        assert_false(layout.has_sheet);
        expect_rect(layout.inside, (imx_rect){0, 0, 480, 360}, 0);
        expect_rect(layout.subject, (imx_rect){0, 0, 480, 360}, 0);
        assert_true(layout.detail > 1);
        assert_true(layout.text_share < 0.3F);
        free(scene.rgb);
    }
}

static void flat_pictures_are_nothing_but_background(void **state) {
    (void)state;
    sample_picture flat = sample_plain(300, 200, 200);
    imx_layout layout = find(&flat);
    assert_false(layout.has_border);
    assert_false(layout.has_subject);
    assert_int_equal(layout.cell_count, 0);
    assert_true(layout.detail < 0.01F);
    assert_true(layout.subject_share < 0.01F);
    free(flat.rgb);
}

static void any_size_is_taken(void **state) {
    (void)state;
    static const uint32_t sides[] = {1, 2, 5, 8, 16, 33, 700, 3000};
    for (size_t i = 0; i < 8; ++i) {
        for (size_t k = 0; k < 8; ++k) {
            sample_picture flat = sample_plain(sides[i], sides[k], 90);
            flat.rgb[0] = 0;
            imx_layout layout = find(&flat);
            assert_true(layout.inside.width > 0 && layout.inside.height > 0);
            free(flat.rgb);
        }
    }
}

/* A hash of the inside depends on the border to the pixel. */
static void bars_are_found_to_the_pixel(void **state) {
    (void)state;
    static const struct {
        uint32_t top, right, bottom, left;
    } bars[] = {{60, 0, 60, 0}, {0, 80, 0, 80}, {25, 25, 25, 25}, {0, 0, 70, 0}, {9, 0, 0, 0}};
    for (size_t i = 0; i < sizeof bars / sizeof bars[0]; ++i) {
        sample_picture scene = sample_scene(640, 480, 40 + i);
        imx_rect inside = {bars[i].left, bars[i].top, 640 - bars[i].left - bars[i].right,
                           480 - bars[i].top - bars[i].bottom};
        sample_picture part = sample_scene(inside.width, inside.height, 50 + i);
        sample_fill(&scene, (imx_rect){0, 0, 640, 480}, i % 2 == 0 ? black : white);
        sample_paste(&scene, &part, inside.x, inside.y);
        imx_layout layout = find(&scene);
        assert_true(layout.has_border);
        expect_rect(layout.inside, inside, 1);
        free(part.rgb);
        free(scene.rgb);
    }
}

static void bars_of_different_colours_are_found(void **state) {
    (void)state;
    sample_picture picture = sample_plain(400, 500, 255);
    sample_fill(&picture, (imx_rect){0, 0, 400, 40}, blue);
    sample_fill(&picture, (imx_rect){0, 440, 400, 60}, black);
    sample_picture part = sample_scene(400, 400, 60);
    sample_paste(&picture, &part, 0, 40);
    imx_layout layout = find(&picture);
    assert_true(layout.has_border);
    expect_rect(layout.inside, (imx_rect){0, 40, 400, 400}, 1);
    free(part.rgb);
    free(picture.rgb);
}

/* Text is drawn as rows of small dark strokes. */
static void draw_text(sample_picture *picture, imx_rect rect, const uint8_t colour[3]) {
    imx_random random = {77};
    for (uint32_t y = rect.y; y + 9 <= rect.y + rect.height; y += 16) {
        for (uint32_t x = rect.x; x + 3 <= rect.x + rect.width;) {
            sample_fill(picture, (imx_rect){x, y, 2, 9}, colour);
            x += 4 + imx_random_below(&random, 6);
        }
    }
}

static void a_banner_with_text_comes_off(void **state) {
    (void)state;
    sample_picture picture = sample_plain(600, 600, 250);
    sample_picture part = sample_scene(600, 500, 61);
    sample_paste(&picture, &part, 0, 0);
    draw_text(&picture, (imx_rect){60, 520, 420, 60}, black);
    imx_layout layout = find(&picture);
    assert_true(layout.has_border);
    expect_rect(layout.inside, (imx_rect){0, 0, 600, 500}, 2);
    free(part.rgb);
    free(picture.rgb);
}

/* Status bar, title bar, letterboxed photo, text below: three rounds of peeling. */
static void the_chrome_of_a_screenshot_comes_off(void **state) {
    (void)state;
    sample_picture picture = sample_plain(540, 960, 255);
    sample_fill(&picture, (imx_rect){0, 0, 540, 30}, black);
    draw_text(&picture, (imx_rect){400, 10, 120, 12}, white);
    sample_fill(&picture, (imx_rect){0, 30, 540, 80}, blue);
    draw_text(&picture, (imx_rect){30, 60, 200, 20}, white);
    sample_picture part = sample_scene(540, 540, 62);
    sample_paste(&picture, &part, 0, 110);
    draw_text(&picture, (imx_rect){30, 700, 400, 100}, black);
    imx_layout layout = find(&picture);
    assert_true(layout.has_border);
    expect_rect(layout.inside, (imx_rect){0, 110, 540, 540}, 3);
    free(part.rgb);
    free(picture.rgb);
}

/* A page that was scrolled: the bar at its end cuts through a line of text. */
static void text_that_another_bar_cuts_comes_off(void **state) {
    (void)state;
    sample_picture picture = sample_plain(540, 700, 24);
    sample_picture part = sample_scene(540, 540, 63);
    sample_paste(&picture, &part, 0, 60);
    draw_text(&picture, (imx_rect){40, 632, 200, 16}, white);
    sample_fill(&picture, (imx_rect){0, 636, 540, 64}, blue);
    imx_layout layout = find(&picture);
    assert_true(layout.has_border);
    expect_rect(layout.inside, (imx_rect){0, 60, 540, 540}, 2);
    free(part.rgb);
    free(picture.rgb);
}

/* Between the bar and the ground lie lines that are bar at full size and ground when it is reduced:
 * the subject that is found there lies behind the border that is found to the pixel. */
static void a_subject_behind_the_border_is_none(void **state) {
    (void)state;
    enum { SIDE = 1920, BAR = 192, SCALE = 6 }; /* It is reduced to 320. */
    static const uint8_t ground[3] = {199, 199, 199};
    static const uint8_t crumb[3] = {100, 20, 20};
    static const uint8_t red[3] = {255, 0, 0};
    sample_picture picture = sample_plain(SIDE, SIDE, 255);
    sample_fill(&picture, (imx_rect){0, 0, SIDE - BAR - 2 * SCALE + 1, SIDE}, ground);
    for (uint32_t y = 0; y < SIDE; y++) {
        if (y % 9 < 2) {
            sample_fill(&picture, (imx_rect){SIDE - BAR - 2 * SCALE + 1, y, SCALE - 1, 1}, black);
            sample_fill(&picture, (imx_rect){SIDE - BAR - SCALE, y, SCALE, 1}, red);
        }
    }
    sample_fill(&picture, (imx_rect){50 * SCALE, 100 * SCALE, SCALE, SCALE}, crumb);
    sample_fill(&picture, (imx_rect){60 * SCALE, 200 * SCALE, SCALE, SCALE}, crumb);
    imx_layout layout = find(&picture);
    expect_within(layout.inside, SIDE, SIDE);
    expect_within(layout.subject, SIDE, SIDE);
    free(picture.rgb);
}

static void a_packshot_has_a_subject_and_no_border(void **state) {
    (void)state;
    static const uint8_t levels[] = {255, 240, 128, 20};
    for (size_t i = 0; i < sizeof levels; ++i) {
        sample_picture picture = sample_plain(500, 500, levels[i]);
        for (uint32_t y = 0; y < 500; ++y) {
            for (uint32_t x = 0; x < 500; ++x) {
                double dx = ((double)x - 250) / 90;
                double dy = ((double)y - 300) / 140;
                if (dx * dx + dy * dy < 1) {
                    uint8_t *pixel = picture.rgb + 3 * (y * 500 + x);
                    pixel[0] = (uint8_t)(200 - x / 4);
                    pixel[1] = (uint8_t)(40 + y / 8);
                    pixel[2] = 60;
                }
            }
        }
        imx_layout layout = find(&picture);
        assert_false(layout.has_border);
        assert_true(layout.has_subject);
        assert_int_equal(layout.cell_count, 0);
        expect_rect(layout.subject, (imx_rect){160, 160, 180, 280}, 16);
        assert_true(layout.subject_share > 0.13F && layout.subject_share < 0.19F);
        free(picture.rgb);
    }
}

static void soft_shadows_are_background(void **state) {
    (void)state;
    sample_picture picture = sample_plain(400, 400, 250);
    for (uint32_t y = 250; y < 350; ++y) { /* A shadow that fades out to the right. */
        for (uint32_t x = 100; x < 380; ++x) {
            uint8_t level = (uint8_t)(250 - 50 * (380 - x) / 280 * (350 - y) / 100);
            uint8_t shade[3] = {level, level, level};
            sample_fill(&picture, (imx_rect){x, y, 1, 1}, shade);
        }
    }
    sample_fill(&picture, (imx_rect){100, 150, 100, 200}, blue);
    imx_layout layout = find(&picture);
    assert_true(layout.has_subject);
    expect_rect(layout.subject, (imx_rect){100, 150, 100, 200}, 12);
    free(picture.rgb);
}

static void check_collage(uint32_t columns, uint32_t rows, uint32_t gutter, uint64_t seed) {
    uint32_t cell_width = 600 / columns;
    uint32_t cell_height = 600 / rows;
    sample_picture picture = sample_plain(columns * cell_width + (columns - 1) * gutter,
                                          rows * cell_height + (rows - 1) * gutter, 255);
    for (uint32_t i = 0; i < rows * columns; ++i) {
        sample_picture part = sample_scene(cell_width, cell_height, seed + i);
        sample_paste(&picture, &part, i % columns * (cell_width + gutter),
                     i / columns * (cell_height + gutter));
        free(part.rgb);
    }
    imx_layout layout = find(&picture);
    assert_int_equal(layout.cell_count, rows * columns);
    assert_false(layout.pieces);
    for (uint32_t i = 0; i < layout.cell_count; ++i) {
        imx_rect cell = layout.cells[i];
        assert_in_range(cell.width + 16, cell_width, cell_width + 24);
        assert_in_range(cell.height + 16, cell_height, cell_height + 24);
    }
    free(picture.rgb);
}

static void collages_with_gutters_are_cut(void **state) {
    (void)state;
    check_collage(2, 1, 12, 100);
    check_collage(1, 2, 12, 110);
    check_collage(2, 2, 12, 120);
    check_collage(3, 2, 12, 130);
    check_collage(3, 3, 12, 140);
}

static void collages_without_gutters_are_cut(void **state) {
    (void)state;
    check_collage(2, 1, 0, 200);
    check_collage(1, 2, 0, 210);
    check_collage(2, 2, 0, 220);
}

/* The page of a shop: the photo, and below it text and lines too small to be read. */
static void a_cell_is_without_the_page_beside_it(void **state) {
    (void)state;
    static const uint8_t grey[3] = {60, 60, 66};
    const imx_rect place = {106, 90, 290, 216};
    sample_picture picture = sample_plain(496, 748, 24);
    sample_fill(&picture, (imx_rect){0, 0, 496, 63}, grey);
    sample_picture part = sample_scene(place.width, place.height, 210);
    sample_paste(&picture, &part, place.x, place.y);
    draw_text(&picture, (imx_rect){place.x, 327, 270, 16}, white);
    for (uint32_t y = 411; y < 700; y += 21) {
        sample_fill(&picture, (imx_rect){place.x, y, 160 + y % 110, 10}, grey);
    }
    imx_layout layout = find(&picture);
    double nearest = 0;
    for (uint32_t i = 0; i < layout.cell_count; ++i) {
        nearest = fmax(nearest, imx_rect_overlap(layout.cells[i], place));
    }
    assert_true(nearest > 0.95);
    free(part.rgb);
    free(picture.rgb);
}

/* Two of the three pieces touch. */
static void pieces_that_touch_along_a_line_are_cut(void **state) {
    (void)state;
    static const imx_rect places[] = {
        {40, 150, 170, 200}, {300, 40, 200, 210}, {300, 250, 200, 210}};
    sample_picture picture = sample_plain(560, 560, 255);
    for (size_t i = 0; i < 3; ++i) {
        sample_picture part = sample_scene(places[i].width, places[i].height, 410 + i);
        sample_paste(&picture, &part, places[i].x, places[i].y);
        free(part.rgb);
    }
    imx_layout layout = find(&picture);
    assert_int_equal(layout.cell_count, 4); /* The two together, too. */
    assert_true(layout.pieces);
    for (size_t i = 0; i < 3; ++i) {
        size_t same = 0;
        for (size_t k = 0; k < layout.cell_count; ++k) {
            same += imx_rect_overlap(layout.cells[k], places[i]) > 0.8;
        }
        assert_int_equal(same, 1);
    }
    free(picture.rgb);
}

/* Packshots side by side on white have neither gutters nor seams. */
static void pieces_on_one_ground_are_cells(void **state) {
    (void)state;
    static const imx_rect places[] = {
        {40, 50, 150, 180}, {330, 40, 180, 200}, {60, 330, 120, 190}, {350, 320, 150, 210}};
    for (size_t count = 2; count <= 4; ++count) {
        sample_picture picture = sample_plain(560, 560, 255);
        for (size_t i = 0; i < count; ++i) {
            sample_picture part = sample_scene(places[i].width, places[i].height, 400 + i);
            sample_paste(&picture, &part, places[i].x, places[i].y);
            free(part.rgb);
        }
        imx_layout layout = find(&picture);
        assert_int_equal(layout.cell_count, count);
        assert_true(layout.pieces);
        for (size_t i = 0; i < count; ++i) {
            size_t same = 0;
            for (size_t k = 0; k < count; ++k) {
                same += imx_rect_overlap(layout.cells[k], places[i]) > 0.8;
            }
            assert_int_equal(same, 1);
        }
        free(picture.rgb);
    }
}

/* Two specks in one row begin a box whose columns do not hold them. */
static void specks_do_not_keep_pieces_together(void **state) {
    (void)state;
    sample_picture picture = sample_plain(320, 320, 255);
    sample_fill(&picture, (imx_rect){40, 100, 90, 110}, blue);
    sample_fill(&picture, (imx_rect){190, 100, 90, 110}, blue);
    sample_fill(&picture, (imx_rect){80, 30, 1, 1}, black);
    sample_fill(&picture, (imx_rect){240, 30, 1, 1}, black);
    assert_int_equal(find(&picture).cell_count, 2);
    free(picture.rgb);
}

/* None of those that are told is two. */
static void of_many_pieces_some_are_told(void **state) {
    (void)state;
    sample_picture picture = sample_plain(320, 320, 255);
    for (uint32_t i = 0; i < 12; ++i) {
        sample_fill(&picture, (imx_rect){20 + i % 4 * 75, 30 + i / 4 * 95, 34, 55}, blue);
    }
    imx_layout layout = find(&picture);
    assert_int_equal(layout.cell_count, IMX_LAYOUT_MAX_CELLS);
    for (uint32_t i = 0; i < layout.cell_count; ++i) {
        assert_true(layout.cells[i].width < 60 && layout.cells[i].height < 80);
    }
    free(picture.rgb);
}

/* A label beside the product is no second product. */
static void crumbs_are_no_pieces(void **state) {
    (void)state;
    sample_picture picture = sample_plain(500, 500, 255);
    for (uint32_t y = 60; y < 440; ++y) { /* A round product. */
        double half = 190 * sqrt(1 - (y - 250.0) * (y - 250.0) / (190.0 * 190.0));
        sample_fill(&picture, (imx_rect){(uint32_t)(210 - half), y, (uint32_t)(2 * half), 1}, blue);
    }
    sample_fill(&picture, (imx_rect){430, 240, 40, 30}, black);
    assert_int_equal(find(&picture).cell_count, 0);
    free(picture.rgb);
}

static imx_layout paste_and_find(imx_rect place, uint64_t seed) {
    sample_picture scene = sample_scene(600, 480, seed);
    sample_picture part = sample_scene(place.width, place.height, seed + 1);
    sample_paste(&scene, &part, place.x, place.y);
    imx_layout layout = find(&scene);
    free(part.rgb);
    free(scene.rgb);
    return layout;
}

/* In the middle, in a corner, at a side, small. */
static void pasted_pictures_are_found(void **state) {
    (void)state;
    static const imx_rect places[] = {
        {150, 100, 300, 240}, {0, 0, 260, 220}, {400, 120, 200, 260}, {60, 200, 190, 150}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; ++i) {
        for (uint64_t seed = 300; seed < 340; seed += 10) {
            imx_layout layout = paste_and_find(places[i], seed);
            assert_int_equal(layout.cell_count, 0);
            assert_in_range(layout.inset_count, 1, IMX_LAYOUT_MAX_INSETS);
            expect_rect(layout.insets[0], places[i], 4);
        }
    }
}

static void two_pasted_pictures_are_found(void **state) {
    (void)state;
    static const imx_rect places[] = {{40, 60, 200, 300}, {320, 90, 220, 200}};
    sample_picture scene = sample_scene(600, 480, 350);
    for (size_t i = 0; i < 2; ++i) {
        sample_picture part = sample_scene(places[i].width, places[i].height, 360 + i);
        sample_paste(&scene, &part, places[i].x, places[i].y);
        free(part.rgb);
    }
    imx_layout layout = find(&scene);
    assert_int_equal(layout.inset_count, 2);
    size_t left = layout.insets[0].x < layout.insets[1].x ? 0 : 1;
    expect_rect(layout.insets[left], places[0], 4);
    expect_rect(layout.insets[1 - left], places[1], 4);
    free(scene.rgb);
}

/* More straight edges than are kept do not push the box's own out: they are shorter. */
static void a_pasted_picture_is_found_among_bars(void **state) {
    (void)state;
    static const imx_rect place = {110, 60, 190, 200};
    sample_picture scene = sample_scene(320, 320, 380);
    sample_picture part = sample_scene(place.width, place.height, 381);
    for (uint32_t i = 0; i < 40; ++i) {
        sample_fill(&scene, (imx_rect){8 * i, 270, 4, 45}, black);
    }
    sample_paste(&scene, &part, place.x, place.y);
    imx_layout layout = find(&scene);
    assert_in_range(layout.inset_count, 1, IMX_LAYOUT_MAX_INSETS);
    bool seen = false;
    for (uint32_t i = 0; i < layout.inset_count; ++i) {
        seen = seen || imx_rect_overlap(layout.insets[i], place) > 0.9;
    }
    assert_true(seen);
    free(part.rgb);
    free(scene.rgb);
}

/* The lines of a chequered cloth go on where a box would end. */
static void a_grid_is_no_pasted_picture(void **state) {
    (void)state;
    sample_picture cloth = sample_scene(480, 480, 370);
    for (uint32_t i = 0; i < 8; ++i) {
        sample_fill(&cloth, (imx_rect){60 * i + 20, 0, 14, 480}, blue);
        sample_fill(&cloth, (imx_rect){0, 60 * i + 20, 480, 14}, blue);
    }
    imx_layout layout = find(&cloth);
    assert_int_equal(layout.inset_count, 0);
    free(cloth.rgb);
}

static void text_is_told_from_scenes(void **state) {
    (void)state;
    sample_picture page = sample_plain(320, 320, 250);
    draw_text(&page, (imx_rect){10, 10, 300, 300}, black);
    assert_true(find(&page).text_share > 0.6F);
    free(page.rgb);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_scenes_have_nothing),
        cmocka_unit_test(flat_pictures_are_nothing_but_background),
        cmocka_unit_test(any_size_is_taken),
        cmocka_unit_test(bars_are_found_to_the_pixel),
        cmocka_unit_test(bars_of_different_colours_are_found),
        cmocka_unit_test(a_banner_with_text_comes_off),
        cmocka_unit_test(the_chrome_of_a_screenshot_comes_off),
        cmocka_unit_test(text_that_another_bar_cuts_comes_off),
        cmocka_unit_test(a_subject_behind_the_border_is_none),
        cmocka_unit_test(a_packshot_has_a_subject_and_no_border),
        cmocka_unit_test(soft_shadows_are_background),
        cmocka_unit_test(collages_with_gutters_are_cut),
        cmocka_unit_test(collages_without_gutters_are_cut),
        cmocka_unit_test(a_cell_is_without_the_page_beside_it),
        cmocka_unit_test(pieces_that_touch_along_a_line_are_cut),
        cmocka_unit_test(pieces_on_one_ground_are_cells),
        cmocka_unit_test(specks_do_not_keep_pieces_together),
        cmocka_unit_test(of_many_pieces_some_are_told),
        cmocka_unit_test(crumbs_are_no_pieces),
        cmocka_unit_test(pasted_pictures_are_found),
        cmocka_unit_test(two_pasted_pictures_are_found),
        cmocka_unit_test(a_pasted_picture_is_found_among_bars),
        cmocka_unit_test(a_grid_is_no_pasted_picture),
        cmocka_unit_test(text_is_told_from_scenes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
