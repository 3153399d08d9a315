# DuckDB's C API as duckdb::duckdb: the system's, else what setup/engines.sh fetched (or -DCRADLE_ENGINES=folder).
# Sets DuckDB_FOUND and DuckDB_BUNDLED (true: the library must be installed beside the workers).
include(FindPackageHandleStandardArgs)
set(CRADLE_ENGINES "${PROJECT_SOURCE_DIR}/build/engines" CACHE PATH "Folder with onnxruntime/ and duckdb/, each {include,lib}")

find_path(DuckDB_INCLUDE_DIR duckdb.h)
find_library(DuckDB_LIBRARY duckdb)
# Both from one place: a header of the one and a library of the other need not agree.
if(NOT DuckDB_INCLUDE_DIR OR NOT DuckDB_LIBRARY)
  unset(DuckDB_INCLUDE_DIR CACHE)
  unset(DuckDB_LIBRARY CACHE)
  find_path(DuckDB_INCLUDE_DIR duckdb.h PATHS "${CRADLE_ENGINES}/duckdb/include" NO_DEFAULT_PATH)
  find_library(DuckDB_LIBRARY duckdb PATHS "${CRADLE_ENGINES}/duckdb/lib" NO_DEFAULT_PATH)
endif()

find_package_handle_standard_args(DuckDB
  REQUIRED_VARS DuckDB_LIBRARY DuckDB_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "run setup/engines.sh duckdb, or name a folder with -DCRADLE_ENGINES=…")

if(DuckDB_FOUND AND NOT TARGET duckdb::duckdb)
  cmake_path(IS_PREFIX CRADLE_ENGINES "${DuckDB_LIBRARY}" NORMALIZE DuckDB_BUNDLED)
  add_library(duckdb::duckdb SHARED IMPORTED)
  set_target_properties(duckdb::duckdb PROPERTIES
    IMPORTED_LOCATION "${DuckDB_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${DuckDB_INCLUDE_DIR}")
endif()
mark_as_advanced(DuckDB_INCLUDE_DIR DuckDB_LIBRARY)
