#include "faults/fault_malloc.h"

#include "faults/trigger.h"

#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define INTERPOSED __attribute__((visibility("default")))
#define MOST_RANGES 128

/* The C library's own, under the names that it keeps for this purpose. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);
/* std::__throw_bad_alloc() of the C++ library. */
_Noreturn void _ZSt17__throw_bad_allocv(void);

typedef struct range {
    uintptr_t first;
    uintptr_t last;
    fault_owner owner;
} range;

static range ranges[MOST_RANGES];
static size_t range_count;
static atomic_long live;

static fault_owner owner_of_name(const char *path) {
    static const struct {
        const char *name;
        fault_owner owner;
    } known[] = {{"libsqlite3.", OWNER_SQLITE},   {"libfaiss", OWNER_FAISS},
                 {"libonnxruntime", OWNER_ONNX},  {"libjpeg.", OWNER_JPEG},
                 {"libglib-2.0.", OWNER_GLIB},    {"libgobject-2.0.", OWNER_GLIB},
                 {"libgmodule-2.0.", OWNER_GLIB}, {"libgio-2.0.", OWNER_GLIB},
                 {"libvips.", OWNER_VIPS}};
    if (path[0] == '\0') {
        return OWNER_PROGRAM;
    }
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncmp(name, known[i].name, strlen(known[i].name)) == 0) {
            return known[i].owner;
        }
    }
    return OWNER_OTHERS;
}

static int add_ranges(struct dl_phdr_info *info, size_t size, void *user) {
    (void)size;
    (void)user;
    fault_owner owner = owner_of_name(info->dlpi_name);
    for (int i = 0; owner != OWNER_OTHERS && i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0 && range_count < MOST_RANGES) {
            uintptr_t first = (uintptr_t)(info->dlpi_addr + part->p_vaddr);
            ranges[range_count++] = (range){first, first + (uintptr_t)part->p_memsz, owner};
        }
    }
    return 0;
}

void fault_malloc_find_owners(void) {
    range_count = 0;
    (void)dl_iterate_phdr(add_ranges, NULL);
}

long fault_malloc_live(void) { return atomic_load(&live); }

static bool fails_for(const void *caller) {
    if (!fault_is_armed()) {
        return false;
    }
    uintptr_t at = (uintptr_t)caller;
    for (size_t i = 0; i < range_count; i++) {
        if (at >= ranges[i].first && at < ranges[i].last) {
            return fault_now((int)ranges[i].owner);
        }
    }
    return fault_now(OWNER_OTHERS);
}

static void *count(void *block) {
    if (block != NULL) {
        (void)atomic_fetch_add(&live, 1);
    } else {
        errno = ENOMEM;
    }
    return block;
}

#define FAILS fails_for(__builtin_return_address(0))

INTERPOSED void *malloc(size_t size) { return count(FAILS ? NULL : __libc_malloc(size)); }

INTERPOSED void *calloc(size_t number, size_t size) {
    return count(FAILS ? NULL : __libc_calloc(number, size));
}

INTERPOSED void free(void *block) {
    if (block != NULL) {
        (void)atomic_fetch_sub(&live, 1);
        __libc_free(block);
    }
}

INTERPOSED void *realloc(void *block, size_t size) {
    if (FAILS) {
        errno = ENOMEM;
        return NULL;
    }
    void *moved = __libc_realloc(block, size);
    if (block == NULL) {
        return count(moved);
    }
    if (size == 0 && moved == NULL) {
        (void)atomic_fetch_sub(&live, 1);
    }
    return moved;
}

INTERPOSED void *memalign(size_t alignment, size_t size) {
    return count(FAILS ? NULL : __libc_memalign(alignment, size));
}

INTERPOSED void *aligned_alloc(size_t alignment, size_t size);
INTERPOSED int posix_memalign(void **out, size_t alignment, size_t size);

INTERPOSED void *aligned_alloc(size_t alignment, size_t size) {
    return count(FAILS ? NULL : __libc_memalign(alignment, size));
}

INTERPOSED int posix_memalign(void **out, size_t alignment, size_t size) {
    void *block = FAILS ? NULL : __libc_memalign(alignment, size);
    if (block == NULL) {
        return ENOMEM;
    }
    *out = count(block);
    return 0;
}

/* operator new and new[], with the two ways of failing, and with an alignment. */
#define OPERATOR_NEW(name)                                                                         \
    INTERPOSED void *name(size_t size);                                                            \
    INTERPOSED void *name(size_t size) {                                                           \
        void *block = count(FAILS ? NULL : __libc_malloc(size == 0 ? 1 : size));                   \
        if (block == NULL) {                                                                       \
            _ZSt17__throw_bad_allocv();                                                            \
        }                                                                                          \
        return block;                                                                              \
    }
#define OPERATOR_NEW_NOTHROW(name)                                                                 \
    INTERPOSED void *name(size_t size, const void *tag);                                           \
    INTERPOSED void *name(size_t size, const void *tag) {                                          \
        (void)tag;                                                                                 \
        return count(FAILS ? NULL : __libc_malloc(size == 0 ? 1 : size));                          \
    }
#define OPERATOR_NEW_ALIGNED(name)                                                                 \
    INTERPOSED void *name(size_t size, size_t alignment);                                          \
    INTERPOSED void *name(size_t size, size_t alignment) {                                         \
        void *block = count(FAILS ? NULL : __libc_memalign(alignment, size == 0 ? 1 : size));      \
        if (block == NULL) {                                                                       \
            _ZSt17__throw_bad_allocv();                                                            \
        }                                                                                          \
        return block;                                                                              \
    }

OPERATOR_NEW(_Znwm)
OPERATOR_NEW(_Znam)
OPERATOR_NEW_NOTHROW(_ZnwmRKSt9nothrow_t)
OPERATOR_NEW_NOTHROW(_ZnamRKSt9nothrow_t)
OPERATOR_NEW_ALIGNED(_ZnwmSt11align_val_t)
OPERATOR_NEW_ALIGNED(_ZnamSt11align_val_t)
