/*
 * Starting a worker must be safe in a program with threads and handlers that we know nothing of: it
 * is posix_spawn of another program, never a fork that runs our code. The child gets /dev/null, its
 * socket, its memory, an empty signal mask, default signals and a session of its own, so that
 * Ctrl-C reaches us only. It goes when its socket is closed or its parent is gone, and is killed
 * and waited for by pidfd if there is such a thing: where the program waits for any child, its
 * number may be another process's.
 *
 * Time is bounded three times: by the clock here, by the worker's own alarm, for the case that we
 * are gone, and by the processor time of its whole life, for the case that it was taken over, too.
 */
#include "isolate/worker_process.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/limits.h"
#include "base/memory.h"
#include "image/image.h"
#include "isolate/message.h"
#include "isolate/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 20000u
#define MOST_PHOTOS 4096u /* Then a worker is ended, whatever it may have gathered. */
/* Above what the child's own numbers may be. */
#define FIRST_DESCRIPTOR 16
/* Pages that a large photo touched are given back beyond this. */
#define KEPT_BYTES (16u << 20)
#define LIMITS_BYTES 72 /* Of imgmatch_limits. */

struct imx_worker_process {
    pid_t pid; /* 0: not started, or waited for. */
    int pidfd;
    int socket;
    int memory_fd;
    uint8_t *memory;
    size_t memory_bytes;
    size_t output_at;
    uint32_t sequence;
    uint64_t age;
    bool is_old; /* By its own word. */
};

static size_t whole_pages(uint64_t bytes) { return (size_t)((bytes + 4095) & ~UINT64_C(4095)); }

/* A descriptor above the child's numbers, closed in every other child. */
static int lift(int fd) {
    int lifted = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR);
    if (fd >= 0) {
        (void)close(fd);
    }
    return lifted;
}

/* A file that grows over the program's limit would end the program, by SIGXFSZ. */
static bool may_have(uint64_t bytes) {
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || bytes <= limit.rlim_cur;
}

/* Sealed: a worker cannot cut the memory short under us, which would be a SIGBUS. Pages are only
 * taken when they are written. */
