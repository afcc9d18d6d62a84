/* One worker of a decoder pool: start it, let it decode one photo after another, end it. A worker
 * is used by one thread at a time. */
#ifndef IMX_ISOLATE_WORKER_PROCESS_H
#define IMX_ISOLATE_WORKER_PROCESS_H

#include <imgmatch/decoder_pool.h>

#include <stdbool.h>

typedef struct imx_worker_process imx_worker_process;

/* Start `program`. Photos within `limits` fit into the memory shared with it. */
imgmatch_status imx_worker_process_start(imx_worker_process **out, const char *program,
                                         uint64_t max_bytes, const imgmatch_limits *limits,
                                         imgmatch_diag *diag);
/* Kill it and wait for its end. NULL is allowed. */
void imx_worker_process_end(imx_worker_process *worker);
/* Free what is here of it and leave the process alone: in a child that was forked, it is the
 * parent's. */
void imx_worker_process_forget(imx_worker_process *worker);

/* Is it there, and silent until it is asked? One that has died since, or says something by itself,
 * is no use any more. */
bool imx_worker_process_waits(const imx_worker_process *worker);

/* Is there room for all photos within these limits? */
bool imx_worker_process_fits(const imx_worker_process *worker, const imgmatch_limits *limits);

/* Photos that it has been given so far. */
uint64_t imx_worker_process_age(const imx_worker_process *worker);

/* Is it to be ended, though it is sound? */
bool imx_worker_process_is_old(const imx_worker_process *worker);

typedef enum imx_worker_fate {
    IMX_WORKER_READY,  /* For the next photo. */
    IMX_WORKER_SPOILT, /* To be ended: dead, or not to be trusted with another photo. */
    IMX_WORKER_UNUSED  /* To be ended: it was dead before it saw the photo. */
} imx_worker_fate;

/* Decode one photo of at most limits->max_file_bytes. */
imgmatch_status imx_worker_process_decode(imgmatch_image **out, imx_worker_fate *fate,
                                          imx_worker_process *worker, const void *data,
                                          size_t size_bytes, const imgmatch_limits *limits,
                                          imgmatch_diag *diag);

#endif
