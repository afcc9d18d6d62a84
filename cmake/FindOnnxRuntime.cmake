# Finds ONNX Runtime's shared library and its C header, of one installation.
#
#   OnnxRuntime_FOUND, OnnxRuntime_INCLUDE_DIR, OnnxRuntime_LIBRARY, OnnxRuntime_API_VERSION,
#   OnnxRuntime_REJECTED (what was found but could not be used, and why)
#   OnnxRuntime::OnnxRuntime    include as <onnxruntime_c_api.h>
#
# Looks in OnnxRuntime_ROOT, CMAKE_PREFIX_PATH and the system, then in the folder
# imgmatch_onnxruntime_dir. Nothing is cached, hence a copy that has moved is found again at the
# next configuration.

# imgmatch asks for GetApi(21); an older header does not declare what that returns.
set(onnxruntime_oldest_api 21)
set(OnnxRuntime_REJECTED "")

foreach(onnxruntime_place IN ITEMS installed unpacked)
    set(onnxruntime_search "")
    if(onnxruntime_place STREQUAL "unpacked")
        set(onnxruntime_search PATHS "${imgmatch_onnxruntime_dir}" PATH_SUFFIXES lib
            NO_DEFAULT_PATH)
    endif()
    unset(OnnxRuntime_LIBRARY)
    find_library(OnnxRuntime_LIBRARY NAMES onnxruntime ${onnxruntime_search} NO_CACHE)
    if(NOT OnnxRuntime_LIBRARY)
        continue()
    endif()

    get_filename_component(onnxruntime_library_dir "${OnnxRuntime_LIBRARY}" DIRECTORY)
    unset(OnnxRuntime_INCLUDE_DIR)
    find_path(OnnxRuntime_INCLUDE_DIR NAMES onnxruntime_c_api.h
        PATHS "${onnxruntime_library_dir}/../include" "${onnxruntime_library_dir}/../../include"
        PATH_SUFFIXES onnxruntime onnxruntime/core/session
        NO_DEFAULT_PATH NO_CACHE)
    if(NOT OnnxRuntime_INCLUDE_DIR)
        list(APPEND OnnxRuntime_REJECTED "${OnnxRuntime_LIBRARY} has no onnxruntime_c_api.h beside it")
        continue()
    endif()
    get_filename_component(OnnxRuntime_INCLUDE_DIR "${OnnxRuntime_INCLUDE_DIR}" ABSOLUTE)

    file(STRINGS "${OnnxRuntime_INCLUDE_DIR}/onnxruntime_c_api.h" onnxruntime_api_line
         REGEX "^#define ORT_API_VERSION [0-9]+" LIMIT_COUNT 1)
    string(REGEX MATCH "[0-9]+$" OnnxRuntime_API_VERSION "${onnxruntime_api_line}")
    if(OnnxRuntime_API_VERSION VERSION_LESS onnxruntime_oldest_api)
        list(APPEND OnnxRuntime_REJECTED
            "${OnnxRuntime_LIBRARY} has C API version ${OnnxRuntime_API_VERSION}, before ${onnxruntime_oldest_api}")
        continue()
    endif()
    set(onnxruntime_usable TRUE)
    break()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OnnxRuntime
    REQUIRED_VARS OnnxRuntime_LIBRARY OnnxRuntime_INCLUDE_DIR onnxruntime_usable)

if(OnnxRuntime_FOUND AND NOT TARGET OnnxRuntime::OnnxRuntime)
    add_library(OnnxRuntime::OnnxRuntime UNKNOWN IMPORTED)
    set_target_properties(OnnxRuntime::OnnxRuntime PROPERTIES
        IMPORTED_LOCATION "${OnnxRuntime_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${OnnxRuntime_INCLUDE_DIR}")
endif()
