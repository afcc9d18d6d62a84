/* How a benchmark's photos are read: within limits, and by default in processes of their own. */
#ifndef IMGMATCH_TOOLS_EVAL_INTAKE_H
#define IMGMATCH_TOOLS_EVAL_INTAKE_H

#include "common/limit_options.h"

typedef struct eval_intake {
    imgmatch_limits limits;
    imgmatch_decoder_pool *decoders; /* NULL with --no-isolate. */
} eval_intake;

/* Ready to open photos on `threads` threads (0: one for each processor). CLI_GO_ON or CLI_FAILED.
 * Close in any case. */
cli_exit eval_intake_open(eval_intake *out, const char *program, const cli_intake_options *options,
                          uint32_t threads);
/* Says how many workers were replaced, unless none was. */
void eval_intake_close(eval_intake *intake, const char *program);

/* A photo of a path, on any thread. */
imgmatch_status eval_open_photo(imgmatch_image **out, const eval_intake *intake, const char *path,
                                imgmatch_diag *diag);

#endif
