// What a URL of the API means.
#pragma once

#include <string>
#include <string_view>

#include "server/generation.hpp"

namespace jujubackup {

struct Route {
  enum class Kind { unknown, controller_api, model_api, backups, health, bad_uuid };
  Kind kind = Kind::unknown;
  std::string model_uuid;  // of model_api, backups and bad_uuid
};

Route route_of(std::string_view target, const Generation& generation);

}  // namespace jujubackup
