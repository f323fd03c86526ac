// The URLs of controller stores: "juju:[NAME]" and "juju+wss://[USER@]HOST:PORT/MODEL-UUID?ca-file=PATH&password-file=PATH".
#pragma once

#include <string>
#include <string_view>

#include <jujubackup/controller.hpp>

namespace jujubackup {

// By the scheme alone.
bool is_controller_url(std::string_view url);

struct ControllerUrl {
  bool from_client_directory = false;
  std::string controller;  // of the client directory; "": the current one

  // Where the client directory is not asked.
  std::string endpoint, model_uuid, user = "admin";
  std::string ca_file;  // "": the system's roots
  std::string password_file;
};
// Error(invalid_argument) that does not quote the URL: somebody may have put a password into it, which is refused.
ControllerUrl parse_controller_url(std::string_view url);

// Reads the files that the URL names: all of the CA's, the first line of the password's.
ConnectOptions connect_options(const ControllerUrl& url);

}  // namespace jujubackup
