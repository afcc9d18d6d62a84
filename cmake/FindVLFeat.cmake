# Finds VLFeat, which installs neither a CMake package nor a pkg-config file.
#
#   VLFeat_FOUND, VLFeat_INCLUDE_DIR, VLFeat_LIBRARY
#   VLFeat::VLFeat    include as <vl/sift.h>

find_path(VLFeat_INCLUDE_DIR NAMES vl/sift.h)
find_library(VLFeat_LIBRARY NAMES vl)
mark_as_advanced(VLFeat_INCLUDE_DIR VLFeat_LIBRARY)

if(VLFeat_INCLUDE_DIR)
    file(STRINGS "${VLFeat_INCLUDE_DIR}/vl/generic.h" vlfeat_version_line
         REGEX "^#define VL_VERSION_STRING ")
    string(REGEX REPLACE ".*\"([0-9.]+)\".*" "\\1" VLFeat_VERSION "${vlfeat_version_line}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(VLFeat
    REQUIRED_VARS VLFeat_LIBRARY VLFeat_INCLUDE_DIR
    VERSION_VAR VLFeat_VERSION)

if(VLFeat_FOUND AND NOT TARGET VLFeat::VLFeat)
    # Only VLFeat itself is linked: it names the OpenMP runtime that it was built with.
    add_library(VLFeat::VLFeat UNKNOWN IMPORTED)
    set_target_properties(VLFeat::VLFeat PROPERTIES
        IMPORTED_LOCATION "${VLFeat_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${VLFeat_INCLUDE_DIR}")
endif()
