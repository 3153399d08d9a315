# ONNX Runtime as onnxruntime::onnxruntime: the system's, else what setup/engines.sh fetched (or -DCRADLE_ENGINES=folder).
# Sets OnnxRuntime_FOUND and OnnxRuntime_BUNDLED (true: the library must be installed beside the workers).
include(FindPackageHandleStandardArgs)
set(CRADLE_ENGINES "${PROJECT_SOURCE_DIR}/build/engines" CACHE PATH "Folder with onnxruntime/ and duckdb/, each {include,lib}")

# Both from one place: a header of the one and a library of the other need not agree.
find_path(OnnxRuntime_INCLUDE_DIR onnxruntime_cxx_api.h
  PATH_SUFFIXES onnxruntime onnxruntime/core/session)
find_library(OnnxRuntime_LIBRARY onnxruntime)
if(NOT OnnxRuntime_INCLUDE_DIR OR NOT OnnxRuntime_LIBRARY)
  unset(OnnxRuntime_INCLUDE_DIR CACHE)
  unset(OnnxRuntime_LIBRARY CACHE)
  find_path(OnnxRuntime_INCLUDE_DIR onnxruntime_cxx_api.h PATHS "${CRADLE_ENGINES}/onnxruntime/include" NO_DEFAULT_PATH)
  find_library(OnnxRuntime_LIBRARY NAMES onnxruntime libonnxruntime.so.1
    PATHS "${CRADLE_ENGINES}/onnxruntime/lib" NO_DEFAULT_PATH)
endif()

find_package_handle_standard_args(OnnxRuntime
  REQUIRED_VARS OnnxRuntime_LIBRARY OnnxRuntime_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "install a system package (Debian 13: libonnxruntime-dev), run setup/engines.sh onnxruntime, \
name a folder with -DCRADLE_ENGINES=…, or build without inference by -DCRADLE_WITH_ONNXRUNTIME=OFF")

if(OnnxRuntime_FOUND AND NOT TARGET onnxruntime::onnxruntime)
  cmake_path(IS_PREFIX CRADLE_ENGINES "${OnnxRuntime_LIBRARY}" NORMALIZE OnnxRuntime_BUNDLED)
  add_library(onnxruntime::onnxruntime SHARED IMPORTED)
  set_target_properties(onnxruntime::onnxruntime PROPERTIES
    IMPORTED_LOCATION "${OnnxRuntime_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${OnnxRuntime_INCLUDE_DIR}")
endif()
mark_as_advanced(OnnxRuntime_INCLUDE_DIR OnnxRuntime_LIBRARY)
