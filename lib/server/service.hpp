// What all connections of an embedded controller share.
#pragma once

#include <jujubackup/server.hpp>

#include "server/backups.hpp"
#include "server/event_log.hpp"
#include "server/facades.hpp"
#include "server/generation.hpp"
#include "server/restorer.hpp"
#include "server/users.hpp"

namespace jujubackup {

struct Service {
  const Generation& generation;
  const ServerLimits& limits;
  const ControllerFacts& facts;
  const Users& users;
  EventLog& log;
  Backups& backups;
  const Facades& facades;
  const Restorer& restorer;
};

}  // namespace jujubackup
