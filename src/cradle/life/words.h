// What a key of the catalogue is in words.
#pragma once

#include <string>

#include "cradle/catalog/factor.h"

namespace cradle::life {

/// "carbon intensity of electricity, FR"; a key without words stands for itself.
std::string words_for(const catalog::Factor& factor);

}  // namespace cradle::life
