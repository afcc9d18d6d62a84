# Finds every third-party library and gives each the name Imgmatch::<library>. Their headers are
# system headers to the compiler, so that imgmatch's warnings stay about imgmatch.
#
# What the system has installed comes first; the folder that tools/deps/install fills
# (IMGMATCH_DEPS_DIR) serves what the system lacks. All that is missing is named in one message.

include_guard(GLOBAL)

if(NOT "$ENV{IMGMATCH_DEPS_DIR}" STREQUAL "")
    set(imgmatch_default_deps_dir "$ENV{IMGMATCH_DEPS_DIR}")
elseif(NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
    set(imgmatch_default_deps_dir "$ENV{XDG_CACHE_HOME}/imgmatch/deps")
else()
    set(imgmatch_default_deps_dir "$ENV{HOME}/.cache/imgmatch/deps")
endif()
set(IMGMATCH_DEPS_DIR "${imgmatch_default_deps_dir}" CACHE PATH
    "The folder that tools/deps/install filled")

# The folder names carry the pinned versions, so that checkouts of different ages can share the
# cache and none links what another one pinned.
set(imgmatch_pins_file "${CMAKE_CURRENT_LIST_DIR}/../tools/deps/versions")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${imgmatch_pins_file}")
file(STRINGS "${imgmatch_pins_file}" imgmatch_pins REGEX "^[a-z0-9_]+=")
foreach(pin IN LISTS imgmatch_pins)
    string(REGEX MATCH "^([a-z0-9_]+)=(.*)$" _ "${pin}")
    set(imgmatch_pin_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
endforeach()

# The same question as in tools/deps/install: may FAISS be built for AVX2?
set(imgmatch_faiss_instructions generic)
if(EXISTS /proc/cpuinfo)
    file(STRINGS /proc/cpuinfo imgmatch_cpu_flags REGEX "^flags.* avx2( |$)" LIMIT_COUNT 1)
    if(imgmatch_cpu_flags)
        set(imgmatch_faiss_instructions avx2)
    endif()
endif()

set(imgmatch_faiss_dir "${IMGMATCH_DEPS_DIR}/faiss-${imgmatch_pin_faiss_version}-r${imgmatch_pin_faiss_recipe}-${imgmatch_faiss_instructions}")
set(imgmatch_onnxruntime_dir "${IMGMATCH_DEPS_DIR}/onnxruntime-${imgmatch_pin_onnxruntime_version}-r${imgmatch_pin_onnxruntime_recipe}")

list(PREPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")
set(imgmatch_missing "")

# imgmatch_dependency(<name> <variable> <target>): where the variable says that it was found, the
# target is known as Imgmatch::<name> from here on; else the name is noted as missing.
macro(imgmatch_dependency name variable target)
    if(${variable})
        if(NOT TARGET Imgmatch::${name})
            add_library(Imgmatch::${name} INTERFACE IMPORTED)
            target_link_libraries(Imgmatch::${name} INTERFACE ${target})
        endif()
    else()
        list(APPEND imgmatch_missing ${name})
    endif()
endmacro()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

find_package(JPEG QUIET)
if(JPEG_FOUND)
    # Scaled decoding and the scan limit are written for libjpeg-turbo; IJG's library has the same
    # header name.
    include(CheckSymbolExists)
    set(CMAKE_REQUIRED_LIBRARIES JPEG::JPEG)
    set(CMAKE_REQUIRED_QUIET ON)
    check_symbol_exists(LIBJPEG_TURBO_VERSION_NUMBER "stdio.h;jpeglib.h" IMGMATCH_JPEG_IS_TURBO)
    unset(CMAKE_REQUIRED_LIBRARIES)
    unset(CMAKE_REQUIRED_QUIET)
endif()
imgmatch_dependency(jpeg IMGMATCH_JPEG_IS_TURBO JPEG::JPEG)

find_package(PNG QUIET)
imgmatch_dependency(png PNG_FOUND PNG::PNG)

find_package(SQLite3 QUIET)
imgmatch_dependency(sqlite3 SQLite3_FOUND SQLite::SQLite3)

find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
    pkg_check_modules(IMGMATCH_VIPS QUIET IMPORTED_TARGET vips>=8.13)
    pkg_check_modules(IMGMATCH_HEIF QUIET IMPORTED_TARGET "libheif>=1.15" "libheif<1.21")
    pkg_check_modules(IMGMATCH_DE265 QUIET IMPORTED_TARGET libde265>=1.0.9)
    pkg_check_modules(IMGMATCH_CRYPTO QUIET IMPORTED_TARGET libcrypto>=1.1.1)
    pkg_check_modules(IMGMATCH_XXHASH QUIET IMPORTED_TARGET libxxhash>=0.8)
    pkg_check_modules(IMGMATCH_SECCOMP QUIET IMPORTED_TARGET libseccomp>=2.5)
else()
    list(APPEND imgmatch_missing pkg-config)
endif()
imgmatch_dependency(vips IMGMATCH_VIPS_FOUND PkgConfig::IMGMATCH_VIPS)
imgmatch_dependency(heif IMGMATCH_HEIF_FOUND PkgConfig::IMGMATCH_HEIF)
imgmatch_dependency(de265 IMGMATCH_DE265_FOUND PkgConfig::IMGMATCH_DE265)
imgmatch_dependency(crypto IMGMATCH_CRYPTO_FOUND PkgConfig::IMGMATCH_CRYPTO)
imgmatch_dependency(xxhash IMGMATCH_XXHASH_FOUND PkgConfig::IMGMATCH_XXHASH)

imgmatch_dependency(seccomp IMGMATCH_SECCOMP_FOUND PkgConfig::IMGMATCH_SECCOMP)

find_package(VLFeat QUIET)
imgmatch_dependency(vlfeat VLFeat_FOUND VLFeat::VLFeat)

find_package(FAISS_C QUIET)
imgmatch_dependency(faiss_c FAISS_C_FOUND FAISS::C)

find_package(OnnxRuntime QUIET)
imgmatch_dependency(onnxruntime OnnxRuntime_FOUND OnnxRuntime::OnnxRuntime)

if(imgmatch_missing)
    list(JOIN imgmatch_missing ", " imgmatch_missing)
    set(imgmatch_rejected ${FAISS_C_REJECTED} ${OnnxRuntime_REJECTED})
    list(TRANSFORM imgmatch_rejected PREPEND "  not usable: ")
    list(TRANSFORM imgmatch_rejected APPEND "\n")
    list(JOIN imgmatch_rejected "" imgmatch_rejected)
    message(FATAL_ERROR
        "imgmatch: not found: ${imgmatch_missing}.\n${imgmatch_rejected}"
        "Run tools/deps/install, which installs Debian's packages and puts the rest into "
        "${IMGMATCH_DEPS_DIR} (IMGMATCH_DEPS_DIR). A copy of your own is found through "
        "CMAKE_PREFIX_PATH, or FAISS_C_ROOT and OnnxRuntime_ROOT.")
endif()
message(STATUS "FAISS: ${FAISS_C_LIBRARY}")
message(STATUS "ONNX Runtime: ${OnnxRuntime_LIBRARY}")
