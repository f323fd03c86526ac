// One connection for one archive, apart from the one that the API's calls go over.
#pragma once

#include <memory>
#include <string>

#include <jujubackup/job.hpp>

#include "controller/transfer.hpp"
#include "net/http.hpp"

namespace jujubackup {

struct TransferConnection {
  std::unique_ptr<HttpClient> client;
  std::string endpoint;
};
TransferConnection connect_transfer(const TransferTarget& target, const Job* job);

// For /model/<uuid>/backups. The server compares `content_type` byte for byte.
HttpRequest transfer_request(const TransferTarget& target, std::string method, std::string content_type);

}  // namespace jujubackup
