/* imgmatch-index: makes and keeps catalogues of reference photos. */
#include "command.h"

#include "common/interrupt.h"
#include "common/message.h"
#include "common/option.h"

#include <string.h>

typedef struct index_command {
    const char *name;
    cli_exit (*run)(int argc, char **argv);
} index_command;

static const index_command commands[] = {
    {"create", index_create},      {"add", index_add},         {"remove", index_remove},
    {"list", index_list},          {"show", index_show},       {"stat", index_stat},
    {"verify", index_verify},      {"compact", index_compact}, {"export", index_export},
    {"import", index_import},      {"merge", index_merge},     {"reindex", index_reindex},
    {"calibrate", index_calibrate}};

#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static const cli_command program = {
    .program = "imgmatch-index",
    .synopsis = "COMMAND CATALOGUE [ARGUMENT...]\nCOMMAND --help",
    .summary = "Make and keep a catalogue: a folder with the fingerprints of reference photos,\n"
               "in which imgmatch-query looks photos up.",
    .details = "Commands:\n"
               "  create     make an empty catalogue\n"
               "  add        put photos in, or replace them\n"
               "  remove     take photos out by id\n"
               "  list       print all items\n"
               "  show       print everything known of some items\n"
               "  stat       print figures on a catalogue\n"
               "  verify     read all of a catalogue and check it\n"
               "  compact    write the search index anew\n"
               "  export     write all items with their fingerprints\n"
               "  import     put exported items, or PDQ hashes, in\n"
               "  merge      put the items of other catalogues in\n"
               "  reindex    make all fingerprints anew, with another model\n"
               "  calibrate  measure the false alerts that a score lets through\n"
               "\n"
               "Examples:\n"
               "  imgmatch-index create acme\n"
               "  imgmatch-index add acme photos/\n"
               "  imgmatch-index add acme --manifest products.csv --errors failed.jsonl\n"
               "  imgmatch-query acme listing.jpg\n"
               "\n"
               "Exit status: 0 done, 1 failure, 2 wrong usage, 3 done but some inputs failed.\n",
    .min_operands = 1,
    .max_operands = 1};

static cli_exit run_command(int argc, char **argv) {
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, argv[0]) == 0)
            return commands[i].run(argc, argv);
    }
    const char *nearest =
        cli_nearest_name(argv[0], &commands[0].name, COMMAND_COUNT, sizeof *commands);
    if (nearest)
        return cli_usage_error(program.program, "there is no command '%s'; did you mean '%s'?",
                               argv[0], nearest);
    return cli_usage_error(program.program, "there is no command '%s'", argv[0]);
}

int main(int argc, char **argv) {
    cli_ignore_closed_pipes();
    if (argc > 1 && argv[1][0] != '-')
        return run_command(argc - 1, argv + 1);
    cli_operands operands;
    cli_exit status = cli_parse(&operands, &program, argc, argv);
    return status == CLI_GO_ON ? cli_usage_error(program.program, "the command comes first")
                               : status;
}
