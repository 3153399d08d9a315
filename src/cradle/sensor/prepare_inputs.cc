// Build step: writes the power figures of the built-in catalogue to the file named, for built_in_inputs.cc.
#include <cstdio>
#include <exception>

#include "cradle/base/file.h"
#include "cradle/sensor/inputs.h"

int main(int argc, char** argv) {
  try {
    if (argc != 2) return 2;
    cradle::base::write_file(argv[1],
                             cradle::sensor::text_of(cradle::sensor::power_figures(cradle::catalog::built_in(), "")));
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
