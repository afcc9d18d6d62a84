/* The commands of imgmatch-index. Each parses its own command line (argv[0] is its name) and
 * returns the status to exit with. */
#ifndef IMGMATCH_TOOLS_INDEX_COMMAND_H
#define IMGMATCH_TOOLS_INDEX_COMMAND_H

#include "common/exit_status.h"

cli_exit index_create(int argc, char **argv);
cli_exit index_add(int argc, char **argv);
cli_exit index_remove(int argc, char **argv);
cli_exit index_list(int argc, char **argv);
cli_exit index_show(int argc, char **argv);
cli_exit index_stat(int argc, char **argv);
cli_exit index_verify(int argc, char **argv);
cli_exit index_compact(int argc, char **argv);
cli_exit index_export(int argc, char **argv);
cli_exit index_import(int argc, char **argv);
cli_exit index_merge(int argc, char **argv);
cli_exit index_reindex(int argc, char **argv);
cli_exit index_calibrate(int argc, char **argv);

#endif
