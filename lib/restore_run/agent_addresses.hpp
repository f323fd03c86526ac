// Where an agent of another machine looks for its controller.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jujubackup::restore_run {

// `conf` is an agent.conf of format 2.0. Its lists stateaddresses and apiaddresses get the first address as their first item and the second
// as their second, with the ports that they have there, and no more; a list of one item stays one. All else stays what it was. The text
// itself is returned if that is what it says already. `addresses` are names or addresses without port, at least one.
// Error(corrupt), which quotes nothing of it.
std::string with_controller_addresses(std::string_view conf, const std::vector<std::string>& addresses);

}  // namespace jujubackup::restore_run
