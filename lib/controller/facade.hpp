// The little that is asked of facades other than Backups.
#pragma once

#include <string>
#include <string_view>

#include "controller/connection.hpp"
#include "controller/login.hpp"

namespace jujubackup {

// UUID of the model "owner/name" among those that the user may see (ModelManager.ListModels; a connection without model). "": there is none
// of that name.
std::string find_model_uuid(RpcConnection& connection, const LoginResult& login, std::string_view qualified_name, const Job* job);

}  // namespace jujubackup
