#include "eval/intake.h"

cli_exit eval_intake_open(eval_intake *out, const char *program, const cli_intake_options *options,
                          uint32_t threads) {
    *out = (eval_intake){.limits = options->limits};
    return cli_intake_pool(&out->decoders, program, options, threads);
}

void eval_intake_close(eval_intake *intake, const char *program) {
    cli_intake_report(program, intake->decoders);
    imgmatch_decoder_pool_free(intake->decoders);
    intake->decoders = NULL;
}

imgmatch_status eval_open_photo(imgmatch_image **out, const eval_intake *intake, const char *path,
                                imgmatch_diag *diag) {
    return intake->decoders
               ? imgmatch_decoder_pool_open(out, intake->decoders, path, &intake->limits, diag)
               : imgmatch_image_open(out, path, &intake->limits, diag);
}
