# Finds FAISS with its C API.
#
#   FAISS_C_FOUND, FAISS_C_INCLUDE_DIR, FAISS_C_LIBRARY, FAISS_C_REJECTED (what was found but could
#   not be used, and why)
#   FAISS::C    include as <faiss/c_api/Index_c.h>
#
# Looks in FAISS_C_ROOT, CMAKE_PREFIX_PATH and the system, then in the folder imgmatch_faiss_dir.
# Neither headers nor a library prove anything: Debian 12 ships the C API's headers without its
# symbols, and a static library that is not position-independent cannot go into libimgmatch. So a
# shared object is linked against every find before it counts. Nothing but that proof is cached,
# hence a copy that has moved is found again at the next configuration.

set(FAISS_C_REJECTED "")
set(faiss_c_probe "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/faiss_c_probe.c")
file(CONFIGURE OUTPUT "${faiss_c_probe}" @ONLY CONTENT [[
#include <faiss/c_api/IndexFlat_c.h>
#include <faiss/c_api/MetaIndexes_c.h>
#include <faiss/c_api/error_c.h>
#include <faiss/c_api/index_factory_c.h>
#include <faiss/c_api/index_io_c.h>

int imgmatch_faiss_c_probe(const char *path);

int imgmatch_faiss_c_probe(const char *path)
{
    FaissIndex *index = NULL;
    FaissIndexFlatIP *flat = NULL;
    return faiss_index_factory(&index, 8, "IDMap2,Flat", METRIC_INNER_PRODUCT) +
           faiss_IndexFlatIP_new_with(&flat, 8) + faiss_write_index_fname(index, path) +
           (faiss_get_last_error() != NULL);
}
]])

foreach(faiss_c_place IN ITEMS installed unpacked)
    set(faiss_c_search "")
    if(faiss_c_place STREQUAL "unpacked")
        set(faiss_c_search PATHS "${imgmatch_faiss_dir}" PATH_SUFFIXES lib NO_DEFAULT_PATH)
    endif()
    unset(FAISS_C_LIBRARY)
    find_library(FAISS_C_LIBRARY NAMES faiss_c ${faiss_c_search} NO_CACHE)
    if(NOT FAISS_C_LIBRARY)
        continue()
    endif()

    # The headers have to be of the same installation as the library.
    get_filename_component(faiss_c_library_dir "${FAISS_C_LIBRARY}" DIRECTORY)
    unset(FAISS_C_INCLUDE_DIR)
    find_path(FAISS_C_INCLUDE_DIR NAMES faiss/c_api/Index_c.h
        PATHS "${faiss_c_library_dir}/../include" "${faiss_c_library_dir}/../../include"
        NO_DEFAULT_PATH NO_CACHE)
    if(NOT FAISS_C_INCLUDE_DIR)
        list(APPEND FAISS_C_REJECTED "${FAISS_C_LIBRARY} has no faiss/c_api headers beside it")
        continue()
    endif()
    get_filename_component(FAISS_C_INCLUDE_DIR "${FAISS_C_INCLUDE_DIR}" ABSOLUTE)

    # A static C API brings its C++ library, and all that one needs, along by hand.
    set(faiss_c_needs "")
    if(FAISS_C_LIBRARY MATCHES "\\.a$")
        foreach(faiss_c_name IN ITEMS faiss lapack blas)
            unset(faiss_c_found)
            find_library(faiss_c_found NAMES ${faiss_c_name} HINTS "${faiss_c_library_dir}" NO_CACHE)
            if(faiss_c_found)
                list(APPEND faiss_c_needs "${faiss_c_found}")
            endif()
        endforeach()
        list(APPEND faiss_c_needs gomp stdc++ m)
    endif()

    # Uninstrumented: what a sanitizer's code calls is in the program, not in a shared library.
    if(NOT FAISS_C_PROVEN STREQUAL "${FAISS_C_LIBRARY}")
        try_compile(faiss_c_links "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/faiss_c_probe"
            SOURCES "${faiss_c_probe}"
            CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${FAISS_C_INCLUDE_DIR}"
            COMPILE_DEFINITIONS -fPIC -fno-sanitize=all
            LINK_OPTIONS -shared -fno-sanitize=all -Wl,--no-undefined
            LINK_LIBRARIES "${FAISS_C_LIBRARY}" ${faiss_c_needs}
            OUTPUT_VARIABLE faiss_c_output)
        if(NOT faiss_c_links)
            list(APPEND FAISS_C_REJECTED "${FAISS_C_LIBRARY} does not link into a shared library")
            file(WRITE "${faiss_c_probe}.log" "${faiss_c_output}")
            continue()
        endif()
        set(FAISS_C_PROVEN "${FAISS_C_LIBRARY}" CACHE INTERNAL "The FAISS C API that linked")
    endif()
    set(faiss_c_usable TRUE)
    break()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(FAISS_C
    REQUIRED_VARS FAISS_C_LIBRARY FAISS_C_INCLUDE_DIR faiss_c_usable)

if(FAISS_C_FOUND AND NOT TARGET FAISS::C)
    add_library(FAISS::C UNKNOWN IMPORTED)
    set_target_properties(FAISS::C PROPERTIES
        IMPORTED_LOCATION "${FAISS_C_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${FAISS_C_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES "${faiss_c_needs}")
endif()
