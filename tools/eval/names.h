/* The library's names of alterations, held against what was done to the copies. */
#ifndef IMGMATCH_TOOLS_EVAL_NAMES_H
#define IMGMATCH_TOOLS_EVAL_NAMES_H

#include "eval/kinds.h"

#define EVAL_MOST_NAMES 48
#define EVAL_NAME_BYTES 40

/* A name without its size: "cropped" of "cropped to 66%". */
typedef struct eval_name {
    char text[EVAL_NAME_BYTES];
    size_t said;  /* Of copies whose one alteration is known and whose reference comes first; */
    size_t wrong; /* and of those, of copies to which nothing of that name was done. */
} eval_name;

typedef struct eval_names {
    eval_name all[EVAL_MOST_NAMES]; /* In the order in which they came. */
    size_t count;                   /* Names beyond the last place are counted nowhere. */
} eval_names;

/* `alterations`: names separated by ';', as in results. */

/* Is one of them what the kind is to be named by? */
bool eval_names_tell(const eval_kind *kind, const char *alterations);

/* Count them; gives back how many are wrong. */
size_t eval_names_count(eval_names *out, const eval_kind *kind, const char *alterations);

#endif
