#include "cradle/catalog/catalog.h"
#include <cstdio>
int main() { std::printf("%g\n", cradle::catalog::find(cradle::catalog::built_in(), {"pue.local"}).distribution.value); }
