#include "restore/mongorestore_arguments.hpp"

#include "restore/agent_conf_addresses.hpp"

namespace jujubackup::restore {
namespace {

void append(std::vector<std::string>& arguments, std::initializer_list<std::string> more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
}

std::string port_of(const std::string& address) { return address.substr(address.rfind(':') + 1); }

}  // namespace

std::vector<std::string> mongorestore_arguments(const MongorestoreCall& call) {
  std::vector<std::string> arguments;
  switch (call.generation) {
    case MongoGeneration::offline:
      append(arguments, {"--drop", "--journal"});
      if (call.replay_oplog) append(arguments, {"--oplogReplay"});
      append(arguments, {"--dbpath", call.db_path});
      break;
    case MongoGeneration::oplog:
      append(arguments, {"--ssl", "--sslAllowInvalidCertificates", "--authenticationDatabase", "admin", "--host", call.address,
                         "--username", call.username, "--drop"});
      if (call.replay_oplog) append(arguments, {"--oplogReplay"});
      append(arguments, {"--batchSize", "10"});
      break;
    case MongoGeneration::modern:
      append(arguments, {"-vvvvv", "--drop", "--writeConcern=majority", "--host", host_of(call.address), "--port", port_of(call.address),
                         "--authenticationDatabase=admin", "--username", call.username, "--ssl", "--sslAllowInvalidCertificates",
                         "--stopOnError", "--maintainInsertionOrder"});
      if (call.replay_oplog) append(arguments, {"--oplogReplay"});
      if (call.copy_controller) append(arguments, {"--nsFrom=juju.*", "--nsTo=jujucontroller.*"});
      break;
  }
  return arguments;
}

}  // namespace jujubackup::restore
