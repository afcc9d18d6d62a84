# Finds ONNX Runtime's shared library and its C header, of one installation.
#
#   OnnxRuntime_FOUND, OnnxRuntime_INCLUDE_DIR, OnnxRuntime_LIBRARY, OnnxRuntime_API_VERSION,
#   OnnxRuntime_REJECTED (what was found but could not be used, and why)
#   OnnxRuntime::OnnxRuntime    include as <onnxruntime_c_api.h>
#
# Looks in OnnxRuntime_ROOT, CMAKE_PREFIX_PATH and the system, then in the folder
# imgmatch_onnxruntime_dir. A library that writes to standard output or error by itself is rejected
# (Debian 13's 1.21.0 prints a thousand lines in every process), so every find is run once before it
# counts. One that sends usage data to its maker (1.29 and later do where they were built for it) is
# rejected, too: imgmatch reports to nobody. Nothing but that proof is cached, hence a copy that has
# moved is found again at the next configuration.

# imgmatch asks for GetApi(21); an older header does not declare what that returns.
set(onnxruntime_oldest_api 21)
set(OnnxRuntime_REJECTED "")
set(onnxruntime_probe "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/onnxruntime_probe.c")
file(CONFIGURE OUTPUT "${onnxruntime_probe}" @ONLY CONTENT [[
#include <onnxruntime_c_api.h>

/* y = Relu(x), x of shape 1 x 4. */
static const char model[] =
    "\010\010\072\073\012\014\012\001x\022\001y\042\004Relu\022\001gZ\023\012\001x\022"
    "\016\012\014\010\001\022\010\012\002\010\001\012\002\010\004b\023\012\001y\022\016"
    "\012\014\010\001\022\010\012\002\010\001\012\002\010\004B\002\020\015";

int main(void)
{
    const OrtApi *api = OrtGetApiBase()->GetApi(@onnxruntime_oldest_api@);
    OrtEnv *env = NULL;
    OrtSessionOptions *options = NULL;
    OrtSession *session = NULL;
    if (api == NULL || api->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "probe", &env) != NULL ||
        api->CreateSessionOptions(&options) != NULL ||
        api->CreateSessionFromArray(env, model, sizeof model - 1, options, &session) != NULL)
        return 1;
    api->ReleaseSession(session);
    api->ReleaseSessionOptions(options);
    api->ReleaseEnv(env);
    return 0;
}
]])

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

    # The environment variables that would turn it off.
    file(STRINGS "${OnnxRuntime_LIBRARY}" onnxruntime_reports LIMIT_COUNT 1
         REGEX "ORT_(DISABLE_TELEMETRY|TELEMETRY_DISABLED)")
    if(onnxruntime_reports)
        list(APPEND OnnxRuntime_REJECTED "${OnnxRuntime_LIBRARY} sends usage data to its maker")
        continue()
    endif()

    if(NOT CMAKE_CROSSCOMPILING AND NOT OnnxRuntime_PROVEN STREQUAL "${OnnxRuntime_LIBRARY}")
        # Uninstrumented: a sanitizer would have messages of its own.
        try_run(onnxruntime_exit onnxruntime_links
            "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/onnxruntime_probe" "${onnxruntime_probe}"
            CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${OnnxRuntime_INCLUDE_DIR}"
            COMPILE_DEFINITIONS -fno-sanitize=all
            LINK_OPTIONS -fno-sanitize=all
            LINK_LIBRARIES "${OnnxRuntime_LIBRARY}"
            COMPILE_OUTPUT_VARIABLE onnxruntime_compile_output
            RUN_OUTPUT_VARIABLE onnxruntime_output)
        if(NOT onnxruntime_links OR NOT onnxruntime_exit STREQUAL "0")
            list(APPEND OnnxRuntime_REJECTED "${OnnxRuntime_LIBRARY} does not link or run")
            file(WRITE "${onnxruntime_probe}.log"
                "${onnxruntime_compile_output}${onnxruntime_output}")
            continue()
        endif()
        if(NOT onnxruntime_output STREQUAL "")
            list(APPEND OnnxRuntime_REJECTED "${OnnxRuntime_LIBRARY} prints messages of its own")
            continue()
        endif()
        set(OnnxRuntime_PROVEN "${OnnxRuntime_LIBRARY}" CACHE INTERNAL
            "The ONNX Runtime that linked, ran and kept quiet")
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
