/* A query in the making: what every alteration works on. */
#ifndef IMGMATCH_TOOLS_EVAL_DRAFT_H
#define IMGMATCH_TOOLS_EVAL_DRAFT_H

#include "eval/dice.h"
#include "eval/picture.h"

enum eval_strength { EVAL_MILD, EVAL_MEDIUM, EVAL_SEVERE, EVAL_STRENGTHS };

#define EVAL_PARAMETER_BYTES 512

typedef struct eval_draft {
    eval_picture picture;
    eval_dice dice;
    int strength;                          /* enum eval_strength */
    int quality;                           /* JPEG quality to save it with; 0: PNG. */
    const eval_picture *fillers;           /* Other photos, for collages and scenes; borrowed. */
    int filler_count;                      /* At least 1. */
    char parameters[EVAL_PARAMETER_BYTES]; /* What was done, "area=0.41 left=12". */
} eval_draft;

/* Lowest and highest value of a parameter at each strength. */
typedef double eval_range[EVAL_STRENGTHS][2];

/* A value from the range of the draft's strength. */
double eval_draft_value(eval_draft *draft, eval_range range);

/* Append to `parameters`; what does not fit is left out. */
void eval_draft_note(eval_draft *draft, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One of the other photos. */
const eval_picture *eval_draft_filler(eval_draft *draft);

/* A strong colour. */
eval_colour eval_draft_colour(eval_draft *draft);

#endif
