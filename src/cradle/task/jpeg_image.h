// libjpeg behind two functions; its errors become base::Error. Internal to the room (image_file.h is the door).
#pragma once

#include <cstdio>
#include <string_view>

#include "cradle/task/image_file.h"

namespace cradle::task {

/// `file` stands at its beginning; `name` is what messages call it. Throws Error, also for a JPEG of CMYK (its inks
/// have no one meaning on a screen).
PictureHeader jpeg_header(std::FILE* file, std::string_view name);
/// Upright.
Picture decode_jpeg(std::FILE* file, std::string_view name);

/// The orientation, 1 to 8, that the APP1 segment of a JPEG states; 1 where it states none or is not Exif's.
int exif_orientation(std::string_view app1);

}  // namespace cradle::task
