// Commands that make, look at, shrink and measure models: train, graph, compress, bench, demo.
#pragma once

namespace CLI {
class App;
}

namespace cradle::cli {

void add_train_command(CLI::App& app);
void add_graph_command(CLI::App& app);
void add_compress_command(CLI::App& app);
void add_bench_command(CLI::App& app);
void add_demo_command(CLI::App& app);

}  // namespace cradle::cli
