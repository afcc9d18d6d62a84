#include "limit_options.h"

#include "message.h"

#include <string.h>

/* Every limit may be set this far; the library's own types end here. */
#define MOST UINT32_MAX

size_t cli_intake_options_append(cli_option *table, size_t count, cli_intake_options *out) {
    *out = (cli_intake_options){.isolate = false};
    const cli_option options[CLI_INTAKE_OPTION_COUNT - CLI_LIMIT_OPTION_COUNT] = {
        {0,
         "isolate",
         NULL,
         "decode photos in processes of their own (the default)",
         CLI_FLAG,
         {.flag = &out->isolate},
         0,
         0,
         NULL},
        {0,
         "no-isolate",
         NULL,
         "decode photos in this process: only for photos that you trust",
         CLI_FLAG,
         {.flag = &out->no_isolate},
         0,
         0,
         NULL},
    };
    memcpy(table + count, options, sizeof options);
    return cli_limit_options_append(table, count + sizeof options / sizeof *options, &out->limits);
}

size_t cli_limit_options_append(cli_option *table, size_t count, imgmatch_limits *limits) {
    *limits = (imgmatch_limits)IMGMATCH_LIMITS_INIT;
    const cli_option options[CLI_LIMIT_OPTION_COUNT] = {
        {0,
         "max-file-bytes",
         "N",
         "largest file of a photo (default 67108864)",
         CLI_SIZE,
         {.size = &limits->max_file_bytes},
         1,
         1u << 30,
         NULL},
        {0,
         "max-pixels",
         "N",
         "largest width x height (default 100000000)",
         CLI_SIZE,
         {.size = &limits->max_pixels},
         1,
         MOST,
         NULL},
        {0,
         "max-side",
         "N",
         "longest side in pixels (default 32768)",
         CLI_COUNT,
         {.count = &limits->max_side},
         1,
         1000000,
         NULL},
        {0,
         "min-side",
         "N",
         "shortest side in pixels (default 16)",
         CLI_COUNT,
         {.count = &limits->min_side},
         1,
         1000000,
         NULL},
        {0,
         "max-frames",
         "N",
         "most frames of an animation (default 10000)",
         CLI_COUNT,
         {.count = &limits->max_frames},
         1,
         MOST,
         NULL},
        {0,
         "max-jpeg-scans",
         "N",
         "most scans of a progressive JPEG (default 200)",
         CLI_COUNT,
         {.count = &limits->max_jpeg_scans},
         1,
         MOST,
         NULL},
        {0,
         "max-png-chunks",
         "N",
         "most ancillary chunks of a PNG (default 1000)",
         CLI_COUNT,
         {.count = &limits->max_png_chunks},
         1,
         MOST,
         NULL},
        {0,
         "max-chunk-bytes",
         "N",
         "largest such chunk, or ICC profile (default 4194304)",
         CLI_SIZE,
         {.size = &limits->max_chunk_bytes},
         1,
         1u << 30,
         NULL},
        {0,
         "max-decode-ms",
         "N",
         "milliseconds for decoding one photo (default 10000)",
         CLI_COUNT,
         {.count = &limits->max_decode_ms},
         1,
         3600000,
         NULL},
        {0,
         "max-candidates",
         "N",
         "most references verified for one query (default 64)",
         CLI_COUNT,
         {.count = &limits->max_candidates},
         1,
         MOST,
         NULL},
        {0,
         "max-views",
         "N",
         "most views looked at for one query (default 64)",
         CLI_COUNT,
         {.count = &limits->max_views},
         1,
         MOST,
         NULL},
        CLI_OPTION_MAX_LINE_BYTES(limits, "longest line of a manifest"),
        {0,
         "max-json-depth",
         "N",
         "deepest nesting of JSON in a manifest (default 32)",
         CLI_COUNT,
         {.count = &limits->max_json_depth},
         1,
         1000,
         NULL},
        {0,
         "max-metadata-bytes",
         "N",
         "most metadata kept with an item (default 65536)",
         CLI_COUNT,
         {.count = &limits->max_metadata_bytes},
         1,
         1u << 30,
         NULL},
    };
    memcpy(table + count, options, sizeof options);
    return count + CLI_LIMIT_OPTION_COUNT;
}

cli_exit cli_intake_pool(imgmatch_decoder_pool **out, const char *program,
                         const cli_intake_options *options, uint32_t threads) {
    imgmatch_decoder_pool_options wanted = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    *out = NULL;
    if (options->isolate && options->no_isolate)
        return cli_usage_error(program, "--isolate and --no-isolate do not go together");
    if (options->no_isolate)
        return CLI_GO_ON;
    wanted.max_workers = threads;
    imgmatch_status status = imgmatch_decoder_pool_new(out, &wanted, &diag);
    if (status == IMGMATCH_OK)
        return CLI_GO_ON;
    cli_failure(program, "starting isolated decoding", status, &diag);
    cli_message(program, "with --no-isolate, photos are decoded in this process; use it only for "
                         "photos that you trust");
    return CLI_FAILED;
}

void cli_intake_report(const char *program, imgmatch_decoder_pool *pool) {
    imgmatch_decoder_pool_stat stat;
    imgmatch_decoder_pool_get_stat(&stat, pool);
    if (stat.replaced > 0)
        cli_message(program, "decode workers replaced: %llu (crashed %llu, timed out %llu)",
                    (unsigned long long)stat.replaced, (unsigned long long)stat.crashed,
                    (unsigned long long)stat.timed_out);
}
