/* Stands in front of the worker's decoder and fails for photos that end in "imx-fault:NAME". */
#include <imgmatch/image.h>

#include "base/diag.h"
#include "isolate/message.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

imgmatch_status __real_imgmatch_image_decode(imgmatch_image **out, const void *data, size_t size,
                                             const imgmatch_limits *limits, imgmatch_diag *diag);
imgmatch_status __wrap_imgmatch_image_decode(imgmatch_image **out, const void *data, size_t size,
                                             const imgmatch_limits *limits, imgmatch_diag *diag);

static void dereference_nothing(void) {
    volatile int *volatile nowhere = NULL;
    *nowhere = 1;
}

static void spin(void) {
    for (volatile unsigned i = 0;; i++) {
    }
}

/* Then decodes. */
static void use_processor_time(void) {
    clock_t end = clock() + CLOCKS_PER_SEC / 4;
    while (clock() < end) {
    }
}

static void sleep_for_ever(void) {
    for (;;) {
        (void)sleep(1000);
    }
}

static void open_a_file(void) { _exit(open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? 1 : 0); }

static void open_a_socket(void) { _exit(socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 1 : 0); }

static void run_a_program(void) {
    char name[] = "/bin/true";
    char *arguments[] = {name, NULL};
    char *environment[] = {NULL};
    (void)execve(name, arguments, environment);
    _exit(0);
}

static void kill_the_parent(void) { _exit(kill(getppid(), 0) == 0 ? 1 : 0); }

static void make_code(void) {
    void *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    _exit(page != MAP_FAILED ? 1 : 0);
}

static void try_memory(int flags) {
    void *pages = mmap(NULL, 1u << 20, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    _exit(pages != MAP_FAILED ? 1 : 0);
}

/* Neither is counted by RLIMIT_DATA. */
static void share_memory(void) { try_memory(MAP_SHARED); }
static void grow_memory(void) { try_memory(MAP_PRIVATE | MAP_GROWSDOWN); }

/* Mapped, no data any more, and there all the same. Eight times what the worker may have. */
static void hoard_memory(void) {
    enum { BLOCKS = 64 };
    const size_t block = 16u << 20;
    for (int i = 0; i < BLOCKS; i++) {
        void *pages = mmap(NULL, block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED) {
            abort();
        }
        (void)mprotect(pages, block, PROT_READ);
    }
    dereference_nothing();
}

/* When the answer has long been sent. */
static void *speak_later(void *unused) {
    const struct timespec later = {.tv_nsec = 100000000};
    (void)nanosleep(&later, NULL);
    (void)send(IMX_WORKER_SOCKET, "", 1, MSG_NOSIGNAL);
    return unused;
}

/* Then decodes. */
static void speak_unasked(void) {
    pthread_t thread;
    (void)pthread_create(&thread, NULL, speak_later, NULL);
}

static void end_quietly(void) { _exit(0); }

static bool has_mark(const uint8_t *data, size_t size, const char *name) {
    char mark[64] = "imx-fault:";
    (void)strncat(mark, name, sizeof mark - 16);
    size_t length = strlen(mark);
    return size >= length && memcmp(data + size - length, mark, length) == 0;
}

/* A compiler may leave out an allocation that nobody looks at. */
static char *volatile leaked;

/* Memory that is never freed. */
static bool leak(size_t mebibytes) {
    for (size_t i = 0; i < mebibytes; i++) {
        char *block = malloc(1u << 20);
        if (block == NULL) {
            return false;
        }
        memset(block, 1, 1u << 20);
        leaked = block;
    }
    return true;
}

/* All but so many KiB. */
static void leak_all_but(size_t kibibytes) {
    void *kept = malloc(kibibytes << 10);
    for (size_t piece = 1u << 20; kept != NULL && piece >= 1u << 10; piece /= 2) {
        for (char *block = malloc(piece); block != NULL; block = malloc(piece)) {
            leaked = block;
        }
    }
    free(kept);
}

imgmatch_status __wrap_imgmatch_image_decode(imgmatch_image **out, const void *data, size_t size,
                                             const imgmatch_limits *limits, imgmatch_diag *diag) {
    static const struct {
        const char *name;
        void (*act)(void);
    } faults[] = {
        {"abort", abort},
        {"segv", dereference_nothing},
        {"spin", spin},
        {"sleep", sleep_for_ever},
        {"file", open_a_file},
        {"socket", open_a_socket},
        {"exec", run_a_program},
        {"kill", kill_the_parent},
        {"code", make_code},
        {"exit", end_quietly},
        {"shared", share_memory},
        {"growing", grow_memory},
        {"work", use_processor_time},
        {"hoard", hoard_memory},
        {"unasked", speak_unasked},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (has_mark(data, size, faults[i].name)) {
            faults[i].act();
        }
    }
    if (has_mark(data, size, "leak") && !leak(60)) {
        return IMGMATCH_ERR_MEMORY;
    }
    if (has_mark(data, size, "drip") && !leak(1)) {
        return IMGMATCH_ERR_MEMORY;
    }
    if (has_mark(data, size, "hog") && !leak(100000)) {
        return IMGMATCH_ERR_MEMORY;
    }
    /* As what libvips says when it finds none, where photos before have left too little. */
    static bool is_short;
    if (has_mark(data, size, "large") && is_short) {
        return imx_fail_photo(diag, IMGMATCH_REASON_OUT_OF_MEMORY, "not enough memory");
    }
    is_short = is_short || has_mark(data, size, "shorten");
    imgmatch_status status = __real_imgmatch_image_decode(out, data, size, limits, diag);
    if (has_mark(data, size, "brim")) {
        leak_all_but(200);
    }
    if (status == IMGMATCH_OK && has_mark(data, size, "lie")) {
        /* The answer says more pixels than there is room for. */
        imgmatch_image_info *info = (imgmatch_image_info *)(uintptr_t)imgmatch_image_get_info(*out);
        info->source_width = 4000000000u;
    }
    return status;
}
