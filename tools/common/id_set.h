/* Which ids were seen in this run: 64-bit hashes, 16 bytes an id at most. */
#ifndef IMGMATCH_TOOLS_ID_SET_H
#define IMGMATCH_TOOLS_ID_SET_H

#include <imgmatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cli_id_set {
    uint64_t *slots; /* 0: free. */
    size_t capacity; /* A power of two. */
    size_t count;
} cli_id_set;

/* Put an id in; `*was_there` says whether it was in before. */
imgmatch_status cli_id_set_add(bool *was_there, cli_id_set *set, const char *id);

void cli_id_set_free(cli_id_set *set);

#endif