static bool make_memory(imx_worker_process *worker, const imgmatch_limits *limits) {
    uint64_t pixels_bytes;
    if (limits->max_file_bytes > SIZE_MAX / 4 ||
        __builtin_mul_overflow(limits->max_pixels, UINT64_C(3), &pixels_bytes) ||
        pixels_bytes > SIZE_MAX / 4) {
        errno = EOVERFLOW;
        return false;
    }
    worker->output_at = whole_pages(limits->max_file_bytes);
    worker->memory_bytes = worker->output_at + whole_pages(pixels_bytes);
    if (!may_have(worker->memory_bytes)) {
        errno = EFBIG;
        return false;
    }
    worker->memory_fd = lift(memfd_create("imgmatch-decode", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (worker->memory_fd < 0 || ftruncate(worker->memory_fd, (off_t)worker->memory_bytes) != 0 ||
        fcntl(worker->memory_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return false;
    }
    void *at =
        mmap(NULL, worker->memory_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, worker->memory_fd, 0);
    worker->memory = at == MAP_FAILED ? NULL : at;
    return worker->memory != NULL;
}

/* The child's descriptors. */
static int plan_files(posix_spawn_file_actions_t *plan, int socket, int memory) {
    int error = 0;
    for (int fd = 0; fd < 3 && error == 0; fd++) {
        error = posix_spawn_file_actions_addopen(plan, fd, "/dev/null", O_RDWR, 0);
    }
    error = error != 0 ? error : posix_spawn_file_actions_adddup2(plan, socket, IMX_WORKER_SOCKET);
    error = error != 0 ? error : posix_spawn_file_actions_adddup2(plan, memory, IMX_WORKER_MEMORY);
    return error != 0 ? error
                      : posix_spawn_file_actions_addclosefrom_np(plan, IMX_WORKER_MEMORY + 1);
}

static int plan_signals(posix_spawnattr_t *plan) {
    sigset_t none;
    sigset_t all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int error = posix_spawnattr_setsigmask(plan, &none);
    error = error != 0 ? error : posix_spawnattr_setsigdefault(plan, &all);
    return error != 0
               ? error
               : posix_spawnattr_setflags(plan, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETSID);
}

/* Of the environment only what finding libraries and running under a sanitizer needs: a worker must
 * not hold anybody's secrets. */
#define MOST_VARIABLES 8
static void pick_environment(char *out[MOST_VARIABLES]) {
    static const char *const names[] = {"LD_LIBRARY_PATH=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=",
                                        "LSAN_OPTIONS=",    "TSAN_OPTIONS=", "VIPSHOME="};
    size_t count = 0;
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        for (size_t i = 0; i < sizeof names / sizeof *names && count < MOST_VARIABLES - 1; i++) {
            if (strncmp(*entry, names[i], strlen(names[i])) == 0) {
                out[count++] = *entry;
            }
        }
    }
    out[count] = NULL;
}

/* Be able to tell the child apart from whatever gets its number later. An error number, or 0: also
 * where a system (an old Linux, gVisor, a container's rules) has no such thing, and the number has
 * to do. */
static int watch(imx_worker_process *worker) {
    worker->pidfd = (int)syscall(SYS_pidfd_open, worker->pid, 0);
    if (worker->pidfd >= 0 && syscall(SYS_pidfd_send_signal, worker->pidfd, 0, NULL, 0) == 0) {
        return 0;
    }
    int error = errno;
    if (worker->pidfd >= 0) {
        (void)close(worker->pidfd);
        worker->pidfd = -1;
    }
    if (error == ESRCH) { /* It has ended and, with SIGCHLD ignored, lost its number. */
        worker->pid = 0;
    }
    return error == ENOSYS || error == EPERM || error == EACCES ? 0 : error;
}

static int spawn(imx_worker_process *worker, const char *program, int socket, uint64_t max_bytes) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t signals;
    char name[] = "imgmatch-decode-worker";
    char bytes[24];
    char parent[24];
    char *arguments[] = {name, bytes, parent, NULL};
    char *environment[MOST_VARIABLES];
    (void)snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)max_bytes);
    (void)snprintf(parent, sizeof parent, "%ld", (long)getpid());
    pick_environment(environment);
    int error = posix_spawn_file_actions_init(&files);
    if (error != 0) {
        return error;
    }
    error = posix_spawnattr_init(&signals);
    if (error == 0) {
        error = plan_files(&files, socket, worker->memory_fd);
        error = error != 0 ? error : plan_signals(&signals);
        error = error != 0
                    ? error
                    : posix_spawn(&worker->pid, program, &files, &signals, arguments, environment);
        (void)posix_spawnattr_destroy(&signals);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    if (error != 0) {
        worker->pid = 0;
        return error;
    }
    return watch(worker);
}

/* Wait for a reply, at most until `deadline_ms`; 0 when the worker is gone, -1 when time is over.
 */
static ssize_t receive(imx_worker_reply *reply, const imx_worker_process *worker,
                       double deadline_ms) {
    for (;;) {
        double left = deadline_ms - imx_clock_ms();
        struct pollfd socket = {.fd = worker->socket, .events = POLLIN};
        int ready = poll(&socket, 1, left < 0 ? 0 : left > 1e9 ? 1000000000 : (int)left + 1);
        if (ready > 0) {
            ssize_t size = recv(worker->socket, reply, sizeof *reply, MSG_DONTWAIT | MSG_TRUNC);
            return size < 0 ? 0 : size;
        }
        if (ready == 0 && left <= 0) {
            return -1;
        }
        if (ready < 0 && errno != EINTR) {
            return 0;
        }
    }
}

static imgmatch_status start(imx_worker_process *worker, const char *program, uint64_t max_bytes,
                             const imgmatch_limits *limits, imgmatch_diag *diag) {
    int ends[2];
    if (!make_memory(worker, limits)) {
        return imx_fail_errno(diag, errno, "make shared memory for", program);
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        return imx_fail_errno(diag, errno, "make a socket for", program);
    }
    worker->socket = ends[0];
    int theirs = lift(ends[1]);
    int error = theirs < 0 ? errno : spawn(worker, program, theirs, max_bytes);
    if (theirs >= 0) {
        (void)close(theirs);
    }
    if (error != 0) {
        return imx_fail_errno(diag, error, "start", program);
    }
    imx_worker_reply hello;
    if (receive(&hello, worker, imx_clock_ms() + START_MS) != sizeof hello ||
        hello.protocol != IMX_WORKER_PROTOCOL || hello.sequence != 0) {
        return imx_fail(diag, IMGMATCH_ERR_IO, "%s: does not start as a decode worker", program);
    }
    return hello.status == IMGMATCH_OK
               ? IMGMATCH_OK
               : imx_fail(diag, IMGMATCH_ERR_UNSUPPORTED,
                          "%s: cannot be confined (seccomp, limits, capabilities) on this system",
                          program);
}

