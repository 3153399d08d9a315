// Files compiled into a binary (cmake/Embed.cmake).
#pragma once

#include <string_view>
#include <vector>

namespace cradle::base {

/// A file's name (without folder) and its bytes, which live as long as the program.
struct EmbeddedFile {
  std::string_view name;
  std::string_view bytes;
};

}  // namespace cradle::base
