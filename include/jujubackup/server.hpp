// An embedded controller: serves Juju's backup API from any store, as a controller of a given release would.
//
// For tools that test against a controller, and for keeping backups of retired ones reachable with the commands that people know. It is
// a real service with limits and timeouts; it is no Juju controller otherwise: no machines, no charms, no other models.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/database.hpp>
#include <jujubackup/hosts.hpp>
#include <jujubackup/juju_version.hpp>
#include <jujubackup/machine.hpp>
#include <jujubackup/restore.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

struct ServerUser {
  std::string name;
  std::string password;  // SECRET; kept as a salted digest
  bool superuser = true;
};

struct ServerLimits {
  unsigned connections = 512;                        // at once; more are closed as they come
  std::size_t message_bytes = std::size_t{1} << 20;  // of a request over the WebSocket
  std::size_t header_bytes = std::size_t{16} << 10;  // of an HTTP request
  std::chrono::milliseconds handshake{10'000};       // TLS and the request's header, together
  std::chrono::milliseconds idle{60'000};            // a transfer without progress
};

// What a restore over the API (2.0 - 2.9.21) replaces: a root folder and a database, through the plan of restore.hpp and the steps of
// restore_run.hpp.
struct ServerRestore {
  // place.root is what is replaced; options.place of `create` is the same one, usually. No kind: full-machine. Agents on other machines are
  // told of a new address only if there are `hosts`.
  RestoreOptions options;
  // Called for each restore, on one of the server's threads. What it makes is used by that thread alone.
  std::function<std::unique_ptr<Database>()> database;
  // Likewise; null: nothing runs from that root, and the steps that stop, start and install services are left out.
  std::function<std::unique_ptr<Hosts>()> hosts;
  std::function<std::unique_ptr<Services>(Hosts&)> services;
};

struct ServerOptions {
  std::string address = "127.0.0.1:17070";  // port 0: any that is free
  // What clients are told to dial, "host:port" (port 0: the one that is listened on). Empty: the address itself; on a loopback or wildcard
  // address 127.0.0.1 and "localhost".
  std::vector<std::string> advertise;
  // CA and UUIDs: made on the first start, 0700 and 0600. Who has it can pose as this controller.
  std::string state_dir;
  std::string store_url;   // where kept backups are; "": state_dir/store
  std::string backup_dir;  // where archives wait for their one download; "": state_dir/backups
  // Which release to be: 2.0 - 2.3 keep everything, 2.4 - 2.9.21 keep on request, from 2.9.22 there are create and one download alone, 4.x
  // has nothing. With the releases' quirks: the mislabelled digest, the missing methods and their texts.
  JujuVersion version = JujuVersion::parse("2.9.21");
  std::optional<CreateOptions> create;  // what Create backs up; without it Create says that it cannot
  // What Restore replaces; without it Restore says that it is not served. Neither state_dir nor the store or backup_dir may lie in what is
  // replaced. After a restore all connections are cut and the port is listened on anew, as when a controller's process is started again;
  // who the server is, its users, CA and UUIDs, stays.
  std::optional<ServerRestore> restore;
  std::vector<ServerUser> users;  // at least one
  ServerLimits limits;
  // One JSON object a line, without secrets. Called from any of the server's threads, one at a time.
  std::function<void(std::string_view)> log;
};

// docs/embedded-controller.md says in what it differs from a real one.
class Server {
 public:
  // Listens and serves on threads of its own; returns when it is ready. Error(exists) if the port is taken, Error(invalid_argument) for
  // options that make no sense, Error(corrupt) for a damaged state. A restore in which an earlier process ended is undone first, and
  // then counts as failed.
  static Server start(const ServerOptions& options);
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  // Stops with no grace.
  ~Server();

  std::string address() const;  // "127.0.0.1:40123"
  const std::string& ca_cert() const noexcept;
  const std::string& controller_uuid() const noexcept;
  const std::string& model_uuid() const noexcept;

  // controllers.yaml, accounts.yaml and models.yaml for a client that is to know this controller as `controller_name`, 0600, in a directory
  // that is made if missing (0700). Error(exists) if it has a controllers.yaml already. `user` is one of the users.
  void write_client_dir(const std::string& path, const std::string& controller_name, const ServerUser& user) const;

  // Takes no more connections, lets running transfers and calls end within `grace`, then cuts them. Returns when all threads ended.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds(10));

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace jujubackup