imgmatch_status imx_worker_process_start(imx_worker_process **out, const char *program,
                                         uint64_t max_bytes, const imgmatch_limits *limits,
                                         imgmatch_diag *diag) {
    *out = NULL;
    imx_worker_process *worker = imx_new_array(1, sizeof *worker);
    if (worker == NULL) {
        return imx_fail_memory(diag);
    }
    worker->pidfd = -1;
    worker->socket = -1;
    worker->memory_fd = -1;
    imgmatch_status status = start(worker, program, max_bytes, limits, diag);
    if (status != IMGMATCH_OK) {
        imx_worker_process_end(worker);
        return status;
    }
    *out = worker;
    return IMGMATCH_OK;
}

/* Kill it and wait; the signal that ended it, or 0 for none, or when somebody else has waited. */
static int reap(imx_worker_process *worker) {
    if (worker->pid == 0) {
        return 0;
    }
    bool watched = worker->pidfd >= 0;
    if (watched) {
        (void)syscall(SYS_pidfd_send_signal, worker->pidfd, SIGKILL, NULL, 0);
    } else {
        (void)kill(worker->pid, SIGKILL);
    }
    siginfo_t end = {.si_code = 0};
    int waited;
    bool by_number;
    do {
        waited = waitid(watched ? P_PIDFD : P_PID, (id_t)(watched ? worker->pidfd : worker->pid),
                        &end, WEXITED);
        /* Linux 5.3 can signal it by pidfd, but not wait. */
        by_number = waited < 0 && errno == EINVAL && watched;
        watched = watched && !by_number;
    } while (by_number || (waited < 0 && errno == EINTR));
    worker->pid = 0;
    return waited == 0 && end.si_code != CLD_EXITED ? end.si_status : 0;
}

void imx_worker_process_end(imx_worker_process *worker) {
    if (worker != NULL) {
        (void)reap(worker);
        imx_worker_process_forget(worker);
    }
}

void imx_worker_process_forget(imx_worker_process *worker) {
    const int fds[] = {worker->pidfd, worker->socket, worker->memory_fd};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    if (worker->memory != NULL) {
        (void)munmap(worker->memory, worker->memory_bytes);
    }
    free(worker);
}

bool imx_worker_process_waits(const imx_worker_process *worker) {
    struct pollfd socket = {.fd = worker->socket, .events = POLLIN};
    int ready;
    do {
        ready = poll(&socket, 1, 0);
    } while (ready < 0 && errno == EINTR);
    return ready == 0;
}

bool imx_worker_process_fits(const imx_worker_process *worker, const imgmatch_limits *limits) {
    return limits->max_file_bytes <= worker->output_at &&
           limits->max_pixels <= (worker->memory_bytes - worker->output_at) / 3;
}

uint64_t imx_worker_process_age(const imx_worker_process *worker) { return worker->age; }

bool imx_worker_process_is_old(const imx_worker_process *worker) {
    return worker->is_old || worker->age >= MOST_PHOTOS;
}

/* Field by field: the caller's padding is nothing that a worker should see. */
static void copy_limits(imgmatch_limits *out, const imgmatch_limits *in) {
    _Static_assert(sizeof(imgmatch_limits) == LIMITS_BYTES,
                   "IMX_LIMITS_FIELDS needs the new field, too");
#define FIELD(name) out->name = in->name;
    IMX_LIMITS_FIELDS(FIELD)
#undef FIELD
}

