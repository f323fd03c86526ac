// The calls that a client may make once it has logged in: from a request to a result, whatever carries them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/job.hpp>

#include "base/json.hpp"
#include "controller/rpc.hpp"
#include "net/endpoint.hpp"
#include "server/backups.hpp"
#include "server/generation.hpp"
#include "server/restore_status.hpp"
#include "server/restorer.hpp"
#include "server/users.hpp"

namespace jujubackup {

// What a client is told about the controller.
struct ControllerFacts {
  std::string controller_uuid, model_uuid;
  std::string ca_cert;
  std::string machine_id = "0";
  std::vector<Endpoint> advertise;
  Timestamp started;
};

struct Caller {
  const User* user = nullptr;
  bool on_model = false;                        // connected to the controller model, not to the controller as a whole
  RestoreStatus restore = RestoreStatus::none;  // when they logged in
};

class Facades {
 public:
  struct Call {
    const Caller& caller;
    std::int64_t version;
    const Value& params;
    Job* job;
  };
  struct Method {
    std::string name;
    std::int64_t first, last;  // versions of the facade that have it
    std::function<Value(const Call&)> run;
  };
  struct Facade {
    std::string name;
    std::vector<int> versions;
    bool on_model = false, on_controller = false;
    bool slow = false;                         // may take as long as a backup does
    std::function<void(const Caller&)> admit;  // null: everybody who has logged in
    std::vector<Method> methods;
  };

  Facades(const Generation& generation, const ControllerFacts& facts, Backups& backups, Restorer& restorer);

  // For the answer to a login: what a connection of that kind may use.
  Value offered(bool on_model) const;
  bool is_slow(std::string_view type) const noexcept;
  // RpcError with the emulated release's text; Error(corrupt) for parameters that are none.
  Value call(const Caller& caller, const RpcRequest& request, Job* job) const;

 private:
  Generation generation_;
  std::vector<Facade> facades_;
};

// For a facade or version (`method` empty) or a method that is not there.
RpcError not_implemented(std::string_view type, std::int64_t version, std::string_view method = {});

// The Backups facade of that release, with what comes before any of its methods. The other checks of
// real controllers, for hosted models and Kubernetes, have nothing to find: the controller model is the only one here.
Facades::Facade backups_facade(const Generation& generation, Backups& backups, Restorer& restorer);

}  // namespace jujubackup
