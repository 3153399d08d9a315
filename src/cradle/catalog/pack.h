// Packs: people's own tables of factors, searched before the built-in ones.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace cradle::catalog {

struct Catalog;

/// A table, or a folder of tables, that someone added; to be named in whatever was computed with it.
struct Pack {
  std::string name;    ///< of the file without its extension, or of the folder
  std::string file;    ///< path as it was given
  std::string sha256;  ///< of the file; of a folder: of the lines that `sha256sum *.csv` prints there, sorted by name
  int rows = 0;
  std::size_t tables = 0;  ///< how many files
};

/// The catalogue with the packs' tables before its own, in the order given; `built_in` may have packs already, which
/// then come after. Packs are parsed at once, and of the built-in tables those that speak of the same keys. Throws
/// Error with file:line on a row that `check` would refuse by itself (an unknown place, a missing source, …), on an id
/// that stands twice in a pack, on a unit other than the key's, and on a key that looks like a slip of a known one;
/// without a line on a path that cannot be read, a folder without a table, or two packs of one name. A pack may use any
/// known place, none of its own.
Catalog with_packs(const Catalog& built_in, std::span<const std::filesystem::path> packs);

/// The tables a path stands for: itself, or the files *.csv of the folder, sorted by name. Throws Error if there is
/// none.
std::vector<std::filesystem::path> tables_at(const std::filesystem::path& path);

}  // namespace cradle::catalog
