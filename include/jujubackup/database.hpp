// The controller's database: asked and changed by commands, dumped and restored by MongoDB's tools. An interface, and its implementations.
//
// Used by one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/job.hpp>
#include <jujubackup/machine.hpp>
#include <jujubackup/restore.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

struct DatabaseLogin {
  std::string address;   // "localhost:37017"
  std::string username;  // "machine-0"; "": without a login, for mongod's exception for localhost
  std::string password;  // SECRET
  std::string ca_cert;   // PEM, of the controller's own CA; "": any certificate is taken
};

// A connection that is logged in.
class DatabaseSession {
 public:
  virtual ~DatabaseSession() = default;
  // One command, {"find": "machines", "filter": {...}}, and its answer, as MongoDB Extended JSON 2; the answer in canonical form, so that
  // documents can be put back as they were. What is in a command may be secret and is not quoted in an Error. Error(program) with what the
  // server said if the answer's "ok" is not 1, Error(permission) if it was refused, Error(io) if the connection was lost. An answer
  // is at most 48 MiB; long results come in batches (getMore), as with any MongoDB client.
  virtual std::string run(std::string_view database, std::string_view command, Job* job) = 0;
};

// A run of mongodump or mongorestore.
struct MongoToolCall {
  std::string program;
  std::vector<std::string> arguments;   // without the password and without the folder
  std::string password;                 // SECRET: handed over on standard input
  std::string directory;                // of the dump, as this process sees it: written to by a dump, read by a restore
  std::vector<std::string> namespaces;  // of a dump: those that are wanted ("juju.machines"); others may be written too
  std::string log_path;                 // its output is kept there, 0600, also that of a failure; "": nowhere
  std::chrono::seconds timeout{0};      // 0: none
};

class Database : public DatabaseView {
 public:
  // Error(permission) for a wrong user or password, Error(io) (a retry may help) where nothing answers.
  virtual std::unique_ptr<DatabaseSession> open(const DatabaseLogin& login, Job* job) = 0;
  virtual void dump(const MongoToolCall& call, Job* job) = 0;
  virtual void restore(const MongoToolCall& call, Job* job) = 0;
};

struct MongoDatabaseOptions {
  ControllerPlace place;                      // whose agent.conf holds the login that facts() uses
  std::string host = "localhost";             // with the state port of agent.conf, unless it holds ":"
  bool tls = true;                            // false: a mongod without TLS, as only tests have
  std::chrono::milliseconds timeout{10'000};  // for a connection, and for each answer of facts()
};

// A live mongod, through MongoDB's C driver and the tools as child processes. Error(unsupported) in a build without the driver
// (-Dmongoc=disabled).
std::unique_ptr<Database> mongo_database(const MongoDatabaseOptions& options);

// A folder shaped like a dump (juju/machines.bson ...), as the database of an embedded controller or of a rehearsal. It takes the commands
// that a restore sends, knows no users, and is always primary and alone. Its dump and restore copy files. Everything that is
// changed is durable and all or nothing for each collection. Error(unsupported) in a build without the driver.
std::unique_ptr<Database> folder_database(const std::string& directory);

}  // namespace jujubackup
