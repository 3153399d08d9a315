// Hardware by its parts: dies, memory, boards, bills of materials, and what stands around a board in a data centre.
#pragma once

#include "cradle/life/builder.h"

namespace cradle::life {

/// A GPU or accelerator board from its die and memory: die area × impact per area of its node, packaging, memory by
/// kind, board, baseboard and heat sink, assembly left to the board's figure. Throws Error if die or memory are
/// unknown.
void add_board(Builder& builder, int process, const Hardware& hardware);

/// The study's own device: its parts with the catalogue's figures for their kind (or their own), and whole figures.
void add_parts(Builder& builder, int process, const study::Device& device);

/// An eighth of an eight-GPU host, the switches, storage and racks around it, and its share of the building.
void add_infrastructure(Builder& builder, int process);

/// The way from the factory: mass × distance × factor, by ship and truck.
void add_transport(Builder& builder, int process, int mass);

/// Water of chip making from the die's area; false if the area is not known.
bool add_water_of_die(Builder& builder, int process, const Hardware& hardware);

/// "7" → "7nm"; the names of nodes that the catalogue has figures for; "node_unknown" if it has none near.
std::string node_name(double nanometres);

}  // namespace cradle::life
