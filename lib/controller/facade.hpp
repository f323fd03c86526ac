// The little that is asked of facades other than Backups.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "controller/connection.hpp"
#include "controller/login.hpp"

namespace jujubackup {

// UUID of the model "owner/name" among those that the user may see (ModelManager.ListModels; a connection without model). "": there is none
// of that name.
std::string find_model_uuid(RpcConnection& connection, const LoginResult& login, std::string_view qualified_name, const Job* job);

// How many controllers work together, by the status of the controller model (Client.FullStatus; a connection to that model): those of its
// machines that run a controller, want a vote, have it and are not down.
std::size_t count_active_controllers(RpcConnection& connection, const LoginResult& login, const Job* job);

}  // namespace jujubackup
