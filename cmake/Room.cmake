# cradle_room(<name> [INSTALL] USES <room>... SOURCES <file>... [LINK <library>...] [LINK_PUBLIC <library>...]
#             [TESTS <file>...] [TEST_LINK <library>...])
# makes cradle::<name> from src/cradle/<name>, linked to the rooms it may include, and its test binary.
# LINK is private (third parties stay behind one room's .cc files).
function(cradle_room name)
  cmake_parse_arguments(R "INSTALL" "" "USES;SOURCES;TESTS;LINK;LINK_PUBLIC;TEST_LINK" ${ARGN})
  set(target cradle_${name})
  add_library(${target} STATIC ${R_SOURCES})
  add_library(cradle::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  foreach(room IN LISTS R_USES)
    target_link_libraries(${target} PUBLIC cradle::${room})
  endforeach()
  target_link_libraries(${target} PUBLIC ${R_LINK_PUBLIC} PRIVATE ${R_LINK} $<BUILD_INTERFACE:cradle_warnings>)
  if(R_INSTALL)
    set_property(GLOBAL APPEND PROPERTY CRADLE_INSTALLED_ROOMS ${name})
  endif()
  if(CRADLE_TESTS AND R_TESTS)
    add_executable(${target}_test ${R_TESTS} ${CRADLE_SANITIZER_SOURCES})
    target_link_libraries(${target}_test PRIVATE
      cradle::${name} ${R_TEST_LINK} GTest::gtest_main cradle_warnings)
    include(GoogleTest)
    gtest_discover_tests(${target}_test TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST
      PROPERTIES TIMEOUT 300)
  endif()
endfunction()

# cradle_program(<name> WORKER SOURCES <file>... LINK <target>...): the program, or a worker beside it.
# The program lies in build/, workers in build/libexec/cradle/, as they do after installation.
function(cradle_program name)
  cmake_parse_arguments(P "WORKER" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${P_SOURCES} ${CRADLE_SANITIZER_SOURCES})
  target_link_libraries(${name} PRIVATE ${P_LINK} cradle_warnings)
  if(P_WORKER)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/libexec/cradle")
    install(TARGETS ${name} RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/cradle")
  else()
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
    install(TARGETS ${name} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  endif()
  set_property(GLOBAL APPEND PROPERTY CRADLE_PROGRAMS ${name})
endfunction()
