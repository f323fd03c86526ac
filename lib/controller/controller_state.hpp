// What a Controller holds.
#pragma once

#include <memory>
#include <string>

#include <jujubackup/controller.hpp>

#include "controller/connection.hpp"
#include "controller/login.hpp"
#include "controller/transfer.hpp"
#include "net/endpoint.hpp"

namespace jujubackup {

struct Controller::State {
  ConnectOptions options;  // SECRET: also the credentials; after a redirection, what is meant for the new address
  Endpoint endpoint;       // that answered: a backup lies on the machine that made it
  LoginResult login;
  ControllerInfo info;
  Offers offers;
  int backups_version = 0;
  std::unique_ptr<RpcConnection> connection;

  Value call(const char* method, Value params, const Job* job) const {
    return connection->call("Backups", backups_version, method, std::move(params), job);
  }
};

// Controller::upload for the store on a controller, which has proven the archive already.
struct StoreUploads {
  static std::string upload(Controller& controller, Source& archive, const Metadata& metadata, ArchiveCheck check, Job* job);
};

}  // namespace jujubackup
