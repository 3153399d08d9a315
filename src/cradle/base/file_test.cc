#include "cradle/base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "cradle/base/error.h"
#include "cradle/base/scratch_test.h"

namespace cradle::base {
namespace {

std::filesystem::path scratch(const char* name) { return scratch_folder() / name; }

TEST(File, ReadsWhatItWrote) {
  const auto path = scratch("cradle-file-test.txt");
  const std::string bytes("a\0b\n", 4);
  write_file(path, bytes);
  EXPECT_EQ(read_file(path), bytes);
}

TEST(File, AFailedWriteLeavesTheOldFileAndNoRemains) {
  const auto folder = scratch("cradle-full-disk");
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  const auto path = folder / "kept.txt";
  write_file(path, "old");
  // A file-size limit stands in for a full disk: the write fails part-way.
  struct rlimit before {};
  getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small {
    1000, before.rlim_max
  };
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(write_file(path, std::string(100000, 'x')), Error);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST(File, WritesIntoADeviceInsteadOfReplacingIt) {
  const auto fifo = scratch("cradle-fifo");
  std::filesystem::remove(fifo);
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const int reader = open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
  write_file(fifo, "through");
  char buffer[16] = {};
  EXPECT_EQ(read(reader, buffer, sizeof buffer), 7);
  close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(fifo)) << "the pipe itself is still there";
  std::filesystem::remove(fifo);
}

TEST(File, NamesTheFileThatIsMissing) {
  try {
    read_file("/nonexistent/x");
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("/nonexistent/x"), std::string::npos);
  }
}

TEST(File, HashesLikeThePublishedVector) {  // FIPS 180-4, "abc"
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(File, AFoldersStampTellsWhatIsInIt) {
  namespace fs = std::filesystem;
  const fs::path folder = scratch_folder() / "stamped";
  fs::remove_all(folder);
  fs::create_directories(folder / "a");
  const std::string empty = stamp_of_folder(folder);
  EXPECT_EQ(stamp_of_folder(folder / "not there"), empty) << "nothing is nothing";
  write_file(folder / "a/1", "one");
  write_file(folder / "2", "two");
  const std::string two = stamp_of_folder(folder);
  EXPECT_NE(two, empty);
  fs::rename(folder, scratch_folder() / "moved");
  EXPECT_EQ(stamp_of_folder(scratch_folder() / "moved"), two);
  fs::rename(scratch_folder() / "moved", folder);
  fs::rename(folder / "a/1", folder / "1");
  EXPECT_NE(stamp_of_folder(folder), two) << "where a file lies";
  fs::rename(folder / "1", folder / "a/1");
  EXPECT_EQ(stamp_of_folder(folder), two);
  fs::last_write_time(folder / "2", fs::last_write_time(folder / "2") + std::chrono::seconds(2));
  EXPECT_NE(stamp_of_folder(folder), two);
}

TEST(File, FormatsTimesInUtc) { EXPECT_EQ(format_utc(0), "1970-01-01T00:00:00Z"); }

}  // namespace
}  // namespace cradle::base
