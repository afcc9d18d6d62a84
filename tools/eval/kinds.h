/*
 * What people do to a photo before they put it into a listing: 27 kinds, at three strengths each.
 *
 * Every alteration works on draft->picture in place, takes its parameters from draft->dice and
 * notes them. False when out of memory (or, for texts, when libvips cannot draw them).
 */
#ifndef IMGMATCH_TOOLS_EVAL_KINDS_H
#define IMGMATCH_TOOLS_EVAL_KINDS_H

#include "eval/draft.h"

#define EVAL_KIND_COUNT 27
#define EVAL_LEAST_STACK 2
#define EVAL_MOST_STACK 4

/* In which order stacked alterations happen. */
enum eval_layer {
    EVAL_LAYER_COLOUR,
    EVAL_LAYER_SHAPE,
    EVAL_LAYER_OVERLAY,
    EVAL_LAYER_SCENE,
    EVAL_LAYER_CODEC
};

typedef struct eval_kind {
    const char *name;
    enum eval_layer layer;
    bool (*apply)(eval_draft *draft);
    const char *what[EVAL_STRENGTHS]; /* For people: mild, medium, severe. */
    /* How the library's names for it begin, separated by '|'; "" for what it has no name for. */
    const char *names;
    /* And how those begin that are true of it besides, as what is pasted is smaller, too. */
    const char *also;
} eval_kind;

/* EVAL_KIND_COUNT of them. */
const eval_kind *eval_kinds(void);

/* NULL when there is none of that name. */
const eval_kind *eval_kind_find(const char *name);

const char *eval_strength_name(int strength);

/* Apply `count` different kinds at once, ordered by layer. One of them has the draft's strength,
 * the others are weaker: the second one by one step, the rest is mild. */
bool eval_stack_apply(eval_draft *draft, int count);

bool eval_alter_jpeg(eval_draft *draft);
bool eval_alter_webp(eval_draft *draft);
bool eval_alter_downscale(eval_draft *draft);
bool eval_alter_blur(eval_draft *draft);
bool eval_alter_sharpen(eval_draft *draft);
bool eval_alter_noise(eval_draft *draft);

bool eval_alter_hue(eval_draft *draft);
bool eval_alter_grey(eval_draft *draft);
bool eval_alter_tone(eval_draft *draft);

bool eval_alter_crop(eval_draft *draft);
bool eval_alter_mirror(eval_draft *draft);
bool eval_alter_turn(eval_draft *draft);
bool eval_alter_rotate(eval_draft *draft);
bool eval_alter_aspect(eval_draft *draft);
bool eval_alter_border(eval_draft *draft);
bool eval_alter_perspective(eval_draft *draft);

bool eval_alter_corner_mark(eval_draft *draft);
bool eval_alter_tiled_mark(eval_draft *draft);
bool eval_alter_banner(eval_draft *draft);
bool eval_alter_badge(eval_draft *draft);
bool eval_alter_stickers(eval_draft *draft);
bool eval_alter_blurred_patch(eval_draft *draft);

bool eval_alter_collage(eval_draft *draft);
bool eval_alter_paste(eval_draft *draft);
bool eval_alter_background(eval_draft *draft);
bool eval_alter_screenshot(eval_draft *draft);
bool eval_alter_screen_photo(eval_draft *draft);

#endif
