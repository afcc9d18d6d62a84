/* imgmatch-query: looks photos up in a catalogue, or compares two. */
#include "jobs.h"

#include "common/interrupt.h"
#include "common/message.h"
#include "common/open.h"

int main(int argc, char **argv) {
    query_options options;
    cli_operands operands;
    imgmatch_model *model = NULL;
    cli_prepare_streams();
    cli_exit step = query_options_parse(&operands, &options, argc, argv);
    if (step == CLI_GO_ON)
        step = cli_open_model(&model, QUERY_PROGRAM, options.model);
    if (step == CLI_GO_ON) {
        step = options.compare ? query_compare(&operands, &options, model)
                               : query_search(&operands, &options, model);
        step = cli_finish_output(QUERY_PROGRAM, step);
    }
    imgmatch_model_close(model);
    return step;
}
