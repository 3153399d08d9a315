# Every third-party library, found once. Each is linked by one room only (see CheckLayers.cmake).
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)                          # images of people's own (room task)
find_package(JPEG REQUIRED)
find_library(CRADLE_MD_LIBRARY md REQUIRED)        # libmd: SHA-256
if(CRADLE_TESTS)
  find_package(GTest REQUIRED)
  find_library(CRADLE_RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
endif()

if(CRADLE_WITH_ONNX)
  find_package(Protobuf REQUIRED)
  find_library(CRADLE_ONNX_PROTO_LIBRARY onnx_proto REQUIRED)
  find_library(CRADLE_ONNX_LIBRARY onnx REQUIRED)
  add_library(cradle_onnx_proto INTERFACE)
  # Debian builds libonnx with the ML operators and the short namespace; headers must agree.
  target_compile_definitions(cradle_onnx_proto INTERFACE ONNX_ML=1 ONNX_NAMESPACE=onnx)
  target_link_libraries(cradle_onnx_proto INTERFACE
    "${CRADLE_ONNX_LIBRARY}" "${CRADLE_ONNX_PROTO_LIBRARY}" protobuf::libprotobuf)
endif()

if(CRADLE_WITH_TORCH)
  find_package(Torch REQUIRED)
endif()

if(CRADLE_WITH_ONNXRUNTIME)
  find_package(OnnxRuntime REQUIRED)               # cmake/FindOnnxRuntime.cmake: system, else setup/'s npm packages
  # oneDNN; Debian's CMake package names files that it does not ship, so the library is found plainly. OpenMP is how its
  # threads are counted.
  find_library(CRADLE_DNNL_LIBRARY dnnl REQUIRED)
  find_package(OpenMP REQUIRED COMPONENTS CXX)
endif()
if(CRADLE_WITH_PROMETHEUS)
  find_package(prometheus-cpp REQUIRED)            # metrics and their HTTP server (cradle-monitor)
endif()
find_package(DuckDB QUIET)                          # cmake/FindDuckDB.cmake: for the campaign's tables
