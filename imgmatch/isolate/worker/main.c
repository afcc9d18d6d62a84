/*
 * imgmatch-decode-worker MAX_BYTES PARENT: decodes what a decoder pool of the process PARENT hands
 * it; started by the library only, see isolate/message.h.
 *
 * Phases: bound memory, decode one sample of every format, so that everything that libraries load
 * or look up later is there already, then confine the process, then answer requests.
 */
#include "base/memory.h"
#include "isolate/message.h"
#include "isolate/worker/sandbox.h"
#include "isolate/worker/warm_up.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_BAD_START = 2 };

/* How often a worker without work looks whether its parent is still there: a child that the parent
 * has forked may hold the other end of the socket for ever. */
#define LOOK_SECONDS 2

/* The share of its memory that a worker may keep of photos: what is left has to do for any photo
 * that the limits allow. When memory is short, codecs say that the photo is damaged, or end. */
#define KEPT_SHARE 16

/* What memory is filled with when it is given out (its complement) and given back. */
#define FILLING 0x80

typedef struct shared_memory {
    uint8_t *at;
    size_t size;
} shared_memory;

static bool map_memory(shared_memory *out) {
    struct stat found;
    if (fstat(IMX_WORKER_MEMORY, &found) != 0 || found.st_size <= 0) {
        return false;
    }
    out->size = (size_t)found.st_size;
    void *at = mmap(NULL, out->size, PROT_READ | PROT_WRITE, MAP_SHARED, IMX_WORKER_MEMORY, 0);
    out->at = at;
    return at != MAP_FAILED && close(IMX_WORKER_MEMORY) == 0;
}

/* Should the library be gone while a decoder hangs, nobody else would end this process. */
static void set_alarm(uint64_t milliseconds) {
    const struct itimerval timer = {
        .it_value = {.tv_sec = (time_t)(milliseconds / 1000),
                     .tv_usec = (suseconds_t)(milliseconds % 1000 * 1000)}};
    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

static void describe(imx_worker_reply *reply, const imgmatch_image_info *info) {
    reply->format = (uint32_t)info->format;
    reply->source_width = info->source_width;
    reply->source_height = info->source_height;
    reply->orientation = info->orientation;
    reply->width = info->width;
    reply->height = info->height;
    reply->scaled = info->scaled;
    reply->had_alpha = info->had_alpha;
    reply->had_profile = info->had_profile;
}

static void answer(imx_worker_reply *reply, const shared_memory *memory,
                   const imx_worker_request *request) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_image *image = NULL;
    imgmatch_status status = imgmatch_image_decode(&image, memory->at, (size_t)request->input_bytes,
                                                   &request->limits, &diag);
    if (status == IMGMATCH_OK) {
        const imgmatch_image_info *info = imgmatch_image_get_info(image);
        size_t size = 3 * (size_t)info->width * info->height;
        describe(reply, info);
        if (size <= request->output_bytes) {
            memcpy(memory->at + request->output_at, imgmatch_image_pixels(image), size);
        } else {
            status = IMGMATCH_ERR_INTERNAL;
        }
    }
    reply->status = (uint32_t)status;
    reply->reason = (uint32_t)diag.reason;
    memcpy(reply->message, diag.message, sizeof reply->message);
    imgmatch_image_free(image);
}

/* False when there will be no more: the library has closed its end, or is gone. */
static bool next_request(imx_worker_request *request, pid_t parent) {
    ssize_t got;
    do {
        got = recv(IMX_WORKER_SOCKET, request, sizeof *request, 0);
        /* Interrupted also when it was stopped and goes on, since there is a time to wait for. */
    } while (got < 0 && (errno == EAGAIN || errno == EINTR) && getppid() == parent);
    return got == sizeof *request;
}

/* No photo should be the one at which the processor time ends. */
static bool is_old(uint64_t life_seconds) {
    return (uint64_t)(clock() / CLOCKS_PER_SEC) >= life_seconds / 2;
}

static uint64_t allocated_bytes(void) {
    struct mallinfo2 found = mallinfo2();
    return (uint64_t)found.uordblks + found.hblkhd;
}

static int serve(const shared_memory *memory, pid_t parent, uint64_t life_seconds,
                 uint64_t max_bytes) {
    const uint64_t most_kept = allocated_bytes() + max_bytes / KEPT_SHARE;
    imx_worker_reply reply = {.protocol = IMX_WORKER_PROTOCOL};
    for (;;) {
        imx_worker_request request;
        if (send(IMX_WORKER_SOCKET, &reply, sizeof reply, MSG_NOSIGNAL) != sizeof reply ||
            !next_request(&request, parent)) {
            return EXIT_SUCCESS;
        }
        memset(&reply, 0, sizeof reply);
        reply.protocol = IMX_WORKER_PROTOCOL;
        reply.sequence = request.sequence;
        set_alarm(2 * (uint64_t)request.limits.max_decode_ms + 1000);
        answer(&reply, memory, &request);
        reply.is_old = is_old(life_seconds);
        reply.has_leaked = allocated_bytes() > most_kept;
        set_alarm(0);
    }
}

static int refuse(void) {
    const imx_worker_reply refusal = {.protocol = IMX_WORKER_PROTOCOL,
                                      .status = IMGMATCH_ERR_UNSUPPORTED};
    (void)send(IMX_WORKER_SOCKET, &refusal, sizeof refusal, MSG_NOSIGNAL);
    return EXIT_BAD_START;
}

/* Who started us, by the number that it was told by itself: by now it may be gone, and a child of
 * its own hold the other end of the socket. From a PID namespace of our own it has no number. */
static bool has_parent(pid_t *parent, const char *number) {
    *parent = getppid();
    return *parent == 0 || *parent == (pid_t)strtol(number, NULL, 10);
}

int main(int argc, char **argv) {
    const struct timeval look = {.tv_sec = LOOK_SECONDS};
    pid_t parent;
    shared_memory memory;
    if (argc != 3 || !has_parent(&parent, argv[2]) || !map_memory(&memory) ||
        setsockopt(IMX_WORKER_SOCKET, SOL_SOCKET, SO_RCVTIMEO, &look, sizeof look) != 0) {
        return EXIT_BAD_START;
    }
    uint64_t max_bytes = strtoull(argv[1], NULL, 10);
    if (!imx_sandbox_bound(max_bytes, memory.size)) {
        return refuse();
    }
    uint64_t life_seconds = imx_sandbox_life_seconds();
    /* A decoder that leaves out a part of a picture shows nothing of an earlier photo there. */
    (void)mallopt(M_PERTURB, FILLING);
    imx_memory_is_filled();
    /* With an arena a thread the allocator reads how many processors there are when there are some,
     * and whether memory is overcommitted when one shrinks: both files are out of reach by then. */
    (void)mallopt(M_ARENA_MAX, 1);
    imx_warm_up();
    return imx_sandbox_enter(max_bytes) ? serve(&memory, parent, life_seconds, max_bytes)
                                        : refuse();
}
