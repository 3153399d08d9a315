# make install: program, workers, the light rooms as libraries with their headers, and a CMake package.
include(CMakePackageConfigHelpers)

get_property(rooms GLOBAL PROPERTY CRADLE_INSTALLED_ROOMS)
set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/cradle")
foreach(room IN LISTS rooms)
  install(TARGETS cradle_${room} EXPORT cradleTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/src/cradle/${room}/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/cradle/${room}"
    FILES_MATCHING PATTERN "*.h" PATTERN "*_test.h" EXCLUDE)
endforeach()

# cradle::cradle is all of them.
add_library(cradle_all INTERFACE)
set_target_properties(cradle_all PROPERTIES EXPORT_NAME cradle)
foreach(room IN LISTS rooms)
  target_link_libraries(cradle_all INTERFACE cradle_${room})
endforeach()
install(TARGETS cradle_all EXPORT cradleTargets)
install(EXPORT cradleTargets NAMESPACE cradle:: DESTINATION "${package_folder}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/cradleConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/cradleConfig.cmake" INSTALL_DESTINATION "${package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cradleConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/cradleConfig.cmake" "${PROJECT_BINARY_DIR}/cradleConfigVersion.cmake"
  DESTINATION "${package_folder}")
# Marks from other programs: one header, a few Python files.
install(FILES "${PROJECT_SOURCE_DIR}/include/cradle_marks.h" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/python/" DESTINATION "${CMAKE_INSTALL_DATADIR}/cradle/python"
  FILES_MATCHING PATTERN "*.py")
install(FILES "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/CITATION.cff"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs/" DESTINATION "${CMAKE_INSTALL_DOCDIR}/docs" FILES_MATCHING PATTERN "*.md")

# Published cases, which `cradle validate` computes without an argument.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/test/published/" DESTINATION "${CMAKE_INSTALL_DATADIR}/cradle/published"
  FILES_MATCHING PATTERN "*.toml" PATTERN "*.csv")

# What `make build` makes: the program and its workers, no tests.
get_property(programs GLOBAL PROPERTY CRADLE_PROGRAMS)
add_custom_target(programs DEPENDS ${programs})