static bool ask(imx_worker_process *worker, const void *data, size_t size_bytes,
                const imgmatch_limits *limits) {
    imx_worker_request request;
    memset(&request, 0, sizeof request);
    request.protocol = IMX_WORKER_PROTOCOL;
    request.sequence = ++worker->sequence;
    request.input_bytes = size_bytes;
    request.output_at = worker->output_at;
    request.output_bytes = worker->memory_bytes - worker->output_at;
    copy_limits(&request.limits, limits);
    memcpy(worker->memory, data, size_bytes);
    /* One that does not read what it is sent, and answers all the same, must not hold us up. */
    return send(worker->socket, &request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT) ==
           sizeof request;
}

static imgmatch_status fail_timeout(uint32_t max_decode_ms, imgmatch_diag *diag) {
    return imx_fail_photo(diag, IMGMATCH_REASON_DECODER_TIMEOUT,
                          "decoding takes longer than the limit of %u ms", max_decode_ms);
}

static imgmatch_status fail_dead(imx_worker_process *worker, const imgmatch_limits *limits,
                                 imgmatch_diag *diag) {
    int number = reap(worker);
    if (number == SIGALRM) {
        return fail_timeout(limits->max_decode_ms, diag);
    }
    const char *name = number == 0 ? NULL : sigabbrev_np(number);
    return imx_fail_photo(diag, IMGMATCH_REASON_DECODER_CRASHED, "the decoder ended%s%s",
                          name == NULL ? "" : " by signal SIG", name == NULL ? "" : name);
}

/* Pages that stay in use after a large photo would add up over all workers. */
static void give_back(imx_worker_process *worker, size_t from, size_t used) {
    if (used > KEPT_BYTES) {
        (void)fallocate(worker->memory_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                        (off_t)(from + KEPT_BYTES), (off_t)(whole_pages(used) - KEPT_BYTES));
    }
}

static imgmatch_status take_pixels(imgmatch_image **out, imx_worker_process *worker,
                                   const imgmatch_image_info *info, imgmatch_diag *diag) {
    imgmatch_status status = imx_image_new(out, info->width, info->height, diag);
    if (status == IMGMATCH_OK) {
        size_t size = 3 * (size_t)info->width * info->height;
        (*out)->info = *info;
        memcpy((*out)->rgb, worker->memory + worker->output_at, size);
        give_back(worker, worker->output_at, size);
    }
    return status;
}

imgmatch_status imx_worker_process_decode(imgmatch_image **out, imx_worker_fate *fate,
                                          imx_worker_process *worker, const void *data,
                                          size_t size_bytes, const imgmatch_limits *limits,
                                          imgmatch_diag *diag) {
    double deadline_ms = imx_clock_ms() + limits->max_decode_ms;
    imx_worker_reply reply;
    *out = NULL;
    *fate = IMX_WORKER_UNUSED;
    if (!ask(worker, data, size_bytes, limits)) {
        return fail_dead(worker, limits, diag);
    }
    worker->age++;
    *fate = IMX_WORKER_SPOILT;
    ssize_t size = receive(&reply, worker, deadline_ms);
    if (size < 0) {
        return fail_timeout(limits->max_decode_ms, diag);
    }
    if (size == 0) {
        return fail_dead(worker, limits, diag);
    }
    give_back(worker, 0, size_bytes);
    imgmatch_image_info info;
    uint64_t room = worker->memory_bytes - worker->output_at;
    if (size != sizeof reply || reply.protocol != IMX_WORKER_PROTOCOL ||
        reply.sequence != worker->sequence || !imx_reply_check(&info, &reply, limits, room)) {
        return imx_fail_photo(diag, IMGMATCH_REASON_DECODER_CRASHED,
                              "the decoder's answer makes no sense");
    }
    if (reply.status == IMGMATCH_ERR_MEMORY || reply.reason == IMGMATCH_REASON_OUT_OF_MEMORY) {
        return imx_fail_photo(diag, IMGMATCH_REASON_OUT_OF_MEMORY,
                              "the decoder needs more memory than it may have");
    }
    worker->is_old = reply.is_old != 0;
    *fate = reply.has_leaked != 0 ? IMX_WORKER_SPOILT : IMX_WORKER_READY;
    if (reply.status == IMGMATCH_OK) {
        return take_pixels(out, worker, &info, diag);
    }
    return reply.status == IMGMATCH_ERR_PHOTO
               ? imx_fail_photo(diag, (imgmatch_reason)reply.reason, "%s", reply.message)
               : imx_fail(diag, (imgmatch_status)reply.status, "%s", reply.message);
}
