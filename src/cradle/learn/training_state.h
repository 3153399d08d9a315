// All that changes during a training, taken out as plain numbers and put back. Internal to the room.
#pragma once

#include <string_view>

#include "cradle/learn/checkpoint.h"
#include "cradle/learn/interpreter.h"
#include "cradle/learn/optimiser.h"

namespace cradle::learn {

/// Weights and running statistics; with an optimiser also what it remembers.
Tensors state_of(const Interpreter& net, const Optimiser* optimiser = nullptr);

/// Throws Error "where: …" unless `tensors` has exactly what state_of gives.
void put_back(const Tensors& tensors, Interpreter& net, Optimiser* optimiser, std::string_view where);

}  // namespace cradle::learn
