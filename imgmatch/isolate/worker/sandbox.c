/*
 * The confinement of a worker, by resource limits and seccomp-bpf; the only file that knows
 * libseccomp.
 *
 * The list has what the decoders, the C library's allocator and its threads (HEIF codecs have
 * some) ask for once everything is loaded: memory that is not executable and that RLIMIT_DATA
 * counts, futexes, clocks, messages on the one socket, signals to itself. There is no call on it
 * that opens, connects, makes a process or touches another one. Anything else kills the process at
 * once, with SIGSYS.
 */
#include "isolate/worker/sandbox.h"

#include "isolate/message.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SHADOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SHADOW 1
#endif
#endif

/* For the main thread; those of other threads are data. */
#define STACK_BYTES (16u << 20)
/* What may be mapped besides data while libraries are loaded, */
#define LOADED_BYTES (UINT64_C(8) << 30)
/* and afterwards: the stack, guards of threads' stacks, and where the kernel rounds. Data that is
 * made read-only is no data any more, but stays; what is mapped bounds it. */
#define MORE_BYTES (UINT64_C(128) << 20)

/* Who starts us may have less, beyond which nothing is raised. */
static bool set_limit(__rlimit_resource_t what, rlim_t most) {
    struct rlimit limit;
    if (getrlimit(what, &limit) != 0) {
        return false;
    }
    limit.rlim_max = limit.rlim_max < most ? limit.rlim_max : most;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(what, &limit) == 0;
}

uint64_t imx_sandbox_life_seconds(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_CPU, &limit) == 0 ? limit.rlim_cur : 0;
}

/* Started by root, a worker would keep what root may do by the calls that are left to it. Where the
 * call is forbidden it is enough to have nothing. */
static bool drop_capabilities(void) {
    struct __user_cap_header_struct whose = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct had[_LINUX_CAPABILITY_U32S_3] = {{0}};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capset, &whose, none) == 0 ||
           (syscall(SYS_capget, &whose, had) == 0 && memcmp(had, none, sizeof had) == 0);
}

#ifndef HAS_SHADOW
/* A caller may say that there is no bound by a number that leaves no room for more. */
static uint64_t add(uint64_t a, uint64_t b) {
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? RLIM_INFINITY : sum;
}
#endif

bool imx_sandbox_bound(uint64_t max_bytes, uint64_t shared_bytes) {
    bool done = drop_capabilities() && set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_FSIZE, 0) &&
                set_limit(RLIMIT_STACK, STACK_BYTES) &&
                set_limit(RLIMIT_CPU, IMX_SANDBOX_LIFE_SECONDS);
#ifdef HAS_SHADOW
    (void)max_bytes;
    (void)shared_bytes;
    return done;
#else
    return done && set_limit(RLIMIT_DATA, max_bytes) &&
           set_limit(RLIMIT_AS, add(max_bytes, shared_bytes + LOADED_BYTES));
#endif
}

/* Calls that are harmless whatever their arguments are. */
static bool allow_plain(scmp_filter_ctx filter) {
    static const int calls[] = {
        SCMP_SYS(brk),
        SCMP_SYS(munmap),
        SCMP_SYS(mremap),
        SCMP_SYS(madvise), /* What does harm to others takes a capability. */
        SCMP_SYS(futex),
        SCMP_SYS(clock_gettime),
        SCMP_SYS(gettimeofday),
        SCMP_SYS(clock_nanosleep),
        SCMP_SYS(nanosleep),
        SCMP_SYS(getrandom),
        SCMP_SYS(sched_yield),
        SCMP_SYS(sched_getaffinity),
        SCMP_SYS(rt_sigreturn),
        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(rt_sigaction),
        SCMP_SYS(sigaltstack),
        SCMP_SYS(getpid),
        SCMP_SYS(getppid),
        SCMP_SYS(gettid),
        SCMP_SYS(exit),
        SCMP_SYS(exit_group),
        SCMP_SYS(restart_syscall),
        SCMP_SYS(set_robust_list),
        SCMP_SYS(rseq),
        SCMP_SYS(setitimer),
    };
    bool done = true;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        done = done && seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0) == 0;
    }
    return done;
}

/* Calls of which only some arguments are. */
static bool allow_guarded(scmp_filter_ctx filter) {
    const scmp_datum_t self = (scmp_datum_t)getpid();
    const struct scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    /* Shared memory and stacks that grow are not counted as data. */
    const struct scmp_arg_cmp counted =
        SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS | MAP_SHARED | MAP_GROWSDOWN, MAP_ANONYMOUS);
    const struct scmp_arg_cmp a_thread = SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
    const struct scmp_arg_cmp own_socket = SCMP_A0(SCMP_CMP_EQ, IMX_WORKER_SOCKET, 0);
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, not_executable, counted) ==
               0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, not_executable) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, a_thread) == 0 &&
           /* Its flags lie in memory, where a filter cannot look: the C library then takes clone.
            */
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
                            SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                            SCMP_A0(SCMP_CMP_EQ, self, 0)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(recvfrom), 1, own_socket) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 2, own_socket,
                            SCMP_A4(SCMP_CMP_EQ, 0, 0)) == 0 &&
           /* /dev/null: what GLib and sanitizers say before they abort. */
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                            SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO, 0)) == 0;
}

#ifndef HAS_SHADOW
/* Bytes that are mapped; false where there is no /proc. */
static bool measure_mapped(uint64_t *bytes) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    bool done = file != NULL && fscanf(file, "%lu", &pages) == 1;
    if (file != NULL) {
        (void)fclose(file);
    }
    *bytes = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
    return done;
}
#endif

/* Without /proc the bound of before stays. */
static bool bound_mapped(uint64_t max_bytes) {
#ifdef HAS_SHADOW
    (void)max_bytes;
    return true;
#else
    uint64_t bytes;
    return !measure_mapped(&bytes) || set_limit(RLIMIT_AS, add(max_bytes, bytes + MORE_BYTES));
#endif
}

bool imx_sandbox_enter(uint64_t max_bytes) {
    if (!bound_mapped(max_bytes) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return false;
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool done = filter != NULL && seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
                allow_plain(filter) && allow_guarded(filter) && seccomp_load(filter) == 0;
    if (filter != NULL) {
        seccomp_release(filter);
    }
    return done;
}
