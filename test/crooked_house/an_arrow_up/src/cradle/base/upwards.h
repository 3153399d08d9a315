// A wrong arrow, for the test of the layer test: the ground includes an upper floor.
#pragma once
#include "cradle/study/study.h"
