/* What people do to a photo before they put it into a listing, on plain RGB pixels. */
#ifndef IMGMATCH_TOOLS_DEMO_ALTER_H
#define IMGMATCH_TOOLS_DEMO_ALTER_H

#include <stddef.h>
#include <stdint.h>

typedef struct alter_picture {
    uint8_t *rgb; /* Owned; rows of 3 * width bytes. */
    uint32_t width;
    uint32_t height;
} alter_picture;

typedef struct alteration {
    const char *name;
    const char *what; /* For people. */
    /* Makes `*out` from `in`; out->rgb stays NULL when out of memory. */
    void (*apply)(alter_picture *out, const alter_picture *in);
    int quality; /* JPEG quality to save it with. */
} alteration;

/* All of them, ended by one without a name. */
const alteration *alter_list(void);

#endif
