/* Which ids were seen in this run, and where: 16 bytes a slot, of which at most three quarters
 * are taken and a third at least. */
#ifndef IMGMATCH_TOOLS_ID_SET_H
#define IMGMATCH_TOOLS_ID_SET_H

#include <imgmatch/status.h>

#include <stddef.h>
#include <stdint.h>

typedef struct cli_id_slot {
    uint64_t hash;  /* 0: free. */
    uint64_t place; /* Where the id came from. */
} cli_id_slot;

typedef struct cli_id_set {
    cli_id_slot *slots;
    size_t capacity; /* A power of two. */
    size_t count;
} cli_id_set;

/* Put an id in that comes from `place`, a number of the caller's that is not 0. `*earlier` becomes
 * the place with which it is in already; 0 when it is new. */
imgmatch_status cli_id_set_add(uint64_t *earlier, cli_id_set *set, const char *id, uint64_t place);

/* The place with which an id is in; 0 when it is not. */
uint64_t cli_id_set_find(const cli_id_set *set, const char *id);

void cli_id_set_free(cli_id_set *set);

#endif
