# What `cmake --install` puts in place: the library, its headers, pkg-config and CMake packages, the
# default model.

include(CMakePackageConfigHelpers)

install(TARGETS imgmatch EXPORT imgmatchTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
# What tools/deps/install put into somebody's cache folder is installed, too: others must be able to
# load it. A copy that the system or the caller provides is found where it was linked.
set(imgmatch_private_libs ${CMAKE_INSTALL_LIBDIR}/imgmatch)
set_target_properties(imgmatch PROPERTIES INSTALL_RPATH "$ORIGIN/imgmatch")
foreach(library IN ITEMS "${FAISS_C_LIBRARY}" "${OnnxRuntime_LIBRARY}")
    file(REAL_PATH "${library}" library_file)
    file(REAL_PATH "${IMGMATCH_DEPS_DIR}" deps_folder)
    cmake_path(IS_PREFIX deps_folder "${library_file}" is_ours)
    if(is_ours)
        install(PROGRAMS "${library_file}" DESTINATION ${imgmatch_private_libs})
    else()
        set_target_properties(imgmatch PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
    endif()
endforeach()

install(DIRECTORY include/imgmatch DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(imgmatch_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/imgmatch)
install(EXPORT imgmatchTargets NAMESPACE imgmatch:: DESTINATION ${imgmatch_package_dir})
configure_package_config_file(cmake/imgmatchConfig.cmake.in
    ${CMAKE_CURRENT_BINARY_DIR}/imgmatchConfig.cmake
    INSTALL_DESTINATION ${imgmatch_package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/imgmatchConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/imgmatchConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/imgmatchConfigVersion.cmake
    DESTINATION ${imgmatch_package_dir})

file(RELATIVE_PATH imgmatch_pc_to_prefix
    ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/imgmatch.pc.in ${CMAKE_CURRENT_BINARY_DIR}/imgmatch.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/imgmatch.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(EXISTS ${PROJECT_SOURCE_DIR}/models/imgmatch-1/manifest.json)
    install(DIRECTORY models/imgmatch-1/ DESTINATION ${CMAKE_INSTALL_DATADIR}/imgmatch/models)
endif()

# Of the links in the documents only those to one another stay: the others lead into the sources.
set(imgmatch_documents README.md CHANGELOG.md SECURITY.md imgmatch/THIRD-PARTY.md models/MODEL_CARD.md)
foreach(document IN LISTS imgmatch_documents)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${document})
    get_filename_component(name ${document} NAME)
    file(READ ${PROJECT_SOURCE_DIR}/${document} text)
    string(REGEX REPLACE "\\]\\((imgmatch|models)/([A-Z_-]+\\.md)\\)" "](\\2)" text "${text}")
    string(REGEX REPLACE "\\[([^]]+)\\]\\([a-z]+/[^):]*\\)" "\\1" text "${text}")
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/doc/${name} "${text}")
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/doc/${name} DESTINATION ${CMAKE_INSTALL_DOCDIR})
endforeach()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
