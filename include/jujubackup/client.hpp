// The Juju client's own directory: which controllers, users and models somebody knows (juju jujuclient, 2.0 - 4.x).
//
// Only reading so far. Passwords and macaroons that are in it end up in the results; nothing here prints them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/job.hpp>

namespace [[gnu::visibility("default")]] jujubackup {

struct ClientController {
  std::string name;
  std::string uuid;                    // of the controller, not of its model
  std::vector<std::string> endpoints;  // "10.9.8.7:17070", "[fd00::7]:17070"
  std::string ca_cert;                 // PEM; "": the system's roots
  std::string public_hostname;
  std::string cloud, region;
  std::string agent_version;
};

struct ClientAccount {
  std::string user;      // "admin", "bob@external"; an old "@local" is cut off. "": macaroons alone
  std::string password;  // SECRET; "": macaroons
  std::string access;    // "superuser", as it was when last seen
};

struct ClientModel {
  std::string name;  // with its owner: "admin/controller"
  std::string uuid;
  std::string type;  // "iaas", "caas"; "" before 2.4
};

// What a person said about the model: the values of -m and -c; "" where nothing was said.
struct ModelChoice {
  std::string model;        // [CONTROLLER:][OWNER/]MODEL, or a UUID or six or more digits of its beginning
  std::string controller;   // wins over the current one; its controller model is meant, if no model is named
  bool environment = true;  // whether $JUJU_MODEL and $JUJU_CONTROLLER count where these say nothing
};

struct ModelTarget {
  ClientController controller;
  ClientAccount account;
  // uuid "" if the directory has not heard of it: the controller has to be asked. name "" if a whole UUID was given that it has not
  // heard of; name without owner if there is no user to own it.
  ClientModel model;
  // SECRET: values of the login cookies for this controller (base64 of JSON) that are not expired; looked for only if the account
  // has no password.
  std::vector<std::string> macaroons;
};

// $JUJU_DATA; else $XDG_DATA_HOME/juju; else $HOME/.local/share/juju; on Windows %APPDATA%\Juju in the place of the last two.
// Error(not_found) with Juju's text if none of them is set. The directory need not exist.
std::string default_client_dir();

// The lock that Juju's own commands hold while they read or write the directory, in every form that a Juju of any age looks at.
// Waits up to five seconds, then Error(busy) with who holds it, where that can be told; cancelling the job ends the wait. A form that the
// system does not let us use (a temporary directory without write permission) is left out. Not recursive: ClientDirectory::read takes it
// as well.
class ClientLock {
 public:
  explicit ClientLock(const std::string& client_dir, const Job* job = nullptr);
  ClientLock(ClientLock&&) noexcept;
  ClientLock& operator=(ClientLock&&) noexcept;
  ~ClientLock();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What the directory says: one consistent look at controllers.yaml, accounts.yaml and models.yaml, taken under the lock. Missing files are
// empty ones; a missing directory is an empty one, and takes no lock.
class ClientDirectory {
 public:
  // Error(corrupt) that names the file and line or key, never its content; Error(limit) beyond 4 MiB; Error(busy) as of ClientLock.
  static ClientDirectory read(const std::string& path, const Job* job = nullptr);

  const std::string& path() const noexcept { return path_; }
  const std::vector<ClientController>& controllers() const noexcept { return controllers_; }
  const std::string& current_controller() const noexcept { return current_controller_; }
  // Whether anything (an option, the environment, a current controller) says which controller to talk to.
  bool points_somewhere(const ModelChoice& choice) const;

  // By Juju's rules: -m, else $JUJU_MODEL, else the current model of the controller (-c, $JUJU_CONTROLLER, else the current one). A
  // model without owner is that of the logged-in user. Error(not_found), Error(invalid_argument) with Juju's texts. This is where cookies
  // are read, from a file with a lock of its own: Error(corrupt), Error(busy).
  ModelTarget resolve(const ModelChoice& choice) const;
  // The same for the controller model of the controller `name` ("": the one that the environment names, else the current one): what
  // "juju:NAME" means.
  ModelTarget resolve_controller(std::string_view name) const;

 private:
  struct PerController {
    ClientAccount account;
    std::vector<ClientModel> models;
    std::string current_model;
  };
  const ClientController& controller(std::string_view name) const;
  const PerController& known_of(const ClientController& controller) const;
  ModelTarget target(const ClientController& controller, ClientModel model) const;

  std::string path_;
  std::vector<ClientController> controllers_;
  std::map<std::string, PerController, std::less<>> per_controller_;
  std::string current_controller_;
};

}  // namespace jujubackup
