# The language, the warnings and the sanitizers: everything about *how* our own code is compiled.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Without this the path of the build folder reaches the build-id, and two checkouts give different binaries.
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "" FORCE)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(CRADLE_CCACHE ccache)
if(CRADLE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${CRADLE_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CRADLE_CCACHE}")
endif()

# Linked privately by our own code and never by third parties'.
add_library(cradle_warnings INTERFACE)
target_compile_options(cradle_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  $<$<BOOL:${CRADLE_WERROR}>:-Werror>
  "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")

if(CRADLE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  set(CRADLE_SANITIZER_SOURCES "${PROJECT_SOURCE_DIR}/cmake/leak_suppressions.cc")
endif()
