/* What stays of ICC profiles: the tags of the common kinds whose tables are whole, and no other. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "image/profile.h"

#include <string.h>

#define DATA_AT 400u
#define MOST_BYTES 4096u

typedef struct made_profile {
    uint8_t bytes[MOST_BYTES];
    size_t size;
} made_profile;

static void set32(uint8_t *at, size_t value) {
    for (unsigned i = 0; i < 4; ++i) {
        at[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static uint32_t tag_count(const made_profile *profile) {
    const uint8_t *at = profile->bytes + 128;
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void start(made_profile *out, const char *device_class, const char *space) {
    *out = (made_profile){.size = DATA_AT};
    memcpy(out->bytes + 12, device_class, 4);
    memcpy(out->bytes + 16, space, 4);
    memcpy(out->bytes + 20, "Lab ", 4);
    memcpy(out->bytes + 36, "acsp", 4);
}

/* An entry of the table; the data are zeros with a type in front. Returns where they are. */
static uint8_t *add(made_profile *out, const char *name, const char *type, size_t size) {
    uint8_t *entry = out->bytes + 132 + 12 * (size_t)tag_count(out);
    assert_true(out->size + size <= MOST_BYTES);
    uint8_t *data = out->bytes + out->size;
    memcpy(entry, name, 4);
    set32(entry + 4, out->size);
    set32(entry + 8, size);
    memcpy(data, type, 4);
    set32(out->bytes + 128, tag_count(out) + 1);
    out->size += size;
    return data;
}

/* 16-bit table of 2 points a side, with curves of 2 entries; one byte shorter when cut. */
static uint8_t *add_table(made_profile *out, const char *name, unsigned in, unsigned outs,
                          size_t cut) {
    size_t points = (size_t)1 << in;
    uint8_t *data = add(out, name, "mft2", 52 + 2 * (2 * in + points * outs + 2 * outs) - cut);
    data[8] = (uint8_t)in;
    data[9] = (uint8_t)outs;
    data[10] = 2;
    data[49] = 2;
    data[51] = 2;
    return data;
}

static bool has(const made_profile *profile, const char *name) {
    for (uint32_t i = 0; i < tag_count(profile); ++i) {
        if (memcmp(profile->bytes + 132 + 12 * i, name, 4) == 0) {
            return true;
        }
    }
    return false;
}

static void common_tags_stay(void **state) {
    (void)state;
    made_profile profile;
    start(&profile, "prtr", "CMYK");
    (void)add(&profile, "desc", "desc", 40);
    (void)add(&profile, "wtpt", "XYZ ", 20);
    (void)add_table(&profile, "A2B0", 4, 3, 0);
    (void)add_table(&profile, "B2A0", 3, 4, 0);
    uint8_t *stages = add(&profile, "A2B1", "mAB ", 32 + 20 + 16 * 3);
    stages[8] = 4;
    stages[9] = 3;
    stages[27] = 32;
    memset(stages + 32, 2, 4);
    stages[32 + 16] = 1;
    (void)add(&profile, "D2B0", "mpet", 100);
    assert_true(imx_profile_reduce(profile.bytes, profile.size));
    assert_int_equal(tag_count(&profile), 4);
    assert_true(has(&profile, "wtpt") && has(&profile, "A2B0") && has(&profile, "B2A0") &&
                has(&profile, "A2B1"));
}

static void tables_that_are_not_whole_go(void **state) {
    (void)state;
    made_profile profile;
    start(&profile, "mntr", "RGB ");
    (void)add(&profile, "rTRC", "para", 16);
    (void)add(&profile, "gTRC", "mpet", 16);
    (void)add_table(&profile, "A2B0", 3, 3, 1);
    (void)add_table(&profile, "A2B1", 4, 3, 0); /* Of four inks, in a profile of RGB. */
    add_table(&profile, "A2B2", 3, 3, 0)[10] = 255;
    add_table(&profile, "B2A0", 3, 3, 0)[10] = 0;
    uint8_t *stages = add(&profile, "B2A1", "mBA ", 52 + 7);
    stages[8] = 3;
    stages[9] = 3;
    stages[27] = 32;
    memset(stages + 32, 2, 3);
    stages[32 + 16] = 1;
    assert_true(imx_profile_reduce(profile.bytes, profile.size));
    assert_int_equal(tag_count(&profile), 1);
    assert_true(has(&profile, "rTRC"));
}

/* What was checked would change with the table. */
static void data_inside_the_table_of_tags_go(void **state) {
    (void)state;
    made_profile profile;
    start(&profile, "mntr", "RGB ");
    (void)add(&profile, "wtpt", "XYZ ", 20);
    (void)add(&profile, "rXYZ", "XYZ ", 20);
    set32(profile.bytes + 132 + 12 + 4, 132);
    memcpy(profile.bytes + 132, "XYZ ", 4);
    assert_false(imx_profile_reduce(profile.bytes, profile.size));
}

static void other_kinds_are_of_no_use(void **state) {
    (void)state;
    static const char *const classes[] = {"link", "abst", "nmcl"};
    made_profile profile;
    for (size_t i = 0; i < 3; ++i) {
        start(&profile, classes[i], "RGB ");
        (void)add(&profile, "wtpt", "XYZ ", 20);
        assert_false(imx_profile_reduce(profile.bytes, profile.size));
    }
    start(&profile, "mntr", "RGB ");
    (void)add(&profile, "wtpt", "XYZ ", 20);
    set32(profile.bytes + 128, UINT32_MAX);
    assert_false(imx_profile_reduce(profile.bytes, profile.size));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(common_tags_stay),
        cmocka_unit_test(tables_that_are_not_whole_go),
        cmocka_unit_test(data_inside_the_table_of_tags_go),
        cmocka_unit_test(other_kinds_are_of_no_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
