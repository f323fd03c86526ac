// Writing a client directory that knows one controller.
#pragma once

#include <string>

#include <jujubackup/server.hpp>

#include "server/facades.hpp"
#include "server/generation.hpp"

namespace jujubackup {

// Server::write_client_dir; the contract is there.
void write_client_directory(const std::string& path, const std::string& controller_name, const ServerUser& user,
                            const Generation& generation, const ControllerFacts& facts);

}  // namespace jujubackup
