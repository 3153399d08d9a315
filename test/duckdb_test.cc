// Proves the set-up of DuckDB: writes one Parquet file through its C API and reads it back.
#include <duckdb.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "cradle/base/scratch_test.h"

namespace {

/// An in-memory database that closes itself.
class Database {
 public:
  Database() {
    EXPECT_EQ(duckdb_open(nullptr, &database_), DuckDBSuccess);
    EXPECT_EQ(duckdb_connect(database_, &connection_), DuckDBSuccess);
    // Parquet is built in; nothing is to be fetched behind our back.
    run("SET autoinstall_known_extensions = false");
    run("SET autoload_known_extensions = false");
  }
  ~Database() {
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }
  void run(const std::string& sql) {
    duckdb_result result;
    EXPECT_EQ(duckdb_query(connection_, sql.c_str(), &result), DuckDBSuccess) << duckdb_result_error(&result);
    duckdb_destroy_result(&result);
  }
  double number(const std::string& sql) {
    duckdb_result result;
    EXPECT_EQ(duckdb_query(connection_, sql.c_str(), &result), DuckDBSuccess) << duckdb_result_error(&result);
    const double value = duckdb_value_double(&result, 0, 0);
    duckdb_destroy_result(&result);
    return value;
  }

 private:
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

TEST(DuckDb, WritesAParquetFileAndReadsItBack) {
  const std::filesystem::path file = cradle::base::scratch_folder() / "run.parquet";
  {
    Database database;
    database.run("CREATE TABLE cells AS SELECT i AS run, i * 0.5 AS j FROM range(1000) t(i)");
    database.run("COPY cells TO '" + file.string() + "' (FORMAT parquet, COMPRESSION zstd)");
  }
  Database again;
  EXPECT_EQ(again.number("SELECT count(*) FROM '" + file.string() + "'"), 1000);
  EXPECT_EQ(again.number("SELECT sum(j) FROM '" + file.string() + "'"), 0.5 * 999 * 1000 / 2);
  std::filesystem::remove(file);
}

}  // namespace
