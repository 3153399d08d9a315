// libpng behind three functions; its errors become base::Error. Internal to the room (image_file.h is the door).
#pragma once

#include <cstdio>
#include <string_view>

#include "cradle/task/image_file.h"

namespace cradle::task {

/// `file` stands at its beginning; `name` is what messages call it. Throws Error.
PictureHeader png_header(std::FILE* file, std::string_view name);
Picture decode_png(std::FILE* file, std::string_view name);
Picture decode_png_indices(std::FILE* file, std::string_view name);

}  // namespace cradle::task
