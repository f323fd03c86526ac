// The YAML files of Juju's client directory: controllers.yaml, accounts.yaml, models.yaml.
//
// Each function takes the text of one file. Error(corrupt) names lines and keys of Juju's, never anything else that is in the text: a slip
// with the indentation makes a password a key. What Juju wrote and nobody here needs is passed over; a text where a text has to be
// is insisted on, since a number that was not quoted has lost its zeros by the time it gets here.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/client.hpp>

namespace jujubackup::client {

inline constexpr std::size_t max_file_bytes = std::size_t{4} << 20;
inline constexpr std::size_t max_endpoints = 256;  // of one controller: they are tried side by side

struct ControllersFile {
  std::vector<ClientController> controllers;  // in the order of the file
  std::string current;                        // "": none
};
ControllersFile parse_controllers(std::string_view text);

// By the name of the controller.
std::map<std::string, ClientAccount, std::less<>> parse_accounts(std::string_view text);

struct KnownModels {
  std::vector<ClientModel> models;
  std::string current;  // with its owner; "": none
};
std::map<std::string, KnownModels, std::less<>> parse_models(std::string_view text);

// "admin@local" and "admin@local/default" as "admin" and "admin/default": early releases wrote the domain of local users.
std::string without_local_domain(std::string_view name);

}  // namespace jujubackup::client
