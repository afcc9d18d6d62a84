/* Remarks on photos: the bits of imgmatch_outcome.remarks, by name. */
#ifndef IMGMATCH_TOOLS_REMARKS_H
#define IMGMATCH_TOOLS_REMARKS_H

#include <imgmatch/status.h>

#include <stddef.h>

#define CLI_REMARK_COUNT 32

/* The code of the remark in bit `bit`, "" when there is none. */
const char *cli_remark_code(uint64_t remarks, unsigned bit);

/* All codes with `separator` between them, cut to `size` bytes. */
void cli_join_remarks(char *out, size_t size, uint64_t remarks, const char *separator);

#endif
