#include "controller/transfer_connection.hpp"

#include <utility>

#include <jujubackup/error.hpp>

namespace jujubackup {

TransferConnection connect_transfer(const TransferTarget& target, const Job* job) {
  Dialled dialled = dial(target.dial, job);
  dialled.stream->set_job(job);
  dialled.stream->set_idle_timeout(target.idle_timeout);
  std::string endpoint = dialled.endpoint.to_string();
  return {make_http_client(std::move(dialled.stream), endpoint), endpoint};
}

HttpRequest transfer_request(const TransferTarget& target, std::string method, std::string content_type) {
  if (target.model_uuid.empty() || target.model_uuid.find_first_not_of("0123456789abcdefABCDEF-") != std::string::npos) {
    throw Error(ErrorCode::invalid_argument, "the model of the backups is not known by a UUID");
  }
  HttpRequest request{std::move(method), "/model/" + target.model_uuid + "/backups", target.credentials};
  request.fields.add("Content-Type", std::move(content_type));
  return request;
}

}  // namespace jujubackup
