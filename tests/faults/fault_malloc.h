/*
 * Allocations that fail when a certain library asks for them. The program has the functions itself
 * that allocate, C's and C++'s, so that all that is linked calls them; who calls is told by the
 * return address. What fails is NULL, or std::bad_alloc from operator new.
 */
#ifndef TESTS_FAULTS_FAULT_MALLOC_H
#define TESTS_FAULTS_FAULT_MALLOC_H

/* Kinds of faults/trigger.h. */
typedef enum fault_owner {
    OWNER_OTHERS,  /* Libraries that are not named here: codecs, the C and C++ libraries. */
    OWNER_PROGRAM, /* And so imgmatch, which allocates for libpng, too. */
    OWNER_SQLITE,
    OWNER_FAISS,
    OWNER_ONNX,
    OWNER_JPEG,
    OWNER_GLIB,
    OWNER_VIPS,
    OWNER_COUNT
} fault_owner;

/* Look again where the libraries are; to be called when something may have been loaded. */
void fault_malloc_find_owners(void);

/* Blocks that are allocated now, by all. */
long fault_malloc_live(void);

#endif
