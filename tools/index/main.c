/* imgmatch-index: makes and keeps catalogues of reference photos. */
#include "command.h"

#include "common/option.h"

static const cli_subcommand commands[] = {
    {"create", "make an empty catalogue", index_create},
    {"add", "put photos in, or replace them", index_add},
    {"remove", "take photos out by id", index_remove},
    {"list", "print all items", index_list},
    {"show", "print everything known of some items", index_show},
    {"stat", "print figures on a catalogue", index_stat},
    {"verify", "read all of a catalogue and check it", index_verify},
    {"compact", "write the search index anew", index_compact},
    {"export", "write all items with their fingerprints", index_export},
    {"import", "put exported items, or PDQ hashes, in", index_import},
    {"merge", "put the items of other catalogues in", index_merge},
    {"reindex", "make all fingerprints anew, with another model", index_reindex},
    {"calibrate", "measure the false alerts that a score lets through", index_calibrate},
};

static const cli_command program = {
    .program = "imgmatch-index",
    .synopsis = "COMMAND CATALOGUE [ARGUMENT...]\nCOMMAND --help",
    .summary = "Make and keep a catalogue: a folder with the fingerprints of reference photos,\n"
               "in which imgmatch-query looks photos up.",
    .commands = commands,
    .command_count = sizeof commands / sizeof *commands,
    .details = "Examples:\n"
               "  imgmatch-index create acme\n"
               "  imgmatch-index add acme photos/\n"
               "  imgmatch-index add acme --manifest products.csv --errors failed.jsonl\n"
               "  imgmatch-query acme listing.jpg\n"
               "\n"
               "Exit status: 0 done, 1 failure, 2 wrong usage, 3 done but some inputs failed.\n",
    .min_operands = 1,
    .max_operands = 1};

int main(int argc, char **argv) { return cli_run(&program, argc, argv); }
