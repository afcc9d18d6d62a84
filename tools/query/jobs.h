/* The two things that imgmatch-query does. Both return the status to exit with. */
#ifndef IMGMATCH_TOOLS_QUERY_JOBS_H
#define IMGMATCH_TOOLS_QUERY_JOBS_H

#include "options.h"

#include <imgmatch/query.h>

/* Look photos up: the first operand is the catalogue, the others are photos. */
cli_exit query_search(const cli_operands *operands, const query_options *options,
                      const imgmatch_model *model);

/* Compare the first operand with the second. */
cli_exit query_compare(const cli_operands *operands, const query_options *options,
                       const imgmatch_model *model);

#endif
