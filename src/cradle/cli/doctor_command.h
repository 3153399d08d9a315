// `cradle doctor`: every power source of this machine, and what would open the closed ones.
#pragma once

namespace CLI {
class App;
}

namespace cradle::cli {

/// Adds the command. `exit_code` stays 0 unless the doctor itself fails: a closed source is a finding, not a failure.
void add_doctor_command(CLI::App& app, int& exit_code);

}  // namespace cradle::cli
